"""Herald added to a Slack workspace, refused there, removed from it; on both engines."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot import clock
from bot.domain.accounts import Account, Connected, Secret
from bot.domain.ids import ItemId, PostId, WorkspaceId
from bot.domain.publication import State
from bot.services import connecting, installing, repetitions
from bot.services.deps import Deps
from bot.services.installing import Installation, NewInstallation
from platforms.base import Endpoints, Wire
from platforms.errors import Unavailable
from storage import accounts, audit, outbox, posts
from storage.brands import Brand
from storage.tables import CardRow, NoticeRow, SlackInstallationRow
from storage.vault import CannotOpen
from tests import factories
from tests.toy_queue import Queue

NEW = NewInstallation(
    team_id="T1",
    team_name="Paperboat",
    enterprise_id=None,
    app_id="A1",
    bot_id="B1",
    bot_user_id="UBOT",
    scopes=("commands", "chat:write"),
    installed_by="UMAYA",
    token=Secret("xoxb-very-secret"),
)


async def in_slack(deps: Deps) -> Installation:
    """The installation of the one team there is."""
    found = await installing.installation_of_team(deps, None, "T1")
    assert found is not None
    return found


async def kinds(deps: Deps, workspace_id: WorkspaceId) -> list[str]:
    """What the workspace is owed."""
    async with deps.database.reading() as session:
        query = select(NoticeRow.kind).where(NoticeRow.workspace_id == workspace_id).order_by(NoticeRow.id)
        return list(await session.scalars(query))


async def test_the_same_team_is_the_same_workspace_and_is_welcomed_once(toy: Queue) -> None:
    workspace = await installing.install(toy.deps, NEW)
    await installing.token_refused(toy.deps, workspace.id)
    assert (await in_slack(toy.deps)).revoked
    again = await installing.install(toy.deps, replace(NEW, team_name="Paperboat Ltd", token=Secret("xoxb-newer")))
    assert (again.id, again.name, again.team_id) == (workspace.id, "Paperboat Ltd", "T1")
    found = await in_slack(toy.deps)
    assert found == await installing.installation_of(toy.deps, workspace.id)
    assert (found.token, found.revoked, found.scopes) == (Secret("xoxb-newer"), False, NEW.scopes)
    assert await kinds(toy.deps, workspace.id) == ["welcome"]
    async with toy.deps.database.reading() as session:
        (welcome,) = await outbox.due(session, workspace.id, "", now=clock.now(), limit=5)
    assert (welcome.workspace_id, dict(welcome.payload)) == (workspace.id, {"user": "UMAYA"})


async def test_two_installations_at_once_make_one_workspace(toy: Queue) -> None:
    made = await asyncio.gather(*(installing.install(toy.deps, NEW) for _ in range(4)))
    assert len({workspace.id for workspace in made}) == 1
    assert len(await installing.list_installations(toy.deps)) == 1


async def test_unknown_teams_and_workspaces_have_no_installation(toy: Queue) -> None:
    await installing.install(toy.deps, NEW)
    assert await installing.installation_of_team(toy.deps, None, "T2") is None
    assert await installing.installation_of_team(toy.deps, "E1", None) is None
    assert await installing.installation_of(toy.deps, toy.workspace_id) is None
    await installing.token_refused(toy.deps, toy.workspace_id)


async def test_a_refused_old_token_does_not_condemn_its_successor(toy: Queue) -> None:
    workspace = await installing.install(toy.deps, NEW)
    old = await in_slack(toy.deps)
    await installing.install(toy.deps, replace(NEW, token=Secret("xoxb-newer")))
    await installing.token_refused(toy.deps, workspace.id, old)
    assert not (await in_slack(toy.deps)).revoked
    await installing.token_refused(toy.deps, workspace.id, await in_slack(toy.deps))
    assert (await in_slack(toy.deps)).revoked


async def test_a_token_moved_to_another_teams_row_does_not_open(toy: Queue) -> None:
    await installing.install(toy.deps, NEW)
    await installing.install(toy.deps, replace(NEW, team_id="T2"))
    async with toy.deps.database.transaction() as session:
        sealed = select(SlackInstallationRow.sealed).where(SlackInstallationRow.team_id == "T1").scalar_subquery()
        await session.execute(
            update(SlackInstallationRow).where(SlackInstallationRow.team_id == "T2").values(sealed=sealed)
        )
    assert "xoxb" not in repr(await in_slack(toy.deps))
    with pytest.raises(CannotOpen) as caught:
        await installing.installation_of_team(toy.deps, None, "T2")
    assert "xoxb" not in str(caught.value)


# --- Removal -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Team:
    """A team with an account, a post that waits, one that is out and one in doubt."""

    deps: Deps
    workspace_id: WorkspaceId
    brand: Brand
    account: Account
    items: dict[State, ItemId]
    posts: dict[State, PostId]
    revoked: list[str]

    async def states(self) -> list[State]:
        """The states of the posts, in the order they were made."""
        async with self.deps.database.reading() as session:
            found = [await posts.get_post(session, self.workspace_id, post_id) for post_id in self.posts.values()]
        return [post.items[0].status for post in found]


@pytest.fixture
async def team(toy: Queue) -> Team:
    revoked: list[str] = []

    async def revoke(_wire: Wire, _at: Endpoints, connected: Connected) -> None:
        revoked.append(connected.tokens.access.reveal())
        raise Unavailable("Toy is out of order.")

    connector = replace(toy.deps.connectors["toy"], revoke=revoke)
    deps = replace(toy.deps, connectors={"toy": connector})
    workspace = await installing.install(deps, NEW)
    brand = await factories.make_brand(deps.database, workspace.id)
    account = await factories.make_account(deps.database, brand, platform="toy", sealed_by=deps.vault)
    items: dict[State, ItemId] = {}
    made: dict[State, PostId] = {}
    for state in (State.SCHEDULED, State.DRAFT, State.CLAIMED, State.PUBLISHED, State.UNCONFIRMED):
        made[state] = await factories.make_post(deps.database, brand, f"{state}")
        items[state] = await factories.make_item(deps.database, account, made[state], state=state)
    async with deps.database.transaction() as session:
        session.add(
            CardRow(
                post_id=made[State.SCHEDULED],
                workspace_id=workspace.id,
                brand_id=brand.id,
                wanted=1,
                shown=0,
                due_at=clock.now(),
                tries=0,
            )
        )
    return Team(
        deps=deps, workspace_id=workspace.id, brand=brand, account=account, items=items, posts=made, revoked=revoked
    )


GONE = [State.CANCELLED, State.CANCELLED, State.CANCELLED, State.PUBLISHED, State.UNCONFIRMED]


async def test_removal_cancels_what_waits_and_forgets_every_token(team: Team, toy: Queue) -> None:
    waiting = await toy.post("Another team's post", due_at=clock.now() + timedelta(hours=1))
    assert await installing.uninstall(team.deps, None, "T1")
    assert await team.states() == GONE
    assert await toy.states(waiting) == [State.SCHEDULED]
    assert await installing.installation_of(team.deps, team.workspace_id) is None
    assert await connecting.list_accounts(team.deps, [team.workspace_id]) == []
    assert team.revoked == ["access-token"]
    assert await kinds(team.deps, team.workspace_id) == []
    async with team.deps.database.reading() as session:
        assert await accounts.load_connected(session, team.deps.vault, [team.account.id]) == {}
        assert (await session.execute(select(func.count()).select_from(CardRow))).scalar_one() == 0
        events = await audit.list_events(session, team.workspace_id)
    lines = [(event.event, event.detail.get("text")) for event in events if event.event == "cancel"]
    assert lines == [("cancel", "Cancelled, because Herald was removed from Slack.")] * 3
    assert [event.event for event in events if event.event != "cancel"] == [
        "installed",
        "account_disconnected",
        "uninstalled",
    ]


async def test_the_second_event_of_a_removal_changes_nothing(team: Team) -> None:
    both = await asyncio.gather(*(installing.uninstall(team.deps, None, "T1") for _ in range(2)))
    assert sorted(both) == [False, True]
    assert not await installing.uninstall(team.deps, None, "T1")
    assert not await installing.uninstall(team.deps, None, "T9")
    assert await team.states() == GONE
    assert team.revoked == ["access-token"]


async def test_added_again_after_removal_it_is_the_old_workspace_and_is_welcomed(team: Team) -> None:
    removed_at = clock.now() - timedelta(seconds=2)
    await installing.uninstall(team.deps, None, "T1")
    again = await installing.install(team.deps, NEW)
    assert again.id == team.workspace_id
    assert await kinds(team.deps, again.id) == ["welcome"]
    assert not await installing.uninstall(team.deps, None, "T1", happened_at=removed_at)
    assert not (await in_slack(team.deps)).revoked
    assert await installing.uninstall(team.deps, None, "T1", happened_at=clock.now().replace(microsecond=0))


async def test_many_waiting_posts_are_cancelled_in_several_steps(team: Team) -> None:
    post_id = await factories.make_post(team.deps.database, team.brand, "many")
    for part in range(1, 1_101):
        await factories.make_item(team.deps.database, team.account, post_id, part=part)
    assert await installing.uninstall(team.deps, None, "T1")
    async with team.deps.database.reading() as session:
        post = await posts.get_post(session, team.workspace_id, post_id)
    assert {item.status for item in post.items} == {State.CANCELLED}


# --- Repetitions -------------------------------------------------------------------------------------------------


async def test_a_request_is_new_once_whoever_asks_first(toy: Queue) -> None:
    heard = await asyncio.gather(*(repetitions.first_time(toy.deps, "Ev1") for _ in range(8)))
    assert sorted(heard) == [False] * 7 + [True]
    assert await repetitions.first_time(toy.deps, "Ev2")
    await repetitions.forget(toy.deps, "Ev2")
    assert await repetitions.first_time(toy.deps, "Ev2")
