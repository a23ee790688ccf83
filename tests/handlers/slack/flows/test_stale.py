"""What somebody presses is what they read: a button of an old state sends nothing."""

from datetime import timedelta

from bot import clock
from bot.domain.publication import State
from bot.services import editing, installing, journal
from bot.services.planning import At
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.person import buttons, menu, said


async def test_a_post_changed_meanwhile_is_not_sent_by_a_button_of_the_version_before(town: Town) -> None:
    maya, deps = town.maya, town.herald.deps
    await maya.command("/post", '"Read this first" to bluesky in 3d')
    card = await maya.until(
        lambda: next((m for m in maya.messages("juniper-social") if "Post now" in [*buttons(m), *menu(m)]), None)
    )
    installed = (await installing.list_installations(deps))[0]
    (post,) = await journal.list_posts(deps, installed.workspace_id)
    when = At(text=(clock.now() + timedelta(days=9)).isoformat())
    await editing.move_post(
        deps, installed.workspace_id, post.post_id, when, version=post.version, asked_by=f"slack:{town.omar.user_id}"
    )
    await maya.press(card, "Post now")
    told = await maya.until(lambda: [m for m in maya.messages("juniper-social") if "changed this post" in said(m)])
    assert "Omar" in said(told[-1])
    after = await journal.show_post(deps, installed.workspace_id, post.post_id)
    assert [item.status for item in after.items] == [State.SCHEDULED]
