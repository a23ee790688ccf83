"""Of what a network offers each account by itself, the composer offers that and no more."""

from sqlalchemy import update

from storage.tables import AccountRow
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import account_on, composing_to


async def _offered(town: Town, handle: str, *levels: str) -> None:
    """TikTok lets this creator choose among these."""
    async with town.herald.deps.database.transaction() as session:
        limits = {"privacy": list(levels), "max_duration_s": None}
        await session.execute(update(AccountRow).where(AccountRow.handle == handle).values(limits=limits))


async def test_who_can_see_it_is_chosen_among_what_tiktok_offers_the_creator(town: Town) -> None:
    maya = town.maya
    await account_on(town, "tiktok", "junipercoffee")
    await _offered(town, "junipercoffee", "FOLLOWER_OF_CREATOR", "SELF_ONLY")
    await composing_to(maya, "TikTok")
    shown = str(await maya.sees_modal("TikTok: who can see it", "As @junipercoffee.", "Followers"))
    assert "Only the account itself" in shown
    assert "Everyone" not in shown


async def test_two_creators_are_asked_about_what_both_may_choose(town: Town) -> None:
    maya = town.maya
    for handle, level in (("junipercoffee", "PUBLIC_TO_EVERYONE"), ("juniperbakes", "MUTUAL_FOLLOW_FRIENDS")):
        await account_on(town, "tiktok", handle)
        await _offered(town, handle, level, "SELF_ONLY")
    await composing_to(maya, "TikTok · @junipercoffee", "TikTok · @juniperbakes")
    shown = str(await maya.sees_modal("TikTok: who can see it", "Only the account itself", "@juniperbakes"))
    assert "Everyone" not in shown
    assert "followed back" not in shown
