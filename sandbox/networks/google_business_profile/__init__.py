"""A stand-in Google Business Profile: accounts, places, their posts and numbers, with Google's checks and refusals.

Everything lives in memory. `app.running` starts it inside a test, `python -m sandbox.networks.google_business_profile`
as a process. The four hosts of the real one are one here. Behaviour restated from developers.google.com/my-business,
read 2026-11-21.
"""
