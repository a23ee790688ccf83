"""What faces say of a post that goes to one account as several kinds."""

from dataclasses import replace
from typing import Any

from bot.domain.approvals import Asking, Rule
from bot.domain.ids import AccountId, MediaId
from bot.domain.posts import FileView, PostView
from bot.domain.publication import State
from handlers.slack import lists, told
from handlers.slack.blocks import Message
from handlers.slack.card import card
from handlers.slack.facts import ApprovalFacts, CardFacts
from handlers.slack.views import live_link
from tests.handlers.slack.making import NAMES, NOW, Brand, item, post
from tests.handlers.slack.person import said_in


def both(*states: State, **changes: object) -> PostView:
    """A feed post and a story on one account, in these states."""
    its: dict[str, Any] = {"platform": "instagram", "account_id": AccountId("account_1"), "handle": "juniper"}
    items = [
        item(number, state, **its, kind=kind, post_type=kind)
        for number, (kind, state) in enumerate(zip(("instagram-feed", "instagram-story"), states, strict=True))
    ]
    return post(*items, **changes)


def words(message: Message) -> str:
    """All that it says."""
    return said_in({"blocks": message.blocks})


def facts(shown: PostView, **more: Any) -> CardFacts:  # noqa: ANN401  # facts by name
    return CardFacts(post=shown, brand=Brand(), names=NAMES, **more)


def test_a_card_has_a_line_for_each_kind() -> None:
    waiting = words(card(facts(both(State.SCHEDULED, State.SCHEDULED)), NOW))
    ended = words(card(facts(both(State.PUBLISHED, State.FAILED)), NOW))

    assert "Instagram feed · @juniper\nInstagram story · @juniper" in waiting
    assert "Instagram feed · @juniper — published" in ended
    assert "Instagram story · @juniper — " in ended
    assert "1 of 2 published" in ended


def test_lines_below_the_card_say_which_kind() -> None:
    shown = both(State.PUBLISHED, State.SCHEDULED)

    line = told.message("thread", {"what": "published", "item": "item_0"}, facts(shown))
    rest = told.message("thread", {"what": "cancel", "by": "slack:U1", "live": shown.live_on}, facts(shown))

    assert line is not None
    assert rest is not None
    assert "Published on Instagram feed" in words(line)
    assert "Instagram feed" in words(rest)


def test_who_approves_reads_which_kind_gets_which_text() -> None:
    waiting = both(State.AWAITING_APPROVAL, State.AWAITING_APPROVAL, variants={"instagram-story": ""})
    asked = ApprovalFacts(state=Asking.WAITING, rule=Rule.ONE, version=3, asked_at=NOW)

    with_none = words(card(facts(waiting, approval=asked), NOW))
    with_own = words(card(facts(replace(waiting, variants={"instagram-story": "Now!"}), approval=asked), NOW))

    assert "Instagram story gets no text" in with_none
    assert "Instagram story gets its own text" in with_own


def test_who_approves_reads_which_kind_gets_which_file() -> None:
    files = tuple(a_file(name) for name in ("teal.jpg", "coral.jpg"))
    only = {"instagram-feed": (files[0].media_id,), "instagram-story": (files[1].media_id,)}
    waiting = both(State.AWAITING_APPROVAL, State.AWAITING_APPROVAL, files=files, media_for=only)
    asked = ApprovalFacts(state=Asking.WAITING, rule=Rule.ONE, version=3, asked_at=NOW)

    shown = words(card(facts(waiting, approval=asked), NOW))

    assert "Instagram feed: teal.jpg" in shown
    assert "Instagram story: coral.jpg" in shown


def a_file(name: str) -> FileView:
    return FileView(
        media_id=MediaId(f"med_{name}"),
        kind="image",
        mime_type="image/jpeg",
        file_name=name,
        size_bytes=1,
        width_px=1,
        height_px=1,
        alt_text="",
    )


def test_the_story_and_the_question_where_it_is_live_name_the_kind() -> None:
    unsure = both(State.PUBLISHED, State.UNCONFIRMED)

    assert "Instagram story" in str(live_link.build(unsure, NAMES))
    assert lists._place(unsure.items[1], facts(unsure)) == "Instagram story @juniper: "
