"""A post while it is written: what is typed is remembered, counted as each network counts, and becomes a wish."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from bot import clock
from bot.domain.accounts import Account
from bot.domain.capabilities import Capabilities, OptionRule, TextRules, check
from bot.domain.composition import Composition, Fold, Form, FormFile, When
from bot.domain.content import Draft
from bot.domain.errors import Conflict, InvalidContent, Problem
from bot.domain.ids import AccountId, MediaId, MissionId, PostId, WorkspaceId
from bot.domain.posts import PostView
from bot.domain.repeats import problem_with
from bot.domain.slots import both_times, offset_text
from bot.services import recurring
from bot.services.deps import Deps
from bot.services.planning import (
    At,
    BestTime,
    NextSlot,
    NotYet,
    Now,
    Wish,
    keep_files,
    no_address,
    planned,
    too_many_parts,
)
from bot.services.scheduling import insert_plan
from platforms.base import Connector, capabilities_of, typed
from storage import accounts, compositions, posts, sames, weekly
from storage.brands import Brand
from storage.engine import Session
from storage.media import rows as media_rows

_REMEMBERED = timedelta(days=30)
"""Who says the same again after that means it."""
_A_MOMENT = timedelta(minutes=5)
"""Longer than any two that arrive at once can be apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How much of a network's limit the text uses. `own` when it is the network's own text."""

    platform: str
    title: str
    used: int
    limit: int
    unit: str
    """What is counted, in the plural: `graphemes`, `characters`."""
    own: bool

    @property
    def over(self) -> int:
        """By how much it is too long; 0 when it fits."""
        return max(self.used - self.limit, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoesOn:
    """What a post may go on with on a network; of several accounts the strictest counts."""

    title: str
    threads: bool
    first_comment: bool
    """Where there are no threads: one further part, as a comment."""
    link_card: bool
    limit: int
    """How long a further part may be, as the network counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A setting without which no post goes to a network."""

    platform: str
    title: str
    rule: OptionRule
    """Of several accounts it has the choices that all of them have."""
    whose: tuple[str, ...] = ()
    """The handles of the accounts chosen there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidBefore:
    """A post that says the same on one of the accounts: when it went out, or is to."""

    account: Account
    at: datetime
    is_out: bool
    is_under_way: bool
    """It is being sent, or nobody knows yet whether it is there."""


class SaidAlready(Conflict):
    """Somebody scheduled the same text for the same account a moment ago."""


# --- Remembering -----------------------------------------------------------------------------------------------------


async def open_composition(
    deps: Deps, workspace_id: WorkspaceId, user_id: str, form: Form, *, post: PostView | None = None
) -> Composition:
    """Begin to remember a composer, of a new post or of one that is edited."""
    async with deps.database.transaction() as session:
        return await compositions.open_composition(
            session,
            workspace_id,
            user_id,
            form,
            post_id=post.post_id if post is not None else None,
            post_version=post.version if post is not None else None,
            now=clock.now(),
        )


async def get_composition(deps: Deps, workspace_id: WorkspaceId, user_id: str, composition_id: str) -> Composition:
    """One person's composer. Raises NotFound, also when it is somebody else's."""
    async with deps.database.reading() as session:
        return await compositions.get_composition(session, workspace_id, user_id, composition_id)


async def save_form(deps: Deps, workspace_id: WorkspaceId, user_id: str, composition_id: str, form: Form) -> None:
    """Remember what is typed now. Raises NotFound."""
    async with deps.database.transaction() as session:
        await compositions.save_form(session, workspace_id, user_id, composition_id, form, now=clock.now())


async def close_composition(deps: Deps, workspace_id: WorkspaceId, user_id: str, composition_id: str) -> bool:
    """Forget a composer. False when it was closed before, so that whoever submits twice does it once."""
    async with deps.database.transaction() as session:
        return await compositions.close_composition(session, workspace_id, user_id, composition_id)


