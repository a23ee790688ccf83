"""Rules, tested without anything running."""
