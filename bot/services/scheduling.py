"""From what a person wrote to items in the queue, and back: schedule, cancel, retry.

Everything is checked first, for all accounts, and all problems are told at once. Files are taken aside, and their bytes
are kept before the one transaction that writes all rows; a refused post leaves neither.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from bot import clock
from bot.domain.accounts import Account, Health
from bot.domain.capabilities import Capabilities, check, options_for_part
from bot.domain.content import Attachment, Draft
from bot.domain.errors import Conflict, InvalidContent, NotFound, Problem, UserError, invalid
from bot.domain.ids import AccountId, PostId, WorkspaceId
from bot.domain.posts import ItemView, NewItem, NewPost, PostView
from bot.domain.publication import MAY_BE_LIVE, Event, State, states_allowing
from bot.domain.slots import Moment, parse_when
from bot.domain.typed import readable
from bot.services.deps import Deps
from platforms.base import Connector, capabilities_of
from storage import accounts, audit, lines, posts
from storage.brands import Brand
from storage.engine import Session, announce
from storage.media import rows as media_rows
from storage.media.folder import Taken

_LEAD_S = 5.0
"""How long before its second an item without media or card is claimed."""
_BROKEN = frozenset({Health.EXPIRED, Health.REVOKED})
_MOST_PARTS = 25
_ENDED = states_allowing(Event.RETRY)
CANCELLABLE = states_allowing(Event.CANCEL) - MAY_BE_LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """At a time, as typed: see bot/domain/slots.py."""

    text: str
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """As soon as it can be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYet:
    """As a draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A post as typed. `to` names accounts: an id, `platform:handle`, or a platform the brand has one account of."""

    brand: Brand
    to: tuple[str, ...]
    text: str
    when: At | Now | NotYet
    parts: tuple[str, ...] = ()
    """Further parts of a thread."""
    variants: Mapping[str, str] = field(default_factory=dict[str, str])
    media: tuple[tuple[Path, str], ...] = ()
    """Files with their descriptions."""
    link: str | None = None
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    asked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An account the post goes to, and what it takes."""

    account: Account
    connector: Connector
    takes: Capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A wish found good: where, when and with which files. `moment` is None for a draft."""

    wish: Wish
    now: datetime
    moment: Moment | None
    targets: tuple[Target, ...]
    files: tuple[Taken, ...]


async def check_post(deps: Deps, wish: Wish) -> Plan:
    """Find out whether the wish could be scheduled; nothing is kept. Raises UserError with everything wrong."""
    async with planned(deps, wish) as plan:
        return plan


async def schedule_post(deps: Deps, wish: Wish) -> PostView:
    """Put a post into the queue, or keep it as a draft. Raises UserError with all that is wrong; nothing is kept."""
    async with planned(deps, wish) as plan:
        await keep_files(deps, plan)
        async with deps.database.transaction() as session:
            post_id = await insert_plan(session, plan)
            return await posts.get_post(session, wish.brand.workspace_id, post_id)


async def schedule_posts(deps: Deps, wishes: Sequence[tuple[int, Wish]]) -> list[PostView]:
    """Put several posts, each with its line in a file, into the queue: all or none, in one transaction.

    Raises InvalidContent with every problem of every line.
    """
    problems: list[Problem] = []
    async with AsyncExitStack() as stack:
        plans: list[Plan] = []
        for line, wish in wishes:
            try:
                plans.append(await stack.enter_async_context(planned(deps, wish)))
            except UserError as error:
                found = error.problems if isinstance(error, InvalidContent) else [_as_problem(error)]
                problems += [Problem(field=p.field, message=f"Line {line}: {p.message}") for p in found]
        if problems:
            raise InvalidContent(problems)
        for plan in plans:
            await keep_files(deps, plan)
        async with deps.database.transaction() as session:
            return [
                await posts.get_post(session, plan.wish.brand.workspace_id, await insert_plan(session, plan))
                for plan in plans
            ]


def _as_problem(error: UserError) -> Problem:
    return Problem(field=error.field or "line", message=error.message)


