"""A stand-in for Reddit: consent, submissions of every kind, uploads, comments, listings, limits, and its refusals.

Everything lives in memory. `app.running` starts it inside a test, `python -m sandbox.networks.reddit` as a process.
Behaviour restated from reddit.com/dev/api and from what praw 8.0.3 and prawcore 4.0.0 rely on, read 2026-11-21.
"""
