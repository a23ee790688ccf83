"""A stand-in world for the demo and the tests. Imports nothing of Herald, and Herald imports nothing of it."""
