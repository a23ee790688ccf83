"""How Slack reaches Herald: by socket, over HTTP with signatures, by adding it in a browser; and Slack away."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import aiohttp
import httpx
import pytest
from slack_sdk.signature import SignatureVerifier

from bot import clock
from bot.domain.accounts import Secret
from bot.services import installing
from bot.services.deps import Deps
from handlers.http.app import application
from handlers.http.slack import slack_routes
from handlers.slack import checkup, installs
from handlers.slack.api import opened
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.door import Door, Keys, opening
from handlers.slack.sockets import Socket
from sandbox.slack.app import Workspace, running
from sandbox.slack.settings import Settings
from storage import outbox
from tests.handlers.slack.office import manifest, office, until, until_async

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105  # made up
NOWHERE = "http://127.0.0.1:9/api"


@dataclass(frozen=True)
class Hall:
    """Herald's web application with Slack's routes, and somebody who sends to it."""

    door: Door
    browser: httpx.AsyncClient

    async def send(
        self, body: str, *, secret: str = SECRET, timestamp: str | None = None, **more: str
    ) -> httpx.Response:
        at = timestamp if timestamp is not None else str(int(clock.now().timestamp()))
        signature = SignatureVerifier(secret).generate_signature(timestamp=at, body=body) or ""
        headers = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature, **more}
        return await self.browser.post("/slack/events", content=body, headers=headers)


@asynccontextmanager
async def hall(
    deps: Deps, keys: Keys, register: Callable[[Desk], None] = lambda desk: desk.ready()
) -> AsyncIterator[Hall]:
    async with opening(deps, keys, public_url="https://herald.example.org", register=register) as door:
        routes = slack_routes(door.hatch, door.oauth, secure=True)
        transport = httpx.ASGITransport(application(deps, public_url="https://herald.example.org", extra=routes))
        async with httpx.AsyncClient(transport=transport, base_url="https://herald.example.org") as browser:
            yield Hall(door, browser)


def http_keys(slack: Workspace) -> Keys:
    return Keys(api_url=slack.api_url, bot_token=Secret(slack.bot_token), signing_secret=Secret(SECRET))


# --- HTTP ---


async def test_slack_s_first_question_is_answered(deps: Deps, slack: Workspace) -> None:
    async with hall(deps, http_keys(slack)) as here:
        answer = await here.send(
            json.dumps({"type": "url_verification", "challenge": "abc"}), **{"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})


@pytest.mark.parametrize(
    ("secret", "timestamp", "status"),
    [
        (SECRET, None, 200),
        ("another", None, 401),
        (SECRET, "-301", 401),
        (SECRET, "+301", 401),
        (SECRET, "-290", 200),
        (SECRET, "now", 401),
        (SECRET, "", 401),
        (SECRET, "1e9", 401),
        (SECRET, "٣٣٣", 401),
        (SECRET, "9" * 5_000, 401),
    ],
)
async def test_only_slack_is_let_in_and_only_now(
    deps: Deps, slack: Workspace, secret: str, timestamp: str | None, status: int
) -> None:
    if timestamp is not None and timestamp[:1] in ("-", "+"):
        timestamp = str(int(clock.now().timestamp()) + int(timestamp))
    async with hall(deps, http_keys(slack)) as here:
        body = json.dumps({"type": "url_verification", "challenge": "abc"})
        at = timestamp if timestamp is not None else str(int(clock.now().timestamp()))
        signature = SignatureVerifier(secret).generate_signature(timestamp=at, body=body) or ""
        headers = {"x-slack-request-timestamp": at, "x-slack-signature": signature, "content-type": "application/json"}
        assert here.door.hatch is not None
        answer = await here.door.hatch.receive(headers, body.encode())
        assert answer.status == status


async def test_what_slack_did_not_sign_is_not_read_and_not_logged(
    deps: Deps, slack: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with hall(deps, http_keys(slack)) as here:
        for headers in ({}, {"X-Slack-Signature": "v0=\xff"}, {"X-Slack-Request-Timestamp": "1"}):
            forged = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            answer = await here.browser.post("/slack/events", content="secret words", headers=forged)
            assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert "secret words" not in caplog.text
    assert SECRET not in caplog.text


async def test_a_body_beyond_all_bounds_is_refused(deps: Deps, slack: Workspace) -> None:
    async with hall(deps, http_keys(slack)) as here:
        assert (await here.send("x" * 1_000_001)).status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


async def test_an_event_that_slack_repeats_is_answered_and_done_once(deps: Deps, slack: Workspace) -> None:
    heard: list[str] = []

    async def listener(call: Call) -> None:
        heard.append(str(call.body["event_id"]))

    def register(desk: Desk) -> None:
        desk.on_event("app_home_opened", listener)

    async with hall(deps, http_keys(slack), register) as here:
        await until_async(lambda: installing.installation_of_team(deps, None, slack.team_id))
        event = {"type": "app_home_opened", "user": slack.people["maya"], "tab": "home"}
        body = json.dumps(
            {"type": "event_callback", "event_id": "Ev1", "team_id": slack.team_id, "event": event, "event_time": 1}
        )
        kind = {"Content-Type": "application/json"}
        answers = [await here.send(body, **kind)]
        answers += [
            await here.send(body, **kind, **{"X-Slack-Retry-Num": str(n), "X-Slack-Retry-Reason": "http_timeout"})
            for n in (1, 2, 3)
        ]
        await until(lambda: heard)
        await asyncio.sleep(0.1)

        assert [answer.status_code for answer in answers] == [200] * 4
        assert heard == ["Ev1"]


async def test_a_command_of_the_stand_in_comes_in_over_http(deps: Deps, unused_tcp_port: int) -> None:
    import uvicorn  # noqa: PLC0415  # a real server for a real signature

    async def listener(call: Call) -> None:
        await call.answer("Heard over HTTP.")

    address = f"http://127.0.0.1:{unused_tcp_port}"
    async with running(Settings(manifest=manifest(socket=False), app_url=address)) as slack:

        def register(desk: Desk) -> None:
            desk.on_command("/post", listener)

        async with office(deps, slack, register, socket=False) as here:
            routes = slack_routes(here.door.hatch, None, secure=False)
            config = uvicorn.Config(
                application(deps, public_url=address, extra=routes),
                port=unused_tcp_port,
                lifespan="off",
                log_config=None,
                access_log=False,
            )
            server = uvicorn.Server(config)
            task = asyncio.create_task(server._serve())
            await until(lambda: server.started)
            await here.types("maya", "/post", "hello")
            await until(lambda: here.whispered("maya"))
            server.should_exit = True
            await task

            assert here.whispered("maya") == ["Heard over HTTP."]
            assert here.toasts() == []


# --- Away, gone, and back ---


async def test_slack_may_be_away_at_start_and_comes_later(deps: Deps, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    settings = Settings(manifest=manifest())
    async with running(settings) as slack:
        keys = Keys(api_url=slack.api_url, bot_token=Secret(slack.bot_token), app_token=Secret(slack.app_token))
        async with aiohttp.ClientSession() as page:

            async def weather(condition: str) -> None:
                body = {"condition": condition, "as": slack.people["maya"]}
                async with page.post(f"{slack.url}/_page/weather", json=body) as answer:
                    assert (await answer.json())["ok"]

            await weather("down")
            async with hall(deps, keys) as here:
                await until(lambda: "slack cannot be reached over socket mode" in caplog.text)
                await until(lambda: "slack does not know us yet" in caplog.text)
                await asyncio.sleep(1.2)
                assert caplog.text.count("slack cannot be reached over socket mode") == 1
                assert caplog.text.count("slack does not know us yet") == 1
                assert (await here.browser.get("/healthz")).status_code == HTTPStatus.OK

                await weather("ok")
                assert here.door.socket is not None
                await asyncio.wait_for(here.door.socket.connected.wait(), 10)
                await until_async(lambda: installing.installation_of_team(deps, None, slack.team_id))
                assert "slack is back" in caplog.text


async def test_nothing_listens_where_slack_should_be_and_the_door_still_closes_at_once(deps: Deps) -> None:
    keys = Keys(api_url=NOWHERE, bot_token=Secret("xoxb-1"), app_token=Secret("xapp-1"))
    before = clock.uptime_s()
    async with hall(deps, keys):
        await asyncio.sleep(0.2)
    assert clock.uptime_s() - before < 3


async def test_a_lost_socket_is_connected_again(deps: Deps, slack: Workspace) -> None:
    async def listener(call: Call) -> None:
        await call.answer("Here.")

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener)) as here:
        await here.does("maya", "admin", do="refresh_sockets")
        await until(lambda: slack.carrier.connected)
        for _ in range(4):  # what goes to the socket that is just closing is lost, as it is at Slack
            await here.types("maya", "/post")
            with suppress(AssertionError):
                await until(lambda: here.whispered("maya"), within_s=8)
                break
        assert set(here.whispered("maya")) == {"Here."}


async def test_a_dead_connection_is_made_anew_by_the_watchdog(
    deps: Deps, slack: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    async def listener(call: Call) -> None:
        await call.answer("Here again.")

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener), socket=False) as here:
        socket = Socket(here.desk, Secret(slack.app_token), look_every_s=0.05, dead_after_s=0.3)
        task = asyncio.create_task(socket.run())
        await asyncio.wait_for(socket.connected.wait(), 8)

        await here.does("maya", "weather", condition="down")
        await until(lambda: not socket.connected.is_set())
        await until(lambda: "slack cannot be reached over socket mode" in caplog.text)
        await here.does("maya", "weather", condition="ok")
        await asyncio.wait_for(socket.connected.wait(), 10)
        await here.types("maya", "/post")
        await until(lambda: here.whispered("maya"))

        assert here.whispered("maya") == ["Here again."]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_uninstalling_forgets_the_workspace(deps: Deps, slack: Workspace) -> None:
    async with office(deps, slack, installs.register) as here:
        await here.does("maya", "admin", do="uninstall")

        async def gone() -> bool:
            return await here.installation() is None

        await until_async(gone)


async def test_a_person_s_revoked_token_is_none_of_the_bot_s(deps: Deps, slack: Workspace) -> None:
    async with office(deps, slack, installs.register) as here:
        event = {"type": "tokens_revoked", "tokens": {"oauth": [slack.people["maya"]], "bot": []}}
        body = {"type": "event_callback", "event_id": "Ev1", "team_id": slack.team_id, "event": event}
        await here.desk.handle(body, {}, socket=True)
        await asyncio.sleep(0.3)
        assert await here.installation() is not None


async def test_somebody_who_changed_is_asked_for_anew(deps: Deps, slack: Workspace) -> None:
    zones: list[str | None] = []

    async def listener(call: Call) -> None:
        zones.append((await call.person()).zone)

    def register(desk: Desk) -> None:
        installs.register(desk)
        desk.on_command("/post", listener)

    async with office(deps, slack, register) as here:
        for expected in (1, 2):
            await here.types("omar", "/post")
            await until(lambda expected=expected: len(zones) == expected)
        assert here.calls("users.info") == 1
        await here.does("maya", "admin", do="set_zone", user=slack.people["omar"], tz="Asia/Kathmandu")
        await until(lambda: any(call.method == "event:user_change" and not call.error for call in slack.world.wire))
        await here.types("omar", "/post")
        await until(lambda: len(zones) == 3)
        assert zones == ["America/New_York", "America/New_York", "Asia/Kathmandu"]


# --- Adding it in a browser ---


@asynccontextmanager
async def adding(deps: Deps) -> AsyncIterator[tuple[Workspace, Hall]]:
    settings = Settings(manifest=manifest(socket=False), installed=False, app_url="https://herald.example.org")
    async with running(settings) as slack:
        keys = Keys(
            api_url=slack.api_url,
            client_id=slack.client_id,
            client_secret=Secret(slack.client_secret),
            signing_secret=Secret(SECRET),
        )
        async with hall(deps, keys) as here:
            yield slack, here


async def _consent(slack: Workspace, location: str, decision: str = "allow") -> str:
    """What the stand-in sends the browser back to."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    form = {**asked, "decision": decision, "as": slack.people["maya"]}
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(f"{slack.url}/oauth/v2/authorize", data=form, allow_redirects=False) as answer,
    ):
        assert answer.status == HTTPStatus.FOUND, await answer.text()
        return answer.headers["Location"]


