"""Webhooks: which events there are, when a delivery is tried again, and how one is signed.

The signature is that of Standard Webhooks.
Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, 2026-11-21.
"""

import base64
import binascii
import hmac
from datetime import datetime, timedelta

SECRET_PREFIX = "whsec_"  # noqa: S105  # how a secret begins, not one
SHORTEST_SECRET_BYTES, LONGEST_SECRET_BYTES = 24, 64

TEST = "webhook.test"
"""Sent on request, to any webhook."""
EVENTS = (
    "post.published",
    "post.failed",
    "content.created",
    "content.scheduled",
    "content.approved",
    "content.rejected",
    "content.published",
    "content.failed",
    "mission.created",
    "mission.started",
    "mission.paused",
    "mission.resumed",
    "mission.completed",
)
"""What a webhook may ask for."""

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
"""After each try that failed; after the last of them it is given up."""


def next_try(tries: int, now: datetime) -> datetime | None:
    """When to try again after `tries` (1 and more) that failed; None: never."""
    return now + WAITS[tries - 1] if tries <= len(WAITS) else None


def secret_bytes(secret: str) -> bytes:
    """What a secret such as `whsec_MfKQ…` signs with. Raises ValueError with a sentence that shows nothing of it."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("A webhook's secret is whsec_ and base64.") from None
    if not SHORTEST_SECRET_BYTES <= len(key) <= LONGEST_SECRET_BYTES:
        message = f"A webhook's secret has {SHORTEST_SECRET_BYTES} to {LONGEST_SECRET_BYTES} bytes, as base64."
        raise ValueError(message)
    return key


def secret_of(key: bytes) -> str:
    """The text form of a key."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def signed_headers(secret: str, delivery_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that let a receiver know a delivery as ours. Raises ValueError for no secret."""
    second = str(int(at.timestamp()))
    signed = b".".join((delivery_id.encode(), second.encode(), body))
    signature = base64.b64encode(hmac.digest(secret_bytes(secret), signed, "sha256")).decode()
    return {"webhook-id": delivery_id, "webhook-timestamp": second, "webhook-signature": f"v1,{signature}"}
