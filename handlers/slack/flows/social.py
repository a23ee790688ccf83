"""`/social …`: one word says what is wanted; a wrong word is answered with the nearest and the help."""

from collections.abc import Awaitable, Callable, Mapping

from bot.domain.one_line import unescape
from bot.services import journal, scheduling
from handlers.slack import gather, lists, names, wording
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.flows import (
    accounts,
    approvals,
    brands,
    digest,
    holds,
    naming,
    one_line,
    places,
    queue,
    report,
    settings,
)
from handlers.slack.flows import why as stories

_NAME_ONE = "Say which post: `/social cancel 8F2K1Z`. The id is at the end of each card."
_NO_TROUBLE = "No post had trouble. Name one: `/social why 8F2K1Z`. The id is at the end of each card."


def register(desk: Desk) -> None:
    """Take the command."""
    desk.on_command(names.SOCIAL, social)


async def social(call: Call) -> None:
    """Do what the first word says, with the rest."""
    await places.must_read(call)
    word, _, rest = call.text.strip().partition(" ")
    what = WORDS.get(word.casefold())
    if what is None:
        said = lists.help_text(unknown=word)
        await call.answer(said.text, said.blocks)
        return
    # Slack writes addresses as <https://…>. What is to be a post is undone where it is read, with its quotes.
    await what(call, rest.strip() if what is new else unescape(rest.strip()))


async def help_(call: Call, rest: str) -> None:
    """What there is."""
    _ = rest
    said = lists.help_text()
    await call.answer(said.text, said.blocks)


async def new(call: Call, rest: str) -> None:
    """Write a post."""
    await places.must_write(call)
    await one_line.write(call, rest)


async def accounts_(call: Call, rest: str) -> None:
    """The brand's accounts, or those of a name; with `check` in front, after asking each network about them."""
    words = rest.split()
    checks = [word.casefold() for word in words[:1]] == ["check"]
    called = await gather.names_of(call.deps, call.desk.people, call.installation)
    brand, only = await naming.read(call, words[1:] if checks else words, called)
    if brand is None and only:
        brand = await places.brand_by_id(call, only[0].brand_id)
        only = [account for account in only if account.brand_id == brand.id]
    if brand is None:
        await accounts.choose_network(call)
    elif checks:
        await accounts.check(call, brand, only)
    else:
        await accounts.show(call, brand, only)


async def cancel(call: Call, rest: str) -> None:
    """Take a post back, by its code."""
    await places.must_write(call)
    if not rest:
        await call.answer(_NAME_ONE)
        return
    post = await journal.find_post(call.deps, call.workspace_id, rest)
    after = await scheduling.cancel_post(call.deps, call.workspace_id, post.post_id, asked_by=call.actor)
    called = await gather.names_of(call.deps, call.desk.people, call.installation)
    live = [called.variant(variant) for variant in after.live_on]
    await call.answer(f"🚫 Cancelled: post {post.code}. {wording.after_cancel(live)}")


async def why(call: Call, rest: str) -> None:
    """A post's whole story; without a code, of the last that had trouble."""
    if rest:
        post = await journal.find_post(call.deps, call.workspace_id, rest)
    else:
        found = await journal.last_troubled(call.deps, call.workspace_id)
        if found is None:
            await call.answer(_NO_TROUBLE)
            return
        post = found
    await stories.why(call, post)


async def brand(call: Call, rest: str) -> None:
    """The workspace's brands, or one by name; making one and changing them."""
    await brands.show(call, "" if rest.casefold() == "list" else rest)


WORDS: Mapping[str, Callable[[Call, str], Awaitable[None]]] = {
    "": help_,
    "help": help_,
    "new": new,
    "queue": queue.show,
    "accounts": accounts_,
    "cancel": cancel,
    "hold": holds.hold,
    "release": holds.release,
    "why": why,
    "approve": approvals.show,
    "brand": brand,
    "settings": settings.settings,
    "report": report.report,
    "digest": digest.digest,
}
