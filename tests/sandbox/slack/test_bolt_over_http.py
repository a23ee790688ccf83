"""A real Bolt app that listens on HTTP: signed deliveries, retried events, and an installation by OAuth."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.slack.app import Workspace, running
from sandbox.slack.settings import Settings
from tests.sandbox.slack.desk import HTTP_MANIFEST, Client, Desk, Json, bolt, listening, over_http
from tests.sandbox.slack.test_bolt_over_sockets import a_post_is_written_and_cancelled, posting


def site_of(app: AsyncApp) -> Starlette:
    handler = AsyncSlackRequestHandler(app)

    async def endpoint(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(
        routes=[
            Route("/slack/events", endpoint, methods=["POST"]),
            Route("/slack/install", endpoint),
            Route("/slack/oauth_redirect", endpoint),
        ]
    )


@asynccontextmanager
async def listening_workspace(base: Settings | None = None) -> AsyncIterator[tuple[Workspace, Any]]:
    """A workspace whose app listens on HTTP, and the socket it listens on."""
    site, url = listening()
    settings = replace(base or Settings(), manifest=HTTP_MANIFEST, app_url=url, ack_timeout_s=1.0)
    try:
        async with running(settings) as workspace:
            yield workspace, site
    finally:
        site.close()


async def test_a_post_goes_from_command_to_button(http: httpx.AsyncClient) -> None:
    async with listening_workspace() as (workspace, site), over_http(site, site_of(posting(bolt(workspace)))):
        await a_post_is_written_and_cancelled(Desk(workspace, http, "maya"))


async def test_a_home_is_built_when_it_is_opened(http: httpx.AsyncClient) -> None:
    async with listening_workspace() as (workspace, site):
        app = bolt(workspace)

        @app.event("app_home_opened")
        async def _(event: Json, client: Client) -> None:
            view = {"type": "home", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Posts"}}]}
            await client.views_publish(user_id=event["user"], view=view)

        async with over_http(site, site_of(app)):
            maya = Desk(workspace, http, "maya")
            assert (await maya.see())["home"] == {"view": None, "id": None}
            await maya.do("home")
            home = await maya.until(lambda seen: seen["home"]["view"])
            assert home["blocks"][0]["text"]["text"] == "Posts"
            assert (await Desk(workspace, http, "omar").see())["home"]["view"] is None


async def test_an_unanswered_command_is_named(http: httpx.AsyncClient) -> None:
    async with listening_workspace() as (workspace, site):
        maya = Desk(workspace, http, "maya")
        await maya.type("/post")  # the socket listens, but nobody answers
        site.close()
        await maya.type("/post")
        said = [one["text"] for one in (await maya.see())["toasts"]]

    assert said == ["/post failed: the app did not answer within 1 s", "/post failed: the app is not running"]


@dataclass
class Listener:
    """An app that only writes down what comes, and answers as it is told to."""

    answers: list[Response]
    came: list[tuple[dict[str, str], bytes]]

    async def take(self, request: Request) -> Response:
        self.came.append((dict(request.headers), await request.body()))
        return self.answers.pop(0) if self.answers else Response()

    def site(self) -> Starlette:
        return Starlette(routes=[Route("/slack/events", self.take, methods=["POST"])])


async def test_an_event_comes_again_until_it_is_taken(http: httpx.AsyncClient) -> None:
    listener = Listener([Response(status_code=500), Response(status_code=500)], [])
    async with listening_workspace(Settings(event_retry_gaps_s=(0.0, 0.05, 0.1))) as (workspace, site):
        async with over_http(site, listener.site()):
            maya = Desk(workspace, http, "maya")
            await maya.do("home")
            await maya.until(lambda _: len(listener.came) == 3)
            await asyncio.sleep(0.2)

        headers = [one for one, _ in listener.came]
        assert [one.get("x-slack-retry-num") for one in headers] == [None, "1", "2"]
        assert headers[1]["x-slack-retry-reason"] == "http_error"
        assert len({body for _, body in listener.came}) == 1
        verifier = SignatureVerifier(workspace.signing_secret)
        assert all(verifier.is_valid_request(body.decode(), headers) for headers, body in listener.came)


async def test_an_app_may_ask_for_no_more_of_an_event(http: httpx.AsyncClient) -> None:
    listener = Listener([Response(status_code=500, headers={"X-Slack-No-Retry": "1"})], [])
    at_once = Settings(event_retry_gaps_s=(0.0, 0.0, 0.0))
    async with (
        listening_workspace(at_once) as (workspace, site),
        over_http(site, listener.site()),
    ):
        await Desk(workspace, http, "maya").do("home")
        await asyncio.sleep(0.3)

    assert len(listener.came) == 1


async def test_only_subscribed_events_are_delivered(http: httpx.AsyncClient) -> None:
    listener = Listener([], [])
    silent = {**HTTP_MANIFEST, "settings": {"socket_mode_enabled": False}}
    site, url = listening()
    async with running(Settings(manifest=silent, app_url=url)) as workspace, over_http(site, listener.site()):
        maya = Desk(workspace, http, "maya")
        await maya.do("home")
        await maya.do("admin", do="uninstall")
        await asyncio.sleep(0.2)

    assert listener.came == []


@pytest.fixture
def quiet() -> None:
    """The library's file stores are chatty."""
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")  # the library's way to log in
@pytest.mark.usefixtures("quiet")
async def test_an_app_is_installed_by_oauth_and_taken_out_again(http: httpx.AsyncClient, tmp_path: Any) -> None:  # noqa: ANN401
    async with listening_workspace(Settings(installed=False)) as (workspace, site):
        store = FileInstallationStore(base_dir=str(tmp_path))
        app = AsyncApp(
            signing_secret=workspace.signing_secret,
            client=AsyncWebClient(base_url=f"{workspace.api_url}/"),
            installation_store=store,
            oauth_settings=AsyncOAuthSettings(
                client_id=workspace.client_id,
                client_secret=workspace.client_secret,
                scopes=["commands", "chat:write"],
                authorization_url=workspace.authorize_url,
                installation_store=store,
                state_store=FileOAuthStateStore(expiration_seconds=60, base_dir=str(tmp_path)),
                state_validation_enabled=False,
                install_page_rendering_enabled=False,
            ),
        )
        app.enable_token_revocation_listeners()

        @app.command("/post")
        async def _(ack: AsyncAck) -> None:
            await ack("Hello")

        async with over_http(site, site_of(app)):
            maya = Desk(workspace, http, "maya")
            assert (await maya.see())["app"]["installed"] is False
            assert (await maya.type("/post"))["ok"] is False

            start = await http.get(f"{workspace.world.settings.app_url}/slack/install")
            page = await http.get(start.headers["location"])
            assert "<code>chat:write</code>" in page.text
            assert "default-src 'none'" in page.headers["content-security-policy"]
            query = {name: values[0] for name, values in parse_qs(urlsplit(start.headers["location"]).query).items()}
            no = await http.post(workspace.authorize_url, data=query | {"decision": "cancel"})
            assert "error=access_denied" in no.headers["location"]
            yes = await http.post(workspace.authorize_url, data=query | {"decision": "allow", "as": maya.me})
            assert (await http.get(yes.headers["location"])).status_code == 200

            bot = store.find_bot(enterprise_id=None, team_id=workspace.team_id)
            assert bot is not None
            assert bot.bot_token == workspace.bot_token
            assert bot.bot_user_id == workspace.world.bot_user_id
            await maya.type("/post")
            assert [one["text"] for one in await maya.messages()] == ["Hello"]

            await maya.do("admin", do="uninstall")
            team = workspace.team_id
            await maya.until(lambda _: store.find_bot(enterprise_id=None, team_id=team) is None)
            assert (await maya.see())["app"]["installed"] is False


