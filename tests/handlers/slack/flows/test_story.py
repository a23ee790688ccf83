"""What people do on a first day, from the command to the card that says published."""

from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.person import buttons, said


async def test_one_line_goes_out_at_once_and_its_card_says_so(town: Town) -> None:
    maya = town.maya
    await maya.command("/post", '"Hello from the line" to bluesky now')
    await maya.sees("juniper-social", "Sending now")
    card = await maya.sees("juniper-social", "Published", "Hello from the line")
    assert "Open" in buttons(card)
    assert town.on_bluesky() == ["Hello from the line"]


async def test_the_composer_refuses_at_the_field_and_then_takes_it(town: Town) -> None:
    maya = town.maya
    await maya.command("/post")
    await maya.sees_modal("New post", "Accounts")
    maya.choose("accounts", "Bluesky")
    maya.fill_text("text", "x" * 301)
    maya.choose("when", "Now")
    await maya.submit()
    errors = await maya.until(lambda: (maya.modal() or {}).get("errors"))
    assert "301 of 300" in errors["text"]
    maya.fill_text("text", "Short enough")
    await maya.submit()
    await maya.until(lambda: maya.modal() is None, "the modal closing")
    card = await maya.sees("juniper-social", "Published", "Short enough")
    assert "Open" in buttons(card)
    assert "Bluesky" in said(card)
    assert town.on_bluesky() == ["Short enough"]


async def test_a_post_waits_for_its_second_and_its_card_follows(town: Town) -> None:
    maya = town.maya
    await maya.command("/post", '"See you in a moment" to bluesky, mastodon in 4s')
    await maya.sees("juniper-social", "Scheduled", "See you in a moment")
    card = await maya.sees("juniper-social", "Published", "See you in a moment", "on time")
    assert sum("See you in a moment" in said(m) and not m["ephemeral"] for m in maya.messages("juniper-social")) == 1
    replies = await maya.until(
        lambda: next(m for m in maya.messages("juniper-social") if m["ts"] == card["ts"])["replies"]
    )
    assert any("scheduled it" in said(reply) for reply in replies)
