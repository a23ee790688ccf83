"""From what a person wrote to a plan: which accounts, which files, when, and all that is wrong with it.

Everything is checked for all accounts, and all problems are told at once, each with its field: `to` (an account),
`text`, `variant` (a network's own text), `part` (a thread's further part), `media`, `alt` (a file's description),
`at` and `zone` (the time), `option` (a network's setting), `link`.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot import clock
from bot.domain.accounts import Account, Health
from bot.domain.capabilities import Capabilities, check, options_for_part
from bot.domain.content import Attachment, Draft
from bot.domain.errors import Conflict, InvalidContent, NotFound, Problem, invalid
from bot.domain.ids import ItemId, MediaId, MissionId, PostId
from bot.domain.posts import NewItem, Place
from bot.domain.publication import State
from bot.domain.slots import Moment, both_times, parse_when
from bot.domain.typed import is_web_address, readable
from bot.services import best_times, slotting
from bot.services.deps import Deps
from bot.services.files import Entry, File, can_fit, fit_all, gathered
from bot.services.public_links import link_to
from platforms.base import Connector, Spec, capabilities_of, typed
from storage import accounts
from storage.brands import Brand
from storage.engine import Session

_LEAD_S = 5.0
"""How long before its second an item without media or card is claimed."""
_BROKEN = frozenset({Health.EXPIRED, Health.REVOKED})
_MOST_PARTS = 25
_ONCE = "What has further parts goes to a network as one kind of post. Make another post of the other kind."


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """At a time, as typed: see bot/domain/slots.py. `picked` says that it was put together in a form."""

    text: str
    zone: str | None = None
    picked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """As soon as it can be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSlot:
    """In the next of the brand's slots that is free on all its accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BestTime:
    """When the brand's posts do best, and none of its accounts has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYet:
    """As a draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A post as typed. `to` names accounts: an id, `platform:handle`, or a platform the brand has one account of.

    Or it names places, where the post goes to a platform as several kinds: then texts, options and `media_for` there
    are by kind, and by platform elsewhere.
    """

    brand: Brand
    to: tuple[str | Place, ...]
    text: str
    when: At | Now | NextSlot | BestTime | NotYet
    parts: tuple[str, ...] = ()
    """Further parts of a thread."""
    variants: Mapping[str, str] = field(default_factory=dict[str, str])
    media: tuple[tuple[Entry, str], ...] = ()
    """Files, or ids of files stored already, with their descriptions."""
    fit: bool = False
    """Whether images are made to fit the networks they go to."""
    link: str | None = None
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    mission_id: MissionId | None = None
    """The campaign it belongs to; None: none, or the one it had."""
    approver: str | None = None
    """The user id of the one approver who is to be asked; None: all."""
    leaves_mission: bool = False
    """Whether an edit takes it out of its campaign."""
    media_for: Mapping[str, tuple[MediaId, ...]] | None = None
    """Which of the files a variant gets, in order, where not all go there; None: as it was, else all."""
    post_id: PostId | None = None
    """The id of a new post, where it has one already."""
    item_ids: Mapping[Place, ItemId] = field(default_factory=dict[Place, ItemId])
    """The ids of first parts, where they have one already."""
    asked_by: str

    @property
    def is_draft(self) -> bool:
        """Whether it is only to be kept: then it may be unfinished."""
        return isinstance(self.when, NotYet)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An account the post goes to, and what it takes."""

    account: Account
    connector: Connector
    takes: Capabilities
    kind: str = ""
    """As `Place` has it."""

    @property
    def place(self) -> Place:
        """Where the post goes."""
        return Place(account_id=self.account.id, kind=self.kind)

    @property
    def variant(self) -> str:
        """As `ItemView.variant`."""
        return self.kind or self.account.platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A wish found good: where, when and with which files. `moment` is None for a draft."""

    wish: Wish
    now: datetime
    moment: Moment | None
    targets: tuple[Target, ...]
    files: tuple[File, ...]


Look = Callable[[Plan], Awaitable[None]]
"""Something that looks at a good plan while its files lie there, before anything is kept. May raise UserError."""


async def keep_files(deps: Deps, plan: Plan) -> None:
    """Move a good plan's files to their place: before its rows, so that no row ever lacks its bytes."""
    for file in plan.files:
        if file.taken is not None:
            await deps.media.keep(file.taken)


async def with_slot(session: Session, plan: Plan) -> Plan:
    """The plan with the slot that is free now: since it was made another post may have taken its own.

    In the transaction that writes the plan down. Raises InvalidContent.
    """
    if not isinstance(plan.wish.when, NextSlot):
        return plan
    accounts_ = [target.account.id for target in plan.targets]
    return replace(plan, moment=await slotting.take_next_free(session, plan.wish.brand, accounts_))


