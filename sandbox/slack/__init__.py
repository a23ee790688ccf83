"""A stand-in Slack workspace: Web API, Socket Mode, signed HTTP delivery, and the browser's door to it.

It is strict where Slack is: what Slack would refuse is refused here, and shown. It imports nothing of Herald.
"""
