"""The composer as people use it: own texts, pictures with words for them, messages, drafts, and what may be typed."""

import base64
import io

import pytest

from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import (
    GONE_WRONG,
    HOME,
    card,
    cards,
    on_mastodon,
    quiet,
    scheduled,
    threaded,
    told,
)
from tests.handlers.slack.person import Actor, Json, buttons, menu, said

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR4nGP4z8AARwzEcQCukw/x0F8jngAAAABJRU5ErkJggg=="
)
NASTY = (
    "*bold* _it_ ~no~ `code` <!channel> <!here> @here <@U123> <https://example.org|x> &amp; مرحبا שלום 👩‍👩‍👧 \u202eabc"
)


async def composing(person: Actor, *accounts: str, text: str = "", when: str = "Now") -> None:
    """Open the composer and fill it in."""
    await person.command("/post")
    await person.sees_modal("Accounts")
    person.choose("accounts", *accounts)
    if text:
        person.fill_text("text", text)
    person.choose("when", when)


async def submit(person: Actor) -> None:
    """Submit, and see the modal close."""
    await person.submit()
    await person.until(lambda: person.modal() is None, "the modal closing")


async def upload(person: Actor, name: str, content: bytes, kind: str = "image/png") -> str:
    """Give the page a file; its id."""
    import aiohttp  # noqa: PLC0415  # needed here alone

    form = aiohttp.FormData()
    form.add_field("as", person.user_id)
    form.add_field("file", io.BytesIO(content), filename=name, content_type=kind)
    async with person.http.post(f"{person.workspace.url}/_page/upload", data=form) as answer:
        given: Json = await answer.json()
    assert given["ok"], given
    return str(given["file"]["id"])