@asynccontextmanager
async def planned(deps: Deps, wish: Wish, *, known: Sequence[Account] | None = None) -> AsyncGenerator[Plan, None]:
    """The wish as a plan, its new files lying aside while the block runs. Raises UserError.

    `known` has the brand's accounts, for who has read them already.

    Of a draft nothing is asked but that its accounts and files are there and its texts can be read.
    """
    now = clock.now()
    if unreadable := list(_unreadable(wish)):
        raise InvalidContent(unreadable)
    problems: list[Problem] = []
    targets = await _targets(deps, wish, problems, known)
    moment = await _moment(deps, wish, targets, now, problems)
    async with AsyncExitStack() as stack:
        files = await gathered(deps, wish.brand, [entry for entry, _ in wish.media], stack, problems)
        plan = Plan(wish=wish, now=now, moment=moment, targets=targets, files=files)
        if wish.fit and len(files) == len(wish.media):
            files = await fit_all(deps, files, _all_take(plan), stack, problems)
            plan = replace(plan, files=files)
        if not wish.is_draft:
            problems.extend(_own_problems(wish, targets))
            if len(files) == len(wish.media):
                problems.extend(_content_problems(deps, plan))
        if problems:
            raise InvalidContent(list(dict.fromkeys(problems)))
        yield plan


async def fittable(deps: Deps, wish: Wish) -> tuple[str, ...]:
    """The names of the wish's images that making them fit would change. Raises UserError when nobody can tell."""
    problems: list[Problem] = []
    targets = await _targets(deps, wish, problems)
    async with AsyncExitStack() as stack:
        files = await gathered(deps, wish.brand, [entry for entry, _ in wish.media], stack, problems)
        if len(files) != len(wish.media):
            return ()
        takes = _all_take(Plan(wish=wish, now=clock.now(), moment=None, targets=targets, files=files))
        return tuple(file.media.file_name for file in files if can_fit(file.media, takes))


def _all_take(plan: Plan) -> list[Capabilities]:
    """What the post's first part may have, account by account."""
    return [_takes(target, _draft(plan, target, 0)) for target in plan.targets]


async def _targets(
    deps: Deps, wish: Wish, problems: list[Problem], known: Sequence[Account] | None = None
) -> tuple[Target, ...]:
    if known is None:
        async with deps.database.reading() as session:
            known = await accounts.list_accounts(session, wish.brand.workspace_id, brand_id=wish.brand.id)
    found: dict[Place, Target] = {}
    for name in wish.to:
        kind, called = (name.kind, name.account_id) if isinstance(name, Place) else ("", name)
        account = _account_called(deps, wish.brand, called, known)
        connector = deps.connectors.get(account.platform)
        if connector is None:
            raise NotFound(f"This Herald has no {account.platform}.", field="to")
        takes = capabilities_of(connector, account.limits)
        target = Target(account=account, connector=connector, takes=takes, kind=kind)
        found[target.place] = target
        if kind and wish.parts:
            problems.append(Problem(field="part", message=_ONCE, variant=target.variant))
        if account.health in _BROKEN and not wish.is_draft:
            title = connector.spec.title
            message = f"{title} · {account.handle} must be reconnected first. Take it out or reconnect."
            problems.append(Problem(field="to", message=message, variant=target.variant))
    if not found and not wish.is_draft:
        problems.append(Problem(field="to", message="Choose at least one account."))
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


async def _moment(
    deps: Deps, wish: Wish, targets: Sequence[Target], now: datetime, problems: list[Problem]
) -> Moment | None:
    if isinstance(wish.when, NotYet):
        return None
    if isinstance(wish.when, Now):
        return Moment(at=now)
    try:
        if isinstance(wish.when, NextSlot):
            return await slotting.next_free(deps, wish.brand, [target.account.id for target in targets])
        if isinstance(wish.when, BestTime):
            return await best_times.best(deps, wish.brand, [target.account.id for target in targets])
        if wish.when.picked:
            _refuse_unpicked(wish.when)
        return parse_when(wish.when.text, wish.when.zone, now=now)
    except InvalidContent as error:
        problems.extend(error.problems)
        return None


def _refuse_unpicked(when: At) -> None:
    """What a form leaves open is asked in the words of a form. Raises InvalidContent."""
    try:
        wall = datetime.fromisoformat(when.text)
    except ValueError:
        raise invalid("at", "Choose a date and a time.") from None
    if wall.tzinfo is None and when.zone is not None and both_times(wall, when.zone) is not None:
        raise invalid("at", f"Choose the first or the second {wall:%H:%M}.")


def _own_problems(wish: Wish, targets: Sequence[Target]) -> Iterator[Problem]:
    """What is wrong whatever the platform."""
    chosen = {target.variant for target in targets}
    for what, named in (("variant", wish.variants), ("option", wish.options)):
        for variant in sorted(set(named) - chosen):
            message = f"A text of its own is given for {variant}" if what == "variant" else f"{variant} has an option"
            where = "but the post does not go there. Add its account or take it out."
            yield Problem(field=what, message=f"{message}, {where}")
    if len(wish.parts) >= _MOST_PARTS:
        yield Problem(field="part", message=f"A thread has at most {_MOST_PARTS} parts. Shorten it.")
    if wish.link is not None and (sentence := no_address(wish.link)):
        yield Problem(field="link", message=sentence)


