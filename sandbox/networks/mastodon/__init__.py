"""A stand-in Mastodon server: the part of the REST API that a publisher uses, with Mastodon's validation and refusals.

Everything lives in memory. `app.running` starts it inside a test, `python -m sandbox.networks.mastodon` as a process.
Behaviour restated from docs.joinmastodon.org and the server's source (github.com/mastodon/mastodon), read 2026-11-21.
"""
