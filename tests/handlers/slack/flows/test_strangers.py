"""Who may not, and what nobody may: guests, people of other teams, and values that somebody made up."""

from bot.domain.accounts import Secret
from bot.domain.installations import NewInstallation
from bot.domain.people import actor_of
from bot.services import connecting, installing, journal, scheduling, workspaces
from bot.services.planning import At, Wish
from handlers.slack import names
from handlers.slack.flows.buttons import PRESSES
from sandbox.slack import payloads
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import (
    GONE_WRONG,
    HOME,
    card,
    failed,
    pressing,
    quiet,
    scheduled,
    send,
    told,
    value_of,
)
from tests.handlers.slack.person import Actor, Json, said

OTHERS = "The other team's secret"


async def state_of(town: Town) -> list[object]:
    """All posts, brands and accounts of everybody, and what stands on the networks."""
    deps = town.herald.deps
    known = await workspaces.list_workspaces(deps)
    return [
        [await journal.list_posts(deps, one.id) for one in known],
        await workspaces.list_brands(deps, [one.id for one in known]),
        await connecting.list_accounts(deps, [one.id for one in known]),
        town.on_bluesky(),
    ]


def heard(person: Actor) -> str:
    """Everything somebody alone was told, in channels and modals."""
    state = person.state()
    mine = [
        m for channel in state["channels"] for m in channel["messages"] if m["ephemeral"] or channel["kind"] == "im"
    ]
    return " ".join(said(m) for m in mine) + str([said_of(view) for view in state["views"]])


def said_of(view: Json) -> str:
    """All words of an open view."""
    return said({"blocks": view["view"]["blocks"]})


async def test_a_guests_presses_change_nothing_and_each_is_answered(town: Town) -> None:
    ines = town.ines
    shown = await scheduled(town.maya, "Maya's own")
    await quiet(town)
    before = await state_of(town)
    for count, verb in enumerate(sorted(set(PRESSES) - {names.WHY}), 1):
        await send(town, pressing(town, ines, verb, value_of(shown, "post_now")))
        await ines.until(lambda count=count: heard(ines).count("but not write them") >= count, verb)
    assert await state_of(town) == before
    assert ines.modal() is None


async def test_a_guest_may_neither_type_a_post_nor_use_the_menu_nor_cancel(town: Town) -> None:
    ines = town.ines
    shown = await scheduled(town.maya, "Maya's own")
    await quiet(town)
    before = await state_of(town)
    refusal = "but not write them"
    await ines.command("/post", '"Mine" to bluesky now')
    await told(ines, refusal)
    for deed in (
        lambda: ines.command("/social", "new"),
        lambda: ines.command("/social", f"cancel {value_of(shown, 'post_now').partition(':')[0]}"),
        lambda: ines.press(shown, "Cancel post"),
    ):
        many = sum(refusal in said(m) for m in ines.messages(HOME))
        await deed()
        await ines.until(lambda many=many: sum(refusal in said(m) for m in ines.messages(HOME)) > many, "a refusal")
    assert await state_of(town) == before


async def test_who_may_not_is_told_of_which_brand_and_whom_to_ask(town: Town) -> None:
    deps, ines, theo = town.herald.deps, town.ines, town.actor("theo")
    (workspace,) = await workspaces.list_workspaces(deps)
    (brand,) = await workspaces.list_brands(deps, [workspace.id])
    await workspaces.change_brand(deps, brand, asked_by="tests", managers=[town.maya.user_id, town.omar.user_id])
    shown = await scheduled(town.maya, "Maya's own")
    await ines.command("/post", '"Mine" to bluesky now')
    await told(ines, "You can read Juniper's posts but not write them. Ask Maya or Omar.")
    await ines.command("/social", "hold")
    await told(ines, "Only members of Juniper can hold its posts. Ask Maya or Omar.")
    await theo.press(shown, "Post now")
    await theo.until(lambda: "You can read posts here but not write them." in heard(theo), "a refusal")
    assert "Omar" not in heard(theo)


async def test_theo_of_another_team_presses_buttons_in_the_shared_channel(town: Town) -> None:
    theo = town.actor("theo")
    await scheduled(town.maya, "Maya's own")
    await quiet(town)
    before = await state_of(town)
    shown = await card(theo, "Maya's own")
    for count, label in enumerate(("Edit", "Move", "Post now", "Cancel post"), 1):
        await theo.press(shown, label)
        await theo.until(lambda count=count: heard(theo).count("but not write them") >= count, f"a refusal of {label}")
    assert await state_of(town) == before
    assert theo.modal() is None