async def test_herald_is_added_by_consent_and_a_way_back_is_used_once(deps: Deps) -> None:
    async with adding(deps) as (slack, here):
        begun = await here.browser.get("/slack/install")
        assert begun.status_code == HTTPStatus.FOUND
        cookie = begun.headers["set-cookie"]
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        state = dict(begun.cookies)
        back = await _consent(slack, begun.headers["location"])

        here.browser.cookies.update(state)
        done = await here.browser.get(back)
        assert done.status_code == HTTPStatus.OK
        assert "Herald is in Paperboat." in done.text
        assert f"team={slack.team_id}" in done.text
        installed = await installing.installation_of_team(deps, None, slack.team_id)
        assert installed is not None
        assert installed.installed_by == slack.people["maya"]
        assert installed.token.reveal() == slack.bot_token

        here.browser.cookies.update(state)
        again = await here.browser.get(back)
        assert again.status_code == HTTPStatus.BAD_REQUEST
        assert "used up" in again.text


async def test_another_browser_s_way_back_a_forged_state_and_a_no_change_nothing(deps: Deps) -> None:
    async with adding(deps) as (slack, here):
        begun = await here.browser.get("/slack/install")
        back = await _consent(slack, begun.headers["location"])
        here.browser.cookies.clear()
        assert (await here.browser.get(back)).status_code == HTTPStatus.BAD_REQUEST
        forged = "9999999999.abc.def"
        here.browser.cookies.set("herald-slack-state", forged)
        answer = await here.browser.get("/slack/oauth_redirect", params={"code": "1", "state": forged})
        assert answer.status_code == HTTPStatus.BAD_REQUEST

        here.browser.cookies.clear()
        begun = await here.browser.get("/slack/install")
        refused = await here.browser.get(await _consent(slack, begun.headers["location"], "cancel"))
        assert "You said no in Slack, so nothing changed." in refused.text
        assert await installing.installation_of_team(deps, None, slack.team_id) is None


