"""What people press, type and submit: acknowledged in time, done once, answered whatever happens."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from bot import clock
from bot.domain.errors import NotFound, invalid
from bot.services import repetitions
from bot.services.deps import Deps
from bot.services.repetitions import Turn
from handlers.slack.answers import Close, Errors, Update, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.call import Call
from sandbox.slack.app import Workspace
from sandbox.slack.state import Weather
from storage.engine import Database
from storage.tables import SeenRequestRow
from tests.handlers.slack.office import office, until


def modal(*, callback_id: str = "form", text: str = "") -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "text", **({"initial_value": text} if text else {})}
    label = {"type": "plain_text", "text": "Text"}
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": {"type": "plain_text", "text": "New post"},
        "submit": {"type": "plain_text", "text": "Keep"},
        "blocks": [{"type": "input", "block_id": "text", "label": label, "element": element, "optional": True}],
    }


def button(action_id: str = "press") -> list[dict[str, Any]]:
    shown = {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "Go"}, "value": "v1"}
    return [{"type": "actions", "block_id": "row", "elements": [shown]}]


def typed(text: str) -> dict[str, Any]:
    return {"text": {"text": {"type": "plain_text_input", "value": text}}}


async def test_a_command_is_answered_privately(deps: Deps, slack: Workspace) -> None:
    async def listener(call: Call) -> None:
        person = await call.person()
        await call.answer(f"{person.name}, {person.zone}, {call.text}")

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener, writers_only=True)) as here:
        await here.types("maya", "/post", "hello there")
        await until(lambda: here.whispered("maya"))

        assert here.whispered("maya")[0].endswith("Europe/Berlin, hello there")
        assert here.whispered("omar") == []
        assert here.toasts() == []


async def test_a_listener_that_raises_at_once_is_acknowledged_all_the_same(deps: Deps, slack: Workspace) -> None:
    async def listener(_call: Call) -> None:
        raise ZeroDivisionError

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener)) as here:
        await here.types("maya", "/post", "secret words")
        await until(lambda: here.whispered("maya"))

        assert here.whispered("maya")[0].startswith("Herald made a mistake.")
        assert "ZeroDivision" not in here.whispered("maya")[0]
        assert here.toasts() == []
        assert max(call.ms for call in slack.world.wire if call.direction == "to_app") < 1_000


async def test_what_was_typed_behind_a_command_outlives_a_mistake_of_ours(deps: Deps, slack: Workspace) -> None:
    async def listener(_call: Call) -> None:
        raise OSError("the database is away")

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener)) as here:
        await here.types("maya", "/post", "Words worth keeping")
        await until(lambda: here.whispered("maya"))

        shown = next(m for m in slack.world.channels[here.general].messages if m.ephemeral_to is not None)
        assert "Words worth keeping" in str(shown.blocks)


async def test_a_person_is_told_what_they_may_know(deps: Deps, slack: Workspace) -> None:
    async def listener(_call: Call) -> None:
        raise NotFound("No post 8F2K in this workspace.")

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener)) as here:
        await here.types("omar", "/post", "why")
        await until(lambda: here.whispered("omar"))

        assert here.whispered("omar") == ["No post 8F2K in this workspace."]


async def test_guests_and_outsiders_are_refused_where_something_is_written(deps: Deps, slack: Workspace) -> None:
    done: list[str] = []

    async def press(call: Call) -> None:
        done.append((await call.person()).name)

    def register(desk: Desk) -> None:
        desk.on_action("press", press, writers_only=True)
        desk.on_command("/post", press, writers_only=True)

    async with office(deps, slack, register) as here:
        shared = slack.channels["juniper-social"]
        installed = await here.installation()
        assert installed is not None
        sent = await here.desk.api.write(
            installed.token, "chat.postMessage", channel=shared, text="A card", blocks=button()
        )
        place = {"channel": shared, "ts": sent["ts"]}
        await here.types("ines", "/post", channel="juniper-social")
        for person in ("theo", "omar"):
            await here.does(person, "action", message=place, block_id="row", action_id="press", state={})
        await until(lambda: done and here.whispered("ines") and here.whispered("theo"))

        assert done == ["Omar"]
        assert here.whispered("ines")[0].startswith("You can read")
        assert here.whispered("theo")[0].startswith("You can read")


async def test_one_press_delivered_twice_is_one_press(deps: Deps, slack: Workspace) -> None:
    heard: list[str] = []

    async def listener(call: Call) -> None:
        heard.append(call.text)

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener)) as here:
        body = {
            "command": "/post",
            "text": "once",
            "team_id": slack.team_id,
            "user_id": slack.people["maya"],
            "channel_id": here.general,
            "trigger_id": "1.2.same",
        }
        answers = [await here.desk.handle(body, {}, socket=True) for _ in range(3)]
        await here.desk.handle({**body, "trigger_id": "1.2.other", "text": "again"}, {}, socket=True)
        await until(lambda: "again" in heard)
        await asyncio.sleep(0.1)

        assert [answer.status for answer in answers] == [200, 200, 200]
        assert heard == ["once", "again"]


async def test_a_repeated_event_is_acted_on_once(deps: Deps, slack: Workspace) -> None:
    heard: list[str] = []

    async def listener(call: Call) -> None:
        heard.append(str(call.event["tab"]))

    async with office(deps, slack, lambda desk: desk.on_event("app_home_opened", listener)) as here:
        event = {"type": "app_home_opened", "user": slack.people["maya"], "tab": "home", "channel": "D1"}
        body = {"type": "event_callback", "event_id": "Ev1", "team_id": slack.team_id, "event": event}
        first = await here.desk.handle(body, {}, socket=True)
        again = await here.desk.handle(body, {"x-slack-retry-num": "1"}, socket=True)
        await here.desk.handle({**body, "event_id": "Ev2"}, {}, socket=True)
        await until(lambda: len(heard) == 2)
        await asyncio.sleep(0.1)

        assert (first.status, again.status) == (200, 200)
        assert heard == ["home", "home"]


async def test_a_modal_that_comes_too_late_is_told_and_not_a_mistake(deps: Deps) -> None:
    from sandbox.slack.app import running  # noqa: PLC0415  # this one waits less long
    from sandbox.slack.settings import Settings  # noqa: PLC0415

    async def listener(call: Call) -> None:
        await asyncio.sleep(0.2)
        await call.open_view(modal())

    async with (
        running(Settings(trigger_s=0.1)) as slack,
        office(deps, slack, lambda desk: desk.on_command("/post", listener)) as here,
    ):
        await here.types("maya", "/post")
        await until(lambda: here.whispered("maya"))

        assert here.whispered("maya") == [
            "Slack did not wait long enough for Herald to open this. Please do it once more."
        ]


def opens_a_form(desk: Desk) -> None:
    async def show(call: Call) -> None:
        await call.open_view(modal())

    desk.on_command("/post", show)


async def _submitted(  # noqa: ANN202  # the stand-in's own
    deps: Deps,
    slack: Workspace,
    answer: ViewAnswer | Exception,
    wait_s: float = 0.0,
    weather: Weather | None = None,
):
    async def decide(_call: Call) -> ViewAnswer:
        slack.world.weather = weather or slack.world.weather
        await asyncio.sleep(wait_s)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def register(desk: Desk) -> None:
        opens_a_form(desk)
        desk.on_view("form", decide)

    async with office(deps, slack, register) as here:
        await here.types("maya", "/post")
        await until(lambda: slack.world.modals[slack.people["maya"]])
        view = here.modal("maya")
        await here.does("maya", "submit", view_id=view.id, values=typed("New beans"))
        if wait_s:
            assert here.modal("maya").payload["title"]["text"] == "Checking…"
            await until(lambda: here.modal("maya").payload["title"]["text"] != "Checking…")
        return slack.world.modals[slack.people["maya"]]


async def test_a_submitted_modal_closes(deps: Deps, slack: Workspace) -> None:
    assert await _submitted(deps, slack, Close()) == []


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Errors({"text": "X: 294 of 280."}), "X: 294 of 280."),
        (invalid("text", "Write a text."), "Write a text."),
        (invalid("account", "Choose one."), "Choose one."),
    ],
)
async def test_what_is_wrong_stands_at_its_input(
    deps: Deps, slack: Workspace, answer: ViewAnswer | Exception, sentence: str
) -> None:
    (view,) = await _submitted(deps, slack, answer)
    assert view.errors == {"text": sentence}


async def test_a_mistake_of_ours_keeps_the_modal_open(deps: Deps, slack: Workspace) -> None:
    (view,) = await _submitted(deps, slack, RuntimeError())
    assert view.errors["text"].startswith("Herald made a mistake.")


async def test_a_slow_check_says_so_and_ends(deps: Deps, slack: Workspace) -> None:
    (view,) = await _submitted(deps, slack, Update({**modal(), "title": {"type": "plain_text", "text": "Ready"}}), 2.2)
    assert view.payload["title"]["text"] == "Ready"


async def test_errors_that_come_late_bring_back_what_was_typed(deps: Deps, slack: Workspace) -> None:
    (view,) = await _submitted(deps, slack, Errors({"text": "X refused <it>."}), 2.2)
    told, kept = view.payload["blocks"]
    assert told["text"]["text"] == "⚠️ X refused &lt;it&gt;."
    assert kept["element"]["initial_value"] == "New beans"
    assert view.payload["callback_id"] == "form"


@pytest.mark.parametrize(("answer", "shown"), [(Close(), "Done"), (Errors({"text": "X refused it."}), "New post")])
async def test_a_slow_check_ends_though_slack_takes_its_end_only_later(
    deps: Deps, slack: Workspace, monkeypatch: pytest.MonkeyPatch, answer: ViewAnswer, shown: str
) -> None:
    monkeypatch.setattr("handlers.slack.app._VIEW_WAIT_S", 0.1)
    monkeypatch.setattr("handlers.slack.app._AFTER_ACK_S", 0.2)
    weather = Weather(condition="down", methods=frozenset({"views.update"}), left=1)
    (view,) = await _submitted(deps, slack, answer, 0.2, weather)
    assert view.payload["title"]["text"] == shown


async def test_who_closes_a_slow_modal_is_told_what_was_not_done_and_keeps_what_was_typed(
    deps: Deps, slack: Workspace
) -> None:
    kept: list[object] = []

    async def decide(_call: Call) -> ViewAnswer:
        await asyncio.sleep(2.5)
        return Errors({"text": "X refused <it>."})

    async def closed(call: Call) -> None:
        kept.append(call.values["text"]["text"]["value"])

    def register(desk: Desk) -> None:
        opens_a_form(desk)
        desk.on_view("form", decide)
        desk.on_closed("form", closed)

    async with office(deps, slack, register) as here:
        await here.types("maya", "/post")
        await until(lambda: slack.world.modals[slack.people["maya"]])
        await here.does("maya", "submit", view_id=here.modal("maya").id, values=typed("New beans"))
        await here.does("maya", "close", view_id=here.modal("maya").id)
        await until(lambda: kept)
        assert here.whispered("maya") == ["⚠️ X refused &lt;it&gt;."]
        assert kept == ["New beans"]


async def test_a_submission_that_a_crash_interrupted_is_never_answered_as_done(deps: Deps, slack: Workspace) -> None:
    heard: list[str] = []

    async def decide(_call: Call) -> ViewAnswer:
        heard.append("done")
        return Close()

    async with office(deps, slack, lambda desk: desk.on_view("form", decide)) as here:
        view = {**modal(), "id": "V1", "hash": "1.abc", "state": {"values": typed("x")}, "team_id": slack.team_id}
        body = {"type": "view_submission", "team": {"id": slack.team_id}, "user": {"id": slack.people["maya"]}}
        assert await repetitions.begin(deps, "submit:V1:1.abc") is Turn.OURS
        answer = await here.desk.handle({**body, "view": view}, {}, socket=True)
        assert ("Press again" in str(answer.body), heard) == (True, [])
        async with deps.database.transaction() as session:
            await session.execute(update(SeenRequestRow).values(at=clock.now() - timedelta(seconds=31)))
        for _ in range(2):
            assert not (await here.desk.handle({**body, "view": view}, {}, socket=True)).body
        assert heard == ["done"]


async def test_a_modal_submitted_twice_is_done_once_and_after_an_error_again(deps: Deps, slack: Workspace) -> None:
    heard: list[object] = []

    async def decide(call: Call) -> ViewAnswer:
        heard.append(call.values["text"]["text"]["value"])
        await asyncio.sleep(0.1)
        return Errors({"text": "No."}) if heard[-1] == "bad" else Close()

    def register(desk: Desk) -> None:
        desk.on_view("form", decide)

    async with office(deps, slack, register) as here:

        def body(text: str) -> dict[str, Any]:
            view = {**modal(), "id": "V1", "hash": "1.abc", "state": {"values": typed(text)}, "team_id": slack.team_id}
            user = {"id": slack.people["maya"]}
            return {"type": "view_submission", "team": {"id": slack.team_id}, "user": user, "view": view}

        twice: Sequence[Any] = await asyncio.gather(*(here.desk.handle(body("bad"), {}, socket=True) for _ in range(2)))
        assert heard == ["bad"]
        assert all("errors" in answer.body for answer in twice)
        for _ in range(2):
            assert (await here.desk.handle(body("good"), {}, socket=True)).status == 200
        assert heard == ["bad", "good"]


async def test_options_are_found_while_typing(deps: Deps, slack: Workspace) -> None:
    async def find(call: Call) -> Sequence[dict[str, Any]]:
        return [{"text": {"type": "plain_text", "text": call.typed + "!"}, "value": "one"}]

    async with office(deps, slack, lambda desk: desk.on_options("zone", find)) as here:
        body = {
            "type": "block_suggestion",
            "action_id": "zone",
            "block_id": "zone",
            "value": "Ber",
            "team": {"id": slack.team_id},
            "user": {"id": slack.people["maya"]},
        }
        answer = await here.desk.handle(body, {}, socket=True)
        assert '"Ber!"' in str(answer.body)


async def test_a_button_nobody_listens_to_is_acknowledged(deps: Deps, slack: Workspace) -> None:
    async with office(deps, slack, lambda desk: desk.ready()) as here:
        installed = await here.installation()
        assert installed is not None
        sent = await here.desk.api.write(
            installed.token, "chat.postMessage", channel=here.general, text="A card", blocks=button("open_link")
        )
        place = {"channel": here.general, "ts": sent["ts"]}
        await here.does("maya", "action", message=place, block_id="row", action_id="open_link", state={})
        assert here.toasts() == []


async def test_work_under_way_is_finished_before_the_door_closes(deps: Deps, slack: Workspace) -> None:
    done: list[str] = []

    async def listener(call: Call) -> None:
        await asyncio.sleep(0.3)
        done.append(call.text)

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener)) as here:
        await here.types("maya", "/post", "slow")

    assert done == ["slow"]


@asynccontextmanager
async def away(database: Database) -> AsyncGenerator[None]:
    """Nothing can be looked up meanwhile, as while a database is started again."""
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE slack_installations RENAME TO elsewhere"))
    yield
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE elsewhere RENAME TO slack_installations"))


async def test_what_is_done_while_the_database_is_away_is_answered_or_left_to_slack(
    deps: Deps, slack: Workspace
) -> None:
    async def listener(call: Call) -> None:
        await call.open_view(modal())

    def register(desk: Desk) -> None:
        desk.on_command("/post", listener)
        desk.on_view("form", submitted)

    async def submitted(_call: Call) -> ViewAnswer:
        return Close()

    async with office(deps, slack, register) as here:
        await here.types("maya", "/post")
        await until(lambda: here.slack.world.modals[slack.people["maya"]])
        async with away(deps.database):
            await here.types("maya", "/post", "Words worth keeping")
            view_id = here.modal("maya").id
            await here.does("maya", "submit", view_id=view_id, values=typed("Kept"))
        said, banner = here.whispered("maya"), here.modal("maya").banner
        await here.does("maya", "submit", view_id=view_id, values=typed("Kept"))

        assert [words[:42] for words in said] == ["Herald could not look into its database ju"]
        shown = next(m for m in slack.world.channels[here.general].messages if m.ephemeral_to is not None)
        assert "Words worth keeping" in str(shown.blocks)
        assert "Your input is kept" in banner
        assert here.slack.world.modals[slack.people["maya"]] == []


async def test_an_event_that_comes_while_the_database_is_away_is_told_again(deps: Deps, slack: Workspace) -> None:
    heard: list[str] = []

    async def listener(call: Call) -> None:
        heard.append(str(call.event["tab"]))

    async with office(deps, slack, lambda desk: desk.on_event("app_home_opened", listener)) as here:
        event = {"type": "app_home_opened", "user": slack.people["maya"], "tab": "home", "channel": "D1"}
        body = {"type": "event_callback", "event_id": "Ev1", "team_id": slack.team_id, "event": event}
        async with away(deps.database):
            first = await here.desk.handle(body, {}, socket=True)
        again = await here.desk.handle(body, {"x-slack-retry-num": "1"}, socket=True)
        await until(lambda: heard)

        assert (first.status, again.status) == (503, 200)
