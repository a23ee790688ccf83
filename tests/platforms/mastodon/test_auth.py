"""Connecting: by token, by OAuth with an app of our own, and what the server says of its limits."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.domain.accounts import Secret, Tokens
from bot.domain.capabilities import check
from bot.domain.content import MediaKind
from bot.domain.errors import InvalidContent
from platforms.base import AppRegistration, Endpoints, capabilities_of
from platforms.errors import ContentRefused, PlatformError, Reconnect, ScopeMissing, Unavailable
from platforms.mastodon import CONNECTOR
from platforms.mastodon.auth import register, server_url, who
from platforms.mastodon.limits import DEFAULTS, from_json, read_instance, to_json
from platforms.mastodon.spec import SPEC, adapt
from platforms.oauth import Client, Consent, authorization_url, new_verifier, redeem
from sandbox.networks.mastodon.world import Fault, Settings
from tests.platforms.mastodon.conftest import LOGIN, NOWHERE, REVOKE, Bench, draft

CALLBACK = "https://herald.example/oauth/callback"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("mastodon.social", "https://mastodon.social"),
        ("https://Mastodon.Social/", "https://mastodon.social"),
        ("https://mastodon.social/@juniper", "https://mastodon.social"),
        ("@juniper@mastodon.social", "https://mastodon.social"),
        ("juniper@mastodon.social", "https://mastodon.social"),
        ("mastodon.social:8443", "https://mastodon.social:8443"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_a_server_is_understood_however_it_is_written(typed: str, base: str) -> None:
    assert server_url(typed) == base


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "http://mastodon.social", "ftp://mastodon.social", "https://", "a b", "https://u:p@x.example", "x:y:z"],
)
def test_what_is_no_server_is_refused_by_its_field(typed: str) -> None:
    with pytest.raises(InvalidContent) as caught:
        server_url(typed)
    assert caught.value.field == "instance"


@pytest.mark.parametrize("settings", [Settings(domain="mastodon.example", max_characters=1000)])
async def test_a_token_connects_and_brings_the_servers_limits(bench: Bench) -> None:
    typed = {"instance": bench.server.url, "token": Secret(f" {bench.server.token}\n")}
    connection = await LOGIN(bench.wire(), NOWHERE, typed)
    identity = connection.identity
    assert identity.handle == "juniper@mastodon.example"
    assert identity.service_url == bench.server.url
    assert connection.tokens.access == Secret(bench.server.token)
    assert not check(draft("a" * 1000), capabilities_of(CONNECTOR, identity.limits))
    assert check(draft("a" * 1001), capabilities_of(CONNECTOR, identity.limits))
    assert await CONNECTOR.identify(bench.wire(), bench.connected) == identity


async def test_the_configured_server_is_used_when_none_is_typed(bench: Bench) -> None:
    typed = {"token": Secret(bench.server.token)}
    connection = await LOGIN(bench.wire(), Endpoints(api=bench.server.url), typed)
    assert connection.identity.service_url == bench.server.url


async def test_a_missing_token_is_refused_by_its_field(bench: Bench) -> None:
    with pytest.raises(InvalidContent) as caught:
        await LOGIN(bench.wire(), NOWHERE, {"instance": bench.server.url})
    assert caught.value.field == "token"


@pytest.mark.parametrize("settings", [Settings(v2_instance=False, max_characters=777)])
async def test_an_old_server_tells_its_limits_too(bench: Bench) -> None:
    identity = await CONNECTOR.identify(bench.wire(), bench.connected)
    assert from_json(identity.limits).max_characters == 777


async def test_a_dead_token_needs_a_human(bench: Bench) -> None:
    bench.server.world.tokens[bench.server.token].revoked = True
    with pytest.raises(Reconnect):
        await CONNECTOR.identify(bench.wire(), bench.connected)


async def test_a_token_without_the_scope_says_so(bench: Bench) -> None:
    bench.server.world.tokens[bench.server.token].scopes = ("write:media",)
    with pytest.raises(ScopeMissing):
        await CONNECTOR.identify(bench.wire(), bench.connected)


@pytest.mark.parametrize("body", ["<html>hello</html>", "[]", "{}", '{"id":7}'])
async def test_an_address_that_is_no_mastodon_is_told_apart(bench: Bench, body: str) -> None:
    bench.server.world.faults.append(Fault(operation="verify_credentials", kind="answer", status=200, body=body))
    with pytest.raises(Unavailable, match="Check the address"):
        await CONNECTOR.identify(bench.wire(), bench.connected)


async def test_a_site_without_an_instance_description_is_no_mastodon(bench: Bench) -> None:
    with pytest.raises((ContentRefused, Unavailable)):
        await who(bench.wire(), bench.server.url + "/nothing", bench.connected.tokens)


def client(bench: Bench, app: AppRegistration) -> Client:
    """Herald at the bench's server."""
    return Client(spec=SPEC, endpoints=NOWHERE, app=app, base_url=bench.server.url)