async def keep_files(deps: Deps, plan: Plan) -> None:
    """Move a good plan's files to their place: before its rows, so that no row ever lacks its bytes."""
    for file in plan.files:
        await deps.media.keep(file)


@asynccontextmanager
async def planned(deps: Deps, wish: Wish) -> AsyncGenerator[Plan, None]:
    """The wish as a plan, its files lying aside while the block runs. Raises UserError."""
    now = clock.now()
    if unreadable := list(_unreadable(wish)):
        raise InvalidContent(unreadable)
    problems: list[Problem] = []
    targets = await _targets(deps, wish, problems)
    moment = _moment(wish, now, problems)
    problems.extend(_own_problems(wish, targets))
    async with AsyncExitStack() as stack:
        files = await _files(deps, wish, stack, problems)
        plan = Plan(wish=wish, now=now, moment=moment, targets=targets, files=files)
        if len(files) == len(wish.media):
            problems.extend(_content_problems(plan))
        if problems:
            raise InvalidContent(list(dict.fromkeys(problems)))
        yield plan


async def _targets(deps: Deps, wish: Wish, problems: list[Problem]) -> tuple[Target, ...]:
    async with deps.database.reading() as session:
        known = await accounts.list_accounts(session, wish.brand.workspace_id, brand_id=wish.brand.id)
    found: dict[AccountId, Target] = {}
    for name in wish.to:
        account = _account_called(deps, wish.brand, name, known)
        connector = deps.connectors.get(account.platform)
        if connector is None:
            raise NotFound(f"This Herald has no {account.platform}.", field="to")
        found[account.id] = Target(
            account=account, connector=connector, takes=capabilities_of(connector, account.limits)
        )
        if account.health in _BROKEN:
            title = connector.spec.title
            message = f"{title} · {account.handle} must be reconnected first. Take it out or reconnect."
            problems.append(Problem(field="to", message=message))
    if not found:
        raise invalid("to", "Choose at least one account.")
    return tuple(found.values())


def _account_called(deps: Deps, brand: Brand, name: str, known: Sequence[Account]) -> Account:
    """The one account meant. Raises NotFound, or Conflict when there are several."""
    platform, colon, handle = name.partition(":")
    wanted = handle.removeprefix("@").casefold()
    fits = [account for account in known if account.id == name]
    if not fits and colon:
        fits = [a for a in known if a.platform == platform.casefold() and a.handle.casefold() == wanted]
    elif not fits:
        fits = [account for account in known if account.platform == name.casefold()]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise Conflict(f"{brand.name} has {len(fits)} accounts called {name}. Name one by its id.", field="to")
    have = ", ".join(f"{_title(deps, account.platform)} · {account.handle}" for account in known[:5])
    hint = f"{brand.name} has {have}." if known else f"{brand.name} has no accounts yet."
    raise NotFound(f"No account {name[:60]!r}. {hint}", field="to")


def _title(deps: Deps, platform: str) -> str:
    connector = deps.connectors.get(platform)
    return platform if connector is None else connector.spec.title


def _moment(wish: Wish, now: datetime, problems: list[Problem]) -> Moment | None:
    if isinstance(wish.when, NotYet):
        return None
    if isinstance(wish.when, Now):
        return Moment(at=now)
    try:
        return parse_when(wish.when.text, wish.when.zone, now=now)
    except InvalidContent as error:
        problems.extend(error.problems)
        return None


def _own_problems(wish: Wish, targets: Sequence[Target]) -> Iterator[Problem]:
    """What is wrong whatever the platform."""
    chosen = {target.account.platform for target in targets}
    for what, named in (("variant", wish.variants), ("option", wish.options)):
        for platform in sorted(set(named) - chosen):
            message = f"A text of its own is given for {platform}" if what == "variant" else f"{platform} has an option"
            where = "but the post does not go there. Add its account or take it out."
            yield Problem(field=what, message=f"{message}, {where}")
    if len(wish.parts) >= _MOST_PARTS:
        yield Problem(field="part", message=f"A thread has at most {_MOST_PARTS} parts. Shorten it.")
    if wish.link is not None and not _is_web_address(wish.link):
        yield Problem(field="link", message=f"{wish.link[:60]!r} is not a web address. Write it as https://….")


