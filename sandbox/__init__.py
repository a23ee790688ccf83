"""A stand-in world for the demo and the end-to-end tests. Imports nothing of Herald, and Herald nothing of it."""
