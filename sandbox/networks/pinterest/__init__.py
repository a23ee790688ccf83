"""A stand-in Pinterest: the part of API v5 that a publisher uses, with Pinterest's limits, refusals and consent.

Everything lives in memory. `app.running` starts it inside a test, `python -m sandbox.networks.pinterest` as a process.
Behaviour restated from developers.pinterest.com/docs/api/v5, read 2026-11-21.
"""