def with_app(tokens: Tokens, app: AppRegistration) -> Tokens:
    """As services keep them: beside the app they were given to, which revoking them needs."""
    return replace(tokens, extra={"client_id": Secret(app.client_id), "client_secret": app.client_secret})


async def consent(bench: Bench) -> tuple[AppRegistration, Consent, Secret]:
    """Register, ask, approve; what the callback is given."""
    app = await register(bench.wire(), bench.server.url, CALLBACK)
    asking = Consent(state=secrets.token_urlsafe(8), verifier=new_verifier())
    url = authorization_url(client(bench, app), asking)
    async with httpx.AsyncClient() as browser:
        page = await browser.get(url)
        assert "Herald" in page.text
        fields = parse_qs(urlsplit(url).query)
        answer = await browser.post(
            bench.server.url + "/oauth/authorize", data={name: value[0] for name, value in fields.items()}
        )
    came = parse_qs(urlsplit(answer.headers["location"]).query)
    assert came["state"] == [asking.state]
    return app, asking, Secret(came["code"][0])


async def test_oauth_gives_a_token_that_publishes_and_can_be_revoked(bench: Bench) -> None:
    app, asking, code = await consent(bench)
    tokens = with_app(await redeem(bench.wire(), client(bench, app), code=code, verifier=asking.verifier, now=NOW), app)
    assert set(tokens.scopes) == set(SPEC.oauth.scopes if SPEC.oauth else ())
    assert tokens.access_expires_at is None
    bench.connected = type(bench.connected)(account=bench.connected.account, tokens=tokens)
    await bench.post(draft("by OAuth"))
    await REVOKE(bench.wire(), NOWHERE, bench.connected)
    with pytest.raises(Reconnect):
        await CONNECTOR.identify(bench.wire(), bench.connected)


async def test_a_code_works_once_and_only_with_its_verifier(bench: Bench) -> None:
    app, asking, code = await consent(bench)
    for verifier in (new_verifier(), asking.verifier):
        with pytest.raises(Reconnect) as caught:
            await redeem(bench.wire(), client(bench, app), code=code, verifier=verifier, now=NOW)
        assert code.reveal() not in repr(caught.value) + caught.value.safe


async def test_a_token_made_by_hand_is_not_revoked(bench: Bench) -> None:
    await REVOKE(bench.wire(), NOWHERE, bench.connected)
    assert not bench.recorder.sent


async def test_a_token_that_could_not_be_revoked_is_not_passed_over(bench: Bench) -> None:
    extra = {"client_id": Secret("gone"), "client_secret": Secret("gone")}
    tokens = Tokens(access=bench.connected.tokens.access, extra=extra)
    connected = type(bench.connected)(account=bench.connected.account, tokens=tokens)
    with pytest.raises(PlatformError):
        await REVOKE(bench.wire(), NOWHERE, connected)


async def test_revoking_a_token_that_is_dead_already_is_fine(bench: Bench) -> None:
    app, asking, code = await consent(bench)
    tokens = with_app(await redeem(bench.wire(), client(bench, app), code=code, verifier=asking.verifier, now=NOW), app)
    connected = type(bench.connected)(account=bench.connected.account, tokens=tokens)
    for _ in range(2):
        await REVOKE(bench.wire(), NOWHERE, connected)


def test_odd_limits_fall_back_to_mastodons() -> None:
    odd = {"configuration": {"statuses": {"max_characters": "many", "characters_reserved_per_url": None}, "polls": 7}}
    assert read_instance(odd) == DEFAULTS
    assert from_json({"max_characters": -1, "mime_types": "image/png", "poll_options": True}) == DEFAULTS


def test_servers_that_only_speak_the_api_name_their_limits_otherwise() -> None:
    pleroma = {"max_toot_chars": 5000, "upload_limit": 16_000_000, "poll_limits": {"max_options": 20}}
    limits = read_instance(pleroma)
    assert (limits.max_characters, limits.image_bytes, limits.poll_options) == (5000, 16_000_000, 20)


def test_a_server_that_takes_any_file_takes_pictures() -> None:
    statuses = {"max_characters": 40, "max_media_attachments": 1000, "characters_reserved_per_url": 0}
    media = {"image_size_limit": 16_000_000, "supported_mime_types": ["application/octet-stream"]}
    pleroma = read_instance({"configuration": {"statuses": statuses, "media_attachments": media}})
    for limits in (pleroma, from_json({**to_json(pleroma), "mime_types": ["application/octet-stream"]})):
        rules = adapt(CONNECTOR.spec.capabilities, to_json(limits))
        assert "image/png" in rules.media[MediaKind.IMAGE].mime_types
        assert "video/mp4" in rules.media[MediaKind.VIDEO].mime_types
        assert not check(draft("@a@b.example " + "a" * 27), rules)
        assert check(draft("see https://example.com/a/rather/long/one"), rules)
