"""When a command or a press is acknowledged: a kill of Herald loses nothing that people asked for without a word.

What is done within a moment is acknowledged when it is done and is about to be told: a kill before that has Slack say
that it failed. What takes longer and changes something is written down first; whoever asked is told if it never ends.
"""

import asyncio

from bot.services import interruptions
from handlers.slack import interrupted
from handlers.slack.call import Call

ACKNOWLEDGED_BY_S = 0.1
NOTED_WITHIN_S = 0.15


async def until_done_or_noted(call: Call, key: str | None, work: asyncio.Task[None]) -> None:
    """Return as soon as it may be acknowledged. `key` tells this press from all others; None: it is not noted."""
    telling = asyncio.create_task(call.telling.wait())
    done, _ = await asyncio.wait({work, telling}, timeout=ACKNOWLEDGED_BY_S, return_when=asyncio.FIRST_COMPLETED)
    telling.cancel()
    if done or key is None:
        return
    deps, whose, what = call.deps, call.workspace_id, interrupted.what_of(call.body)
    with deps.database.hurried():
        noting = call.desk.keep(interruptions.watch(deps, whose, key, user=call.user_id, what=what), call.body)

    async def ended() -> None:
        await asyncio.wait({work, noting})
        await interruptions.over(deps, whose, key)

    call.desk.keep(ended(), call.body)
    await asyncio.wait({noting}, timeout=NOTED_WITHIN_S)