# --- The doctor ---


async def test_the_doctor_names_what_is_wrong_with_slack(deps: Deps, slack: Workspace) -> None:
    good = Keys(api_url=slack.api_url, bot_token=Secret(slack.bot_token), app_token=Secret(slack.app_token))
    found = [finding async for finding in checkup.examine(deps, good)]
    assert [(f.check, f.ok) for f in found] == [("slack", True), ("slack socket mode", True)]
    assert found[0].detail == "Paperboat, with every scope"

    bad = Keys(api_url=slack.api_url, bot_token=Secret("xoxb-no"), app_token=Secret("xapp-no"))
    assert [f.ok async for f in checkup.examine(deps, bad)] == [False, False]
    away = Keys(api_url=NOWHERE, bot_token=Secret("xoxb-no"))
    assert [f.detail async for f in checkup.examine(deps, away)] == [
        "Slack cannot be reached (ClientConnectorError). Check the network and HERALD_SLACK_API_URL."
    ]
    assert [f async for f in checkup.examine(deps, Keys(api_url=NOWHERE))] == []


async def test_the_doctor_warns_where_messages_to_slack_would_end_in_the_log(deps: Deps, slack: Workspace) -> None:
    async with opened(slack.api_url) as api:
        await installing.install(deps, await installs.introduce(api, Secret(slack.bot_token)))
    (finding,) = [finding async for finding in checkup.examine(deps, Keys(api_url=NOWHERE))]
    assert not finding.ok
    assert slack.team_id in finding.detail


