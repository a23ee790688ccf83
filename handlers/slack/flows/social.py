"""`/social …`: one word says what is wanted; a wrong word is answered with the nearest and the help."""

import difflib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot import clock
from bot.domain.errors import NotFound, UserError
from bot.services import journal, scheduling
from handlers.slack import lists, names
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.flows import accounts, buttons, compose, places
from storage.brands import Brand

_AHEAD = timedelta(days=7)
_MOST = 50


def register(desk: Desk) -> None:
    """Take the command."""
    desk.on_command(names.SOCIAL, social)


async def social(call: Call) -> None:
    """Do what the first word says, with the rest."""
    word, _, rest = call.text.strip().partition(" ")
    word = word.casefold()
    what = WORDS.get(word)
    if what is None:
        close = difflib.get_close_matches(word, WORDS, n=1, cutoff=0.5)
        said = lists.help_(unknown=word[:40], meant=close[0] if close else None)
        await call.answer(said.text, said.blocks)
        return
    await what(call, rest.strip())


async def help_(call: Call, rest: str) -> None:
    """What there is."""
    _ = rest
    said = lists.help_()
    await call.answer(said.text, said.blocks)


async def new(call: Call, rest: str) -> None:
    """Open the composer, with a text if there is one."""
    await places.must_write(call)
    await compose.compose_text(call, rest)


async def queue(call: Call, rest: str) -> None:
    """What goes out next."""
    brand = await _brand(call, rest)
    now = clock.now()
    brand_ids = [brand.id] if brand is not None else None
    found = await journal.upcoming(call.deps, call.workspace_id, brand_ids=brand_ids, until=now + _AHEAD, limit=_MOST)
    person = await call.person()
    said = lists.queue(brand, found, call.desk.titles, zone=brand.timezone if brand else person.zone, now=now)
    await call.answer(said.text, said.blocks)


async def accounts_(call: Call, rest: str) -> None:
    """The brand's accounts."""
    brand = await _brand(call, rest)
    if brand is None:
        await accounts.choose_network(call)
        return
    await accounts.show(call, brand)


async def cancel(call: Call, rest: str) -> None:
    """Take a post back, by its code."""
    await places.must_write(call)
    if not rest:
        await call.answer("Say which post: `/social cancel 8F2K1Z`. The id is at the end of each card.")
        return
    post = await journal.find_post(call.deps, call.workspace_id, rest)
    await scheduling.cancel_post(call.deps, call.workspace_id, post.post_id, asked_by=call.actor)
    await call.answer(f"🚫 Cancelled: post {post.code}. Nothing was sent.")


async def why(call: Call, rest: str) -> None:
    """A post's whole story; without a code, of the last that had trouble."""
    if rest:
        post = await journal.find_post(call.deps, call.workspace_id, rest)
    else:
        found = await journal.last_troubled(call.deps, call.workspace_id)
        if found is None:
            await call.answer("No post had trouble. Name one: `/social why 8F2K1Z`. The id is at the end of each card.")
            return
        post = found
    await buttons.why(call, post)


async def brand(call: Call, rest: str) -> None:
    """The workspace's brands, and making one."""
    _ = rest
    known = await places.brands_of(call)
    manages = await places.may_manage(call, None)
    said = lists.brands(known, manages=manages)
    await call.answer(said.text, said.blocks)


async def _brand(call: Call, word: str) -> Brand | None:
    return await places.brand_called(call, word) if word else await places.brand_here(call)


WORDS: dict[str, Callable[[Call, str], Awaitable[None]]] = {
    "": help_,
    "help": help_,
    "new": new,
    "queue": queue,
    "accounts": accounts_,
    "cancel": cancel,
    "why": why,
    "brand": brand,
}
