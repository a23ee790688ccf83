"""Servers that only speak Mastodon's API: what a person is asked for, and what they say of dead tokens (measured)."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.domain.accounts import Secret
from platforms.errors import Reconnect
from platforms.mastodon import CONNECTOR
from platforms.mastodon.auth import WHOLE_SCOPES, register, scopes_at
from platforms.mastodon.spec import SCOPES
from platforms.oauth import Client, Consent, authorization_url, redeem
from sandbox.networks.mastodon.others import gotosocial, takahe
from sandbox.networks.mastodon.world import Fault, Settings
from tests.platforms.mastodon.conftest import NOWHERE, Bench, draft

CALLBACK = "https://herald.example/oauth/callback"


@pytest.mark.parametrize(
    ("settings", "scopes"),
    [
        (Settings(auto_approve=True), SCOPES),
        (replace(gotosocial(), auto_approve=True), SCOPES),
        (replace(takahe(), auto_approve=True), WHOLE_SCOPES),
    ],
)
async def test_a_person_is_asked_for_scopes_that_the_server_knows(bench: Bench, scopes: tuple[str, ...]) -> None:
    app = await register(bench.wire(), bench.server.url, CALLBACK)
    assert bench.server.world.applications[app.client_id].scopes == scopes
    app = replace(app, scopes=await scopes_at(bench.wire(), bench.server.url))
    client = Client(spec=CONNECTOR.spec, endpoints=NOWHERE, app=app, base_url=bench.server.url)
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(authorization_url(client, Consent(state="s")))
    code = Secret(parse_qs(urlsplit(answer.headers["location"]).query)["code"][0])
    tokens = await redeem(bench.wire(), client, code=code, verifier=None, now=datetime.now(UTC))
    assert tokens.scopes == scopes
    connected = replace(bench.connected, tokens=tokens)
    assert (await CONNECTOR.identify(bench.wire(), connected)).handle.startswith("juniper@")


@pytest.mark.parametrize(("status", "body"), [(400, "Invalid Bearer token"), (422, "")])
async def test_other_servers_words_for_a_dead_token_are_understood(bench: Bench, status: int, body: str) -> None:
    fault = Fault(operation="verify_credentials", kind="answer", status=status, body=body)
    bench.server.world.faults.append(fault)
    with pytest.raises(Reconnect):
        await CONNECTOR.identify(bench.wire(), bench.connected)


async def test_a_post_refused_for_a_dead_token_in_plain_text_is_no_doubt(bench: Bench) -> None:
    fault = Fault(operation="create_status", kind="answer", status=400, body="Invalid Bearer token")
    bench.server.world.faults.append(fault)
    with pytest.raises(Reconnect):
        await bench.post(draft())


async def test_an_apps_own_token_is_no_persons(bench: Bench) -> None:
    bench.server.world.tokens[bench.server.token].person = None
    with pytest.raises(Reconnect):
        await CONNECTOR.identify(bench.wire(), bench.connected)