async def schedule(deps: Deps, composition: Composition, wish: Wish) -> PostId | None:
    """Put a composer's post into the queue, or keep it as a draft, and forget the composer: both or neither.

    None when it was closed before. Raises UserError with all that is wrong; the composer stays open then.
    """
    async with planned(deps, wish) as plan:
        await keep_files(deps, plan)
        async with deps.database.transaction() as session:
            user_id = composition.user_id
            if not await compositions.close_composition(session, composition.workspace_id, user_id, composition.id):
                return None
            post_id = await insert_plan(session, plan)
            if (repeat := composition.form.repeat) is not None:
                post = await posts.get_post(session, composition.workspace_id, post_id)
                await recurring.begin(session, post, wish.brand, repeat)
            return post_id


async def keep_upload(deps: Deps, workspace_id: WorkspaceId, path: Path, file_name: str) -> FormFile:
    """Take in a file: looked at, cleaned and stored. `path` stays the caller's. Raises InvalidContent."""
    taken = await deps.media.take(path, called=file_name)
    try:
        await deps.media.keep(taken)
        async with deps.database.transaction() as session:
            media_id = await media_rows.remember(session, workspace_id, taken.media)
    finally:
        await deps.media.drop(taken)
    return FormFile(
        media_id=media_id,
        file_name=taken.media.file_name,
        width_px=taken.media.width_px,
        height_px=taken.media.height_px,
    )


# --- Counting --------------------------------------------------------------------------------------------------------


async def counts(deps: Deps, workspace_id: WorkspaceId, form: Form) -> list[Count]:
    """The text as each chosen network counts it, in the order chosen; of several accounts the strictest counts."""
    found: dict[str, Count] = {}
    for account, connector in await _chosen(deps, workspace_id, form):
        draft = _draft(form, connector)
        rules = capabilities_of(connector, account.limits, draft.post_type).text
        count = _count(draft, connector, rules, own=form.variants.get(account.platform, "").strip() != "")
        known = found.get(account.platform)
        if known is None or count.limit - count.used < known.limit - known.used:
            found[account.platform] = count
    return list(found.values())


async def _chosen(deps: Deps, workspace_id: WorkspaceId, form: Form) -> list[tuple[Account, Connector]]:
    async with deps.database.reading() as session:
        known = {account.id: account for account in await accounts.list_accounts(session, workspace_id)}
    wanted = [known[AccountId(name)] for name in form.account_ids if AccountId(name) in known]
    return [(account, deps.connectors[account.platform]) for account in wanted if account.platform in deps.connectors]


def _draft(form: Form, connector: Connector) -> Draft:
    platform = connector.spec.name
    own = form.variants.get(platform, "")
    draft = Draft(
        text=own if own.strip() else form.text,
        post_type="",
        link=form.link,
        options=form.options.get(platform, {}),
        due_at=clock.now(),
    )
    return typed(connector.spec, draft)


def _count(draft: Draft, connector: Connector, rules: TextRules, *, own: bool) -> Count:
    return Count(
        platform=connector.spec.name,
        title=connector.spec.title,
        used=rules.count(draft),
        limit=rules.limit,
        unit=rules.unit,
        own=own,
    )


def settings(deps: Deps, platforms: Sequence[str]) -> dict[str, tuple[OptionRule, ...]]:
    """The settings each of these networks has, for any kind of post."""
    found: dict[str, tuple[OptionRule, ...]] = {}
    for platform in platforms:
        if (connector := deps.connectors.get(platform)) is not None:
            kinds = (connector.spec.capabilities, *connector.spec.by_type.values())
            found[platform] = tuple({rule.name: rule for kind in kinds for rule in kind.options}.values())
    return found


def setting_problems(deps: Deps, platform: str, chosen: Mapping[str, str]) -> list[Problem]:
    """What a network does not take of its settings; the `field` of each is the setting's name."""
    rules = {rule.name: rule for rule in settings(deps, [platform]).get(platform, ())}
    return [
        Problem(field=name, message=sentence)
        for name, value in chosen.items()
        if name in rules and (sentence := rules[name].refusal(value, deps.connectors[platform].spec.title))
    ]


