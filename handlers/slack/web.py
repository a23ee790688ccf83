"""Slack over HTTP: is it really Slack, and then to the desk. Strangers to the web framework: bytes in, a reply out."""

import hashlib
import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot import clock
from bot.domain.accounts import Secret
from handlers.slack.app import Desk

_log = logging.getLogger(__name__)

_SKEW = timedelta(minutes=5)
"""How old a request may be. Source: docs.slack.dev/authentication/verifying-requests-from-slack, read 2026-11-21."""
_VERSION = "v0"
_LONGEST_TIMESTAMP = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What Slack is answered."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Hatch:
    """The place through which Slack's requests come in over HTTP."""

    def __init__(self, desk: Desk, signing_secret: Secret) -> None:
        self._desk = desk
        self._secret = signing_secret

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer a request; 401 unless Slack signed it within the last five minutes. `headers` has names in lower case.

        A delivery that Slack repeats is acknowledged like the first and then dropped at the desk by its event's id.
        """
        if not signed(self._secret, headers, body, clock.now()):
            _log.warning("a request was not signed by slack, or long ago")
            return Reply(status=401, body="This request is not signed by Slack, or too old.")
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return Reply(status=400, body="This is not text.")
        answer = await self._desk.handle(text, dict(headers), socket=False)
        return Reply(status=answer.status, body=answer.body or "", headers=answer.first_headers())


def signed(secret: Secret, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether Slack signed this body with our secret, at most five minutes before or after `now`."""
    timestamp = headers.get("x-slack-request-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _LONGEST_TIMESTAMP):
        return False
    if abs(now.timestamp() - int(timestamp)) > _SKEW.total_seconds():
        return False
    signature = headers.get("x-slack-signature", "")
    base = b":".join([_VERSION.encode(), timestamp.encode(), body])
    expected = f"{_VERSION}={hmac.new(secret.reveal().encode(), base, hashlib.sha256).hexdigest()}"
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))
