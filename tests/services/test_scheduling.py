"""Scheduling, cancelling and retrying on both engines."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.domain.accounts import Account, Secret, Tokens
from bot.domain.errors import Conflict, InvalidContent, NotFound
from bot.domain.ids import PostId, WorkspaceId
from bot.domain.publication import State
from bot.services import connecting, journal, scheduling, workspaces
from bot.services.deps import Deps
from bot.services.scheduling import At, Now, Wish
from storage import posts
from storage.accounts import NewAccount, save_account, store_tokens
from storage.brands import Brand
from storage.engine import Database
from storage.tables import PostItemRow, PostRow
from tests.services.test_connecting import tools


@pytest.fixture
async def deps(database: Database, tmp_path: Path) -> AsyncIterator[Deps]:
    async with tools(database, tmp_path) as opened:
        yield opened


async def brand_with_account(deps: Deps, name: str) -> tuple[Brand, Account]:
    place = await workspaces.create_workspace(deps, f"Workspace of {name}")
    brand = await workspaces.create_brand(deps, place, name, timezone="Europe/Berlin")
    new = NewAccount(
        platform="mastodon",
        platform_account_id="1",
        handle=f"{name.lower()}@example.social",
        display_name=name,
        service_url="https://example.social",
    )
    async with deps.database.transaction() as session:
        account = await save_account(session, place.id, brand.id, new)
        await store_tokens(session, place.id, deps.vault, account, Tokens(access=Secret("token")))
    return brand, account


def wish(brand: Brand, *, text: str = "Hello", when: At | Now | None = None, to: str = "mastodon") -> Wish:
    return Wish(brand=brand, to=(to,), text=text, when=when or Now(), asked_by="test", parts=("And more",))


async def rows(deps: Deps) -> tuple[int, int]:
    async with deps.database.reading() as session:
        counted = [await session.scalar(select(func.count()).select_from(table)) for table in (PostRow, PostItemRow)]
    return counted[0] or 0, counted[1] or 0


async def test_a_post_enters_the_queue_and_leaves_it(deps: Deps) -> None:
    brand, _ = await brand_with_account(deps, "Juniper")
    post = await scheduling.schedule_post(deps, wish(brand))
    assert post.status is State.SCHEDULED
    assert await rows(deps) == (1, 2)
    gone = await scheduling.cancel_post(deps, brand.workspace_id, post.post_id, asked_by="test")
    assert {item.status for item in gone.items} == {State.CANCELLED}
    assert [entry.event for entry in await journal.why(deps, brand.workspace_id, post.post_id)] == [
        "schedule",
        "cancel",
    ]


async def test_all_problems_are_told_at_once_and_nothing_is_kept(deps: Deps) -> None:
    brand, _ = await brand_with_account(deps, "Juniper")
    bad = wish(brand, text="x" * 501, when=At(text="2020-01-01T00:00Z"))
    with pytest.raises(InvalidContent) as caught:
        await scheduling.schedule_post(deps, bad)
    assert {problem.field for problem in caught.value.problems} == {"at", "text"}
    assert await rows(deps) == (0, 0)


async def test_a_thread_that_is_being_sent_cannot_be_cancelled_at_all(deps: Deps) -> None:
    brand, account = await brand_with_account(deps, "Juniper")
    post = await scheduling.schedule_post(deps, wish(brand))
    async with deps.database.transaction() as session:
        row = await session.get_one(PostItemRow, post.items[0].item_id)
        row.state = State.SENDING.value
        await session.flush()
    with pytest.raises(Conflict, match="is being sent"):
        await scheduling.cancel_post(deps, brand.workspace_id, post.post_id, asked_by="test")
    with pytest.raises(Conflict, match="is being sent"):
        await connecting.disconnect(deps, account, asked_by="test")
    after = await journal.show_post(deps, brand.workspace_id, post.post_id)
    assert [item.status for item in after.items] == [State.SENDING, State.SCHEDULED]
    assert len(await connecting.list_accounts(deps, [brand.workspace_id])) == 1


async def _as_if(deps: Deps, states: dict[str, State]) -> None:
    async with deps.database.transaction() as session:
        for item_id, state in states.items():
            (await session.get_one(PostItemRow, item_id)).state = state.value
        await session.flush()


async def test_of_what_is_published_in_part_the_rest_is_taken_back(deps: Deps) -> None:
    brand, _ = await brand_with_account(deps, "Juniper")
    post = await scheduling.schedule_post(deps, wish(brand))
    first, second = post.items
    await _as_if(deps, {first.item_id: State.PUBLISHED})
    after = await scheduling.cancel_post(deps, brand.workspace_id, post.post_id, asked_by="test")
    assert [item.status for item in after.items] == [State.PUBLISHED, State.CANCELLED]
    with pytest.raises(Conflict, match="is published already"):
        await scheduling.cancel_post(deps, brand.workspace_id, post.post_id, asked_by="test")
    await _as_if(deps, {second.item_id: State.FAILED})
    with pytest.raises(Conflict, match="is published already"):
        await scheduling.cancel_post(deps, brand.workspace_id, post.post_id, asked_by="test")
    assert (await journal.show_post(deps, brand.workspace_id, post.post_id)).items[1].status is State.FAILED


async def test_a_missed_thread_is_brought_back_from_its_first_part(deps: Deps) -> None:
    brand, _ = await brand_with_account(deps, "Juniper")
    post = await scheduling.schedule_post(deps, wish(brand))
    async with deps.database.transaction() as session:
        among = [State.SCHEDULED]
        await posts.change_states(session, brand.workspace_id, State.MISSED, among=among, post_id=post.post_id)
    again = await scheduling.retry_post(deps, brand.workspace_id, post.post_id, asked_by="test")
    assert [item.status for item in again.items] == [State.SCHEDULED, State.SCHEDULED]
    async with deps.database.reading() as session:
        first, second = [await session.get_one(PostItemRow, item.item_id) for item in again.items]
    assert first.missed_after is not None
    assert first.due_at is not None
    assert first.missed_after - first.due_at == brand.grace
    assert (second.due_at, second.claim_at, second.missed_after) == (None, None, None)


async def test_an_account_that_was_disconnected_keeps_no_other_from_being_tried_again(deps: Deps) -> None:
    brand, account = await brand_with_account(deps, "Juniper")
    async with deps.database.transaction() as session:
        new = NewAccount(
            platform="mastodon",
            platform_account_id="2",
            handle="second@example.social",
            display_name="Second",
            service_url="https://example.social",
        )
        second = await save_account(session, brand.workspace_id, brand.id, new)
        await store_tokens(session, brand.workspace_id, deps.vault, second, Tokens(access=Secret("token")))
    both = Wish(brand=brand, to=(account.id, second.id), text="Hello", when=Now(), asked_by="test")
    post = await scheduling.schedule_post(deps, both)
    await _as_if(deps, {item.item_id: State.FAILED for item in post.items})
    await connecting.disconnect(deps, account, asked_by="test")
    after = await scheduling.retry_post(deps, brand.workspace_id, post.post_id, asked_by="test")
    states = {item.account_id: item.status for item in after.items}
    assert states == {account.id: State.FAILED, second.id: State.SCHEDULED}
    said = scheduling.left_out(after)
    assert said is not None
    assert said.startswith("mastodon:juniper@example.social was disconnected. Connect it again")
    with pytest.raises(Conflict, match="was disconnected"):
        await scheduling.retry_post(deps, brand.workspace_id, post.post_id, asked_by="test")


async def test_another_workspace_sees_and_changes_nothing(deps: Deps) -> None:
    brand, account = await brand_with_account(deps, "Juniper")
    other, _ = await brand_with_account(deps, "Harbor")
    post = await scheduling.schedule_post(deps, wish(brand))
    stranger: WorkspaceId = other.workspace_id
    for attempt in (
        journal.show_post(deps, stranger, post.post_id),
        journal.why(deps, stranger, post.post_id),
        scheduling.cancel_post(deps, stranger, post.post_id, asked_by="test"),
        scheduling.retry_post(deps, stranger, post.post_id, asked_by="test"),
        scheduling.schedule_post(deps, wish(other, to=account.id)),
        connecting.find_account(deps, account.id, [stranger]),
        journal.show_post(deps, brand.workspace_id, PostId("post_forged")),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await journal.list_posts(deps, stranger) == []
    assert await rows(deps) == (1, 2)
