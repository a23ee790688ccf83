"""The daily digest: what a brand's day was and will be, told once a day at its own time.

Whoever comes first takes a brand's turn: the next time is set and the notice is owed in one transaction, with the facts
as they are then. A digest that is late, since nothing ran at its time, is told for the newest day alone.
"""

import logging
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from bot import clock
from bot.domain.digest import Digest, Ending, Gathered, Mood, digest_of
from bot.domain.digest_times import DigestTime, following, latest, mondays_told
from bot.domain.errors import UserError
from bot.domain.posts import PostView
from bot.domain.report import Span
from bot.services import adding_up, alerting, reporting, slotting
from bot.services.deps import Deps
from storage import accounts, approvals, audit, brands, digests, outbox, post_views
from storage.brands import Brand
from storage.digests import DigestState, DueDigest

_log = logging.getLogger(__name__)

KIND = "digest"
_AT_ONCE = 100
_BACK = timedelta(days=9)
"""So many days are looked at: yesterday and the seven before it, and one at the edge."""
_NEEDS_OF = timedelta(days=7)
"""What has waited longer for somebody stands on Home, not in each morning's digest."""
_MOST_PLANNED = 500
_SLOTS_A_DAY = 24


async def tell_due(deps: Deps) -> int:
    """Owe the digests whose time has come; returns how many brands' turns were taken. A transaction each."""
    async with deps.database.reading() as session:
        waiting = await digests.due(session, now=clock.now(), limit=_AT_ONCE)
    taken = 0
    for one in waiting:
        try:
            taken += await _take_turn(deps, one)
        except Exception:  # noqa: BLE001  # the other brands are told all the same; this one in the next minute
            _log.exception("a digest could not be made", extra={"brand_id": one.brand_id})
    return taken


async def _take_turn(deps: Deps, due: DueDigest) -> bool:
    async with deps.database.reading() as session:
        brand = await brands.get_brand(session, due.workspace_id, due.brand_id)
        has_accounts = bool(await accounts.list_accounts(session, due.workspace_id, brand_id=brand.id))
    zone, now, before = ZoneInfo(brand.timezone), clock.now(), due.state
    day, at = latest(before.time.minute, zone, now)
    if before.next_at is None or (before.last_day is not None and before.last_day >= day):
        after = _moved(before, following(before.time.minute, zone, now, before.last_day))
        async with deps.database.transaction() as session:
            return await digests.claim(session, brand.workspace_id, brand.id, before, now=after)
    digest = await gather(deps, brand, due_at=at) if has_accounts else None
    monday = mondays_told(before.last_day, day)
    week = await _week_before(deps, brand, monday) if monday is not None and has_accounts else None
    quiet = digest is None or digest.mood is Mood.QUIET
    after = DigestState(
        time=before.time,
        next_at=following(before.time.minute, zone, now, day),
        last_day=day,
        quiet_since=(before.quiet_since or day) if quiet else None,
    )
    async with deps.database.transaction() as session:
        if not await digests.claim(session, brand.workspace_id, brand.id, before, now=after):
            return False
        if digest is not None and (not quiet or before.quiet_since is None):
            await outbox.add(
                session,
                brand.workspace_id,
                kind=KIND,
                dedupe_key=f"{KIND}:{brand.id}:{day}",
                payload={"digest": packed(digest)},
                now=now,
                brand_id=brand.id,
            )
        if monday is not None and week is not None:
            await reporting.owe_weekly(session, brand, week, monday, now=now)
    return True


def _moved(state: DigestState, next_at: datetime) -> DigestState:
    return DigestState(
        time=state.time, next_at=next_at, last_day=state.last_day, quiet_since=state.quiet_since, stored=state.stored
    )


async def _week_before(deps: Deps, brand: Brand, monday: date) -> "reporting.Report | None":
    span = Span(since=monday - timedelta(days=7), until=monday - timedelta(days=1))
    made = await reporting.report(deps, brand, span, ahead=True)
    return None if made.empty else made


# --- Facts ---------------------------------------------------------------------------------------------------------