def no_address(link: str) -> str | None:
    """Why this cannot be shown as a link card anywhere; None when it can."""
    if is_web_address(link) and link.isascii():
        return None
    return f"{link[:60]!r} is not a web address. Write it as https://…."


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


def refusals(deps: Deps, plan: Plan) -> tuple[Problem, ...]:
    """What the networks of a plan do not take of it, by what is known of them now."""
    return tuple(_content_problems(deps, plan))


def _content_problems(deps: Deps, plan: Plan) -> Iterator[Problem]:
    """What each account's platform does not take, part by part."""
    for target in plan.targets:
        if sentence := too_many_parts(len(plan.wish.parts), target.takes):
            yield Problem(field="part", message=sentence, variant=target.variant)
            continue
        for part in range(1 + len(plan.wish.parts)):
            draft = _reachable(deps, _draft(plan, target, part))
            for problem in check(draft, _takes(target, draft)):
                told = replace(_placed(problem, plan.wish, target, part), variant=target.variant)
                yield replace(told, message=f"{target.kind}: {told.message}") if target.kind else told


def too_many_parts(further: int, takes: Capabilities) -> str | None:
    """Why a post cannot go on with so many further parts there; None when it can."""
    if takes.threads or further <= takes.first_comment:
        return None
    if takes.first_comment:
        return f"{takes.name} has no threads, only a first comment. Take the parts after the second out."
    return f"{takes.name} has no threads. Take the further parts out."


def _takes(target: Target, draft: Draft) -> Capabilities:
    """What posts of this kind may have on this account."""
    return capabilities_of(target.connector, target.account.limits, draft.post_type)


def _placed(problem: Problem, wish: Wish, target: Target, part: int) -> Problem:
    """A problem of one text among several says which one it means."""
    if problem.field == "options":
        return replace(problem, field="option")
    if problem.field != "text":
        return problem
    if part:
        return Problem(field="part", message=f"Part {part + 1}: {problem.message}")
    if target.variant in wish.variants:
        return Problem(field="variant", message=f"Own text of {problem.message}")
    return problem


def _reachable(deps: Deps, draft: Draft) -> Draft:
    """The draft with addresses from which networks may fetch its files."""
    files = [replace(file, url=link_to(deps, file.media, draft.due_at)) for file in draft.attachments]
    return replace(draft, attachments=tuple(files))


def type_of(plan: Plan, target: Target) -> str:
    """What kind of post the first part becomes there."""
    return _draft(plan, target, 0).post_type


def _draft(plan: Plan, target: Target, part: int) -> Draft:
    wish = plan.wish
    due_at = plan.moment.at if plan.moment is not None else plan.now
    spec, options = target.connector.spec, wish.options.get(target.variant, {})
    if part:
        draft = typed(spec, Draft(text=wish.parts[part - 1], post_type="", options=options, due_at=due_at, part=part))
        return replace(draft, options=options_for_part(options, part, _takes(target, draft)))
    draft = Draft(
        text=wish.variants.get(target.variant, wish.text),
        post_type="",
        attachments=tuple(
            Attachment(media=file.media, path=file.path, alt_text=alt) for file, alt in _files_for(plan, target.variant)
        ),
        link=wish.link,
        options=options,
        due_at=due_at,
    )
    return typed(spec, draft)


def _files_for(plan: Plan, variant: str) -> list[tuple[File, str]]:
    """The files that go there with their descriptions, in order."""
    wish = plan.wish
    files = [(file, alt) for file, (_, alt) in zip(plan.files, wish.media, strict=True)]
    if wish.media_for is None or variant not in wish.media_for:
        return files
    by_id = {entry: found for (entry, _), found in zip(wish.media, files, strict=True)}
    return [by_id[media_id] for media_id in wish.media_for[variant]]


def item_of(plan: Plan, target: Target, part: int) -> NewItem:
    """One row of the queue. The further parts of a thread get their times when the part before them is published."""
    spec = target.connector.spec
    slow = part == 0 and bool(plan.files or plan.wish.link)
    lead_s = spec.prepare_lead_s if slow else _LEAD_S
    at = plan.moment.at if plan.moment is not None else None
    due_at = handed_over_at(spec, at, plan.now) if part == 0 and at is not None else None
    return NewItem(
        account_id=target.account.id,
        platform=target.account.platform,
        post_type=_draft(plan, target, part).post_type,
        part=part,
        state=State.DRAFT if at is None else State.SCHEDULED,
        scheduled_at=at,
        due_at=due_at,
        claim_at=due_at - timedelta(seconds=lead_s) if due_at is not None else None,
        missed_after=at + plan.wish.brand.grace if at is not None and part == 0 else None,
        lead_s=lead_s,
        key=uuid4().hex,
        key_at=at or plan.now,
        item_id=plan.wish.item_ids.get(target.place) if part == 0 else None,
        kind=target.kind,
    )


def handed_over_at(spec: Spec, at: datetime, now: datetime) -> datetime:
    """When the creating call is made: before the planned second where the platform keeps the second itself."""
    return max(at - timedelta(seconds=spec.hands_over_s), min(at, now))
