"""Pre-flight: what will go wrong is told a day and a quarter of an hour ahead, once, and taken back once mended."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.accounts import Connected, Health
from bot.domain.capabilities import TextRules
from bot.domain.content import Media, MediaKind
from bot.domain.errors import Conflict, NotFound
from bot.domain.gates import Budget, Reason, Scope, key_of_account
from bot.domain.holds import Hold
from bot.domain.ids import MediaId, PostId
from bot.domain.publication import State
from bot.services import editing, preflight, scheduling
from bot.services.deps import Deps
from bot.services.planning import At
from bot.services.preflight import Step
from platforms.base import Connector, Identity, Wire
from platforms.errors import Reconnect
from platforms.web import WebPages
from storage import accounts, holds, posts
from storage.media import rows
from storage.tables import AccountRow, AlertRow, GateRow, NoticeRow, PostItemRow, PostMediaRow, PostRow, PreflightRow
from tests.toy import toy_connector
from tests.toy_queue import Queue

DAY, SOON = timedelta(hours=23), timedelta(minutes=10)
OF = {Step.DAY: DAY, Step.SOON: SOON}
MAYA = "slack:UMAYA"


async def planned(toy: Queue, text: str = "Spring menu", *, ahead: timedelta = DAY) -> PostId:
    """A post that Maya planned long ago."""
    post_id = await toy.post(text, due_at=clock.now() + ahead)
    async with toy.deps.database.transaction() as session:
        await session.execute(
            update(PostItemRow).where(PostItemRow.post_id == post_id).values(created_at=clock.now() - timedelta(days=9))
        )
        await session.execute(update(PostRow).where(PostRow.id == post_id).values(created_by=MAYA))
    return post_id


async def lost(toy: Queue, health: Health = Health.REVOKED) -> None:
    async with toy.deps.database.transaction() as session:
        await accounts.set_health(session, toy.workspace_id, toy.account.id, health)


async def warnings(toy: Queue) -> list[AlertRow]:
    async with toy.deps.database.reading() as session:
        return list(await session.scalars(select(AlertRow).order_by(AlertRow.opened_at, AlertRow.key)))


async def troubles(toy: Queue) -> list[dict[str, object]]:
    """Of the only warning."""
    (alert,) = await warnings(toy)
    return alert.facts["troubles"]


async def told(toy: Queue) -> list[tuple[str, str]]:
    async with toy.deps.database.reading() as session:
        found = await session.scalars(select(NoticeRow).where(NoticeRow.kind.in_(["preflight", "preflight_now"])))
        return sorted((row.kind, row.payload["to"]) for row in found)


def surfing(toy: Queue, answer: Callable[[httpx.Request], httpx.Response]) -> Deps:
    """The web as this function plays it."""
    return replace(toy.deps, web=WebPages(httpx.MockTransport(answer)))


def knowing(toy: Queue, connector: Connector) -> Deps:
    return replace(toy.deps, connectors={"toy": connector})


@pytest.mark.parametrize("step", Step)
async def test_what_is_fine_is_looked_at_once_and_nothing_is_said(slack: Queue, step: Step) -> None:
    await planned(slack, ahead=OF[step])
    assert await preflight.look_ahead(slack.deps, step) == 1
    assert await preflight.look_ahead(slack.deps, step) == 0
    assert await warnings(slack) == []


async def test_nothing_is_looked_at_outside_its_window(slack: Queue) -> None:
    await planned(slack, ahead=timedelta(hours=25))
    await planned(slack, ahead=timedelta(hours=1))
    await planned(slack, ahead=timedelta(seconds=25))  # nobody mends it any more
    await slack.post("Newer than a day", due_at=clock.now() + DAY)
    assert await preflight.look_ahead(slack.deps, Step.DAY) == 1
    assert await preflight.look_ahead(slack.deps, Step.SOON) == 0


async def test_an_edit_is_looked_at_anew_and_what_is_on_hold_not_at_all(slack: Queue) -> None:
    post_id = await planned(slack)
    await preflight.look_ahead(slack.deps, Step.DAY)
    async with slack.deps.database.transaction() as session:
        await session.execute(update(PostItemRow).where(PostItemRow.post_id == post_id).values(version=2))
        await holds.set_hold(session, slack.workspace_id, slack.brand.id, Hold(since=clock.now()))
    assert await preflight.look_ahead(slack.deps, Step.DAY) == 0
    async with slack.deps.database.transaction() as session:
        await holds.set_hold(session, slack.workspace_id, slack.brand.id, None)
    assert await preflight.look_ahead(slack.deps, Step.DAY) == 1


async def test_many_workers_at_once_look_and_tell_once(slack: Queue) -> None:
    for number in range(30):
        await planned(slack, f"Post {number}", ahead=DAY + timedelta(seconds=number))
    await lost(slack)
    looked = await asyncio.gather(*(preflight.look_ahead(slack.deps, Step.DAY) for _ in range(4)))
    assert sum(looked) == 30
    assert len(await warnings(slack)) == 30
    assert (await told(slack)).count(("preflight", "thread")) == 30


async def test_who_must_reconnect_is_told_once_whatever_waits_for_it(slack: Queue) -> None:
    for number in range(5):
        await planned(slack, f"Post {number}", ahead=DAY + timedelta(seconds=number))
    await lost(slack)
    await preflight.look_ahead(slack.deps, Step.DAY)
    assert (await told(slack)).count(("preflight", "thread")) == 5
    assert (await told(slack)).count(("preflight", "author")) == 1


async def test_what_somebody_began_and_left_is_looked_at_by_another(slack: Queue) -> None:
    await planned(slack)
    await preflight.look_ahead(slack.deps, Step.DAY)
    async with slack.deps.database.transaction() as session:
        await session.execute(update(PreflightRow).values(done=False, at=clock.now() - timedelta(minutes=6)))
    assert await preflight.look_ahead(slack.deps, Step.DAY) == 1


async def test_a_day_ahead_the_author_and_the_thread_hear_of_it_and_shortly_before_the_channel(slack: Queue) -> None:
    await planned(slack)
    await planned(slack, "At once", ahead=SOON)
    await lost(slack)
    await preflight.look_ahead(slack.deps, Step.DAY)
    assert await told(slack) == [("preflight", "author"), ("preflight", "thread")]
    assert await troubles(slack) == [{"what": "reconnect"}]
    await preflight.look_ahead(slack.deps, Step.SOON)
    async with slack.deps.database.reading() as session:
        aloud = [row.payload.get("aloud") for row in await session.scalars(select(NoticeRow)) if "alert" in row.payload]
    assert sorted(aloud, key=str) == [False, None, True]


async def test_an_access_that_ends_before_the_second_is_told(slack: Queue) -> None:
    await planned(slack)
    async with slack.deps.database.transaction() as session:
        await session.execute(update(AccountRow).values(ends_at=clock.now() + timedelta(hours=5)))
    await preflight.look_ahead(slack.deps, Step.DAY)
    assert await troubles(slack) == [{"what": "reconnect"}]


async def test_the_platform_is_asked_about_an_account_once_in_six_hours(slack: Queue) -> None:
    asked: list[str] = []

    async def refusing(_wire: Wire, account: Connected) -> Identity:
        asked.append(account.account.id)
        raise Reconnect("Toy wants you to sign in again.")

    deps = knowing(slack, replace(toy_connector(), identify=refusing))
    for number in range(3):
        await planned(slack, f"Post {number}")
    await preflight.look_ahead(deps, Step.DAY)
    assert asked == []
    async with slack.deps.database.transaction() as session:
        await session.execute(update(AccountRow).values(checked_at=clock.now() - timedelta(hours=7)))
        await session.execute(update(PostItemRow).values(version=2))
    await preflight.look_ahead(deps, Step.DAY)
    assert asked == [slack.account.id]
    assert len(await warnings(slack)) == 3


async def test_mended_by_connecting_again_it_says_so_in_its_place(slack: Queue) -> None:
    await planned(slack)
    await lost(slack)
    await preflight.look_ahead(slack.deps, Step.DAY)
    assert await preflight.look_again(slack.deps) == 1
    assert len(await told(slack)) == 2
    async with slack.deps.database.transaction() as session:
        await session.execute(
            update(AccountRow).values(health="healthy", connected_at=clock.now() + timedelta(seconds=1))
        )
    await asyncio.gather(*(preflight.look_again(slack.deps) for _ in range(3)))
    (alert,) = await warnings(slack)
    assert (alert.facts["over"], alert.resolved_by) == ("fine", "herald")
    assert (await told(slack))[2:] == [("preflight_now", "author"), ("preflight_now", "thread")]


async def test_an_edit_that_does_not_mend_it_changes_what_was_said(slack: Queue) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404 if "menu" in str(request.url) else 200)

    deps = surfing(slack, answer)
    post_id = await planned(slack, "See https://juniper.example/menu")
    await preflight.look_ahead(deps, Step.DAY)
    await edit(slack, deps, post_id, "See https://juniper.example/new-menu")
    await preflight.look_again(deps)
    await preflight.look_ahead(deps, Step.DAY)
    (alert,) = await warnings(slack)
    assert alert.facts["troubles"][0]["url"] == "https://juniper.example/new-menu"
    assert (await told(slack))[2:] == [("preflight_now", "author"), ("preflight_now", "thread")]
    await edit(slack, deps, post_id, "See https://juniper.example/")
    await preflight.look_again(deps)
    (alert,) = await warnings(slack)
    assert alert.facts["over"] == "fine"


async def edit(toy: Queue, deps: Deps, post_id: PostId, text: str) -> None:
    now = await toy.see(post_id)
    assert now.scheduled_at is not None
    wish = scheduling.Wish(
        brand=toy.brand,
        to=(toy.account.id,),
        text=text,
        when=At(text=now.scheduled_at.isoformat()),
        asked_by=MAYA,
    )
    await editing.edit_post(deps, toy.workspace_id, post_id, wish, version=now.version)


@pytest.mark.parametrize(
    ("status", "is_told"), [(200, False), (404, True), (410, True), (403, False), (429, False), (500, False)]
)
async def test_of_links_only_what_is_surely_not_there_is_told(slack: Queue, status: int, *, is_told: bool) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url}")
        return httpx.Response(status)

    await planned(slack, "Menu (https://juniper.example/a_(b)), again https://juniper.example/a_(b).")
    await planned(slack, "The same https://juniper.example/a_(b)!")
    await preflight.look_ahead(surfing(slack, answer), Step.DAY)
    assert len(await warnings(slack)) == (2 if is_told else 0)
    assert asked[0] == "HEAD https://juniper.example/a_(b)"
    assert len(asked) == len(set(asked))


async def test_a_server_that_knows_no_head_is_asked_with_get_and_redirects_are_followed(slack: Queue) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/old":
            return httpx.Response(301, headers={"location": "/new"})
        return httpx.Response(200 if request.method == "GET" else 404)

    await planned(slack, "https://juniper.example/old")
    await preflight.look_ahead(surfing(slack, answer), Step.DAY)
    assert await warnings(slack) == []


async def test_a_spent_budget_is_told_with_the_time_it_opens(slack: Queue) -> None:
    await planned(slack, ahead=SOON)
    until = clock.now() + timedelta(hours=1)
    async with slack.deps.database.transaction() as session:
        session.add(
            GateRow(
                key=key_of_account(slack.account.id),
                closed_until=until,
                reason=Reason.BUDGET.value,
                since=clock.now(),
                openings=0,
                recent="",
                ledgers={},
                updated_at=clock.now(),
            )
        )
    await preflight.look_ahead(slack.deps, Step.SOON)
    assert await troubles(slack) == [{"what": "quota", "until": until.isoformat(), "late": False}]


async def test_more_planned_than_a_budget_allows_is_told_of_those_that_are_too_many(slack: Queue) -> None:
    budget = Budget(name="day", scope=Scope.ACCOUNT, amount=2, per_s=86_400, source="tests", read=date(2026, 11, 21))
    known = toy_connector()
    deps = knowing(slack, replace(known, spec=replace(known.spec, budgets=(budget,))))
    due = [await planned(slack, f"Post {number}", ahead=DAY + timedelta(minutes=number)) for number in range(3)]
    await preflight.look_ahead(deps, Step.DAY)
    (alert,) = await warnings(slack)
    assert alert.item_id == await slack.item_id(due[2])
    assert alert.facts["troubles"][0]["what"] == "quota"


async def test_a_purged_file_is_missing(slack: Queue) -> None:
    post_id = await planned(slack)
    file = Media(
        id=MediaId("media_1"),
        kind=MediaKind.IMAGE,
        mime_type="image/png",
        size_bytes=1,
        sha256="a" * 64,
        file_name="cup.jpg",
    )
    async with slack.deps.database.transaction() as session:
        await rows.remember(session, slack.workspace_id, file)
        where = {"post_id": post_id, "position": 0, "workspace_id": slack.workspace_id}
        session.add(PostMediaRow(**where, media_id=file.id, alt_text=""))
    await preflight.look_ahead(slack.deps, Step.DAY)
    assert await troubles(slack) == [{"what": "media", "file": "cup.jpg"}]


async def test_rules_that_became_stricter_are_told(slack: Queue) -> None:
    await planned(slack, "Longer than allowed now")
    known = toy_connector()
    rules = known.spec.capabilities
    text = TextRules(limit=5, unit="characters", count=lambda draft: len(draft.text), source="t", read=date.today())  # noqa: DTZ011  # any day
    shorter = replace(known.spec, capabilities=replace(rules, text=text))
    await preflight.look_ahead(knowing(slack, replace(known, spec=shorter)), Step.DAY)
    (trouble,) = await troubles(slack)
    assert trouble["what"] == "content"
    assert "18 too many" in str(trouble["said"])


async def test_what_is_kept_as_it_is_is_not_told_again(slack: Queue) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(404)

    deps = surfing(slack, answer)
    post_id = await planned(slack, "See https://juniper.example/menu")
    await preflight.look_ahead(deps, Step.DAY)
    (alert,) = await warnings(slack)
    await preflight.keep_as_is(deps, slack.workspace_id, alert.key, asked_by=MAYA)
    with pytest.raises(Conflict):
        await preflight.keep_as_is(deps, slack.workspace_id, alert.key, asked_by=MAYA)
    with pytest.raises(NotFound):
        await preflight.keep_as_is(deps, type(slack.workspace_id)("ws_other"), alert.key, asked_by=MAYA)
    async with slack.deps.database.transaction() as session:
        soon = clock.now() + SOON
        await session.execute(
            update(PostItemRow).where(PostItemRow.post_id == post_id).values(claim_at=soon, due_at=soon)
        )
    assert await preflight.look_ahead(deps, Step.SOON) == 1
    assert len(await warnings(slack)) == 1


@pytest.mark.parametrize(
    ("state", "over"), [(State.PUBLISHED, "published"), (State.CANCELLED, "cancelled"), (State.FAILED, "failed")]
)
async def test_a_warning_ends_with_its_post(slack: Queue, state: State, over: str) -> None:
    post_id = await planned(slack)
    await lost(slack)
    await preflight.look_ahead(slack.deps, Step.DAY)
    async with slack.deps.database.transaction() as session:
        await posts.change_states(session, slack.workspace_id, state, among={State.SCHEDULED}, post_id=post_id)
    await preflight.look_again(slack.deps)
    (alert,) = await warnings(slack)
    assert alert.facts["over"] == over
    assert await preflight.look_again(slack.deps) == 0


async def test_nothing_of_it_changes_a_post(slack: Queue) -> None:
    post_id = await planned(slack)
    await lost(slack)
    before = await rows_of(slack, post_id)
    await preflight.look_ahead(slack.deps, Step.DAY)
    assert await warnings(slack)
    assert await rows_of(slack, post_id) == before


async def rows_of(toy: Queue, post_id: PostId) -> list[tuple[object, ...]]:
    table = PostItemRow.__table__
    async with toy.deps.database.reading() as session:
        return [tuple(row) for row in await session.execute(select(table).where(table.c.post_id == post_id))]


async def test_one_turn_at_a_time_looks(slack: Queue) -> None:
    await planned(slack)
    looked = await asyncio.gather(*(preflight.look_in_turn(slack.deps, Step.DAY) for _ in range(3)))
    assert sorted(looked) == [0, 0, 1]
    assert isinstance(clock.now(), datetime)
