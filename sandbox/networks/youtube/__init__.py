"""A stand-in YouTube: the part of the Data API v3 that a publisher uses, with its quotas, checks and refusals.

Everything lives in memory; of a film its size and its SHA-256 are kept. `app.running` starts it inside a test,
`python -m sandbox.networks.youtube` as a process. Behaviour restated from developers.google.com/youtube/v3, read
2026-11-21.
"""
