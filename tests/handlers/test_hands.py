"""What a worker holds, and when it has enough of a brand: by number, and by what that takes of memory."""

from dataclasses import replace

import pytest

from bot import clock
from bot.domain.ids import BrandId, ItemId
from bot.domain.items import Outcome, QueuedItem
from bot.domain.publication import Event
from handlers.clock import hands
from handlers.clock.hands import Hands
from tests.services.test_verdicts import ITEM


def some(brand: str, number: int, *, letters: int = 10) -> list[QueuedItem]:
    text = "x" * letters
    return [replace(ITEM, id=ItemId(f"{brand} {n}"), brand_id=BrandId(brand), text=text) for n in range(number)]


def ends(items: list[QueuedItem]) -> list[Outcome]:
    return [Outcome(item=item, attempt=1, event=Event.CREATED, at=clock.now()) for item in items]


def test_enough_of_a_brand_is_a_number_of_posts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "_FEW_OF_A_BRAND", 5)
    monkeypatch.setattr(hands, "_MOST_OF_A_BRAND", 10)
    mine, juniper = Hands(), some("juniper", 10)
    mine.take(some("heron", 4))
    mine.take(juniper)
    assert (mine.crowded(), mine.full()) == (["juniper"], ["juniper"])
    mine.leave(ends(juniper[:1]))
    assert (mine.crowded(), mine.full()) == (["juniper"], [])
    mine.leave(ends(juniper[1:6]))
    assert mine.crowded() == []


def test_or_of_letters_where_posts_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "_MOST_LETTERS_OF_A_BRAND", 10_000)
    mine, long = Hands(), some("juniper", 2, letters=5_000)
    mine.take(long)
    mine.take(some("heron", 2, letters=4_999))
    assert mine.full() == ["juniper"]
    mine.leave(ends(long[:1]))
    assert mine.full() == []


def test_what_is_claimed_twice_is_ours_until_both_ends_were_written_down() -> None:
    mine, (item,) = Hands(), some("juniper", 1)
    mine.take([item])
    mine.take([item])
    mine.leave(ends([item]))
    assert mine.strangers([item.id, ItemId("another")]) == {"another"}
    mine.leave(ends([item]))
    assert (len(mine), mine.strangers([item.id])) == (0, {item.id})