async def gather(deps: Deps, brand: Brand, *, due_at: datetime | None) -> Digest:
    """What there is to say now, of the day on which it is due (None: of today)."""
    zone, now = ZoneInfo(brand.timezone), clock.now()
    day = (due_at or now).astimezone(zone).date()
    yesterday = day - timedelta(days=1)
    begin, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    ranked = Span(since=yesterday, until=yesterday)
    so_far = await adding_up.added(deps, brand, Span(since=day - _BACK, until=day), ranked)
    best = await adding_up.best(deps, brand, so_far)
    async with deps.database.reading() as session:
        ids = await digests.posts_of_days(session, brand.workspace_id, brand.id, midnight(yesterday, zone), begin)
        posts = await post_views.of_ids(session, brand.workspace_id, ids)
        items = [item.item_id for post in posts for item in post.items]
        refused = await digests.refused(session, brand.workspace_id, items)
        planned = await post_views.upcoming(
            session, brand.workspace_id, brand_ids=[brand.id], since=begin, until=end, limit=_MOST_PLANNED
        )
        asked = await digests.asked(session, brand.workspace_id, brand.id, since=now - _NEEDS_OF)
        waiting = await approvals.open_posts(session, brand.workspace_id, brand_ids=[brand.id], limit=_MOST_PLANNED)
        asked = [*asked, *(post_id for post_id in waiting if post_id not in asked)]
        endings = await alerting.ending(session, brand.workspace_id, brand.id, now)
        needs = {post.post_id: post for post in await post_views.of_ids(session, brand.workspace_id, asked)}
    return digest_of(
        Gathered(
            day=day,
            zone=brand.timezone,
            at=now,
            due_at=due_at,
            posts=sorted(posts, key=_when),
            refused=refused,
            views=so_far.total.views,
            best=best,
            read_at=so_far.read_at,
            planned=planned,
            free=[at for at in await _free(deps, brand) if begin <= at < end],
            needs=[needs[post_id] for post_id in asked if post_id in needs],
            endings=[_ending(one) for one in endings],
        )
    )


def _ending(one: alerting.Ending) -> Ending:
    account = one.account
    return Ending(
        account_id=account.id, platform=account.platform, handle=account.handle, at=one.ends_at, posts=one.count
    )


def _when(post: PostView) -> tuple[datetime, str]:
    return post.scheduled_at or post.created_at, post.post_id


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which the local day begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


async def _free(deps: Deps, brand: Brand) -> list[datetime]:
    try:
        return [moment.at for moment in await slotting.next_frees(deps, brand, _SLOTS_A_DAY)]
    except UserError:
        return []


def packed(digest: Digest) -> dict[str, object]:
    """As it is kept in a notice."""
    return msgspec.to_builtins(digest)


def unpacked(payload: object) -> Digest:
    """As it was when it was packed. Raises msgspec.ValidationError."""
    return msgspec.convert(payload, Digest)


# --- When, and on demand -------------------------------------------------------------------------------------------


async def time_of(deps: Deps, brand: Brand) -> DigestState:
    """When the brand has its digest, if it has one."""
    async with deps.database.reading() as session:
        return await digests.state_of(session, brand.workspace_id, brand.id)


async def set_time(deps: Deps, brand: Brand, *, enabled: bool, minute: int | None, asked_by: str) -> DigestState:
    """Have the digest at that minute of the day (None: as before), or not at all. Never twice on one day."""
    zone = ZoneInfo(brand.timezone)
    async with deps.database.transaction() as session:
        before = await digests.state_of(session, brand.workspace_id, brand.id)
        chosen = DigestTime(enabled=enabled, minute=before.time.minute if minute is None else minute)
        next_at = following(chosen.minute, zone, clock.now(), before.last_day) if enabled else None
        await digests.set_time(session, brand.workspace_id, brand.id, chosen, next_at=next_at)
        detail = {"brand_id": brand.id, "enabled": enabled, "at": chosen.clock}
        event = audit.AuditEvent(at=clock.now(), actor=asked_by, event="digest", detail=detail)
        await audit.add_event(session, brand.workspace_id, event)
        return await digests.state_of(session, brand.workspace_id, brand.id)


async def tell_now(deps: Deps, brand: Brand) -> bool:
    """Owe a digest of this very moment to the brand's channel. False: the one of this minute is on its way already."""
    digest, now = await gather(deps, brand, due_at=None), clock.now()
    async with deps.database.transaction() as session:
        return await outbox.add(
            session,
            brand.workspace_id,
            kind=KIND,
            dedupe_key=f"{KIND}-now:{brand.id}:{now:%Y-%m-%dT%H:%M}",
            payload={"digest": packed(digest)},
            now=now,
            brand_id=brand.id,
        )
