"""The HTTP API: a table of endpoints, and the door all their calls come through."""
