"""A stand-in Bluesky: one server that is PDS, directory of identities and public view at once, and shows its posts.

Everything lives in memory. `app.running` starts it inside a test, `python -m sandbox.networks.bluesky` as a process.
Behaviour restated from the lexicons and the PDS source in github.com/bluesky-social/atproto, read 2026-11-21.
"""
