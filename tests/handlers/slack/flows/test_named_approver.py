"""One approver named by the author: asked alone, and the others once that one may not decide any more."""

from bot.domain.approvals import Rule
from bot.services import approvers
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.test_approvals import card, newest, ruled
from tests.handlers.slack.flows.test_composer import composing, submit
from tests.handlers.slack.person import Actor, buttons, said


async def asking(maya: Actor, text: str, whom: str) -> None:
    """A post of the next hour that waits for this approver's word."""
    await composing(maya, "Bluesky", text=text, when="At a time")
    await maya.press_in_modal("More options")
    await maya.sees_modal("Repeat", "Approver", "Whoever is first")
    maya.choose("approver", whom)
    await maya.submit()
    await maya.sees_modal("More options: 1 set", f"{whom} approves it first")
    await submit(maya)


def asked(person: Actor, text: str) -> bool:
    """Whether this person was asked about it directly."""
    return any(text in said(m) and "asks for your approval" in said(m) for m in person.messages("herald"))


async def test_who_is_named_is_asked_and_another_may_still_decide(town: Town) -> None:
    maya, omar, ines = town.maya, town.omar, town.ines
    await ruled(town, omar, ines)
    await asking(maya, "Spring menu", "Ines")
    request = await card(maya, "Ines, please approve", "Spring menu")
    await ines.sees("herald", "asks for your approval", "Spring menu")
    assert not asked(omar, "Spring menu")
    await omar.press(request, "Approve")
    await card(maya, "Scheduled", "Spring menu", "approved by Omar")


async def test_the_author_lets_anybody_decide_after_all(town: Town) -> None:
    maya, omar, ines = town.maya, town.omar, town.ines
    await ruled(town, omar, ines)
    await asking(maya, "Spring menu", "Ines")
    await maya.press(await card(maya, "Ines, please approve"), "Edit")
    await maya.sees_modal("More options: 1 set")
    await maya.press_in_modal("More options: 1 set")
    await maya.sees_modal("Approver")
    maya.choose("approver", "Whoever is first")
    await maya.submit()
    await maya.sees_modal(" or ", "approves it first")
    await submit(maya)
    await card(maya, "Omar", "Ines", "please approve")
    await omar.until(lambda: asked(omar, "Spring menu"), "he is asked, too")


async def test_where_the_one_named_may_not_decide_any_more_the_others_are_asked(town: Town) -> None:
    maya, omar, ines = town.maya, town.omar, town.ines
    await ruled(town, omar, ines)
    await asking(maya, "Spring menu", "Ines")
    await card(maya, "Ines, please approve")
    await ruled(town, omar)
    await card(maya, "Omar, please approve", "Spring menu")
    await omar.until(lambda: asked(omar, "Spring menu"), "he is asked instead")


async def test_where_all_have_to_agree_nobody_is_left_out(town: Town) -> None:
    maya, omar, ines = town.maya, town.omar, town.ines
    brand = await ruled(town, omar, ines)
    await asking(maya, "Spring menu", "Ines")
    await card(maya, "Ines, please approve")
    both = [omar.user_id, ines.user_id]
    await approvers.set_rule(town.herald.deps, brand, rule=Rule.ALL, approvers=both, asked_by="tests")
    request = await card(maya, "please approve", "Omar", "Ines")
    assert "Approve" in buttons(request)
    await omar.until(lambda: asked(omar, "Spring menu"), "he is asked as well")
    await maya.press(request, "Edit")
    await maya.press_in_modal(await more(maya))
    assert "Approver" not in str(await maya.sees_modal("Repeat"))
    assert (await newest(town)).approver == ines.user_id


async def more(person: Actor) -> str:
    """The button's label, once the composer is filled."""
    await person.sees_modal("More options: 1 set")
    return "More options: 1 set"


async def test_who_has_no_choice_is_not_asked_for_one(town: Town) -> None:
    maya, omar = town.maya, town.omar
    await ruled(town, omar)
    await composing(maya, "Bluesky", text="Spring menu")
    await maya.press_in_modal("More options")
    assert "Approver" not in str(await maya.sees_modal("Repeat"))
