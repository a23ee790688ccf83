"""A stand-in Bot API: the methods that a publisher uses, with Telegram's limits, rights and refusals.

Everything lives in memory. `app.running` starts it inside a test, `python -m sandbox.networks.telegram` as a process.
Behaviour restated from core.telegram.org/bots/api, read 2026-11-21.
"""
