"""Hold and release, and the answers for many missed posts at once."""

from collections.abc import Awaitable, Callable

from bot import clock
from bot.domain import people
from bot.domain.errors import Conflict, NotFound
from bot.domain.hold_line import read_hold
from bot.services import holding, journal, missing
from bot.services.holding import Held
from bot.services.missing import Answer
from bot.services.workspaces import Brand
from handlers.slack import gather, names, refusing, times, wording
from handlers.slack import holds as face
from handlers.slack.app import Desk
from handlers.slack.blocks import inert
from handlers.slack.call import Call
from handlers.slack.flows import home, places
from handlers.slack.holds import HeldFacts, Underway

_LONGEST_ID = 100
_MOST_REFUSALS = 5
_ANSWERS = frozenset({"retry", "move", "drop", "cancel", "edit"})


def register(desk: Desk) -> None:
    """Take the buttons; the commands come through `/social`."""
    desk.on_action(names.RELEASE, release_pressed, changes=True)
    answers = {
        names.MISSED_POST: Answer.POST,
        names.MISSED_SLOTS: Answer.SLOTS,
        names.MISSED_DROP: Answer.DROP,
    }
    for name, answer in answers.items():
        desk.on_action(name, _answering(answer), writers_only=True)


# --- Hold ----------------------------------------------------------------------------------------------------------


async def hold(call: Call, rest: str) -> None:
    """`[brand|all] [until WHEN] [reason]`: at once."""
    known = await places.brands_of(call)
    here = await places.brand_here(call)
    person = await call.person()
    zone = person.zone or (here.timezone if here is not None else "UTC")
    line = read_hold(rest, [brand.name for brand in known], zone, now=clock.now())
    brand = None if line.everything else here
    if line.brand is not None:
        brand = await places.brand_called(call, line.brand)
    if brand is None and not line.everything:
        raise _which(known)
    if not await _may(call, brand):
        return
    held = await holding.hold(
        call.deps, call.workspace_id, brand, asked_by=call.actor, until=line.until, reason=line.reason
    )
    called = await gather.names_of(call.deps, call.desk.people, call.installation, (held.hold.by,))
    facts = HeldFacts(brand=brand, hold=held.hold, waiting=held.waiting, zone=zone)
    said = face.already(facts, called) if held.before is not None else face.held(facts, _underway(held), called)
    await call.answer(said.text, said.blocks)


def _underway(held: Held) -> list[Underway]:
    return [Underway(platform=item.platform, due_at=item.due_at) for item in held.underway]


def _which(known: list[Brand]) -> NotFound:
    named = " or ".join(f"`/social hold {inert(brand.name, 40)}`" for brand in known[:3])
    return NotFound(f"Say which brand: {named or 'there is none yet'}; or `/social hold all`.", field="brand")


async def _may(call: Call, brand: Brand | None) -> bool:
    """Whether the person may stop it: whoever may write for it. Who may not is told so."""
    if people.may_write(await call.person()):
        return True
    whose = inert(brand.name, 75) if brand is not None else "this workspace"
    ask = people.ask_whom([inert(name, 75) for name in await refusing.who_helps(call, brand)], "one of them")
    await call.answer(f"Only members of {whose} can hold {'its' if brand is not None else 'all'} posts. {ask}")
    return False


# --- Release -------------------------------------------------------------------------------------------------------


async def release(call: Call, rest: str) -> None:
    """`[brand|all]`."""
    if rest.strip().casefold() in {"all", "everything"}:
        await _release(call, None)
        return
    brand = await places.brand_called(call, rest) if rest.strip() else await places.brand_here(call)
    if brand is None:
        raise NotFound("Say what to release: `/social release NAME` or `/social release all`.", field="brand")
    await _release(call, brand)


async def release_pressed(call: Call) -> None:
    """The button, wherever it stands."""
    value = call.value[:_LONGEST_ID]
    await _release(call, None if value == names.EVERYTHING else await places.brand_by_id(call, value))
    await home.refresh_if_there(call)


async def _release(call: Call, brand: Brand | None) -> None:
    if not await _may(call, brand):
        return
    try:
        done = await holding.release(call.deps, call.workspace_id, brand, asked_by=call.actor)
    except Conflict as error:
        await call.answer(inert(error.message))
        return
    said = face.released(brand, going=done.going, late=done.late, still=done.still is not None)
    await call.answer(said.text, said.blocks)


# --- Missed together -----------------------------------------------------------------------------------------------


def _answering(answer: Answer) -> Callable[[Call], Awaitable[None]]:
    async def listener(call: Call) -> None:
        await _answer(call, answer)

    return listener


async def _answer(call: Call, answer: Answer) -> None:
    notice_id = call.value[:_LONGEST_ID]
    try:
        done = await missing.answer_all(call.deps, call.workspace_id, notice_id, answer, asked_by=call.actor)
    except Conflict as error:
        await call.answer(await _done_before(call, notice_id) or inert(error.message))
        return
    many = times.counted(done.posts, "post")
    went = {
        Answer.POST: f"📤 {many} on the way, one after another.",
        Answer.SLOTS: f"🕘 {many} moved into the next free slots.",
        Answer.DROP: f"🚫 {many} dropped. Nothing was sent.",
    }[answer]
    refused = [f"⚠️ {inert(sentence, 300)}" for sentence in done.refused[:_MOST_REFUSALS]]
    if len(done.refused) > _MOST_REFUSALS:
        refused.append(f"and {len(done.refused) - _MOST_REFUSALS} more that could not be done")
    await call.answer("\n".join([went, *refused]))


async def _done_before(call: Call, notice_id: str) -> str | None:
    """A late click learns who was first; None when the posts are still to be answered."""
    question = await missing.asked(call.deps, call.workspace_id, notice_id)
    if not question.over:
        return None
    first = await journal.last_of(call.deps, call.workspace_id, question.posts[-1], _ANSWERS)
    if first is None:
        return None
    called = await gather.names_of(call.deps, call.desk.people, call.installation, (first.actor,))
    person = await call.person()
    return wording.already_done(called.person(first.actor), times.spelled(first.at, person.zone or "UTC"))