async def asked(deps: Deps, workspace_id: WorkspaceId, form: Form) -> list[Asked]:
    """The settings that the networks chosen must have for posts of this kind, in the order chosen."""
    found: dict[tuple[str, str], Asked] = {}
    for account, connector in await _chosen(deps, workspace_id, form):
        for rule in _takes(account, connector, _draft(form, connector)).options:
            if rule.asked is not None:
                key = (account.platform, rule.name)
                one = found.get(key) or Asked(platform=account.platform, title=connector.spec.title, rule=rule)
                both = {value: words for value, words in one.rule.choices.items() if value in rule.choices}
                found[key] = replace(one, rule=replace(rule, choices=both), whose=(*one.whose, account.handle))
    return list(found.values())


async def tidy(deps: Deps, workspace_id: WorkspaceId, form: Form) -> Form:
    """The form without own texts and settings of networks that are no longer chosen."""
    if not form.variants and not form.options:
        return form
    platforms = {account.platform for account, _ in await _chosen(deps, workspace_id, form)}
    return replace(
        form,
        variants={platform: text for platform, text in form.variants.items() if platform in platforms},
        options={platform: chosen for platform, chosen in form.options.items() if platform in platforms},
    )


async def said_before(
    deps: Deps, workspace_id: WorkspaceId, form: Form, *, beside: PostId | None = None
) -> SaidBefore | None:
    """A post of the last weeks, or to come, with the same text on one of its accounts, but for `beside`.

    None also for a draft, for what repeats itself on purpose, and for what its author wants anyway.
    """
    chosen, texts = await _telling(deps, workspace_id, form)
    if not texts:
        return None
    async with deps.database.reading() as session:
        since = clock.now() - _REMEMBERED
        found = await sames.same_text(session, workspace_id, list(chosen), texts, since=since, beside=beside)
    if found is None:
        return None
    return SaidBefore(
        account=chosen[found.account_id], at=found.at, is_out=found.is_out, is_under_way=found.is_under_way
    )


async def unless_said(deps: Deps, form: Form, brand: Brand) -> Callable[[Session], Awaitable[None]]:
    """What to do first in the transaction that schedules a form that `said_before` knew nothing of.

    Of equal ones that arrive at once, as after Herald stood still, one is scheduled; for the others it raises
    SaidAlready.
    """
    chosen, texts = await _telling(deps, brand.workspace_id, form)

    async def look(session: Session) -> None:
        if not texts:
            return
        await weekly.lock(session, brand.workspace_id, brand.id)
        since = clock.now() - _A_MOMENT
        if await sames.just_said(session, brand.workspace_id, brand.id, list(chosen), texts, since=since):
            raise SaidAlready("The same text was scheduled a moment ago.", field="text")

    return look


async def _telling(
    deps: Deps, workspace_id: WorkspaceId, form: Form
) -> tuple[dict[AccountId, Account], dict[str, str]]:
    """The form's accounts, and by platform what is said there; nothing where it may be what was said before."""
    if form.anyway or form.when is When.DRAFT or form.every is not None or form.came_again:
        return {}, {}
    chosen = {account.id: account for account, _ in await _chosen(deps, workspace_id, form)}
    texts = {one.platform: form.variants.get(one.platform, "").strip() or form.text for one in chosen.values()}
    return chosen, {platform: text for platform, text in texts.items() if text.strip()}


# --- Going on --------------------------------------------------------------------------------------------------------


async def goes_on(deps: Deps, workspace_id: WorkspaceId, form: Form) -> list[GoesOn]:
    """What the post may go on with, by the networks chosen, in their order."""
    found: dict[str, GoesOn] = {}
    for account, connector in await _chosen(deps, workspace_id, form):
        takes = _takes(account, connector, _draft(form, connector))
        limit = _takes(account, connector, _further(form, connector, "", 1)).text.limit
        known = found.get(account.platform)
        found[account.platform] = GoesOn(
            title=connector.spec.title,
            threads=takes.threads,
            first_comment=takes.first_comment and not takes.threads,
            link_card=takes.link_card,
            limit=limit if known is None else min(limit, known.limit),
        )
    return list(found.values())


