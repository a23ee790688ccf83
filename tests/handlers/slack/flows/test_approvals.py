"""Approvals as people meet them: asked on the card and directly, decided once, asked anew after an edit."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.approvals import Rule
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services import agreeing, approvers, installing, journal, workspaces
from bot.services.workspaces import Brand
from storage.tables import ApprovalRow, NoticeRow, PostItemRow
from tests.handlers.slack.flows.conftest import Town, Wanted
from tests.handlers.slack.office import until_async
from tests.handlers.slack.person import Actor, Json, buttons, menu, said, said_in

CARDS = "juniper-social"


@pytest.fixture(params=["sqlite", "postgresql"])
def wanted(request: pytest.FixtureRequest) -> Wanted:
    """A town on each engine: a decision holds rows that an edit, a worker and another approver want."""
    return Wanted(database_url=request.getfixturevalue("postgres_url") if request.param == "postgresql" else "")


async def juniper(town: Town) -> Brand:
    """The town's brand."""
    installed = (await installing.list_installations(town.herald.deps))[0]
    return await workspaces.get_brand(town.herald.deps, installed.workspace_id, "Juniper")


async def ruled(town: Town, *who: Actor, rule: Rule = Rule.ONE) -> Brand:
    """From now on these approve."""
    brand = await juniper(town)
    ids = [one.user_id for one in who]
    await approvers.set_rule(town.herald.deps, brand, rule=rule, approvers=ids, asked_by="tests")
    return brand


async def newest(town: Town) -> PostView:
    """The post that was written last."""
    brand = await juniper(town)
    return (await journal.list_posts(town.herald.deps, brand.workspace_id))[0]


async def card(reader: Actor, *words: str) -> Json:
    """The card with these words."""
    return await reader.sees(CARDS, *words)


async def choose_rule(maya: Actor, omar: Actor, label: str) -> None:
    """In the brand's modal."""
    await maya.command("/social", "brand Juniper")
    listed = await maya.until(
        lambda: next((m for m in reversed(maya.messages(CARDS)) if "Change" in buttons(m)), None), "the brand's button"
    )
    await maya.press(listed, "Change")
    await maya.sees_modal("Approval")
    maya.choose("rule", label)
    maya.fill("approvers", {"selected_users": [omar.user_id]})
    await maya.submit()
    await maya.until(lambda: maya.modal() is None, "the modal closed")


async def test_a_rule_is_set_in_the_brands_modal_and_followed_by_the_one_line(town: Town) -> None:
    maya, omar = town.maya, town.omar
    await choose_rule(maya, omar, "One approver has to")
    await maya.command("/post", '"Read this first" to bluesky in 3d')
    echoed = await maya.sees(CARDS, "Waiting for Omar's approval")
    assert "Cancel post" in buttons(echoed)
    asked = await card(maya, "Omar, please approve", "Read this first", "version 1", "decide by")
    assert buttons(asked) == ["Approve", "Ask for changes", "Reject"]
    direct = await omar.sees("herald", "Juniper asks for your approval", "Read this first")
    assert not [m for m in maya.messages("herald") if "asks for your approval" in said(m)]
    await omar.press(direct, "Approve")
    done = await card(maya, "Scheduled", "Read this first", "approved by Omar", "version 1")
    assert buttons(done) == ["Edit", "Move", "Post now"]
    settled = await omar.sees("herald", "Approved", "by Omar")
    assert buttons(settled) == []
    (item,) = (await newest(town)).items
    assert item.status is State.SCHEDULED


async def test_the_author_and_strangers_approve_nothing_and_are_told_who_does(town: Town) -> None:
    maya, omar, ines = town.maya, town.omar, town.ines
    await ruled(town, maya, omar)
    await maya.command("/post", '"Mine" to bluesky in 3d')
    asked = await card(maya, "Omar, please approve")
    await maya.press(asked, "Approve")
    await maya.sees(CARDS, "Someone else must approve your post.")
    await ines.press(await card(ines, "Omar, please approve"), "Approve")
    await ines.sees(CARDS, "Omar approves Juniper's posts.")
    assert (await newest(town)).status is State.AWAITING_APPROVAL


