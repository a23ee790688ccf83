"""Modals and Homes as the Web API keeps them, and what a person's press does to them."""

import asyncio

import pytest
from slack_bolt.async_app import AsyncAck

from sandbox.slack.app import Workspace
from sandbox.slack.modals import incomplete
from sandbox.slack.settings import Settings
from tests.sandbox.slack.desk import Client, Desk, Json, bolt, client_of, over_socket
from tests.sandbox.slack.test_bolt_over_sockets import MODAL
from tests.sandbox.slack.test_web_api import error, refused

PLAIN = {"type": "plain_text", "text": "x"}


def modal(**more: object) -> Json:
    return {**MODAL, **more}


@pytest.fixture
def settings() -> Settings:
    return Settings(ack_timeout_s=0.6, trigger_s=0.4)


async def test_a_trigger_opens_one_view_and_soon(workspace: Workspace, client: Client, maya: Desk) -> None:
    trigger = workspace.world.new_trigger(maya.me)
    late = workspace.world.new_trigger(maya.me)

    assert await error(client.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"
    assert await error(client.views_open(trigger_id=trigger, view=modal(title=None))) == "invalid_arguments"
    await client.views_open(trigger_id=trigger, view=modal())
    assert await error(client.views_open(trigger_id=trigger, view=modal())) == "exchanged_trigger_id"
    await asyncio.sleep(0.45)
    assert await error(client.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"
    assert len((await maya.see())["views"]) == 1


async def test_a_bad_view_is_pointed_at(workspace: Workspace, client: Client, maya: Desk) -> None:
    title = {"type": "plain_text", "text": "x" * 25}
    answer = await refused(client.views_open(trigger_id=workspace.world.new_trigger(maya.me), view=modal(title=title)))
    assert answer["error"] == "invalid_arguments"
    said = "[ERROR] is 25 characters, 24 allowed [json-pointer:/view/title/text]"
    assert answer["response_metadata"]["messages"] == [said]

    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}] * 90
    big = modal(blocks=blocks)
    assert await error(client.views_open(trigger_id=workspace.world.new_trigger(maya.me), view=big)) == "view_too_large"


async def test_three_views_lie_on_each_other_and_no_fourth(workspace: Workspace, client: Client, maya: Desk) -> None:
    world = workspace.world
    opened = (await client.views_open(trigger_id=world.new_trigger(maya.me), view=modal()))["view"]
    for _ in range(2):
        trigger = world.new_trigger(maya.me, opened["id"])
        pushed = (await client.views_push(trigger_id=trigger, view=modal()))["view"]
        assert pushed["root_view_id"] == opened["id"]
    trigger = world.new_trigger(maya.me, opened["id"])
    assert await error(client.views_push(trigger_id=trigger, view=modal())) == "push_limit_reached"
    stranger = world.new_trigger(maya.me)
    assert await error(client.views_push(trigger_id=stranger, view=modal())) == "not_found"
    await maya.do("close", view_id=(await maya.see())["views"][-1]["id"])
    assert len((await maya.see())["views"]) == 2


async def test_a_hash_guards_a_view_and_an_external_id_names_it(
    workspace: Workspace, client: Client, maya: Desk, omar: Desk
) -> None:
    world = workspace.world
    opened = (await client.views_open(trigger_id=world.new_trigger(maya.me), view=modal(external_id="one")))["view"]

    updated = (await client.views_update(external_id="one", hash=opened["hash"], view=modal(external_id="one")))["view"]
    assert updated["id"] == opened["id"]
    stale = client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal())
    assert await error(stale) == "hash_conflict"
    twice = client.views_open(trigger_id=world.new_trigger(omar.me), view=modal(external_id="one"))
    assert await error(twice) == "duplicate_external_id"
    assert await error(client.views_update(view_id="V404", view=modal())) == "not_found"
    assert await error(client.api_call("views.update", json={"view": modal()})) == "invalid_arguments"
    assert (await maya.see())["refusals"][0]["error"] == "duplicate_external_id"


async def test_a_home_is_each_person_s_own(client: Client, maya: Desk, omar: Desk) -> None:
    home: Json = {"type": "home", "blocks": [{"type": "divider", "block_id": "line"}]}

    published = (await client.views_publish(user_id=maya.me, view=home))["view"]
    await client.views_publish(user_id=maya.me, view=home, hash=published["hash"])
    stale = client.views_publish(user_id=maya.me, view=home, hash=published["hash"])

    assert await error(stale) == "hash_conflict"
    assert (await maya.see())["home"] == {"view": home, "id": published["id"]}
    assert (await omar.see())["home"]["view"] is None
    assert await error(client.views_publish(user_id="U404", view=home)) == "invalid_arguments"


