"""`/social queue`: of a brand, for today or a week, on all accounts or on one."""

import pytest

from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import account_on, scheduled, told
from tests.handlers.slack.person import menu, said


async def test_the_queue_is_narrowed_to_today_and_to_an_account(town: Town) -> None:
    maya = town.maya
    await scheduled(maya, "To one alone", to="mastodon")
    await scheduled(maya, "To the other", to="bluesky")
    await asked(town, "week")
    assert "To the other" in said(await told(maya, "To one alone", "Juniper · next 7 days", "2 posts"))
    await asked(town, "mastodon")
    of_one = said(await told(maya, "Juniper · Mastodon · @junipercoffee@social.test · next 7 days", "1 post"))
    assert "To one alone" in of_one
    assert "To the other" not in of_one
    await asked(town, "juniper @junipercoffee.test week")
    assert "To the other" in said(await told(maya, "Juniper · Bluesky · @junipercoffee.test · next 7 days"))
    await asked(town, "Juniper today")
    await told(maya, "Nothing is planned for Juniper today.")
    await asked(town, "bluesky today")
    await told(maya, "Nothing is planned for Bluesky · @junipercoffee.test today.")


@pytest.mark.parametrize("typed", ["Nowhere", "todayy", "juniper nowhere", "🎉", "x" * 2_900])
async def test_what_is_neither_brand_nor_account_is_told_in_one_sentence(town: Town, typed: str) -> None:
    await asked(town, typed)
    shown = said(await told(town.maya, "There is no brand or account", "Brands: Juniper."))
    assert len(shown) < 400


async def test_of_many_accounts_those_of_a_name_are_shown_and_looked_after(town: Town) -> None:
    maya = town.maya
    for number in range(9):
        await account_on(town, "threads", f"juniper{number}")
    await maya.command("/social", "accounts")
    assert "`/social accounts NAME`" in said(await told(maya, "11 accounts", "and 2 more"))
    await maya.command("/social", "accounts @juniper8")
    shown = await told(maya, "Threads · @juniper8")
    assert "Mastodon" not in said(shown)
    assert menu(shown) == ["Check now", "Disconnect"]
    await maya.command("/social", "accounts check Juniper mastodon")
    await told(maya, "Juniper: 1 account, all fine", "Mastodon")
    await maya.command("/social", "accounts nobody")
    await told(maya, "There is no brand or account “nobody” here. Brands: Juniper.")


async def asked(town: Town, words: str) -> None:
    """Maya asks for it."""
    await town.maya.command("/social", f"queue {words}")
