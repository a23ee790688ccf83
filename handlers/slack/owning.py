"""What somebody is told whose request was not done for a reason of ours or of Slack's; and what Slack is answered."""

import asyncio
from contextlib import suppress
from http import HTTPStatus

from slack_bolt.response import BoltResponse

from bot.domain.one_line import unescape
from handlers.slack import blocks as b
from handlers.slack.api import Api
from handlers.slack.payload import Json, text

LOST = "herald_could_not_look"
"""Set in the context of such a request."""
_NOT_NOW = "Herald could not look into its database just now, so nothing was done. Please do it once more in a minute."
_SAY_WITHIN_S = 2.0
"""Of the 3 s that Slack waits."""


async def own_up(api: Api, body: Json) -> BoltResponse:
    """Say that nothing was done, since Herald could not look whom the request is for.

    Where that cannot be said, Slack says so itself, keeps a modal open, or tells an event again.
    """
    url = text(body.get("response_url"))
    with suppress(TimeoutError):
        async with asyncio.timeout(_SAY_WITHIN_S):
            said = {"text": _NOT_NOW, "blocks": with_words(_NOT_NOW, body), "replace_original": False}
            if url is not None and await api.respond(url, said):
                return BoltResponse(status=HTTPStatus.OK)
    return not_done()


def with_words(sentence: str, body: Json) -> list[Json]:
    """The sentence, and below it what was typed behind a command: that stands nowhere else."""
    typed = text(body.get("text")) if "command" in body else None
    quoted = [b.quote(unescape(typed), b.TEXT_LIMIT)] if typed is not None and typed.strip() else []
    return [b.section(sentence), *quoted]


def not_done() -> BoltResponse:
    """The answer after which Slack shows a failure, or tells an event again."""
    return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