async def test_a_modal_dispatches_offers_and_tells_of_its_end(workspace: Workspace, maya: Desk) -> None:
    app, heard = bolt(workspace), list[Json]()
    option = {"text": PLAIN, "value": "v"}
    view = modal(
        notify_on_close=True,
        blocks=[
            {
                "type": "input",
                "block_id": "kind",
                "dispatch_action": True,
                "label": PLAIN,
                "element": {"type": "static_select", "action_id": "pick", "options": [option]},
            },
            {
                "type": "input",
                "block_id": "place",
                "label": PLAIN,
                "element": {"type": "external_select", "action_id": "find", "min_query_length": 0},
            },
            {
                "type": "input",
                "block_id": "date",
                "label": PLAIN,
                "element": {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-27"},
            },
        ],
    )

    @app.shortcut("compose")
    async def _(ack: AsyncAck, shortcut: Json, client: Client) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=view)

    @app.action("pick")
    async def _(ack: AsyncAck, body: Json, client: Client) -> None:
        await ack()
        heard.append(body)
        await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)

    @app.options("find")
    async def _(ack: AsyncAck, payload: Json) -> None:
        await ack(options=[{"text": PLAIN, "value": payload["value"]}] * (101 if payload["value"] == "many" else 1))

    @app.view("write")
    async def _(ack: AsyncAck) -> None:
        await ack(response_action="errors", errors={"nowhere": "No"})

    @app.view_closed("write")
    async def _(ack: AsyncAck, body: Json) -> None:
        await ack()
        heard.append(body)

    async with over_socket(workspace, app):
        assert (await maya.do("shortcut", callback_id="compose"))["ok"]
        [opened] = await maya.until(lambda seen: seen["views"])
        place = {"view_id": opened["id"], "block_id": "kind", "action_id": "pick"}
        typed = {"date": {"day": {"type": "datepicker", "selected_date": "2026-12-01"}}}
        assert (await maya.do("action", **place, state={"selected_option": {"value": "w"}}))["ok"] is False
        assert (await maya.do("action", **place, state={"selected_option": option}, values=typed))["ok"]
        [seen] = await maya.until(lambda seen: [one for one in seen["views"] if one["hash"] != opened["hash"]])
        assert heard[0]["actions"][0]["selected_option"] == option
        values = heard[0]["view"]["state"]["values"]
        assert values["date"]["day"] == {"type": "datepicker", "selected_date": "2026-12-01"}
        assert values["kind"]["pick"]["selected_option"] == option
        assert values["place"]["find"]["selected_option"] is None

        find = {"view_id": seen["id"], "block_id": "place", "action_id": "find"}
        assert (await maya.do("options", **find, value="ber"))["options"][0]["value"] == "ber"
        assert (await maya.do("options", **find, value="many"))["ok"] is False

        full = {
            **values,
            "place": {"find": {"type": "external_select", "selected_option": option}},
        }
        await maya.do("submit", view_id=seen["id"], values=full)
        [kept] = (await maya.see())["views"]
        assert kept["banner"] == "Slack would refuse the app's answer: invalid_errors. Your input is kept."
        assert (await maya.see())["refusals"][-1]["pointer"] == "/errors/nowhere"

        await maya.do("close", view_id=seen["id"], values=full, all=True)
        await maya.until(lambda _: len(heard) == 2)
        assert (heard[1]["type"], heard[1]["is_cleared"]) == ("view_closed", True)
        assert heard[1]["view"]["state"]["values"]["place"]["find"]["selected_option"] == option
        assert (await maya.see())["views"] == []