async def test_the_doctor_says_that_messages_wait_and_why(deps: Deps, slack: Workspace) -> None:
    keys = Keys(api_url=slack.api_url, bot_token=Secret(slack.bot_token))
    async with opened(slack.api_url) as api:
        workspace = await installing.install(deps, await installs.introduce(api, Secret(slack.bot_token)))
    for age_s, waits in ((10, False), (600, True)):
        async with deps.database.transaction() as session:
            at = clock.now() - timedelta(seconds=age_s)
            await outbox.add(session, workspace.id, kind="welcome", dedupe_key=str(age_s), payload={}, now=at)
        found = {f.check: f async for f in checkup.examine(deps, keys)}
        assert ("slack messages" in found) is waits
    assert not found["slack messages"].ok
    assert "2 wait" in found["slack messages"].detail
    assert "nobody has tried" in found["slack messages"].detail


async def test_the_doctor_misses_scopes(deps: Deps) -> None:
    async with running(Settings(manifest=manifest(scopes=("commands", "chat:write")))) as slack:
        keys = Keys(api_url=slack.api_url, bot_token=Secret(slack.bot_token))
        (finding,) = [finding async for finding in checkup.examine(deps, keys)]
        assert not finding.ok
        assert "without users:read, files:read, files:write" in finding.detail


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://hooks.slack.com/actions/T1/2/x", True),
        ("https://files.slack.com/files-pri/T1-F1/x.png", True),
        ("https://slack.com.evil.example/x", False),
        ("https://evilslack.com/x", False),
        ("http://hooks.slack.com/x", False),
        ("https://slack.com@evil.example/x", False),
        ("https://[half", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
async def test_tokens_and_answers_go_to_slack_alone(url: str, ours: bool) -> None:  # noqa: FBT001  # a table
    async with opened("https://slack.com/api/") as api:
        assert api.is_slacks(url) is ours
        if not ours:
            assert not await api.respond(url, {"text": "x"})