async def test_a_click_on_an_old_version_shows_the_new_one_and_the_difference_is_asked_after_approval(
    town: Town,
) -> None:
    maya, omar = town.maya, town.omar
    await ruled(town, omar)
    await maya.command("/post", '"New beans are in, come and see" to bluesky in 3d')
    first = await omar.sees("herald", "asks for your approval")
    await omar.press(first, "Approve")
    await card(maya, "Scheduled", "approved by Omar")
    await maya.press(await card(maya, "Scheduled", "approved by Omar"), "Edit")
    modal = await maya.sees_modal("Omar approves it first")
    assert modal["view"]["submit"]["text"] == "Ask for approval"
    maya.fill_text("text", "Old beans are in, come and see")
    await maya.submit()
    again = await card(maya, "Changed after approval: please look again", "version 2", "Omar approved version 1")
    words = said(again)
    assert "New beans" in words
    assert "Old beans" in words
    assert [b for b in again["blocks"] if "strike" in str(b)]
    make_stale(town, again)
    await omar.press(await card(omar, "Changed after approval"), "Approve")
    told = await omar.sees(CARDS, "Maya changed it at", "Here is version 2.")
    assert "Approve" in buttons(told)
    assert (await newest(town)).status is State.AWAITING_APPROVAL
    await omar.sees("herald", "asks for your approval", "version 2")
    await omar.sees("herald", "*Changed* by Maya, <!date", "a newer message says what became of it · Bluesky")
    await omar.press(told, "Approve")
    await card(maya, "Scheduled", "approved by Omar", "version 2")


def make_stale(town: Town, message: Json) -> None:
    """Have this message ask about version 1, as on a screen that has not heard of the change."""
    found = town.world.workspace.world.channels[message["channel"]].messages
    kept = next(one for one in found if one.ts == message["ts"])
    for block in kept.blocks or []:
        for element in block.get("elements", []) if block["type"] == "actions" else []:
            element["value"] = f"{element['value'].rpartition(':')[0]}:1"


async def test_changes_go_back_to_the_author_with_the_words(town: Town) -> None:
    maya, omar = town.maya, town.omar
    await ruled(town, omar)
    await maya.command("/post", '"Hello" to bluesky in 3d')
    await omar.press(await omar.sees("herald", "asks for your approval"), "Ask for changes")
    await omar.sees_modal("What should change?")
    omar.fill_text("reason", "Name the *beans*")
    await omar.submit()
    back = await card(maya, "Changes asked by Omar", "Name the *beans*")
    assert buttons(back) == ["Edit"]
    told = await maya.sees("herald", "Changes asked by Omar")
    await omar.sees("herald", "Changes asked")
    await maya.do("home")
    await maya.until(
        lambda: "Changes asked by Omar*: “Hello”" in said_in(maya.home()), "Home says what needs its author"
    )
    assert "Needs you (1)" in said_in(maya.home())
    assert "Nothing is planned" not in said_in(maya.home())
    await maya.press(told, "Edit")
    await maya.sees_modal("Omar approves it first")
    maya.fill_text("text", "Hello, these are from Kenya")
    await maya.submit()
    await card(maya, "Omar, please approve", "Kenya", "version 2")


async def test_what_is_rejected_is_over_and_can_be_duplicated(town: Town) -> None:
    maya, omar = town.maya, town.omar
    await ruled(town, omar)
    await maya.command("/post", '"Hello" to bluesky in 3d')
    asked = await omar.sees("herald", "asks for your approval")
    reject = next(e for b in asked["blocks"] if b["type"] == "actions" for e in b["elements"] if e.get("confirm"))
    assert "It will not go out" in reject["confirm"]["text"]["text"]
    await omar.press(asked, "Reject")
    await omar.sees_modal("Why not?")
    omar.fill_text("reason", "Not us")
    await omar.submit()
    over = await card(maya, "Rejected by Omar", "Not us")
    assert buttons(over) == ["Duplicate"]
    await maya.sees("herald", "Rejected by Omar", "Not us")


async def test_all_of_them_have_to_and_the_card_says_who_is_missing(town: Town) -> None:
    maya, omar = town.maya, town.omar
    ines = town.ines
    await ruled(town, omar, ines, rule=Rule.ALL)
    await maya.command("/post", '"Hello" to bluesky in 3d')
    await omar.press(await omar.sees("herald", "asks for your approval"), "Approve")
    half = await card(maya, "1 of 2 approved: Omar; waiting for Ines")
    assert "Ines, please approve" in said(half)
    assert buttons(await omar.sees("herald", "You approved version 1", "waiting for Ines")) == []
    await ines.press(await ines.sees("herald", "asks for your approval"), "Approve")
    await card(maya, "Scheduled", "approved by", "Omar", "Ines")


