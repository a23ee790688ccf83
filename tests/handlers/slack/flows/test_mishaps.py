"""What can go wrong between Herald and a workspace: too late, two at once, a message gone, a door shut."""

import time

import pytest

from bot.domain.accounts import Secret
from bot.domain.errors import NotFound
from bot.domain.ids import WorkspaceId
from bot.services import connecting, editing, installing, journal, planning, workspaces
from handlers.slack import names
from handlers.slack.api import opened
from handlers.slack.installs import introduce
from sandbox.slack import payloads
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import (
    GONE_WRONG,
    HOME,
    card,
    cards,
    network,
    pressing,
    quiet,
    scheduled,
    send,
    threaded,
    told,
    value_of,
)
from tests.handlers.slack.person import Json, said

TOO_LATE = "Slack did not wait long enough for Herald to open this. Please do it once more."


def late(town: Town, payload: Json) -> Json:
    """The same, arriving after its trigger's three seconds."""
    town.world.workspace.world.triggers[payload["trigger_id"]].until = time.monotonic() - 1
    return payload


async def test_every_modal_that_opens_too_late_ends_in_one_sentence(town: Town) -> None:
    maya = town.maya
    world = town.world.workspace.world
    person, channel = world.people[maya.user_id], world.channel_named(HOME)
    shown = await scheduled(maya, "For later")
    value = value_of(shown, "post_now")
    compose = next(one for one in world.manifest.shortcuts if one.type == "global")
    presses = (names.EDIT, names.MOVE, names.DUPLICATE, names.MAKE_BRAND, names.NEW_POST)
    tardy = [late(town, pressing(town, maya, verb, "" if verb == names.MAKE_BRAND else value)) for verb in presses[:-1]]
    tardy += [late(town, pressing(town, maya, names.NEW_POST, ""))]
    tardy += [late(town, payloads.shortcut(world, person, compose))]
    for payload in tardy:
        await send(town, payload)
    command = next(one for one in world.manifest.commands if one.command == "/post")
    await send(
        town, late(town, payloads.slash_command(world, person, channel, command, "Some words")), kind="slash_commands"
    )

    def sentences() -> list[str]:
        return [said(m) for m in maya.messages(HOME) + maya.messages("herald") if TOO_LATE in said(m)]

    await maya.until(lambda: len(sentences()) == len(tardy) + 1, "a sentence each")
    assert maya.modal() is None
    assert not any(GONE_WRONG in said(m) for m in maya.messages(HOME) + maya.messages("herald"))


@pytest.mark.parametrize(
    ("line", "notice"),
    [("Words worth keeping", ""), ('"Words worth keeping" to nobody now', "No account ‘nobody’")],  # noqa: RUF001  # quotes
)
async def test_what_was_typed_behind_a_command_is_kept_when_its_composer_opens_too_late(
    town: Town, line: str, notice: str
) -> None:
    maya, world = town.maya, town.world.workspace.world
    command = next(one for one in world.manifest.commands if one.command == "/post")
    typed = payloads.slash_command(world, world.people[maya.user_id], world.channel_named(HOME), command, line)
    await send(town, late(town, typed), kind="slash_commands")
    await told(maya, notice, TOO_LATE, "What you typed is in your messages with Herald.")
    await maya.sees("herald", "Draft", "Words worth keeping")


@pytest.mark.parametrize(
    ("condition", "method"),
    [("down", "views.open"), ("rate_limited", "views.open"), ("lose_answers", "views.open"), ("down", "users.info")],
)
async def test_trouble_of_slacks_own_is_told_as_that_and_what_was_typed_is_kept(
    town: Town, condition: str, method: str
) -> None:
    maya = town.maya
    await maya.do("weather", condition=condition, methods=[method])
    await maya.command("/post", "Words worth keeping")
    shown = await told(maya, "Slack did not answer Herald just now. Please do it once more in a minute.")
    assert not any(GONE_WRONG in said(m) for m in maya.messages(HOME) + maya.messages("herald"))
    if method == "views.open":
        await maya.sees("herald", "Draft", "Words worth keeping")
    else:
        assert "Words worth keeping" in str(shown)


@pytest.mark.parametrize(
    ("condition", "method", "times"),
    [("lose_answers", "views.open", None), ("down", "views.update", 1)],
)
async def test_nobody_waits_before_a_composer_that_will_not_be_filled(
    town: Town, condition: str, method: str, times: int | None
) -> None:
    maya = town.maya
    await maya.do("weather", condition=condition, methods=[method], times=times)
    await maya.command("/post", "Words worth keeping")
    await told(maya, "Slack did not answer Herald just now. Please do it once more in a minute.")
    await maya.sees_modal("Herald could not get this ready. Please close it")


