"""Is everything as it should be? Finds out and says it in sentences; changes nothing but the health of accounts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from bot.domain.errors import UserError
from bot.services import connecting, key_ring, schema, transferring, waiting, workspaces
from bot.services.deps import Deps
from storage.migrations import NewerSchema, schema_is_current

_CLOCK_TOLERANCE = timedelta(seconds=1)
_KNOCK_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at."""

    check: str
    ok: bool
    detail: str


async def database_trouble(deps: Deps, *, wait_s: float = 0.0) -> str | None:
    """Why the database cannot be used; None when it can.

    For a server that is about to start, or starts anew, it waits so long.
    """
    try:
        return await schema.answered(partial(_database_trouble, deps), wait_s=wait_s)
    except Exception as error:  # noqa: BLE001  # whatever a driver raises means the same here
        return schema.cannot_be_reached(error)


async def _database_trouble(deps: Deps) -> str | None:
    try:
        current = await schema_is_current(deps.database)
        gone = await transferring.moved_away(deps.database) if current else None
    except NewerSchema:
        return schema.NEWER
    if not current:
        return "The database is not up to date. Run: herald migrate"
    return None if gone is None else transferring.where_it_went(gone)


async def writing_trouble(deps: Deps) -> str | None:
    """Why nothing can be written into the database; None when it can."""
    try:
        await deps.database.try_writing()
    except Exception as error:  # noqa: BLE001  # whatever a driver raises means the same here
        return schema.cannot_be_written(error)
    return None


async def examine(deps: Deps, *, public_url: str) -> AsyncIterator[Finding]:
    """Look at database, keys, clock, media store, public address and each account, one after the other."""
    trouble = await database_trouble(deps) or await writing_trouble(deps)
    yield Finding(check="database", ok=trouble is None, detail=trouble or f"{deps.database.dialect}, up to date")
    if trouble is None:
        shut = await key_ring.trouble(deps)
        yield Finding(check="keys", ok=shut is None, detail=shut or "the key ring opens everything stored")
        yield await _clock(deps)
    yield await _media(deps)
    yield await _public_address(public_url)
    if trouble is not None:
        return
    places = [workspace.id for workspace in await workspaces.list_workspaces(deps)]
    accounts = await connecting.list_accounts(deps, places)
    waits = await waiting.waits_of(deps, accounts)
    for account in accounts:
        checked = await connecting.check(deps, account)
        name = f"{account.platform}:{account.handle}"
        wait = waits.get(account.id)
        held = f" Posts wait: {waiting.said(wait)}." if wait is not None else ""
        state = checked.trouble or ("fine." if held else "fine")
        guide = f" How: {checked.guide}" if checked.guide is not None else ""
        yield Finding(check=name, ok=checked.trouble is None, detail=state + guide + held)


async def _clock(deps: Deps) -> Finding:
    offset = await deps.database.clock_offset()
    fine = abs(offset) <= _CLOCK_TOLERANCE
    detail = f"{offset.total_seconds():+.3f} s against the database"
    return Finding(check="clock", ok=fine, detail=detail if fine else f"{detail}. Set this machine's clock.")


async def _media(deps: Deps) -> Finding:
    try:
        place = await deps.media.try_out()
    except (OSError, UserError) as error:
        why = error.message if isinstance(error, UserError) else f"{error.strerror or type(error).__name__}."
        detail = f"the media store cannot be used: {why} Check HERALD_MEDIA_URL and its keys."
        return Finding(check="media", ok=False, detail=detail)
    return Finding(check="media", ok=True, detail=f"{place}, files can be written and read")


async def _public_address(url: str) -> Finding:
    """Whether somebody answers there, as seen from here."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_KNOCK_S):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except UnicodeError:
        return Finding(check="public address", ok=False, detail=f"{url} names no host. Check HERALD_PUBLIC_URL.")
    except OSError:
        return Finding(check="public address", ok=True, detail=f"{url}: nobody answers now; herald serve does")
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return Finding(check="public address", ok=True, detail=f"{url} answers")
