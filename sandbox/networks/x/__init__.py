"""A stand-in X: the part of its API v2 that a publisher uses, with X's limits and refusals.

Everything lives in memory. `app.running` starts it inside a test, `python -m sandbox.networks.x` as a process.
Behaviour restated from docs.x.com and X's OpenAPI document 2.167, read 2026-11-21.
"""
