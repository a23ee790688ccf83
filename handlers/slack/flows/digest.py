"""`/social digest`: now, on, off, or at another time; and the modal behind the digest's own button."""

from zoneinfo import ZoneInfo

from bot.domain.errors import InvalidContent, NotFound
from bot.domain.report import split_brand
from bot.domain.weekly import minute_of
from bot.services import digesting
from bot.services.digesting import DigestState
from bot.services.workspaces import Brand
from handlers.slack import blocks as b
from handlers.slack import names, summaries, times
from handlers.slack.answers import Close, Errors, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.facts import channel_mention
from handlers.slack.flows import places
from handlers.slack.views import digest as modal

_LONGEST_ID = 100
_HOW = "Type `/social digest now`, `on`, `off`, or `at 08:30`."


def register(desk: Desk) -> None:
    """Take the button and the modal; the command comes through `/social`."""
    desk.on_action(names.DIGEST_SETTINGS, settings, writers_only=True)
    desk.on_view(names.DIGEST, keep, writers_only=True)


async def digest(call: Call, rest: str) -> None:
    """`[brand] [now | on | off | at TIME]`; nothing: how it is set."""
    known = await places.brands_of(call)
    named, words = split_brand(rest, [brand.name for brand in known])
    brand = await places.brand_called(call, named) if named is not None else await places.brand_here(call)
    if brand is None:
        example = b.inert(known[0].name, 40) if known else "NAME"
        raise NotFound(f"Say which brand: `/social digest {example} now`.", field="brand")
    match words.casefold().split():
        case []:
            await _say_how(call, brand)
        case ["now"]:
            await places.must_write(call)
            await _now(call, brand)
        case ["on" | "off" as word]:
            await places.must_write(call)
            await _set(call, brand, enabled=word == "on", minute=None)
        case ["at", time] | ["on", "at", time]:
            await places.must_write(call)
            await _set(call, brand, enabled=True, minute=minute_of(time, "at", _HOW))
        case _:
            await call.answer(f"“{b.inert(words, 40)}” is nothing Herald can do with a digest. {_HOW}")


async def _say_how(call: Call, brand: Brand) -> None:
    said = sentence(brand, await digesting.time_of(call.deps, brand))
    change = b.button("Digest settings", names.DIGEST_SETTINGS, brand.id)
    await call.answer(said, [b.section(said, change), b.context(_HOW)])


async def _set(call: Call, brand: Brand, *, enabled: bool, minute: int | None) -> None:
    state = await digesting.set_time(call.deps, brand, enabled=enabled, minute=minute, asked_by=call.actor)
    await call.answer(sentence(brand, state))


def sentence(brand: Brand, state: DigestState) -> str:
    """How it is set, inert."""
    name = b.inert(brand.name, 75)
    if not state.time.enabled:
        return f"{name} has no daily digest. `/social digest now` tells of today at any time."
    where = channel_mention(brand.channel)
    if where is None:
        return f"{name}'s daily digest waits for a channel: choose one with `/social brand`."
    every = f"{name}'s daily digest comes at {state.time.clock} {times.place(brand.timezone)} to {where}"
    if state.next_at is None:
        return f"{every}."
    there = state.next_at.astimezone(ZoneInfo(brand.timezone))
    return f"{every}; the next one on {there:%a} {there.day} {there:%b}."


async def _now(call: Call, brand: Brand) -> None:
    """To the brand's channel; a brand without one has it told to who asked."""
    where = channel_mention(brand.channel)
    if where is None:
        said = await summaries.digest(
            call.deps, call.desk.people, call.installation, brand, await digesting.gather(call.deps, brand, due_at=None)
        )
        await call.answer(said.text, said.blocks, simpler=said.simpler)
        return
    new = await digesting.tell_now(call.deps, brand)
    there = "The digest is on its way to" if new else "The digest of this minute is already on its way to"
    await call.answer(f"{there} {where}.")


# --- Settings ------------------------------------------------------------------------------------------------------


async def settings(call: Call) -> None:
    """Open the modal."""
    brand = await places.brand_by_id(call, call.value[:_LONGEST_ID])
    state = await digesting.time_of(call.deps, brand)
    await call.open_view(modal.build(brand, state.time))


async def keep(call: Call) -> ViewAnswer:
    """Keep what was chosen, and say it."""
    brand = await places.brand_by_id(call, call.private_metadata[:_LONGEST_ID])
    answer = await keep_silently(call, brand)
    if isinstance(answer, Close):
        await call.write(sentence(brand, await digesting.time_of(call.deps, brand)))
    return answer


async def keep_silently(call: Call, brand: Brand) -> ViewAnswer:
    """Keep what was chosen."""
    try:
        chosen = modal.read(call.view)
    except InvalidContent as error:
        return Errors({names.DIGEST_AT: error.message})
    await digesting.set_time(call.deps, brand, enabled=chosen.enabled, minute=chosen.minute, asked_by=call.actor)
    return Close()
