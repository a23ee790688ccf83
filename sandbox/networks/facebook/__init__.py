"""A stand-in for Facebook's Pages: the part of the Graph API that publishing to them takes, in memory.

It imports nothing of Herald, refuses what Facebook refuses in Facebook's form, and is held honest by Meta's own client.
"""
