"""A stand-in for Instagram: the part of its API that publishing to a professional account takes, in memory.

It imports nothing of Herald, refuses what Instagram refuses in its form, and is held honest by Meta's own client.
"""