async def test_two_edit_and_the_second_learns_who_was_first_and_loses_nothing(town: Town) -> None:
    maya, omar = town.maya, town.omar
    shown = await scheduled(maya, "As it was", to="bluesky, mastodon")
    await maya.press(shown, "Edit")
    await maya.sees_modal("Accounts")
    await omar.press(shown, "Edit")
    await omar.sees_modal("Accounts")
    omar.fill_text("text", "As Omar likes it")
    await omar.submit()
    await omar.until(lambda: omar.modal() is None, "Omar's modal closing")
    maya.fill_text("text", "As Maya likes it")
    maya.choose("accounts", "Mastodon")
    await maya.submit()
    view = await maya.sees_modal("Omar changed this post at", "As Omar likes it")
    values = maya.values()
    texts = [state["value"] for inputs in values.values() for state in inputs.values() if "value" in state]
    assert "As Maya likes it" in texts
    chosen = next(v["selected_options"] for i in values.values() for v in i.values() if "selected_options" in v)
    assert [option["text"]["text"] for option in chosen] == ["Mastodon · @junipercoffee@social.test"]
    assert view["errors"] == {}
    await maya.submit()
    await maya.until(lambda: maya.modal() is None, "Maya's modal closing")
    now = await card(maya, "As Maya likes it", "Scheduled")
    assert now["ts"] == shown["ts"]
    assert "Bluesky" not in said(now)
    await threaded(maya, now, "Omar changed", "Maya changed")


async def test_a_post_that_went_out_meanwhile_can_no_longer_be_edited(town: Town) -> None:
    maya = town.maya
    shown = await scheduled(maya, "On its way")
    await maya.press(shown, "Edit")
    await maya.sees_modal("Accounts")
    await town.omar.press(shown, "Post now")
    await card(maya, "On its way", "Published")
    maya.fill_text("text", "Too late for this")
    await maya.submit()
    view = await maya.until(lambda: (maya.modal() or {}).get("errors") or said_in_modal(town), "an answer")
    assert view
    await quiet(town)
    await maya.submit()
    await quiet(town)
    assert town.on_bluesky() == ["On its way"]
    modal = maya.modal()
    assert modal is not None
    assert "published already" in str(modal["errors"])
    assert "Too late for this" in str(maya.values())


def said_in_modal(town: Town) -> str:
    """What the modal says above its inputs."""
    modal = town.maya.modal()
    return said({"blocks": modal["view"]["blocks"][:1]}) if modal else ""


async def test_a_card_that_was_deleted_is_posted_anew_and_goes_on_there(town: Town) -> None:
    maya = town.maya
    shown = await scheduled(maya, "Look at me")
    await threaded(maya, shown, "scheduled it")
    await maya.do("admin", do="delete_message", channel=shown["channel"], ts=shown["ts"])
    await maya.command("/social", "help")
    await send(town, pressing(town, maya, "post_now", value_of(shown, "post_now")))
    anew = await card(maya, "Look at me", "Published")
    assert anew["ts"] != shown["ts"]
    assert len(cards(maya, "Look at me")) == 1
    await threaded(maya, anew, "Published")


async def test_in_an_archived_channel_posts_go_out_and_one_person_is_told_once(town: Town) -> None:
    maya = town.maya
    channel = town.world.workspace.channels[HOME]
    await maya.do("admin", do="archive", channel=channel)
    for n in range(2):
        await maya.command("/post", f'"Unheard {n}" to bluesky now', channel="general")
    await maya.until(lambda: len(town.on_bluesky()) == 2, "two posts")
    await maya.sees("herald", "is archived. Choose another channel with `/social brand`.")
    await quiet(town)
    assert sum("is archived" in said(m) for m in maya.messages("herald")) == 1
    assert not cards(maya, "Unheard")
    deps = town.herald.deps
    (workspace,) = await workspaces.list_workspaces(deps)
    (brand,) = await workspaces.list_brands(deps, [workspace.id])
    await send(town, pressing(town, maya, names.USE_CHANNEL, f"{brand.id}:{town.world.workspace.channels['general']}"))
    await maya.command("/post", '"Heard again" to bluesky now', channel="general")
    await card(maya, "Heard again", "Published", channel="general")


