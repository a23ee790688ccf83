"""A stand-in Discord: the webhooks of a few channels, with Discord's limits and refusals.

Everything lives in memory. `app.running` starts it inside a test, `python -m sandbox.networks.discord` as a process.
Behaviour restated from docs.discord.com/developers, read 2026-11-21.
"""