async def test_theo_of_another_team_is_told_no_more_than_the_channel_shows(town: Town) -> None:
    theo = town.actor("theo")
    shown = await scheduled(town.maya, "Maya's own")
    await quiet(town)
    (workspace,) = await workspaces.list_workspaces(town.herald.deps)
    (brand,) = await workspaces.list_brands(town.herald.deps, [workspace.id])
    await theo.press(await card(theo, "Maya's own"), "Why")
    world = town.world.workspace.world
    command = next(one for one in world.manifest.commands if one.command == "/social")
    place = world.channel_named(HOME)
    for words in ("queue", "approve", "why", "accounts", "report"):
        typed = payloads.slash_command(world, world.people[theo.user_id], place, command, words)
        await send(town, typed, kind="slash_commands")
    for verb in (names.REPORT_CSV, names.REPORT_PICTURE):
        await send(town, pressing(town, theo, verb, f"{brand.id}:2026-01-01:2026-01-07"))
    await send(town, pressing(town, theo, names.REVIEW, value_of(shown, "post_now")))
    await theo.until(lambda: heard(theo).count("Herald tells more to the people of its workspace") == 9, "refusals")
    await quiet(town)
    assert "Why" not in heard(theo)
    assert "Maya's own" not in heard(theo)
    assert "files.getUploadURLExternal" not in {call.method for call in world.wire}


async def other_team(town: Town) -> tuple[str, str, str]:
    """A second workspace with a brand and a post: the ids of its post, brand and account."""
    deps = town.herald.deps
    installed = await installing.install(
        deps,
        NewInstallation(
            team_id="T0OTHER",
            team_name="Other",
            enterprise_id=None,
            app_id=None,
            bot_id="B0OTHER",
            bot_user_id="U0OTHER",
            scopes=("chat:write",),
            installed_by=None,
            token=Secret("xoxb-other"),
        ),
    )
    brand = await workspaces.create_brand(deps, installed, "Harbor", timezone="Europe/Berlin", channel=None)
    bluesky = town.world.bluesky
    account = await connecting.connect(
        deps,
        brand,
        "bluesky",
        {
            "identifier": "rowan.test",
            "password": Secret(bluesky.password),
            "service": bluesky.url,
        },
        asked_by="test",
    )
    at = At(text="2027-05-01T09:00", zone="Europe/Berlin")
    wish = Wish(brand=brand, text=OTHERS, to=(account.id,), when=at, asked_by=actor_of("U0SOMEBODY"))
    post = await scheduling.schedule_post(deps, wish)
    return post.post_id, brand.id, account.id


async def test_another_workspaces_post_cannot_be_pressed_nor_seen(town: Town) -> None:
    post_id, _, _ = await other_team(town)
    maya = town.maya
    before = await state_of(town)
    for count, verb in enumerate(sorted(PRESSES), 1):
        await send(town, pressing(town, maya, verb, f"{post_id}:1"))
        await maya.until(lambda count=count: heard(maya).count("no post") >= count, f"a refusal of {verb}")
    for verb in sorted(PRESSES):
        await send(town, chosen(town, maya, names.MORE, f"{verb}:{post_id}:1"))
    await maya.command("/social", f"why {post_id}")
    await maya.command("/social", f"cancel {post_id}")
    await quiet(town)
    assert await state_of(town) == before
    assert OTHERS not in heard(maya)
    assert GONE_WRONG not in heard(maya)


def chosen(town: Town, person: Actor, action_id: str, value: str) -> Json:
    """What Slack sends when somebody chooses a line of a menu that says this."""
    payload = pressing(town, person, action_id, "")
    action = payload["actions"][0]
    del action["value"]
    text = {"type": "plain_text", "text": "x"}
    return {**payload, "actions": [{**action, "type": "overflow", "selected_option": {"value": value, "text": text}}]}


