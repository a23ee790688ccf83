"""`/post "TEXT" to ACCOUNTS WHEN`: scheduled straight away if all of it is clear, the composer if anything is not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from slack_sdk.errors import SlackApiError

from bot import clock
from bot.domain.accounts import Account
from bot.domain.composition import Form, When, at_time
from bot.domain.errors import Conflict, UserError
from bot.domain.one_line import Line, read_line
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.domain.slots import Moment, quoted
from bot.domain.when import Parts, read_parts, read_when
from bot.services import composing, drafts, onboarding, scheduling
from bot.services.workspaces import Brand
from handlers.slack import blocks as b
from handlers.slack import echo, gather, names
from handlers.slack.api import UNREACHABLE, InTrouble
from handlers.slack.app import Desk
from handlers.slack.call import Call, Expired
from handlers.slack.facts import Names
from handlers.slack.flows import compose, keeping, naming, places, sames
from handlers.slack.views.when import doubled_hour

_NO_ZONE = "UTC"
_MOST_NAMED = 5
_NO_TEXT = "Write a text or add media."
_WHICH = "Clocks go back that night, so that hour comes twice. Choose the first or the second below."


def register(desk: Desk) -> None:
    """Take the command."""
    desk.on_command(names.POST, post, writers_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Understood:
    """What a line came to: a form, complete if `whole`, and what could not be understood."""

    form: Form
    brand: Brand | None
    whole: bool
    notice: str | None = None


async def post(call: Call) -> None:
    """Write a post."""
    await write(call, call.text)


async def write(call: Call, text: str) -> None:
    """From what stands behind the command to the queue, or to a composer filled with what was understood.

    A modal has to be opened within three seconds of the command, so it is opened before anything slow is done.
    """
    line = read_line(text)
    if not line.quoted:
        await _compose(call, Form(text=line.text))
        return
    understood = await _understand(call, line)
    warning = None
    if understood.whole and understood.brand is not None:
        warning = await sames.warning(call, understood.form, understood.brand)
    if understood.whole and understood.brand is not None and warning is None:
        try:
            refused = await _schedule(call, understood.form, understood.brand)
        except composing.SaidAlready as error:
            warning = await sames.warning(call, understood.form, understood.brand) or error.message
        else:
            if refused is None:
                return
            understood = replace(understood, notice=refused)
    await _compose(call, understood.form, notice=understood.notice, warning=warning)


async def _compose(call: Call, form: Form, *, notice: str | None = None, warning: str | None = None) -> None:
    """Open the composer. Slack shows a command nowhere, so where nothing opens its words are kept as a draft."""
    try:
        await compose.open_composer(call, form, notice=notice, warning=warning)
    except (Expired, InTrouble, SlackApiError, *UNREACHABLE) as error:
        kept = await keeping.keep_unopened(call, form)
        if not (kept and isinstance(error, Expired | InTrouble)):
            raise
        said = (notice or warning, error.message, "What you typed is in your messages with Herald.")
        raise Conflict(" ".join(filter(None, said))) from error


async def _understand(call: Call, line: Line) -> _Understood:
    """Read the parts one after the other; the first that is not clear ends in a notice, the rest is kept."""
    notices: list[str] = []
    brand = await _brand(call, line, notices)
    known = await places.accounts_of(call, brand) if brand is not None else []
    called = await gather.names_of(call.deps, call.desk.people, call.installation)
    account_ids = _accounts(line, known, brand, called, notices)
    form = Form(brand_id=brand.id if brand is not None else None, account_ids=account_ids, text=line.text)
    person = await call.person()
    zone = person.zone or (brand.timezone if brand is not None else _NO_ZONE)
    try:
        wanted = read_when(line.when, zone, now=clock.now()) if line.when is not None else None
        form = _timed(form, wanted, zone)
    except UserError as error:
        wanted, form = None, _partly_timed(form, read_parts(line.when or "", zone, now=clock.now()), zone)
        notices.append(_WHICH if doubled_hour(form) is not None else error.message)
    if not line.text.strip():
        notices.append(_NO_TEXT)
    whole = not notices and bool(account_ids) and wanted is not None
    return _Understood(form=form, brand=brand, whole=whole, notice=" ".join(notices) or None)


def _timed(form: Form, wanted: Moment | When | None, zone: str) -> Form:
    if isinstance(wanted, Moment):
        return at_time(form, wanted.at, wanted.zone or zone)
    return form if wanted is None else replace(form, when=wanted)


def _partly_timed(form: Form, said: Parts, zone: str) -> Form:
    """What was understood of a time that was refused, read in the author's zone as the whole would have been."""
    day = said.day.isoformat() if said.day is not None else None
    known = day is not None or said.time is not None or said.zone is not None
    return replace(form, date=day, time=said.time, zone=said.zone or zone) if known else form


