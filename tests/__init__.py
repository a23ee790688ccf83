"""The same tree as the code, plus contracts, crash tests and end-to-end tests."""
