"""A stand-in for Threads: consent and long-lived tokens, containers, publishing, lists, insights, and its refusals.

Everything lives in memory. `app.running` starts it inside a test, `python -m sandbox.networks.threads` as a process.
Behaviour restated from developers.facebook.com/docs/threads and the official sample (github.com/fbsamples/threads_api),
read 2026-11-21; what neither says (a second publishing of one container) is refused as strictly as it can be.
"""
