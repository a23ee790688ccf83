"""Posts that say the same: found on the same account alone, in whatever words went there."""

from dataclasses import replace
from datetime import timedelta

from bot import clock
from bot.domain.composition import Form, When
from bot.domain.repeats import Every
from bot.services import composing, scheduling
from bot.services.planning import At, Wish
from tests import factories
from tests.history import published
from tests.toy_queue import Queue


async def _before(toy: Queue, text: str, **changes: object) -> composing.SaidBefore | None:
    form = Form(brand_id=toy.brand.id, account_ids=(toy.account.id,), text=text, when=When.NOW)
    return await composing.said_before(toy.deps, toy.workspace_id, replace(form, **changes))  # pyright: ignore[reportArgumentType]


async def test_the_last_that_went_out_is_named_and_after_a_month_nothing(toy: Queue) -> None:
    now = clock.now()
    database = toy.deps.database
    for days in (3, 20):
        await published(database, toy.brand, toy.account, "New beans", now - timedelta(days=days))
    await published(database, toy.brand, toy.account, "Old beans", now - timedelta(days=31))

    found = await _before(toy, "New beans")

    assert found is not None
    assert found.is_out
    assert found.account.id == toy.account.id
    assert abs(found.at - (now - timedelta(days=3))) < timedelta(minutes=1)
    assert await _before(toy, "Old beans") is None
    assert await _before(toy, "new beans") is None
    assert await _before(toy, "   ") is None


async def test_what_waits_is_named_with_its_time_and_the_post_itself_is_not_meant(toy: Queue) -> None:
    at = (clock.now() + timedelta(days=2)).replace(microsecond=0)
    wish = Wish(brand=toy.brand, to=("toy",), text="Soon", when=At(text=at.isoformat()), asked_by="slack:U1")
    made = await scheduling.schedule_post(toy.deps, wish)

    found = await _before(toy, "Soon")

    assert found is not None
    assert (found.is_out, found.at) == (False, at)
    form = Form(brand_id=toy.brand.id, account_ids=(toy.account.id,), text="Soon")
    assert await composing.said_before(toy.deps, toy.workspace_id, form, beside=made.post_id) is None


async def test_own_texts_count_and_other_accounts_do_not(toy: Queue) -> None:
    await published(toy.deps.database, toy.brand, toy.account, "Latte art", clock.now() - timedelta(days=1))
    other = await factories.make_account(toy.deps.database, toy.brand, platform="toy", handle="another")

    assert await _before(toy, "Something else", variants={"toy": "Latte art"}) is not None
    assert await _before(toy, "Latte art", variants={"toy": "Its own words"}) is None
    assert await _before(toy, "Latte art", account_ids=(other.id,)) is None


async def test_drafts_repeats_and_what_is_wanted_anyway_are_not_asked_about(toy: Queue) -> None:
    await published(toy.deps.database, toy.brand, toy.account, "Again", clock.now() - timedelta(days=1))

    for meant in ({"when": When.DRAFT}, {"every": Every.WEEKLY}, {"came_again": True}, {"anyway": True}):
        assert await _before(toy, "Again", **meant) is None
    assert await _before(toy, "Again") is not None
