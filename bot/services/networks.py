"""The networks Herald knows, by name."""

from enum import StrEnum

from platforms import REGISTER

Network = StrEnum("Network", sorted(REGISTER))
"""A network, as its connector is called."""