def _unreadable(wish: Wish) -> Iterator[Problem]:
    """Texts that nothing can be done with, not even counting."""
    texts = [("text", wish.text), *(("part", part) for part in wish.parts)]
    texts += [("variant", text) for text in wish.variants.values()] + [("alt", alt) for _, alt in wish.media]
    texts += [("option", value) for options in wish.options.values() for value in options.values()]
    for where, text in texts:
        try:
            readable(where, text)
        except InvalidContent as error:
            yield from error.problems


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isascii() and text.isprintable()
    except ValueError:
        return False


async def _files(deps: Deps, wish: Wish, stack: AsyncExitStack, problems: list[Problem]) -> tuple[Taken, ...]:
    files: list[Taken] = []
    for path, _ in wish.media:
        try:
            taken = await deps.media.take(path)
        except InvalidContent as error:
            problems.extend(error.problems)
            continue
        stack.push_async_callback(deps.media.drop, taken)
        files.append(taken)
    return tuple(files)


def _content_problems(plan: Plan) -> Iterator[Problem]:
    """What each account's platform does not take, part by part."""
    for target in plan.targets:
        if plan.wish.parts and not target.takes.threads:
            yield Problem(field="part", message=f"{target.takes.name} has no threads. Take the further parts out.")
            continue
        for part in range(1 + len(plan.wish.parts)):
            for problem in check(_draft(plan, target, part), target.takes):
                yield _placed(problem, plan.wish, target, part)


def _placed(problem: Problem, wish: Wish, target: Target, part: int) -> Problem:
    """A problem of one text among several says which one it means."""
    if problem.field != "text":
        return problem
    if part:
        return Problem(field="part", message=f"Part {part + 1}: {problem.message}")
    if target.account.platform in wish.variants:
        return Problem(field="variant", message=f"Own text of {problem.message}")
    return problem


def _draft(plan: Plan, target: Target, part: int) -> Draft:
    wish, platform = plan.wish, target.account.platform
    due_at = plan.moment.at if plan.moment is not None else plan.now
    options = options_for_part(wish.options.get(platform, {}), part, target.takes)
    post_type = target.connector.spec.post_types[0]
    if part:
        return Draft(text=wish.parts[part - 1], post_type=post_type, options=options, due_at=due_at)
    return Draft(
        text=wish.variants.get(platform, wish.text),
        post_type=post_type,
        attachments=tuple(
            Attachment(media=file.media, path=file.path, alt_text=alt)
            for file, (_, alt) in zip(plan.files, wish.media, strict=True)
        ),
        link=wish.link,
        options=options,
        due_at=due_at,
    )


async def insert_plan(session: Session, plan: Plan) -> PostId:
    """Write a good plan's rows. Its files are kept already."""
    wish, workspace_id = plan.wish, plan.wish.brand.workspace_id
    media = [
        (await media_rows.remember(session, workspace_id, file.media), alt)
        for file, (_, alt) in zip(plan.files, wish.media, strict=True)
    ]
    moment = plan.moment
    new = NewPost(
        workspace_id=workspace_id,
        brand_id=wish.brand.id,
        created_by=wish.asked_by,
        created_at=plan.now,
        scheduled_at=moment.at if moment is not None else None,
        wall_time=moment.wall_time if moment is not None else None,
        zone=moment.zone if moment is not None else None,
        link=wish.link,
        options=wish.options,
        parts=(wish.text, *wish.parts),
        variants=wish.variants,
        media=tuple(media),
        items=tuple(_item(plan, target, part) for target in plan.targets for part in range(1 + len(wish.parts))),
    )
    post_id = await posts.insert_post(session, workspace_id, new)
    event, text = ("draft", "Kept as a draft.") if moment is None else ("schedule", _planned_for(moment))
    await _note(session, workspace_id, post_id, event, by=wish.asked_by, text=text)
    if moment is not None:
        await announce(session)
    return post_id


async def _note(  # noqa: PLR0913  # one line of the journal
    session: Session, workspace_id: WorkspaceId, post_id: PostId, event: str, *, by: str, text: str
) -> None:
    entry = audit.AuditEvent(at=clock.now(), actor=by, event=event, post_id=post_id, detail={"text": text})
    await audit.add_event(session, workspace_id, entry)
    await lines.changed(session, workspace_id, post_id, event, by=by, now=entry.at)


