"""A modal that is opened at once and filled a moment later: nobody waits before one that will never be filled."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from slack_sdk.errors import SlackApiError

from handlers.slack import wording
from handlers.slack.api import UNREACHABLE, is_trouble
from handlers.slack.call import Call, Json
from handlers.slack.views import saying

_TRIES_AFTER_S = (0.0, 2.0, 5.0, 15.0, 60.0)


@asynccontextmanager
async def opened(call: Call, title: str) -> AsyncGenerator[Json]:
    """The modal, to be filled in the block: over the one in which this happened, if it did in one.

    It has a name of ours until it is filled: it may stand there although Slack's answer was lost.
    """
    name = secrets.token_hex(16)
    loading = {**saying.loading(title), "external_id": name}
    try:
        yield await (call.push_view(loading) if call.view.get("type") == "modal" else call.open_view(loading))
    except Exception:
        call.desk.keep(_give_up(call, saying.said(wording.NOT_LOADED, title=title), name), call.body)
        raise


async def _give_up(call: Call, view: Json, name: str) -> None:
    """Say in it that nothing comes any more, as soon as Slack lets us; one that was filled or closed is not found."""
    for wait_s in _TRIES_AFTER_S:
        await asyncio.sleep(wait_s)
        try:
            await call.desk.api.write(call.installation.token, "views.update", external_id=name, view=dict(view))
        except UNREACHABLE:
            continue
        except SlackApiError as error:
            if is_trouble(error):
                continue
        return
