"""Deleting the bytes of files that no post needs any more, some at a time."""

import logging
from datetime import timedelta

from bot import clock
from bot.domain.errors import UserError
from bot.services.deps import Deps
from storage.media import retention

_log = logging.getLogger(__name__)
_BATCH = 200
_MOST_BATCHES = 50
"""A turn ends after that many; the next one goes on."""
_NOTICE = timedelta(hours=1)
"""Between saying that bytes will go and their going: longer than planning a post takes."""
_LONGEST_TAKING = timedelta(days=1)
_NOTHING = "0" * 64
"""The hash of no file."""


async def purge_media(deps: Deps) -> int:
    """Let go of what has been unneeded for `deps.keep_media`; returns how many files' bytes went.

    Any number of machines may do it at once.
    """
    now = clock.now()
    unused_since = now - deps.keep_media
    for _ in range(_MOST_BATCHES):
        async with deps.database.transaction() as session:
            marked = await retention.announce_leaving(
                session, unused_since=unused_since, leaves_at=now + _NOTICE, limit=_BATCH
            )
        if marked < _BATCH:
            break
    removed = 0
    for _ in range(_MOST_BATCHES):
        if not await _answers(deps):
            break
        async with deps.database.transaction() as session:
            hashes = await retention.let_go(session, unused_since=unused_since, now=now, limit=_BATCH)
        for sha256 in hashes:
            removed += await _remove(deps, sha256)
        if not hashes:
            break
    await deps.media.sweep(before=clock.machine() - _LONGEST_TAKING)
    if removed:
        _log.info("media deleted that no post needs", extra={"files": removed})
    return removed


async def _answers(deps: Deps) -> bool:
    """Whether the store can be asked at all: what is let go while it is away would lie there for ever."""
    try:
        await deps.media.has(_NOTHING)
    except (OSError, UserError) as error:
        _log.warning("media store away, nothing deleted", extra={"cause": type(error.__cause__ or error).__name__})
        return False
    return True


async def _remove(deps: Deps, sha256: str) -> bool:
    """Whether it went. What does not is only room lost: no row leads there any more."""
    try:
        await deps.media.remove(sha256, unless_kept_since=clock.machine() - _NOTICE / 2)
    except (OSError, UserError):
        _log.warning("media not deleted", extra={"sha256": sha256}, exc_info=True)
        return False
    return True