def _planned_for(moment: Moment) -> str:
    chosen = f" ({moment.wall_time} {moment.zone})" if moment.zone else ""
    return f"Scheduled for {moment.at.isoformat(timespec='seconds')}{chosen}."


def _item(plan: Plan, target: Target, part: int) -> NewItem:
    """One row of the queue. The further parts of a thread get their times when the part before them is published."""
    spec = target.connector.spec
    slow = part == 0 and bool(plan.files or plan.wish.link)
    lead_s = spec.prepare_lead_s if slow else _LEAD_S
    at = plan.moment.at if plan.moment is not None else None
    due_at = at if part == 0 else None
    return NewItem(
        account_id=target.account.id,
        platform=target.account.platform,
        post_type=spec.post_types[0],
        part=part,
        state=State.DRAFT if at is None else State.SCHEDULED,
        scheduled_at=at,
        due_at=due_at,
        claim_at=due_at - timedelta(seconds=lead_s) if due_at is not None else None,
        missed_after=due_at + plan.wish.brand.grace if due_at is not None else None,
        lead_s=lead_s,
        key=uuid4().hex,
        key_at=at or plan.now,
    )


# --- Taking back and trying again --------------------------------------------------------------------------------


async def cancel_post(deps: Deps, workspace_id: WorkspaceId, post_id: PostId, *, asked_by: str) -> PostView:
    """Take a post back from all its accounts, or, if anything of it may be live, change nothing and raise Conflict."""
    async with deps.database.transaction() as session:
        before = await posts.get_post(session, workspace_id, post_id)
        if {item.status for item in before.items} <= {State.CANCELLED}:
            raise Conflict("This post is cancelled already.", field="post")
        await posts.change_states(session, workspace_id, State.CANCELLED, among=CANCELLABLE, post_id=post_id)
        after = await posts.get_post(session, workspace_id, post_id)
        if left := [item.status for item in after.items if item.status is not State.CANCELLED]:
            raise _too_late(left)
        await _note(session, workspace_id, post_id, "cancel", by=asked_by, text="Cancelled.")
        await announce(session)
    return after


def _too_late(states: Sequence[State]) -> UserError:
    if all(state is State.PUBLISHED for state in states):
        return Conflict("This post is published already. It can no longer be cancelled.", field="post")
    if State.UNCONFIRMED in states:
        message = "This post may be live already; Herald is looking. It can no longer be cancelled."
        return Conflict(message, field="post")
    return Conflict("This post is being sent. It can no longer be cancelled.", field="post")


async def retry_post(deps: Deps, workspace_id: WorkspaceId, post_id: PostId, *, asked_by: str) -> PostView:
    """Send what failed or was missed now, and let the parts behind it wait for it again. Raises UserError."""
    now = clock.now()
    async with deps.database.transaction() as session:
        before = await posts.get_post(session, workspace_id, post_id)
        ended = [item for item in before.items if item.status in _ENDED]
        if not ended:
            raise Conflict("Nothing of this post failed or was missed, so there is nothing to retry.", field="post")
        connected = {account.id for account in await accounts.list_accounts(session, workspace_id)}
        for item in ended:
            if item.account_id not in connected:
                raise Conflict(f"{item.platform}:{item.handle} was disconnected. Connect it again first.", field="post")
            due_at = now if _may_go(item, before.items) else None
            if not await posts.schedule_again(session, workspace_id, item.item_id, among=_ENDED, due_at=due_at):
                raise Conflict("This post changed meanwhile. Look at it again.", field="post")
        await _note(session, workspace_id, post_id, "retry", by=asked_by, text="To be tried again now.")
        await announce(session)
        return await posts.get_post(session, workspace_id, post_id)


def _may_go(item: ItemView, items: Sequence[ItemView]) -> bool:
    """Whether nothing stands before it in its thread."""
    before = [other for other in items if other.account_id == item.account_id and other.part == item.part - 1]
    return not before or before[0].status is State.PUBLISHED
