"""Approvals: nothing goes out without the word it needs, whoever is at it at the same time, by whatever way it came."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.approvals import Asking, Rule
from bot.domain.errors import Conflict, InvalidContent, NotAllowed
from bot.domain.publication import State
from bot.services import (
    agreeing,
    approvers,
    approving,
    contents,
    editing,
    holding_posts,
    journal,
    publishing,
    scheduling,
    working,
)
from bot.services.agreeing import Approve, AskChanges, Decided, NotApprover, Reject, Stale
from bot.services.planning import NextSlot, NotYet, Now
from bot.services.publishing import Ready
from tests.services.approval import (
    ANA,
    MAYA,
    OMAR,
    approve,
    asking,
    at,
    edit,
    notices,
    ruled,
    wish,
    write,
)
from tests.toy_queue import Queue


async def test_without_a_rule_all_is_as_before(slack: Queue) -> None:
    post = await write(slack)
    assert (post.status, await asking(slack, post.post_id)) == (State.SCHEDULED, None)
    assert await notices(slack, approving.ASKED) == []


async def test_a_post_waits_until_somebody_else_agrees_and_goes_out_once(slack: Queue) -> None:
    await ruled(slack)
    post = await write(slack, at(timedelta(seconds=5)))
    assert post.status is State.AWAITING_APPROVAL
    assert await notices(slack, approving.ASKED) == [("U2OMAR", 1)]
    async with slack.working():
        await asyncio.sleep(0.5)
        assert await slack.states(post.post_id) == [State.AWAITING_APPROVAL]
        done = await approve(slack, post)
        assert done.status in {State.SCHEDULED, State.CLAIMED}
        assert await slack.until(post.post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert slack.network.texts() == ["Hello"]
    story = [(entry.event, entry.actor) for entry in await journal.why(slack.deps, slack.workspace_id, post.post_id)]
    assert ("ask", MAYA) in story
    assert ("approve", OMAR) in story


@pytest.mark.parametrize("when", [Now(), NextSlot(), None], ids=["now", "next slot", "at a time"])
async def test_no_way_into_the_queue_goes_round_the_rule(slack: Queue, when: Now | NextSlot | None) -> None:
    await ruled(slack)
    post = await write(slack, when)
    assert post.status is State.AWAITING_APPROVAL
    worker_id = await working.join(slack.deps)
    assert await publishing.claim(slack.deps, worker_id, limit=10) == []


async def test_moving_what_waits_asks_again_and_moving_what_was_approved_too(slack: Queue) -> None:
    await ruled(slack)
    post = await write(slack)
    args = (slack.deps, slack.workspace_id, post.post_id)
    moved = await editing.move_post(*args, at(timedelta(days=2)), version=1, asked_by=MAYA)
    assert (moved.status, moved.version) == (State.AWAITING_APPROVAL, 2)
    approved = await approve(slack, moved)
    assert approved.status is State.SCHEDULED
    now = await editing.move_post(*args, Now(), version=2, asked_by=MAYA)
    assert now.status is State.AWAITING_APPROVAL
    assert await notices(slack, approving.ASKED) == [("U2OMAR", 1), ("U2OMAR", 2), ("U2OMAR", 3)]


async def test_a_draft_needs_nobody_and_scheduling_it_does(slack: Queue) -> None:
    await ruled(slack)
    draft = await scheduling.schedule_post(slack.deps, wish(slack, NotYet()))
    assert (draft.status, await asking(slack, draft.post_id)) == (State.DRAFT, None)
    again = wish(slack, at())
    post = await editing.edit_post(slack.deps, slack.workspace_id, draft.post_id, again, version=draft.version)
    assert post.status is State.AWAITING_APPROVAL


async def test_several_from_a_file_wait_too(slack: Queue) -> None:
    await ruled(slack)
    made = await scheduling.schedule_posts(slack.deps, [(1, wish(slack, at())), (2, wish(slack, at(), "Two"))])
    assert {post.status for post in made} == {State.AWAITING_APPROVAL}


async def test_a_program_schedules_nothing_past_the_rule_nor_agrees_for_people(slack: Queue) -> None:
    await ruled(slack)
    draft = await scheduling.schedule_post(slack.deps, wish(slack, NotYet(), by="key:1"))
    item_id = draft.items[0].item_id
    args = (slack.deps, slack.workspace_id, item_id)
    content = await contents.schedule(*args, at(), brand_id=None, asked_by="key:1")
    assert content.state is contents.ContentState.PENDING_REVIEW
    with pytest.raises(NotAllowed, match="approvers of its brand decide"):
        await contents.approve(slack.deps, slack.workspace_id, [item_id], brand_id=None, asked_by="key:1")
    sent = await contents.publish(*args, brand_id=None, asked_by="key:1", patience_s=0.5)
    assert sent.state is contents.ContentState.PENDING_REVIEW
    _, taken = await contents.cancel(*args, brand_id=None, asked_by="key:1")
    assert (taken.item.status, taken.state) == (State.DRAFT, contents.ContentState.DRAFT)
    assert await asking(slack, draft.post_id) is Asking.OVER


async def test_nobody_approves_their_own_post_nor_their_own_edit(slack: Queue) -> None:
    await ruled(slack, Rule.ONE, MAYA, OMAR, ANA)
    post = await write(slack)
    assert await notices(slack, approving.ASKED) == [("U2OMAR", 1), ("U3ANA", 1)]
    with pytest.raises(NotAllowed, match="Someone else must approve your post"):
        await approve(slack, post, by=MAYA)
    edited = await edit(slack, post, "Hello there", by=OMAR)
    for author in (MAYA, OMAR):
        with pytest.raises(NotAllowed, match="Someone else must approve your post"):
            await approve(slack, edited, by=author)
    assert (await approve(slack, edited, by=ANA)).status is State.SCHEDULED


@pytest.mark.parametrize("was", ["a draft", "sent back", "approved and taken back"])
async def test_nobody_approves_what_they_wrote_into_a_draft_that_somebody_else_schedules(
    slack: Queue, was: str
) -> None:
    await ruled(slack, Rule.ONE, OMAR, ANA)
    post = await write(slack, NotYet() if was == "a draft" else None)
    if was == "sent back":
        again = AskChanges(reason="Shorter")
        post = await agreeing.decide(
            slack.deps, slack.workspace_id, post.post_id, again, version=post.version, decided_by=OMAR
        )
    elif was == "approved and taken back":
        post = await approve(slack, post, by=ANA)
    for text, when, by in (("Omar's words", NotYet(), OMAR), ("Omar's words", at(), MAYA)):
        wanted = wish(slack, when, text, by)
        post = await editing.edit_post(slack.deps, slack.workspace_id, post.post_id, wanted, version=post.version)
    assert post.status is State.AWAITING_APPROVAL
    with pytest.raises(NotAllowed, match="Someone else must approve your post"):
        await approve(slack, post, by=OMAR)
    assert (await approve(slack, post, by=ANA)).status is State.SCHEDULED


async def test_a_post_that_nobody_else_could_approve_is_refused_at_once(slack: Queue) -> None:
    await ruled(slack, Rule.ONE, MAYA)
    with pytest.raises(Conflict, match="nobody else may"):
        await write(slack)
    assert await journal.list_posts(slack.deps, slack.workspace_id) == []


async def test_only_approvers_decide_and_are_asked_anew_each_time(slack: Queue) -> None:
    await ruled(slack, Rule.ONE, OMAR, ANA)
    post = await write(slack)
    with pytest.raises(NotApprover) as refused:
        await approve(slack, post, by="slack:U9INES")
    assert refused.value.may == ("U2OMAR", "U3ANA")
    await ruled(slack, Rule.ONE, ANA)
    with pytest.raises(NotApprover):
        await approve(slack, post, by=OMAR)
    assert (await approve(slack, post, by=ANA)).status is State.SCHEDULED


async def test_all_means_each_of_them(slack: Queue) -> None:
    await ruled(slack, Rule.ALL, OMAR, ANA)
    post = await write(slack)
    assert (await approve(slack, post, by=OMAR)).status is State.AWAITING_APPROVAL
    with pytest.raises(Conflict, match="approved this version already"):
        await approve(slack, post, by=OMAR)
    assert (await approve(slack, post, by=ANA)).status is State.SCHEDULED
    with pytest.raises(Decided) as late:
        await approve(slack, post, by=OMAR)
    assert late.value.by == ANA


async def test_an_edit_takes_back_the_words_given_so_far(slack: Queue) -> None:
    await ruled(slack, Rule.ALL, OMAR, ANA)
    post = await write(slack)
    await approve(slack, post, by=OMAR)
    edited = await edit(slack, post, "Hello there")
    assert (await approve(slack, edited, by=ANA)).status is State.AWAITING_APPROVAL
    assert (await approve(slack, edited, by=OMAR)).status is State.SCHEDULED


async def test_two_who_approve_at_once_let_it_go_once(slack: Queue) -> None:
    await ruled(slack, Rule.ONE, OMAR, ANA)
    post = await write(slack)
    done = await asyncio.gather(approve(slack, post, OMAR), approve(slack, post, ANA), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Decided", "PostView"]
    await ruled(slack, Rule.ALL, OMAR, ANA)
    post = await write(slack, text="For all")
    both = await asyncio.gather(approve(slack, post, OMAR), approve(slack, post, ANA))
    assert sorted(one.status for one in both) == [State.AWAITING_APPROVAL, State.SCHEDULED]


async def test_a_click_on_an_old_version_decides_nothing(slack: Queue) -> None:
    await ruled(slack)
    post = await write(slack)
    edited = await edit(slack, post, "Hello there")
    for decision in (Approve(), AskChanges(reason="Shorter"), Reject(reason="No")):
        with pytest.raises(Stale) as stale:
            await agreeing.decide(slack.deps, slack.workspace_id, post.post_id, decision, version=1, decided_by=OMAR)
        assert (stale.value.now.version, stale.value.now.text) == (2, "Hello there")
    assert await slack.states(post.post_id) == [State.AWAITING_APPROVAL]
    assert (await approve(slack, edited)).status is State.SCHEDULED


async def test_an_approval_and_an_edit_at_once_never_send_what_nobody_read(slack: Queue) -> None:
    await ruled(slack)
    for number in range(8):
        post = await write(slack, text=f"First {number}")
        await asyncio.gather(approve(slack, post), edit(slack, post, f"Second {number}"), return_exceptions=True)
        now = await slack.see(post.post_id)
        assert now.text == f"Second {number}"
        assert now.status is State.AWAITING_APPROVAL


async def test_an_edit_after_approval_asks_again_and_remembers_what_was_agreed_to(slack: Queue) -> None:
    await ruled(slack)
    post = await approve(slack, await write(slack))
    edited = await edit(slack, post, "Hello there")
    assert edited.status is State.AWAITING_APPROVAL
    asked = await approvers.asked(slack.deps, edited)
    assert asked is not None
    assert asked.request.agreed is not None
    assert (asked.request.version, asked.request.agreed.version, asked.request.agreed.by) == (2, 1, ("U2OMAR",))
    assert asked.request.agreed.content["text"] == "Hello"
    back = await edit(slack, edited, "Hello")
    assert back.status is State.SCHEDULED
    assert await asking(slack, post.post_id) is Asking.APPROVED


async def test_what_a_worker_has_claimed_is_lost_to_it_by_an_edit_and_not_sent(slack: Queue) -> None:
    await ruled(slack)
    post = await approve(slack, await write(slack, at(timedelta(seconds=5))))
    worker_id = await working.join(slack.deps)
    (job,) = await publishing.claim(slack.deps, worker_id, limit=10)
    ready = await publishing.prepare(slack.deps, job)
    assert isinstance(ready, Ready)
    edited = await edit(slack, post, "Hello there")
    assert edited.status is State.AWAITING_APPROVAL
    assert (await publishing.arm(slack.deps, worker_id, [ready])).armed == []
    await publishing.give_back(slack.deps, worker_id, [publishing.released(job.item, "old")])
    assert await publishing.claim(slack.deps, worker_id, limit=10) == []
    assert await slack.states(post.post_id) == [State.AWAITING_APPROVAL]
    await approve(slack, edited)
    async with slack.working():
        assert await slack.until(post.post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert slack.network.texts() == ["Hello there"]


async def test_changes_make_it_a_draft_again_and_its_author_is_told(slack: Queue) -> None:
    await ruled(slack)
    post = await write(slack)
    args = (slack.deps, slack.workspace_id, post.post_id)
    with pytest.raises(InvalidContent, match="Say why"):
        await agreeing.decide(*args, AskChanges(reason=" "), version=1, decided_by=OMAR)
    after = await agreeing.decide(*args, AskChanges(reason="Name the beans"), version=1, decided_by=OMAR)
    assert after.status is State.DRAFT
    assert await notices(slack, approving.AUTHOR) == [("U1MAYA", 1)]
    with pytest.raises(Decided):
        await approve(slack, post)
    again = await edit(slack, post, "Hello, these are from Kenya")
    assert (again.status, await asking(slack, post.post_id)) == (State.AWAITING_APPROVAL, Asking.WAITING)


async def test_what_was_rejected_is_cancelled(slack: Queue) -> None:
    await ruled(slack)
    post = await write(slack)
    after = await agreeing.decide(
        slack.deps, slack.workspace_id, post.post_id, Reject(reason="Not us"), version=1, decided_by=OMAR
    )
    assert (after.status, await asking(slack, post.post_id)) == (State.CANCELLED, Asking.REJECTED)
    content = await contents.find(slack.deps, slack.workspace_id, after.items[0].item_id)
    assert content.state is contents.ContentState.REJECTED
    assert await notices(slack, approving.AUTHOR) == [("U1MAYA", 1)]


async def test_what_is_approved_after_it_was_to_go_out_at_once_goes_then(slack: Queue) -> None:
    await ruled(slack)
    post = await write(slack, Now())
    assert await agreeing.end_late(slack.deps) == 0
    async with slack.working():
        await approve(slack, post)
        assert await slack.until(post.post_id, State.PUBLISHED) == [State.PUBLISHED]
    (item,) = (await slack.see(post.post_id)).items
    assert item.scheduled_at is not None
    assert post.scheduled_at is not None
    assert item.scheduled_at > post.scheduled_at


async def test_a_post_on_hold_is_approved_and_still_waits_for_its_release(slack: Queue) -> None:
    await ruled(slack)
    post = await approve(slack, await write(slack, at(timedelta(seconds=5))))
    args = (slack.deps, slack.workspace_id, post.post_id)
    await holding_posts.hold_post(*args, asked_by=MAYA)
    held = await slack.see(post.post_id)
    edited = await edit(slack, held, "Hello there")
    await holding_posts.release_post(*args, asked_by=MAYA)
    await approve(slack, edited)
    async with slack.working():
        assert await slack.until(post.post_id, State.PUBLISHED) == [State.PUBLISHED]


async def test_a_thread_waits_and_goes_as_one(slack: Queue) -> None:
    await ruled(slack)
    made = replace(wish(slack, at(timedelta(seconds=5))), parts=("Second",))
    post = await scheduling.schedule_post(slack.deps, made)
    assert await slack.states(post.post_id) == [State.AWAITING_APPROVAL] * 2
    await approve(slack, post)
    async with slack.working():
        assert await slack.until(post.post_id, State.PUBLISHED) == [State.PUBLISHED] * 2