async def test_what_waits_is_listed_for_who_is_asked_and_stands_on_their_home(town: Town) -> None:
    maya, omar = town.maya, town.omar
    await ruled(town, omar)
    await omar.command("/social", "approve")
    await omar.sees(CARDS, "Nothing waits for you.")
    await maya.command("/post", '"Spring menu" to bluesky in 3d')
    await card(maya, "Omar, please approve")
    await omar.command("/social", "approve")
    listed = await omar.sees(CARDS, "1 post waits for your approval", "Spring menu")
    await omar.press(listed, "Review")
    whole = await omar.sees(CARDS, "Omar, please approve", "Spring menu", count=2)
    assert "Approve" in buttons(whole)
    await omar.do("home")
    await omar.until(lambda: "Approve “Spring menu”" in said_in(omar.home()), "it stands on Home")
    await omar.press(whole, "Approve")
    await card(maya, "Scheduled", "approved by Omar")
    await omar.until(
        lambda: not [m for m in omar.messages(CARDS) if "please approve" in said(m)], "what only he saw says so too"
    )


async def test_what_is_approved_from_home_is_seen_to_be_approved(town: Town) -> None:
    maya, omar = town.maya, town.omar
    await ruled(town, omar)
    for text in ("Spring menu", "Summer menu"):
        await maya.command("/post", f'"{text}" to bluesky in 3d')
        await card(maya, "Omar, please approve", text)
    await omar.do("home")
    await omar.until(lambda: "Needs you (2)" in said_in(omar.home()), "both stand on Home")
    await omar.press_at_home("Review")
    await omar.sees_modal("Omar, please approve", "Spring menu")
    await omar.press_in_modal("Approve")
    await omar.sees_modal("Scheduled", "approved by Omar")
    await omar.until(lambda: "Needs you (1)" in said_in(omar.home()), "Home knows of it")
    await omar.close()
    await omar.press_at_home("Review")
    await omar.sees_modal("Omar, please approve", "Summer menu")
    await omar.press_in_modal("Reject")
    await omar.sees_modal("Why not?")
    assert len(omar.state()["views"]) == 2
    omar.fill_text("reason", "Not us")
    await omar.submit()
    await card(maya, "Rejected by Omar", "Summer menu")
    await omar.until(lambda: omar.modal() is None, "both are closed")


@pytest.mark.parametrize(
    ("label", "outcome"), [("Reject", "Rejected by Omar"), ("Ask for changes", "Changes asked by")]
)
async def test_what_was_decided_stands_where_somebody_looked_at_it_alone(town: Town, label: str, outcome: str) -> None:
    maya, omar = town.maya, town.omar
    await ruled(town, omar)
    await maya.command("/post", '"Spring menu" to bluesky in 3d')
    await card(maya, "Omar, please approve")
    await omar.command("/social", "approve")
    await omar.press(await omar.sees(CARDS, "1 post waits for your approval"), "Review")
    whole = await omar.sees(CARDS, "Omar, please approve", "Spring menu", count=2)
    await omar.press(whole, label)
    await omar.sees_modal("Why not?" if label == "Reject" else "What should change?")
    omar.fill_text("reason", "Not us")
    await omar.submit()

    def decided() -> bool:
        mine = next(m for m in omar.messages(CARDS) if m["ts"] == whole["ts"])
        return mine["ephemeral"] and outcome in said(mine) and "Approve" not in buttons(mine)

    await omar.until(decided, "the private one says so, without its buttons")


async def test_who_comes_second_learns_what_was_decided(town: Town) -> None:
    maya, omar, ines = town.maya, town.omar, town.ines
    await ruled(town, omar, ines)
    await maya.command("/post", '"Spring menu" to bluesky in 3d')
    asked = await card(maya, "please approve")
    await omar.press(await omar.sees("herald", "asks for your approval"), "Reject")
    await omar.sees_modal("Why not?")
    await ines.command("/social", "approve")
    await ines.press(await ines.sees(CARDS, "1 post waits"), "Review")
    whole = await ines.sees(CARDS, "please approve", "Spring menu", count=2)
    omar.fill_text("reason", "Not us")
    await omar.submit()
    await card(maya, "Rejected by Omar")
    await ines.press(whole, "Approve")
    await ines.sees(CARDS, "Omar rejected it already")
    assert asked["ts"] == (await card(maya, "Rejected by Omar"))["ts"]


async def test_the_private_echo_says_that_its_post_was_cancelled(town: Town) -> None:
    maya = town.maya
    await maya.command("/post", '"Never mind" to bluesky in 3d', channel="general")
    await maya.press(await maya.sees("general", "Scheduled", "Never mind"), "Cancel post")
    over = await maya.sees("general", "Cancelled", "nothing was sent")
    assert buttons(over) == ["Duplicate"]