async def _brand(call: Call, line: Line, notices: list[str]) -> Brand | None:
    if line.brand is None:
        brand = await places.brand_here(call)
        if brand is None and await places.brands_of(call):
            notices.append("Which brand is this for?")
        return brand
    try:
        return await places.brand_called(call, line.brand)
    except UserError as error:
        notices.append(error.message)
        return None


def _accounts(
    line: Line, known: Sequence[Account], brand: Brand | None, called: Names, notices: list[str]
) -> tuple[str, ...]:
    if line.all_accounts:
        return tuple(account.id for account in known)
    found: dict[str, None] = {}
    for word in line.accounts or ():
        fits = [account for account in known if naming.is_called(account, word, called)]
        if len(fits) == 1:
            found[fits[0].id] = None
        elif brand is not None:
            notices.append(_not_one(word, fits or known, brand, called, several=bool(fits)))
    return tuple(found)


def _not_one(word: str, known: Sequence[Account], brand: Brand, called: Names, *, several: bool) -> str:
    shown = known if several else naming.alike(word, known, called) or known
    listed = ", ".join(b.bare(called.account(account.platform, account.handle)) for account in shown[:_MOST_NAMED])
    listed += f" and {len(shown) - _MOST_NAMED} more" if len(shown) > _MOST_NAMED else ""
    if several:
        return f"{quoted(word[:40])} can be {listed}. Choose below."
    return f"No account {quoted(word[:40])}. {brand.name} has {listed or 'no accounts yet'}."


async def _schedule(call: Call, form: Form, brand: Brand) -> str | None:
    """Into the queue; the sentence that refuses it, or None. Raises SaidAlready."""
    wish = composing.wish_of(form, brand, asked_by=call.actor, zone=form.zone or brand.timezone)
    try:
        first = await composing.unless_said(call.deps, form, brand)
        made = await scheduling.schedule_post(call.deps, wish, first=first)
    except composing.SaidAlready:
        raise
    except UserError as error:
        return error.message
    call.desk.keep(_tell(call, made, form.when), call.body)
    return None


async def _tell(call: Call, made: PostView, when: When) -> None:
    """It is done: nothing that fails from here on may ask anybody to try it again."""
    echoed = False
    try:
        await _echo(call, made, when)
        echoed = True
    finally:
        if not echoed:
            await call.answer(f"Post {made.code} is kept. `/social why {made.code}` tells how it stands.")
    await onboarding.tell(call.deps, call.workspace_id)


async def _echo(call: Call, made: PostView, when: When) -> None:
    person = await call.person()
    facts = await gather.card(call.deps, call.desk.people, call.installation, made.post_id, reader_zone=person.zone)
    if when is When.DRAFT:
        await drafts.send_card(call.deps, made, user_id=call.user_id)
    if facts.post.status is State.AWAITING_APPROVAL:
        said = echo.waiting(facts)
        await call.answer(said.text, said.blocks)
        return
    said = {When.NOW: echo.sending, When.DRAFT: echo.draft}.get(when, echo.scheduled)(facts)
    await call.answer(said.text, said.blocks)
