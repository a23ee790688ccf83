"""Editing a post that waits, is held by a worker, or went out in part, on both engines."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import clock
from bot.domain.accounts import Account, Secret, Tokens
from bot.domain.composition import Fold, When
from bot.domain.errors import Conflict, InvalidContent, NotFound
from bot.domain.ids import PostId, WorkerId
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services import composing, contents, editing, journal, publishing, retyping, scheduling
from bot.services.editing import Changed
from bot.services.planning import At, NotYet, Now, Wish
from storage import accounts, posts, workers
from storage.tables import PostItemRow
from tests.toy_queue import Queue


def wish(toy: Queue, text: str, *, when: At | Now | NotYet | None = None, **changes: object) -> Wish:
    later = At(text=(clock.now() + timedelta(hours=1)).isoformat())
    made = Wish(brand=toy.brand, to=(toy.account.id,), text=text, when=when or later, asked_by="slack:U1")
    return replace(made, **changes)  # pyright: ignore[reportArgumentType]  # a test's own concern


async def edit(toy: Queue, post: PostView, new: Wish) -> PostView:
    return await editing.edit_post(toy.deps, toy.workspace_id, post.post_id, new, version=post.version)


async def second_account(toy: Queue) -> Account:
    new = accounts.NewAccount(
        platform="toy",
        platform_account_id="2",
        handle="harbor",
        display_name="Harbor",
        service_url=toy.account.service_url,
    )
    async with toy.deps.database.transaction() as session:
        account = await accounts.save_account(session, toy.workspace_id, toy.brand.id, new)
        tokens = Tokens(access=Secret("toy-token"))
        await accounts.store_tokens(session, toy.workspace_id, toy.deps.vault, account, tokens)
    return account


async def enrolled(toy: Queue) -> WorkerId:
    """A worker with a lease."""
    async with toy.deps.database.transaction() as session:
        await workers.register(session, WorkerId("worker_1"), host="here", pid=1)
    return WorkerId("worker_1")


async def put(toy: Queue, post: PostView, part: int, state: State, *, attempt: int = 1) -> None:
    (item,) = [item for item in post.items if item.part == part]
    async with toy.deps.database.transaction() as session:
        row = await session.get_one(PostItemRow, item.item_id)
        row.state, row.attempt = state.value, attempt
        if state is State.PUBLISHED:
            row.platform_post_id, row.permalink = "0", "https://toy.example/0"
        await session.flush()


async def ask_about(toy: Queue, post: PostView, part: int) -> None:
    (item,) = [item for item in post.items if item.part == part]
    async with toy.deps.database.transaction() as session:
        (await session.get_one(PostItemRow, item.item_id)).asked_at = clock.now()


async def test_an_edit_replaces_everything_and_makes_a_new_version(toy: Queue) -> None:
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Old", parts=("Old end",)))
    other = await second_account(toy)
    new = wish(toy, "New", parts=("Middle", "End"), variants={"toy": "Own"}, to=(toy.account.id, other.id))
    after = await edit(toy, post, new)
    assert (after.text, after.parts, after.variants, after.version) == ("New", ("Middle", "End"), {"toy": "Own"}, 2)
    assert (after.edited_by, after.created_by, after.code) == ("slack:U1", "slack:U1", post.code)
    assert {item.status for item in after.items} == {State.SCHEDULED}
    assert len(after.items) == 6
    assert [entry.event for entry in await journal.why(toy.deps, toy.workspace_id, post.post_id)] == [
        "schedule",
        "edit",
    ]
    back = await edit(toy, after, wish(toy, "Old"))
    assert [(item.account_id, item.part) for item in back.items] == [(toy.account.id, 0)]
    assert (back.parts, back.variants) == ((), {})


async def test_the_second_of_two_editors_is_told_of_the_first(toy: Queue) -> None:
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Mine"))
    outcomes = await asyncio.gather(
        edit(toy, post, wish(toy, "Omar's", asked_by="slack:U2")),
        edit(toy, post, wish(toy, "Maya's", asked_by="slack:U1")),
        return_exceptions=True,
    )
    (told,) = [outcome for outcome in outcomes if isinstance(outcome, Changed)]
    (won,) = [outcome for outcome in outcomes if isinstance(outcome, PostView)]
    assert (told.by, told.text, told.version) == (won.edited_by, won.text, 2)
    assert told.at == won.edited_at
    assert (await toy.see(post.post_id)).version == 2


async def test_what_a_worker_holds_is_edited_and_the_old_text_never_sent(toy: Queue) -> None:
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Old", when=Now()))
    worker = await enrolled(toy)
    (job,) = await publishing.claim(toy.deps, worker, limit=10)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, publishing.Ready)
    after = await edit(toy, post, wish(toy, "New", when=Now()))
    assert [item.status for item in after.items] == [State.SCHEDULED]
    assert (await publishing.arm(toy.deps, worker, [ready])).armed == []
    async with toy.working():
        assert await toy.until(post.post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert toy.network.texts() == ["New"]


async def test_an_armed_post_can_no_longer_be_edited(toy: Queue) -> None:
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Old", when=Now()))
    worker = await enrolled(toy)
    (job,) = await publishing.claim(toy.deps, worker, limit=10)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, publishing.Ready)
    (armed,) = (await publishing.arm(toy.deps, worker, [ready])).armed
    with pytest.raises(Conflict, match=r"is being sent\. It can no longer be changed"):
        await edit(toy, post, wish(toy, "New", when=Now()))
    await publishing.settle(toy.deps, [await publishing.send(toy.deps, armed, fence=lambda: True)])
    assert toy.network.texts() == ["Old"]
    assert (await toy.see(post.post_id)).text == "Old"
    with pytest.raises(Conflict, match="published already"):
        await edit(toy, await toy.see(post.post_id), wish(toy, "New"))


async def test_edit_and_arm_at_once_send_exactly_what_the_winner_wrote(toy: Queue) -> None:
    worker = await enrolled(toy)
    to = (toy.account.id, (await second_account(toy)).id)
    for number in range(20):
        post = await scheduling.schedule_post(toy.deps, wish(toy, f"Old {number}", when=Now(), to=to))
        made = [await publishing.prepare(toy.deps, job) for job in await publishing.claim(toy.deps, worker, limit=2)]
        ready = [one for one in made if isinstance(one, publishing.Ready)]

        async def arm(ready: list[publishing.Ready], delay_s: float) -> int:
            await asyncio.sleep(delay_s)
            return len((await publishing.arm(toy.deps, worker, ready)).armed)

        armed, edited = await asyncio.gather(
            arm(ready, number % 5 / 1000),
            edit(toy, post, wish(toy, f"New {number}", to=to)),
            return_exceptions=True,
        )
        assert armed in {0, 2}
        assert isinstance(edited, Conflict if armed else PostView)
        assert (await toy.see(post.post_id)).text == (f"Old {number}" if armed else f"New {number}")


async def test_edits_while_a_worker_works_never_send_an_older_text(toy: Queue) -> None:
    second = clock.now() + timedelta(seconds=1.5)
    post = await scheduling.schedule_post(toy.deps, wish(toy, "0", when=At(text=second.isoformat())))
    async with toy.working():
        for number in range(1, 12):
            try:
                post = await edit(toy, post, wish(toy, str(number), when=At(text=second.isoformat())))
            except (Conflict, InvalidContent):
                break
            await asyncio.sleep(0.1)
        assert await toy.until(post.post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert toy.network.texts() == [(await toy.see(post.post_id)).text]


async def test_what_a_worker_holds_and_is_moved_goes_out_at_its_new_second_alone(toy: Queue) -> None:
    post = await toy.see(await toy.post("Hello", due_at=clock.now() + timedelta(seconds=1.5)))
    async with toy.working():
        assert await toy.until(post.post_id, State.CLAIMED) == [State.CLAIMED]
        later = clock.now() + timedelta(seconds=3)
        moved = await editing.move_post(
            toy.deps, toy.workspace_id, post.post_id, At(text=later.isoformat()), version=1, asked_by="slack:U1"
        )
        assert await toy.until(post.post_id, State.PUBLISHED) == [State.PUBLISHED]
    ((_, _, arrived),) = toy.network.posts
    assert moved.scheduled_at is not None
    assert arrived >= moved.scheduled_at


async def test_a_draft_is_kept_unfinished_and_scheduled_only_when_complete(toy: Queue) -> None:
    draft = await scheduling.schedule_post(toy.deps, wish(toy, "x" * 301, when=NotYet(), to=()))
    assert (draft.status, draft.items, draft.scheduled_at) == (State.DRAFT, (), None)
    with pytest.raises(Conflict, match="goes nowhere yet"):
        await scheduling.cancel_post(toy.deps, toy.workspace_id, draft.post_id, asked_by="slack:U1")
    soon = At(text=(clock.now() + timedelta(hours=1)).isoformat())

    async def schedule(post: PostView) -> PostView:
        return await editing.move_post(
            toy.deps, toy.workspace_id, post.post_id, soon, version=post.version, asked_by="slack:U1"
        )

    with pytest.raises(InvalidContent, match="Choose at least one account"):
        await schedule(draft)
    draft = await edit(toy, draft, wish(toy, "x" * 301, when=NotYet()))
    assert [item.status for item in draft.items] == [State.DRAFT]
    with pytest.raises(InvalidContent, match="1 too many"):
        await schedule(draft)
    draft = await edit(toy, draft, wish(toy, "Short", when=NotYet()))
    post = await schedule(draft)
    assert (post.status, post.version) == (State.SCHEDULED, 4)
    assert [found.post_id for found in await journal.drafts(toy.deps, toy.workspace_id, "slack:U1")] == []
    back = await edit(toy, post, wish(toy, "Short", when=NotYet()))
    assert (back.status, back.scheduled_at) == (State.DRAFT, None)
    assert [found.post_id for found in await journal.drafts(toy.deps, toy.workspace_id, "slack:U1")] == [post.post_id]
    async with toy.working():
        await asyncio.sleep(0.3)
    assert toy.network.texts() == []


async def test_a_draft_that_a_worker_held_is_not_sent(toy: Queue) -> None:
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Wait", when=Now()))
    worker = await enrolled(toy)
    (job,) = await publishing.claim(toy.deps, worker, limit=10)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, publishing.Ready)
    after = await edit(toy, post, wish(toy, "Wait", when=NotYet()))
    assert after.status is State.DRAFT
    assert (await publishing.arm(toy.deps, worker, [ready])).armed == []


async def test_an_account_taken_out_while_a_worker_holds_it_receives_nothing(toy: Queue) -> None:
    other = await second_account(toy)
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Hello", when=Now(), to=(toy.account.id, other.id)))
    worker = await enrolled(toy)
    jobs = await publishing.claim(toy.deps, worker, limit=10)
    made = [await publishing.prepare(toy.deps, job) for job in jobs]
    after = await edit(toy, post, wish(toy, "Hello", when=Now(), to=(other.id,)))
    assert [item.account_id for item in after.items] == [other.id]
    ready = [one for one in made if isinstance(one, publishing.Ready)]
    assert (await publishing.arm(toy.deps, worker, ready)).armed == []
    async with toy.working():
        assert await toy.until(post.post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert toy.network.texts() == ["Hello"]


async def test_a_failed_thread_is_edited_and_tried_again(toy: Queue) -> None:
    toy.network.behaviour = lambda text: "422" if text == "Bad" else "ok"
    post_id = await toy.post("Bad", "End")
    async with toy.working():
        assert await toy.until(post_id, State.FAILED) == [State.FAILED, State.FAILED]
        failed = await toy.see(post_id)
        assert [found.post_id for found in await journal.needing(toy.deps, toy.workspace_id)] == [post_id]
        with pytest.raises(InvalidContent, match="cannot become a draft"):
            await edit(toy, failed, wish(toy, "Good", when=NotYet(), parts=("End",)))
        await edit(toy, failed, wish(toy, "Good", when=Now(), parts=("End",)))
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED, State.PUBLISHED]
    assert toy.network.texts() == ["Good", "End"]
    assert await journal.needing(toy.deps, toy.workspace_id) == []


async def test_behind_a_published_part_only_the_rest_changes(toy: Queue) -> None:
    toy.network.behaviour = lambda text: "422" if text == "Bad" else "ok"
    post_id = await toy.post("Begin", "Bad")
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED, State.FAILED) == [State.PUBLISHED, State.FAILED]
        post = await toy.see(post_id)
        with pytest.raises(Conflict, match="published"):
            await edit(toy, post, wish(toy, "Begin", when=Now(), parts=("End", "More")))
        await edit(toy, post, wish(toy, "Begin", when=Now(), parts=("End",)))
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED, State.PUBLISHED]
    assert toy.network.texts() == ["Begin", "End"]


async def test_behind_a_published_part_with_its_own_text_the_rest_changes(toy: Queue) -> None:
    begin = wish(toy, "x" * 400, variants={"toy": "Begin"}, parts=("Bad",), when=Now())
    toy.network.behaviour = lambda text: "422" if text == "Bad" else "ok"
    post_id = (await scheduling.schedule_post(toy.deps, begin)).post_id
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED, State.FAILED) == [State.PUBLISHED, State.FAILED]
        post = await toy.see(post_id)
        after = await edit(toy, post, replace(begin, parts=("End",), variants={"toy": "Changed too late"}))
        assert after.variants == {"toy": "Begin"}
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED, State.PUBLISHED]
    assert toy.network.texts() == ["Begin", "End"]


async def test_what_was_sent_elsewhere_stays_as_it_was_sent(toy: Queue) -> None:
    other = await second_account(toy)
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Old", to=(toy.account.id, other.id)))
    async with toy.deps.database.transaction() as session:
        for item, state in zip(post.items, (State.PUBLISHED, State.FAILED), strict=True):
            row = await session.get_one(PostItemRow, item.item_id)
            row.state, row.attempt, row.platform = state.value, 1, "toy" if state is State.FAILED else "elsewhere"
        await session.flush()
    done, failed = post.items
    after = await edit(toy, post, wish(toy, "New", to=(done.account_id, failed.account_id)))
    assert after.variants == {"elsewhere": "Old"}
    assert {item.account_id: item.status for item in after.items} == {
        done.account_id: State.PUBLISHED,
        failed.account_id: State.SCHEDULED,
    }


async def test_an_account_that_was_tried_and_taken_out_does_not_come_back(toy: Queue) -> None:
    other = await second_account(toy)
    both = (toy.account.id, other.id)
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Hello", to=both))
    tried = next(item for item in post.items if item.account_id == toy.account.id)
    async with toy.deps.database.transaction() as session:
        row = await session.get_one(PostItemRow, tried.item_id)
        row.attempt, row.state = 1, State.FAILED.value
        await session.flush()
    after = await edit(toy, post, wish(toy, "Hello", to=(other.id,)))
    assert {item.account_id: item.status for item in after.items} == {
        toy.account.id: State.CANCELLED,
        other.id: State.SCHEDULED,
    }
    with pytest.raises(Conflict, match="Duplicate"):
        await edit(toy, after, wish(toy, "Hello", to=both))
    assert (await toy.see(post.post_id)).version == after.version


@pytest.mark.parametrize("state", [State.SENDING, State.CONFIRMING, State.UNCONFIRMED])
async def test_while_one_part_may_be_live_nothing_of_the_post_changes(toy: Queue, state: State) -> None:
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Begin", parts=("End",)))
    await put(toy, post, 0, state)
    with pytest.raises(Conflict, match="can no longer be changed"):
        await edit(toy, post, wish(toy, "Other", parts=("End",)))
    assert (await toy.see(post.post_id)).text == "Begin"


async def test_moving_keeps_everything_but_the_time(toy: Queue) -> None:
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Begin", parts=("End",), variants={"toy": "Own"}))
    moved = await editing.move_post(
        toy.deps,
        toy.workspace_id,
        post.post_id,
        At(text="2027-03-01T09:00", zone="Europe/Berlin"),
        version=1,
        asked_by="slack:U2",
    )
    assert (moved.wall_time, moved.zone, moved.edited_by) == ("2027-03-01T09:00:00", "Europe/Berlin", "slack:U2")
    assert (moved.text, moved.parts, moved.variants) == (post.text, post.parts, post.variants)
    with pytest.raises(Changed):
        await editing.move_post(toy.deps, toy.workspace_id, post.post_id, Now(), version=1, asked_by="slack:U1")
    form = retyping.form_of(moved, "UTC")
    assert (form.when, form.date, form.time, form.zone) == (When.AT, "2027-03-01", "09:00", "Europe/Berlin")
    again = composing.wish_of(form, toy.brand, asked_by="slack:U1", zone="UTC")
    assert (await edit(toy, moved, again)).scheduled_at == moved.scheduled_at
    copy = retyping.duplicate_form(moved)
    assert (copy.text, copy.parts, copy.variants, copy.date) == ("Begin", ("End",), {"toy": "Own"}, None)


async def test_the_second_half_past_two_stays_the_second(toy: Queue) -> None:
    second = At(text="2027-10-31T02:30+01:00", zone="Europe/Berlin")
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Night", when=second))
    form = retyping.form_of(post, "UTC")
    assert (form.time, form.fold) == ("02:30", Fold.SECOND)
    again = composing.wish_of(form, toy.brand, asked_by="slack:U1", zone="UTC")
    assert (await edit(toy, post, again)).scheduled_at == post.scheduled_at


async def test_dropping_leaves_what_failed_with_all_behind_it(toy: Queue) -> None:
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Begin", parts=("End",)))
    with pytest.raises(Conflict, match="nothing to drop"):
        await editing.drop_post(toy.deps, toy.workspace_id, post.post_id, asked_by="slack:U1")
    await put(toy, post, 0, State.FAILED)
    dropped = await editing.drop_post(toy.deps, toy.workspace_id, post.post_id, asked_by="slack:U1")
    assert [item.status for item in dropped.items] == [State.CANCELLED, State.CANCELLED]
    with pytest.raises(Conflict, match="cancelled"):
        await edit(toy, dropped, wish(toy, "Other"))


async def test_what_may_be_live_is_dropped_by_nobody_who_was_not_told_so(toy: Queue) -> None:
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Begin", parts=("Middle", "End")))
    await put(toy, post, 0, State.UNCONFIRMED)
    for leave in (editing.drop_post, editing.give_up_post):
        with pytest.raises(Conflict, match=r"may be live|Nobody is asked"):
            await leave(toy.deps, toy.workspace_id, post.post_id, asked_by="slack:U1")
    await put(toy, post, 1, State.MISSED)
    dropped = await editing.drop_post(toy.deps, toy.workspace_id, post.post_id, asked_by="slack:U1")
    assert [item.status for item in dropped.items] == [State.UNCONFIRMED, State.CANCELLED, State.CANCELLED]
    await ask_about(toy, post, 0)
    left = await editing.give_up_post(toy.deps, toy.workspace_id, post.post_id, asked_by="slack:U1")
    assert {item.status for item in left.items} == {State.CANCELLED}
    notes = [line.detail for line in await journal.why(toy.deps, toy.workspace_id, post.post_id)]
    assert [line.partition(" (")[0] for line in notes if "Dropped" in line] == [
        "Dropped.",
        "Dropped, though it may be live.",
    ]


async def test_a_dropped_draft_is_no_longer_listed(toy: Queue) -> None:
    for to in ((), (toy.account.id,)):
        draft = await scheduling.schedule_post(toy.deps, wish(toy, "Idea", when=NotYet(), to=to))
        await editing.drop_post(toy.deps, toy.workspace_id, draft.post_id, asked_by="slack:U1")
        assert await journal.drafts(toy.deps, toy.workspace_id, "slack:U1") == []


async def test_another_workspace_cannot_edit(toy: Queue) -> None:
    post = await scheduling.schedule_post(toy.deps, wish(toy, "Mine"))
    stranger = PostId("post_forged")
    with pytest.raises(NotFound):
        await editing.edit_post(toy.deps, toy.workspace_id, stranger, wish(toy, "x"), version=1)
    async with toy.deps.database.transaction() as session:
        assert await posts.change_states(
            session, toy.workspace_id, State.CANCELLED, among={State.SCHEDULED}, post_id=post.post_id
        )


async def test_what_was_rejected_goes_out_by_no_change_of_its_time_alone(toy: Queue) -> None:
    second = await second_account(toy)
    both = wish(toy, "Hello", to=(toy.account.id, second.id))
    post = await scheduling.schedule_post(toy.deps, both)
    item_id = next(item.item_id for item in post.items if item.account_id == second.id)
    await contents.cancel(toy.deps, toy.workspace_id, item_id, brand_id=None, asked_by="key:1")
    await contents.reject(toy.deps, toy.workspace_id, item_id, brand_id=None, asked_by="key:1")
    post = await toy.see(post.post_id)
    later = At(text=(clock.now() + timedelta(hours=2)).isoformat())
    args = (toy.deps, toy.workspace_id, post.post_id)
    with pytest.raises(Conflict, match="was rejected"):
        await editing.move_post(*args, later, version=post.version, asked_by="slack:U1")
    assert sorted(await toy.states(post.post_id)) == [State.DRAFT, State.SCHEDULED]
    moved = await edit(toy, post, replace(both, to=(toy.account.id,), when=later))
    assert State.SCHEDULED in {item.status for item in moved.items}


async def test_what_was_rejected_and_written_anew_may_go_out(toy: Queue) -> None:
    draft = await scheduling.schedule_post(toy.deps, wish(toy, "Hello", when=NotYet()))
    (item,) = draft.items
    await contents.reject(toy.deps, toy.workspace_id, item.item_id, brand_id=None, asked_by="key:1")
    draft = await toy.see(draft.post_id)
    kept = await edit(toy, draft, wish(toy, "Hello", when=NotYet()))
    with pytest.raises(Conflict, match="was rejected"):
        await edit(toy, kept, wish(toy, "Hello"))
    assert (await edit(toy, kept, wish(toy, "Hello there"))).status is State.SCHEDULED