async def test_another_workspaces_brand_and_account_cannot_be_touched_nor_seen(town: Town) -> None:
    _, brand_id, account_id = await other_team(town)
    maya = town.maya
    before = await state_of(town)
    channel = town.world.workspace.channels["harbor-social"]
    forged = (
        pressing(town, maya, names.CONNECT, brand_id),
        pressing(town, maya, names.CONNECT_PLATFORM, f"{brand_id}:bluesky"),
        pressing(town, maya, names.RECONNECT, account_id),
        pressing(town, maya, names.CHECK_ALL, brand_id),
        pressing(town, maya, names.EDIT_BRAND, brand_id),
        pressing(town, maya, names.USE_CHANNEL, f"{brand_id}:{channel}"),
        pressing(town, maya, names.NEW_POST, brand_id),
        chosen(town, maya, names.ACCOUNT_MORE, f"check:{account_id}"),
        chosen(town, maya, names.ACCOUNT_MORE, f"disconnect:{account_id}"),
        submitted(town, maya, names.DISCONNECT, account_id),
        submitted(town, maya, names.BRAND, brand_id),
        submitted(town, maya, names.CONFIRM, f"{names.CANCEL}:post_nothing:1"),
    )
    for payload in forged:
        assert (await send(town, payload)).error is None
    await quiet(town)
    assert await state_of(town) == before
    assert "Harbor" not in heard(maya)
    assert "rowan" not in heard(maya)
    assert GONE_WRONG not in heard(maya)


def submitted(town: Town, person: Actor, callback_id: str, metadata: str) -> Json:
    """What Slack sends when a modal with this metadata is submitted, whoever made it."""
    world = town.world.workspace.world
    view = {
        "id": "V0FORGED",
        "hash": f"1.{callback_id}",
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "title": {"type": "plain_text", "text": "x"},
        "blocks": [],
        "state": {"values": {}},
        "root_view_id": "V0FORGED",
    }
    who = payloads._who(world, world.people[person.user_id])  # a payload no page would send
    return {"type": "view_submission", **who, "trigger_id": world.new_trigger(person.user_id), "view": view}


async def test_somebody_elses_composition_is_not_there(town: Town) -> None:
    maya, omar = town.maya, town.omar
    await maya.command("/post", "Maya's unfinished words")
    await maya.sees_modal("Accounts")
    metadata = town.world.workspace.world.modals[maya.user_id][-1].payload["private_metadata"]
    before = await state_of(town)
    payload = submitted(town, omar, names.COMPOSER, metadata)
    answer = await send(town, payload)
    assert "unfinished" not in str(answer.body)
    payload["type"] = "view_closed"
    payload["is_cleared"] = False
    await send(town, payload)
    await quiet(town)
    assert await state_of(town) == before
    assert "unfinished" not in heard(omar)
    maya.choose("accounts", "Bluesky")
    maya.choose("when", "Now")
    await maya.submit()
    await card(maya, "Maya's unfinished words", "Published")


async def test_a_member_who_manages_nothing_may_not_set_up(town: Town) -> None:
    omar = town.omar
    deps = town.herald.deps
    (workspace,) = await workspaces.list_workspaces(deps)
    (brand,) = await workspaces.list_brands(deps, [workspace.id])
    account = (await connecting.list_accounts(deps, [workspace.id]))[0]
    before = await state_of(town)
    for payload in (
        pressing(town, omar, names.CONNECT, brand.id),
        pressing(town, omar, names.CONNECT_PLATFORM, f"{brand.id}:bluesky"),
        pressing(town, omar, names.RECONNECT, account.id),
        pressing(town, omar, names.EDIT_BRAND, brand.id),
        pressing(town, omar, names.MAKE_BRAND, ""),
        chosen(town, omar, names.ACCOUNT_MORE, f"disconnect:{account.id}"),
        submitted(town, omar, names.DISCONNECT, account.id),
        submitted(town, omar, names.BRAND, ""),
        submitted(town, omar, names.BRAND, brand.id),
    ):
        await send(town, payload)
    await omar.until(lambda: heard(omar).count("Ask one of them") >= 6, "refusals")
    await quiet(town)
    assert await state_of(town) == before
    assert "/connect/" not in heard(omar)


async def test_a_failed_post_of_another_member_may_be_mended_by_any_member(town: Town) -> None:
    shown = await failed(town, "Ours together")
    await town.omar.press(shown, "Retry")
    await card(town.omar, "Ours together", "Published")