async def test_a_submission_may_go_on_in_another_view(workspace: Workspace, maya: Desk) -> None:
    app = bolt(workspace)
    note: Json = {"type": "modal", "title": PLAIN, "callback_id": "note", "submit": PLAIN, "blocks": []}
    answers: list[Json] = [
        {"response_action": "push", "view": note},
        {"response_action": "update", "view": note | {"title": {"type": "plain_text", "text": "Checking"}}},
        {"response_action": "clear"},
    ]

    @app.command("/post")
    async def _(ack: AsyncAck, body: Json, client: Client) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=note)

    @app.view("note")
    async def _(ack: AsyncAck) -> None:
        answer = answers.pop(0)
        await ack(**answer)

    async def submit() -> list[str]:
        top = (await maya.see())["views"][-1]
        await maya.do("submit", view_id=top["id"], values={})
        return [one["view"]["title"]["text"] for one in (await maya.see())["views"]]

    async with over_socket(workspace, app):
        await maya.type("/post")
        await maya.until(lambda seen: seen["views"])
        assert [await submit(), await submit(), await submit()] == [["x", "x"], ["x", "Checking"], []]


@pytest.mark.parametrize(
    ("element", "value", "fault"),
    [
        ({"type": "plain_text_input", "min_length": 3}, "ab", "Please enter at least 3 characters."),
        ({"type": "plain_text_input", "max_length": 3}, "abcd", "Please enter at most 3 characters."),
        ({"type": "plain_text_input"}, "a" * 3001, "Please enter at most 3000 characters."),
        ({"type": "url_text_input"}, "example", "Please enter a valid URL."),
        ({"type": "url_text_input"}, "https://example.com", None),
        ({"type": "email_text_input"}, "me", "Please enter a valid email address."),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Please enter a valid number."),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "1"}, "1.5", "Please enter 1 or less."),
        ({"type": "number_input", "is_decimal_allowed": True, "min_value": "2"}, "1.5", "Please enter 2 or more."),
        ({"type": "number_input", "is_decimal_allowed": True}, "-1.5", None),
    ],
)
def test_what_slack_s_own_client_refuses_never_reaches_the_app(element: Json, value: str, fault: str | None) -> None:
    block = {"type": "input", "block_id": "b", "element": {**element, "action_id": "a"}}
    values = {"b": {"a": {"type": element["type"], "value": value}}}

    assert incomplete({"blocks": [block]}, values).get("b") == fault
    assert incomplete({"blocks": [{**block, "optional": True}]}, {}) == {}
    assert incomplete({"blocks": [block]}, {}) == {"b": "Please complete this required field."}


async def test_uploads_of_a_modal_come_as_files(workspace: Workspace, maya: Desk, omar: Desk) -> None:
    app, heard = bolt(workspace), list[Json]()
    field = {"type": "file_input", "action_id": "add", "max_files": 1}
    block: Json = {"type": "input", "block_id": "media", "label": PLAIN, "element": field}

    @app.view("write")
    async def _(ack: AsyncAck, view: Json) -> None:
        await ack()
        heard.append(view)

    async def upload(desk: Desk) -> Json:
        form, sent = {"as": desk.me}, {"file": ("my cup?.png", b"bytes")}
        return (await desk.http.post(f"{workspace.url}/_page/upload", data=form, files=sent)).json()["file"]

    async with over_socket(workspace, app):
        trigger = workspace.world.new_trigger(maya.me)
        view_id = (await client_of(workspace).views_open(trigger_id=trigger, view=modal(blocks=[block])))["view"]["id"]
        mine, theirs = await upload(maya), await upload(omar)
        for files in ([mine, theirs], [mine]):
            values = {"media": {"add": {"type": "file_input", "files": files}}}
            await maya.do("submit", view_id=view_id, values=values)

    [view] = heard
    [file] = view["state"]["values"]["media"]["add"]["files"]
    assert (file["id"], file["mimetype"], file["size"]) == (mine["id"], "image/png", 5)
    assert file["url_private_download"].endswith("/my%20cup%3F.png")
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    assert (await maya.http.get(file["url_private_download"], headers=headers)).content == b"bytes"


async def test_a_modal_that_gets_no_answer_keeps_the_input(workspace: Workspace, maya: Desk) -> None:
    app = bolt(workspace)

    @app.view("write")
    async def _() -> None:
        pass

    async with over_socket(workspace, app):
        opened = await client_of(workspace).views_open(trigger_id=workspace.world.new_trigger(maya.me), view=modal())
        typed = {"text": {"typed": {"type": "plain_text_input", "value": "Hello"}}}
        await maya.do("submit", view_id=opened["view"]["id"], values=typed)
        [view] = (await maya.see())["views"]

    assert view["banner"] == "The app did not answer within 0.6 s. Your input is kept."
    assert workspace.world.modals[maya.me][0].values == typed