async def test_a_code_works_once_and_for_who_knows_the_secret(http: httpx.AsyncClient) -> None:
    async with listening_workspace(Settings(installed=False)) as (workspace, _):
        query = {"client_id": workspace.client_id, "scope": "chat:write", "state": "s"}
        assert (await http.get(workspace.authorize_url, params=query | {"scope": "admin"})).status_code == 400
        assert (await http.get(workspace.authorize_url, params=query | {"client_id": "1"})).status_code == 400
        astray = query | {"redirect_uri": "http://127.0.0.1:1/elsewhere"}
        assert "bad_redirect_uri" in (await http.get(workspace.authorize_url, params=astray)).text
        back = await http.post(workspace.authorize_url, data=query | {"decision": "allow"})
        code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]

        async def exchange(secret: str) -> Json:
            given = {"client_id": workspace.client_id, "client_secret": secret, "code": code}
            return (await http.post(f"{workspace.api_url}/oauth.v2.access", data=given)).json()

        assert (await exchange("wrong"))["error"] == "bad_client_secret"
        answer = await exchange(workspace.client_secret)
        assert {name: answer[name] for name in ("ok", "scope", "enterprise", "token_type")} == {
            "ok": True,
            "scope": "chat:write",
            "enterprise": None,
            "token_type": "bot",
        }
        assert answer["access_token"].startswith("xoxb-")
        assert (await exchange(workspace.client_secret))["error"] == "invalid_code"
