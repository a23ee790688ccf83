"""What the command line shows of a post that goes to one account as several kinds."""

import json

import pytest

from bot.cli import posts
from bot.domain.ids import AccountId, ItemId
from bot.domain.posts import JournalEntry
from bot.domain.publication import State
from bot.services.journal import Story
from tests.handlers.slack.making import NOW, item, post

KINDS = ("instagram-feed", "instagram-story")
BOTH = post(
    *(
        item(number, State.PUBLISHED, platform="instagram", account_id=AccountId("acc"), handle="juniper", kind=kind)
        for number, kind in enumerate(KINDS)
    )
)


def test_show_has_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    posts._say_post(BOTH, as_json=False)
    shown = capsys.readouterr().out
    posts._say_post(BOTH, as_json=True)
    told = json.loads(capsys.readouterr().out)

    assert [line.split()[0] for line in shown.splitlines()[-2:]] == [f"{kind}:juniper" for kind in KINDS]
    assert [one["item_id"] for one in told["items"]] == ["item_0", "item_1"]


def test_why_says_of_which_it_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    entry = JournalEntry(at=NOW, event="published", detail="It is live.", item_id=ItemId("item_1"))

    posts._say_story(Story(post=BOTH, zone="UTC", lines=[entry]))

    assert "instagram-story:juniper" in capsys.readouterr().out