async def test_nobody_in_time_is_said_aloud_and_a_late_word_asks_what_to_do(town: Town) -> None:
    maya, omar, deps = town.maya, town.omar, town.herald.deps
    await ruled(town, omar)
    await maya.command("/post", '"Too late" to bluesky in 3d')
    await omar.sees("herald", "asks for your approval")
    post, now = await newest(town), clock.now()
    async with deps.database.transaction() as session:
        mine = update(PostItemRow).where(PostItemRow.post_id == post.post_id)
        await session.execute(mine.values(scheduled_at=now, due_at=now))
        row = update(ApprovalRow).where(ApprovalRow.post_id == post.post_id)
        await session.execute(row.values(ends_at=now, asked_at=now - timedelta(days=1)))
    assert await agreeing.end_late(deps) == 1
    late = await card(maya, "Not approved in time", "Nobody approved it in time", "It was not sent")
    assert buttons(late) == ["Approve", "Drop"]
    loud = await maya.sees(CARDS, "the post of", "Nobody approved it in time")
    assert buttons(loud) == ["Approve"]
    await omar.press(late, "Approve")
    asked = await omar.sees(CARDS, "What shall become of it?")
    assert buttons(asked) == ["Post now", "Next slot", "Drop"]
    await omar.press(asked, "Post now")
    await maya.until(lambda: town.on_bluesky() == ["Too late"], "it went out", within_s=60)


async def test_what_goes_out_at_once_waits_for_the_word_and_then_goes(town: Town) -> None:
    maya, omar = town.maya, town.omar
    await ruled(town, omar)
    await maya.command("/post", '"Now then" to bluesky now')
    asked = await card(maya, "Omar, please approve* · goes out once approved ")
    assert set(menu(asked)) >= {"Edit", "Duplicate", "Why", "Cancel post"}
    assert town.on_bluesky() == []
    await omar.press(await omar.sees("herald", "asks for your approval"), "Approve")
    await maya.until(lambda: town.on_bluesky() == ["Now then"], "it went out", within_s=60)
    assert town.on_bluesky() == ["Now then"]


async def test_who_has_not_decided_is_reminded_once_and_the_channel_hears_of_it(town: Town) -> None:
    maya, omar, deps = town.maya, town.omar, town.herald.deps
    await ruled(town, omar)
    await maya.command("/post", '"Still here" to bluesky in 3d')
    await omar.sees("herald", "asks for your approval")
    async with deps.database.transaction() as session:
        later = NoticeRow.kind.in_(["approval_reminder", "approval_aloud"])
        await session.execute(update(NoticeRow).where(later).values(deliver_at=clock.now()))
    reminder = await omar.sees("herald", "Still waiting for you", "Still here")
    assert "Approve" in buttons(reminder)
    aloud = await maya.sees(CARDS, "nobody has decided about the post", f"<@{omar.user_id}>")
    assert buttons(aloud) == ["Approve"]
    await omar.press(reminder, "Approve")
    await card(maya, "Scheduled", "approved by Omar")
    settled = await omar.until(lambda: [m for m in omar.messages("herald") if "Approved" in said(m)], "both changed")
    assert all(buttons(one) == [] for one in settled)


async def test_nothing_is_said_of_what_was_decided_before(town: Town) -> None:
    maya, omar, deps = town.maya, town.omar, town.herald.deps
    await ruled(town, omar)
    await maya.command("/post", '"Decided" to bluesky in 3d')
    await omar.press(await omar.sees("herald", "asks for your approval"), "Approve")
    await card(maya, "Scheduled", "approved by Omar")
    async with deps.database.transaction() as session:
        later = NoticeRow.kind.in_(["approval_reminder", "approval_aloud"])
        await session.execute(update(NoticeRow).where(later).values(deliver_at=clock.now()))

    async def told() -> bool:
        async with deps.database.reading() as session:
            left = await session.scalars(select(NoticeRow.id).where(NoticeRow.delivered_at.is_(None)))
            return not left.all()

    await until_async(told)
    assert not [m for m in omar.messages("herald") if "Still waiting" in said(m)]
    assert not [m for m in maya.messages(CARDS) if "nobody has decided" in said(m)]


async def test_the_digest_names_what_waits_for_a_word(town: Town) -> None:
    maya, omar = town.maya, town.omar
    await ruled(town, omar)
    await maya.command("/post", '"Spring menu" to bluesky in 3d')
    await card(maya, "Omar, please approve")
    await maya.command("/social", "digest now")
    told = await maya.sees(CARDS, "Needs you", "Approve “Spring menu”")
    assert "Review" in buttons(told)
