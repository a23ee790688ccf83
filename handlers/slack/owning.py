"""What is answered when Herald could not look whom a request is for: nothing was done, and somebody has to know."""

import asyncio
from contextlib import suppress
from http import HTTPStatus

from slack_bolt.response import BoltResponse

from handlers.slack.api import Api
from handlers.slack.payload import Json, text

LOST = "herald_could_not_look"
"""Set in the context of such a request."""
_NOT_NOW = "Herald could not look into its database just now, so nothing was done. Please do it once more in a minute."
_SAY_WITHIN_S = 2.0
"""Of the 3 s that Slack waits."""


async def own_up(api: Api, body: Json) -> BoltResponse:
    """Say it; where that is not possible, have Slack say so itself, keep a modal open, or tell an event again."""
    url = text(body.get("response_url"))
    with suppress(TimeoutError):
        async with asyncio.timeout(_SAY_WITHIN_S):
            if url is not None and await api.respond(url, {"text": _NOT_NOW, "replace_original": False}):
                return BoltResponse(status=HTTPStatus.OK)
    return not_done()


def not_done() -> BoltResponse:
    """The answer after which Slack shows a failure, or tells an event again."""
    return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