async def test_each_network_gets_its_own_text(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", "Mastodon", text="For both")
    await maya.act("accounts")
    await maya.act("text")
    await maya.sees_modal("Mastodon 8 of")
    await maya.press_in_modal("Text per network")
    await maya.sees_modal("Own text here is not touched")
    maya.fill_text("own:mastodon", "For Mastodon alone")
    await maya.submit()
    await maya.sees_modal("own text 18 of")
    await maya.sees_modal("Text per network: Mastodon")
    maya.fill_text("text", "For Bluesky now")
    maya.choose("when", "Now")
    await submit(maya)
    await card(maya, "For Bluesky now", "Published")
    assert town.on_bluesky() == ["For Bluesky now"]
    assert on_mastodon(town) == ["For Mastodon alone"]


async def test_settings_of_a_network_are_chosen_and_what_goes_not_together_is_refused(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Mastodon", text="Quietly")
    await maya.press_in_modal("Text per network")
    await maya.sees_modal("Own text here")
    await maya.press_in_modal("Mastodon settings")
    await maya.sees_modal("Visibility", "Who sees it.", "Content warning, shown instead of the text.")
    maya.choose("set:mastodon.visibility", "Unlisted")
    maya.choose("set:mastodon.poll_multiple", "Yes")
    await maya.submit()
    await maya.sees_modal("Mastodon settings: 2 set")
    await maya.submit()
    await maya.sees_modal("Text per network: Mastodon")
    await maya.submit()
    errors = str(await maya.until(lambda: (maya.modal() or {}).get("errors"), "an error"))
    assert "poll_multiple is given without a poll" in errors
    assert "Set it under “Text per network”" in errors
    await maya.press_in_modal("Text per network: Mastodon")
    await maya.sees_modal("Own text here")
    await maya.press_in_modal("Mastodon settings: 2 set")
    await maya.sees_modal("Visibility")
    maya.choose("set:mastodon.poll_multiple", "As usual")
    await maya.submit()
    await maya.sees_modal("Mastodon settings: 1 set")
    await maya.submit()
    await maya.sees_modal("Text per network: Mastodon")
    await submit(maya)
    await card(maya, "Quietly", "Published")
    (status,) = town.world.mastodon.world.statuses.values()
    assert status.visibility == "unlisted"


async def test_a_thread_and_its_link_card_are_written_in_the_composer(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="One")
    await maya.press_in_modal("More options")
    await maya.sees_modal("Bluesky: a thread, each part a reply to the one", "At most: Bluesky 300.", "Link card")
    maya.fill_text("part:0", "Two")
    maya.fill_text("part:2", "x" * 301)
    maya.fill_text("link", "example.com")
    await maya.submit()
    wrong: Json = await maya.until(lambda: (maya.modal() or {}).get("errors"), "errors")
    assert wrong == {
        "part:2": "Bluesky: 301 of 300 characters, 1 too many. Shorten it.",
        "link": "'example.com' is not a web address. Write it as https://….",
    }
    maya.fill_text("part:2", "Three")
    maya.fill_text("link", "")
    await maya.submit()
    await maya.sees_modal("More options: 2 set")
    await maya.press_in_modal("More options: 2 set")
    modal = await maya.sees_modal("a thread")
    typed = [block["element"].get("initial_value") for block in modal["view"]["blocks"] if block["type"] == "input"]
    assert typed == [None, "Two", None, "Three", *[None] * 4]
    await maya.submit()
    await maya.sees_modal("More options: 2 set")
    await submit(maya)
    shown = await card(maya, "One", "Published")
    assert "thread of 3" in said(shown)
    assert town.on_bluesky() == ["Three", "Two", "One"]


async def test_a_network_without_threads_says_so_before_a_thread_is_written(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Mastodon", text="One")
    await maya.press_in_modal("More options")
    await maya.sees_modal("Mastodon: a thread", "At most: Mastodon 500.")
    assert "Link card" not in str((maya.modal() or {}).get("view"))


async def test_a_picture_arrives_with_its_description(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", "Mastodon", text="Look")
    maya.fill("files", {"files": [{"id": await upload(maya, "cup.png", PNG)}]})
    await maya.submit()
    await maya.sees_modal("1 of 1 · cup.png")
    maya.fill_text("alt:0", "A cup on a table")
    await submit(maya)
    shown = await card(maya, "Look", "Published")
    assert "1 image, described" in said(shown)
    (record,) = [r for p in town.world.bluesky.world.people.values() for r in p.posts]
    assert "A cup on a table" in str(record.value["embed"])
    (media,) = town.world.mastodon.world.media.values()
    assert media.description == "A cup on a table"


async def test_what_is_no_picture_is_refused_at_its_field(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Look")
    maya.fill("files", {"files": [{"id": await upload(maya, "menu.pdf", b"%PDF-1.4 no picture", "application/pdf")}]})
    await maya.submit()
    errors = await maya.until(lambda: (maya.modal() or {}).get("errors"), "an error")
    assert "menu.pdf" in str(errors)
    assert town.on_bluesky() == []


async def test_a_message_becomes_a_post_with_its_text_and_file(town: Town) -> None:
    maya = town.maya
    file = await upload(maya, "beans.png", PNG)
    channel = town.world.workspace.channels[HOME]
    sent = await maya.do("message", channel=channel, text="Tom & Jerry <3 beans", files=[file])
    await maya.do("shortcut", callback_id="compose_from_message", channel=channel, message_ts=sent["ts"])
    await maya.sees_modal("Accounts", "beans.png")
    assert "Tom & Jerry <3 beans" in str(maya.values())
    maya.choose("accounts", "Bluesky")
    maya.choose("when", "Now")
    await maya.submit()
    await maya.sees_modal("1 of 1 · beans.png")
    maya.fill_text("alt:0", "Beans")
    await submit(maya)
    await card(maya, "beans", "Published")
    assert town.on_bluesky() == ["Tom & Jerry <3 beans"]


async def test_closing_keeps_a_draft_that_can_be_scheduled_edited_and_deleted(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Not yet sure", when="At a time")
    await maya.close()
    shown = await maya.sees("herald", "Draft", "Not yet sure")
    assert buttons(shown) == ["Schedule", "Edit", "Delete"]
    await maya.press(shown, "Edit")
    await maya.sees_modal("Keep as draft")
    maya.fill_text("text", "Surer by now")
    await submit(maya)
    await maya.sees("herald", "Draft", "Surer by now")
    shown = maya.messages("herald")[-1]
    await maya.press(shown, "Schedule")
    await maya.sees_modal("Time zone")
    maya.choose("when", "Now")
    await submit(maya)
    await card(maya, "Surer by now", "Published")
    assert town.on_bluesky() == ["Surer by now"]
    await maya.until(lambda: not any("Delete" in buttons(m) for m in maya.messages("herald")), "no dead buttons")


async def test_a_draft_comes_into_the_channel_as_scheduled_without_what_only_its_author_saw(town: Town) -> None:
    maya = town.maya
    await maya.command("/post", '"Between us" to bluesky draft')
    await maya.press(await maya.sees("herald", "Draft", "Between us"), "Schedule")
    await maya.sees_modal("Time zone")
    maya.fill_text("text", "For everybody")
    await submit(maya)
    shown = await card(maya, "For everybody", "Scheduled")
    replies = await threaded(maya, shown, "Maya scheduled it for")
    assert "Between us" not in str([shown, *replies])


async def test_a_draft_is_deleted(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Better not", when="Keep as draft")
    await submit(maya)
    shown = await maya.sees("herald", "Draft", "Better not")
    await maya.press(shown, "Delete")
    await maya.sees("herald", "Cancelled")
    await quiet(town)
    assert not cards(maya, "Better not")


async def test_closing_without_a_word_keeps_nothing(town: Town) -> None:
    maya = town.maya
    await maya.command("/post")
    await maya.sees_modal("Accounts")
    await maya.close()
    await quiet(town)
    assert maya.messages("herald") == []


async def test_a_scheduled_post_is_edited_moved_and_sent_now(town: Town) -> None:
    maya = town.maya
    shown = await scheduled(maya, "First words")
    assert buttons(shown) == ["Edit", "Move", "Post now"]
    assert menu(shown) == ["Duplicate", "Why", "Next slot", "Put on hold", "Cancel post"]
    await maya.press(shown, "Edit")
    await maya.sees_modal("Accounts")
    maya.fill_text("text", "Second words")
    await submit(maya)
    shown = await card(maya, "Second words", "Scheduled")
    await maya.press(shown, "Move")
    await maya.sees_modal("Time zone")
    maya.fill("date", {"selected_date": "2027-03-05"})
    maya.fill("time", {"selected_time": "14:30"})
    await submit(maya)
    shown = await card(maya, "Second words", "5 Mar", "14:30 Berlin")
    await maya.press(shown, "Post now")
    await card(maya, "Second words", "Published")
    assert town.on_bluesky() == ["Second words"]
    assert len(cards(maya, "words")) == 1


async def test_the_menu_asks_before_it_cancels_and_duplicates_without(town: Town) -> None:
    maya = town.maya
    shown = await scheduled(maya, "Once more")
    await maya.press(shown, "Cancel post")
    await maya.sees_modal("You can duplicate it later")
    await maya.close()
    await quiet(town)
    assert "Scheduled" in said(await card(maya, "Once more"))
    await maya.press(shown, "Cancel post")
    await maya.sees_modal("You can duplicate it later")
    await submit(maya)
    shown = await card(maya, "Once more", "Cancelled", "by Maya")
    await maya.press(shown, "Duplicate")
    await maya.sees_modal("New post")
    await maya.until(lambda: "Once more" in str(maya.values()), "the text")
    maya.choose("when", "Now")
    await submit(maya)
    await card(maya, "Once more", "Published")
    assert town.on_bluesky() == ["Once more"]


async def test_an_hour_that_does_not_exist_and_one_that_comes_twice(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Clocks change", when="At a time")
    maya.fill("date", {"selected_date": "2027-03-28"})
    maya.fill("time", {"selected_time": "02:30"})
    await maya.submit()
    errors = await maya.until(lambda: (maya.modal() or {}).get("errors"), "an error")
    assert "02:30 does not exist in Berlin" in str(errors)
    maya.fill("date", {"selected_date": "2027-10-31"})
    await maya.act("date")
    await maya.sees_modal("Clocks go back that night. Which 02:30?")
    maya.choose("fold", "Second")
    await submit(maya)
    shown = await card(maya, "Clocks change", "Scheduled", "31 Oct")
    assert str(1_824_946_200) in said(shown)


@pytest.mark.parametrize("text", [NASTY, "👩‍👩‍👧" * 40, "a" * 290 + " #tag", "مرحبا " * 40])
async def test_what_people_type_is_shown_and_published_as_typed(town: Town, text: str) -> None:
    maya = town.maya
    await composing(maya, "Mastodon", text=text)
    await submit(maya)
    await maya.until(lambda: on_mastodon(town), "the post")
    assert on_mastodon(town) == [text.strip()]
    await maya.until(lambda: cards(maya, "Published"), "its card")
    assert maya.state()["refusals"] == []
    for message in maya.messages(HOME):
        assert "<!channel>" not in str(message["text"])
        for block in message["blocks"] or []:
            assert "<!channel>" not in str(block.get("text"))


async def test_three_thousand_letters_are_counted_and_refused_and_kept(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", "Mastodon", text="x" * 3000)
    await maya.submit()
    errors = await maya.until(lambda: (maya.modal() or {}).get("errors"), "an error")
    assert "3,000 of 300" in errors["text"] or "3000 of 300" in errors["text"]
    await maya.close()
    await maya.sees("herald", "Draft", "xxx")
    assert maya.state()["refusals"] == []


async def test_a_wrong_line_ends_in_a_filled_composer(town: Town) -> None:
    maya = town.maya
    for line, notice in (
        ('"Sale" to mastodonn tomorrow 9am', "No account ‘mastodonn’"),  # noqa: RUF001  # quotes
        ('"Sale" to bluesky 12/1 9am', "12/1"),
        ('"Sale" to bluesky yesterday', "yesterday"),
        ('"Sale" to bluesky for Nobody now', "There is no brand"),
    ):
        await maya.command("/post", line)
        await maya.sees_modal("Please look", notice)
        assert "Sale" in str(maya.values())
        maya.fill_text("text", "")
        await maya.close()
    await quiet(town)
    assert town.on_bluesky() == []
    assert not cards(maya, "Sale")


async def test_help_queue_accounts_why_and_an_unknown_word(town: Town) -> None:
    maya = town.maya
    await maya.command("/social")
    await told(maya, "/social queue")
    await maya.command("/social", "qeue")
    await told(maya, "No command", "qeue", "Did you mean `/social queue`?")
    await scheduled(maya, "In the queue")
    await maya.command("/social", "queue")
    listed = await told(maya, "In the queue", "next 7 days")
    assert "09:00" in said(listed)
    await maya.command("/social", "accounts")
    await told(maya, "Bluesky · @junipercoffee.test", "fine")
    await maya.command("/social", "why")
    await told(maya, "No post had trouble")
    await maya.command("/social", "why ABCDEF")
    await told(maya, "No post ABCDEF in this workspace")
    await maya.command("/social", "cancel")
    await told(maya, "Say which post")
    assert not any(GONE_WRONG in said(m) for m in maya.messages(HOME))


async def test_the_best_time_is_refused_at_its_choice_until_enough_is_known(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="When is best?")
    await maya.sees_modal("Best time: needs 8 published posts, has 0")
    maya.choose("when", "Best time")
    await maya.submit()
    errors = str(await maya.until(lambda: (maya.modal() or {}).get("errors"), "an error"))
    assert "needs 8 published posts with numbers, Juniper has 0" in errors
    await maya.close()
    await maya.command("/post", '"When is best?" to bluesky best')
    await maya.sees_modal("needs 8 published posts with numbers")