async def further_problems(deps: Deps, workspace_id: WorkspaceId, form: Form) -> list[Problem]:
    """What is wrong with the link card (`link`), the further parts (`part:0`, by place) and the repeats (`until`)."""
    sentence = no_address(form.link) if form.link else None
    found = [Problem(field="link", message=sentence)] if sentence else []
    until = date.fromisoformat(form.until) if form.until else None
    if repeats := problem_with(form.every, until, today=clock.now().date()):
        found.append(repeats)
    for account, connector in await _chosen(deps, workspace_id, form):
        draft = _draft(form, connector)
        takes = _takes(account, connector, draft)
        found += [problem for problem in check(draft, takes) if problem.field == "link"]
        found += _part_problems(form, account, connector, takes)
    return found


def _part_problems(form: Form, account: Account, connector: Connector, takes: Capabilities) -> Iterator[Problem]:
    filled = [(place, text) for place, text in enumerate(form.parts) if text.strip()]
    for part, (place, text) in enumerate(filled, start=1):
        if sentence := too_many_parts(part, takes):
            yield Problem(field=f"part:{place}", message=sentence)
            return
        draft = _further(form, connector, text, part)
        wrong = [problem for problem in check(draft, _takes(account, connector, draft)) if problem.field == "text"]
        yield from (replace(problem, field=f"part:{place}") for problem in wrong)


def _further(form: Form, connector: Connector, text: str, part: int) -> Draft:
    options = form.options.get(connector.spec.name, {})
    return typed(connector.spec, Draft(text=text, post_type="", options=options, due_at=clock.now(), part=part))


def _takes(account: Account, connector: Connector, draft: Draft) -> Capabilities:
    return capabilities_of(connector, account.limits, draft.post_type)


# --- To a wish -------------------------------------------------------------------------------------------------------


def wish_of(form: Form, brand: Brand, *, asked_by: str, zone: str) -> Wish:
    """What the form asks for. `zone` is meant where it names none. Raises nothing: `check_post` finds what is wrong."""
    return Wish(
        brand=brand,
        to=form.account_ids,
        text=form.text,
        when=_when(form, zone),
        parts=_filled(form.parts),
        variants={platform: text for platform, text in form.variants.items() if text.strip()},
        media=tuple((_media_id(file, fit=form.fit), file.alt_text.strip()) for file in form.files),
        fit=form.fit,
        link=form.link,
        options={platform: chosen for platform, chosen in form.options.items() if chosen},
        mission_id=MissionId(form.mission_id) if form.mission_id else None,
        leaves_mission=form.mission_id == "",
        approver=form.approver,
        asked_by=asked_by,
    )


def _media_id(file: FormFile, *, fit: bool) -> MediaId:
    return MediaId(file.fitted_id if fit and file.fitted_id else file.media_id)


def _filled(parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(part for part in parts if part.strip())


def _when(form: Form, zone: str) -> At | Now | NextSlot | BestTime | NotYet:
    if form.when is When.SLOT:
        return NextSlot()
    if form.when is When.BEST:
        return BestTime()
    if form.when is When.NOW:
        return Now()
    if form.when is When.DRAFT:
        return NotYet()
    place = form.zone or zone
    text = f"{form.date}T{form.time}" if form.date and form.time else ""
    return At(text=text + _fold_offset(text, place, form.fold), zone=place, picked=True)


def _fold_offset(text: str, zone: str, fold: Fold | None) -> str:
    """The offset that tells the first of two equal wall times from the second; empty when there is one alone."""
    times = doubled(text, zone)
    if times is None or fold is None:
        return ""
    at = times[0] if fold is Fold.FIRST else times[1]
    return offset_text(datetime.fromisoformat(text) - at.replace(tzinfo=None))


def doubled(text: str, zone: str) -> tuple[datetime, datetime] | None:
    """The two instants (aware UTC) of a wall time such as `2026-10-25T02:30` that happens twice in `zone`; else None.

    None also for what is no time or no zone.
    """
    try:
        wall = datetime.fromisoformat(text)
        return both_times(wall, zone) if wall.tzinfo is None else None
    except (ValueError, InvalidContent):
        return None
