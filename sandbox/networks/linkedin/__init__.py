"""A stand-in LinkedIn: the part of the versioned REST API that a publisher uses, with LinkedIn's refusals.

Everything lives in memory. `app.running` starts it inside a test, `python -m sandbox.networks.linkedin` as a process.
Behaviour restated from learn.microsoft.com/en-us/linkedin, read 2026-11-21; what is only reported by users of the API
(equal content is refused, a bare reserved character cuts a text) is done here too, for Herald has to live with it.
"""
