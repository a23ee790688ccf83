"""What a worker knows it holds, from claiming until the end was written down; and how much of it is of one brand."""

from collections import Counter
from collections.abc import Collection, Iterable

from bot.domain.ids import BrandId, ItemId
from bot.domain.items import Outcome, QueuedItem

_FEW_OF_A_BRAND = 1_000
"""Of a brand with so many in our hands others go first."""
_MOST_OF_A_BRAND = 14_000
_MOST_LETTERS_OF_A_BRAND = 14_000_000
"""The rest of our hands is kept for others. What is held when its second comes goes out a fifth faster than what is
claimed meanwhile, and a post of a thousand letters takes 2 KB of memory."""


class Hands:
    """An item may be there twice: given back and claimed anew before the first end was written down."""

    def __init__(self) -> None:
        self._items: Counter[ItemId] = Counter()
        self._of: Counter[BrandId] = Counter()
        self._letters: Counter[BrandId] = Counter()

    def __len__(self) -> int:
        return len(self._items)

    def take(self, items: Iterable[QueuedItem]) -> None:
        """These were claimed."""
        for item in items:
            self._items[item.id] += 1
            self._of[item.brand_id] += 1
            self._letters[item.brand_id] += len(item.text)

    def leave(self, outcomes: Iterable[Outcome]) -> None:
        """The ends of these were written down."""
        for outcome in outcomes:
            item = outcome.item
            if self._items[item.id] > 0:
                self._of[item.brand_id] -= 1
                self._letters[item.brand_id] -= len(item.text)
            self._items[item.id] -= 1
            if self._items[item.id] <= 0:
                del self._items[item.id]

    def clear(self) -> None:
        """Nothing is ours any more."""
        self._items.clear()
        self._of.clear()
        self._letters.clear()

    def strangers(self, held: Collection[ItemId]) -> set[ItemId]:
        """Those of them that are not in our hands."""
        return {item_id for item_id in held if not self._items[item_id]}

    def crowded(self) -> list[BrandId]:
        """The brands that others go before."""
        return [brand_id for brand_id, held in self._of.items() if held >= _FEW_OF_A_BRAND]

    def full(self) -> list[BrandId]:
        """The brands of which nothing more is taken for now."""
        most, letters = _MOST_OF_A_BRAND, self._letters
        return [one for one, held in self._of.items() if held >= most or letters[one] >= _MOST_LETTERS_OF_A_BRAND]