async def test_kicked_out_it_asks_for_an_invitation_and_then_everything_arrives_once_in_order(town: Town) -> None:
    maya = town.maya
    channel = town.world.workspace.channels[HOME]
    await maya.do("admin", do="kick", channel=channel)
    for n in range(3):
        await maya.command("/post", f'"Unseen {n}" to bluesky now')
        await maya.until(lambda n=n: len(town.on_bluesky()) == n + 1, "a post")
    await maya.sees("herald", "I cannot post in", "/invite @Herald")
    await maya.do("admin", do="invite", channel=channel)
    await card(maya, "Unseen 2", "Published")
    await maya.until(lambda: all(len(m["replies"] or []) >= 2 for m in cards(maya, "Unseen")), "their lines")
    assert sum("I cannot post" in said(m) for m in maya.messages("herald")) == 1
    assert [said(m)[said(m).index("Unseen") :][:8] for m in cards(maya, "Unseen")] == [f"Unseen {n}" for n in range(3)]


async def install_anew(town: Town) -> None:
    """An admin adds Herald again."""
    world = town.world.workspace.world
    token = world.install(world.manifest.scopes + world.manifest.optional_scopes)
    for name in ("general", HOME):
        world.channel_named(name).members.add(world.bot_user_id)
    async with opened(town.world.workspace.api_url) as api:
        await installing.install(town.herald.deps, await introduce(api, Secret(token.value)))


async def test_with_a_dead_token_posts_go_out_and_after_a_new_one_everything_is_told(town: Town) -> None:
    maya, deps = town.maya, town.herald.deps
    await scheduled(maya, "Into the silence")
    town.world.workspace.world.kill_tokens("token_revoked")
    (workspace,) = await workspaces.list_workspaces(deps)
    (post,) = await journal.list_posts(deps, workspace.id)
    await editing.move_post(deps, workspace.id, post.post_id, planning.Now(), version=1, asked_by="tests")
    await maya.until(lambda: town.on_bluesky() == ["Into the silence"], "the post")
    await maya.command("/social", "queue")
    await quiet(town)
    assert town.on_bluesky() == ["Into the silence"]
    await install_anew(town)
    await card(maya, "Into the silence", "Published")
    await maya.command("/social", "help")
    await told(maya, "/social queue")


@pytest.mark.parametrize("how", ["uninstall", "revoke_tokens"])
async def test_removed_it_stops_and_cleans_up_and_begins_anew_clean(town: Town, how: str) -> None:
    maya, deps = town.maya, town.herald.deps
    shown = await scheduled(maya, "Never sent")
    (workspace,) = await workspaces.list_workspaces(deps)
    (post,) = await journal.list_posts(deps, workspace.id)
    await maya.do("admin", do=how)
    await until_gone(town, workspace.id)
    (gone,) = await journal.list_posts(deps, workspace.id)
    assert {item.status for item in gone.items} == {"cancelled"}
    assert await connecting.list_accounts(deps, [workspace.id]) == []
    assert any("removed from Slack" in entry.detail for entry in await journal.why(deps, workspace.id, post.post_id))
    heard = len(town.world.workspace.world.wire)
    await quiet(town)
    late_calls = [call.method for call in list(town.world.workspace.world.wire)[heard:] if call.direction == "to_slack"]
    assert late_calls == []
    await install_anew(town)
    await maya.command("/social", "queue")
    await told(maya, "Nothing is planned")
    await maya.command("/social", "accounts")
    await told(maya, "No accounts yet")
    await quiet(town)
    assert town.on_bluesky() == []
    assert "Scheduled" in said(next(m for m in maya.messages(HOME) if m["ts"] == shown["ts"]))
    with pytest.raises(NotFound):
        await connecting.find_account(deps, post.items[0].account_id, [workspace.id])


async def until_gone(town: Town, workspace_id: WorkspaceId) -> None:
    """Wait until Herald knows that it was removed."""
    gone: list[bool] = []

    async def look() -> None:
        found = await installing.installation_of(town.herald.deps, workspace_id)
        gone.append(found is None)

    for _ in range(100):
        await look()
        if gone[-1]:
            return
        await quiet(town)
    raise AssertionError("still installed")


async def test_a_network_that_is_down_waits_and_says_so(town: Town) -> None:
    maya = town.maya
    network(town, "bluesky", "down")
    await maya.command("/post", '"Patience" to bluesky now')
    await card(maya, "Patience", "Not sure yet", "It will not be sent again meanwhile")
    assert town.on_bluesky() == []
    network(town, "bluesky", "ok")
