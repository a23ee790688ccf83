"""Among many the few are found that cannot be done, and the others are done."""

import pytest

from handlers.clock import singling
from handlers.clock.singling import single_out


class Doing:
    """Does a batch unless one of the faulty is in it."""

    def __init__(self, *faulty: int, works_after: int | None = None) -> None:
        self.faulty = set(faulty)
        self.works_after = works_after
        self.done: list[int] = []
        self.times = 0

    async def do(self, batch: list[int]) -> bool:
        self.times += 1
        if self.works_after is not None and self.times > self.works_after:
            self.faulty.clear()
        if self.faulty & set(batch):
            return False
        self.done += batch
        return True


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(singling, "_AGAIN_S", 0.0)


async def _always() -> bool:
    return True


async def test_what_fails_alone_again_and_again_is_named_and_all_others_are_done_in_few_steps() -> None:
    doing = Doing(7, 300)
    assert await single_out(list(range(512)), doing.do, _always) == ([7, 300], [])
    assert sorted(doing.done) == [number for number in range(512) if number not in {7, 300}]
    assert doing.times < 50


async def test_what_works_at_another_try_is_nobodys_fault() -> None:
    doing = Doing(0, works_after=1)
    assert await single_out([0], doing.do, _always) == ([], [])
    assert doing.done == [0]


async def test_where_nothing_can_be_done_nobody_is_at_fault() -> None:
    left = 2

    async def twice() -> bool:
        nonlocal left
        left -= 1
        return left >= 0

    doing = Doing(*range(8))
    broken, kept = await single_out(list(range(8)), doing.do, twice)
    assert (broken, sorted(kept)) == ([], list(range(8)))
    assert await single_out([1], doing.do, twice) == ([], [1])
