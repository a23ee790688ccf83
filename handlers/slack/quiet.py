"""Slack's libraries say much, request bodies with people's texts among it. They are heard from errors upwards only."""

import logging

BOLT = logging.getLogger("slack_bolt")
SDK = logging.getLogger("slack_sdk")
SOCKET = logging.getLogger("slack_sdk.socket_mode")

BOLT.setLevel(logging.ERROR)
SDK.setLevel(logging.ERROR)
SOCKET.setLevel(logging.CRITICAL)
"""Lost connections are told by our own watchdog, once; the library tells each try with a traceback."""
