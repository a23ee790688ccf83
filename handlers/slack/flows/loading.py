"""A modal that is opened at once and filled a moment later: nobody waits before one that will never be filled."""

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from handlers.slack import late, wording
from handlers.slack.call import Call, Json
from handlers.slack.views import saying


@asynccontextmanager
async def opened(call: Call, title: str) -> AsyncGenerator[Json]:
    """The modal, to be filled in the block: over the one in which this happened, if it did in one.

    It has a name of ours until it is filled: it may stand there although Slack's answer was lost.
    """
    name = secrets.token_hex(16)
    loading = {**saying.loading(title), "external_id": name}
    try:
        yield await call.open_view(loading)
    except Exception:
        failed = saying.said(wording.NOT_LOADED, title=title)
        call.desk.keep(late.shown(lambda: call.update_view(failed, name=name)), call.body)
        raise
