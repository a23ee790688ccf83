"""Media in the store."""
