"""Tests of the wire, the contract every connector keeps, and the connectors."""
