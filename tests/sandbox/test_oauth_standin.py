"""The authorization server of stand-ins: as strict as the real ones where it matters."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from aiohttp import web

from sandbox.networks.listening import listening
from sandbox.networks.oauth import OAuthServer, Style
from sandbox.networks.pages import Look

BACK = "https://herald.example/cb?x=1"
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass(kw_only=True)
class Visitor:
    """A browser and an app, at one server."""

    server: OAuthServer
    http: httpx.AsyncClient
    values: dict[str, str] = field(
        default_factory=lambda: {
            "response_type": "code",
            "client_id": "id",
            "redirect_uri": BACK,
            "scope": "read write",
            "state": "s",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
    )

    async def code(self) -> str:
        """A fresh code."""
        came = await self.http.post("/authorize", data={**self.values, "decision": "yes", "person": "harbor"})
        return parse_qs(urlsplit(came.headers["location"]).query)["code"][0]

    async def token(self, **values: str) -> httpx.Response:
        """Ask for tokens as the app."""
        return await self.http.post("/token", data={"client_id": "id", "client_secret": "hush", **values})

    async def redeem(self, good: str, **changes: str) -> httpx.Response:
        """Tokens for a code."""
        values = {"grant_type": "authorization_code", "code": good, "redirect_uri": BACK, "code_verifier": VERIFIER}
        return await self.token(**(values | changes))


@asynccontextmanager
async def visiting(**style: Any) -> AsyncIterator[Visitor]:  # noqa: ANN401  # fields of Style
    server = OAuthServer(Style(revoke_path="/revoke", **style), Look(title="Toy", band="#333"), ["juniper", "harbor"])
    server.add_app("id", "hush", BACK)
    app = web.Application()
    app.add_routes(server.routes())
    async with listening(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        yield Visitor(server=server, http=http)


async def test_a_person_reads_who_asks_for_what_and_answers() -> None:
    async with visiting() as at:
        page = await at.http.get("/authorize", params=at.values)
        assert "Herald asks for access" in page.text
        assert all(word in page.text for word in ("<li>read</li>", "<li>write</li>", "juniper", "Allow", "Deny"))
        no = await at.http.post("/authorize", data={**at.values, "decision": "no"})
        assert no.headers["location"].startswith(f"{BACK}&error=access_denied")
        assert "state=s" in no.headers["location"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "no"},
        {"redirect_uri": "https://evil.example/"},
        {"response_type": "token"},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
    ],
)
async def test_whoever_asks_wrongly_is_not_sent_anywhere(wrong: dict[str, str]) -> None:
    async with visiting() as at:
        values = {name: value for name, value in (at.values | wrong).items() if value}
        for page in (await at.http.get("/authorize", params=values), await at.http.post("/authorize", data=values)):
            assert page.status_code in {400, 401}
            assert "location" not in page.headers


async def test_a_code_serves_once_for_its_app_address_and_verifier() -> None:
    async with visiting() as at:
        for wrong in ({"code_verifier": "w" * 43}, {"redirect_uri": "https://other.example"}, {"code": "no"}):
            refused = await at.redeem(await at.code(), **wrong)
            assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        code = await at.code()
        assert (await at.redeem(code, client_secret="no")).json()["error"] == "invalid_client"  # noqa: S106  # of nobody
        given = (await at.redeem(code)).json()
        assert at.server.grants.person_of(given["access_token"]) == "harbor"
        assert (given["scope"], given["expires_in"]) == ("read write", 3600)
        assert (await at.redeem(code)).status_code == 400


async def test_a_refresh_token_that_comes_twice_ends_the_grant() -> None:
    async with visiting(rotates=True) as at:
        first = (await at.redeem(await at.code())).json()["refresh_token"]
        ask = {"grant_type": "refresh_token"}
        second = (await at.token(**ask, refresh_token=first)).json()
        assert at.server.grants.person_of(second["access_token"]) == "harbor"
        assert (await at.token(**ask, refresh_token=first)).json()["error"] == "invalid_grant"
        assert at.server.grants.person_of(second["access_token"]) is None
        assert (await at.token(**ask, refresh_token=second["refresh_token"])).status_code == 400


async def test_conditions_end_access_and_grants_and_lose_answers() -> None:
    async with visiting(refuses_with_200=True) as at:
        given = (await at.redeem(await at.code())).json()
        at.server.grants.end_access("juniper")
        assert at.server.grants.person_of(given["access_token"]) == "harbor"
        at.server.grants.end_access()
        assert at.server.grants.person_of(given["access_token"]) is None
        at.server.lose_answers = 1
        ask = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
        with pytest.raises(httpx.TransportError):
            await at.token(**ask)
        assert at.server.grants.made == 2
        assert (await at.token(**ask)).status_code == 200
        at.server.grants.end_grants()
        refused = await at.token(**ask)
        assert (refused.status_code, refused.json()["error"]) == (200, "invalid_grant")


async def test_a_token_can_be_taken_back_by_its_app() -> None:
    async with visiting() as at:
        given = (await at.redeem(await at.code())).json()
        who = {"client_id": "id", "client_secret": "hush"}
        assert (await at.http.post("/revoke", data={**who, "token": "unknown"})).status_code == 200
        assert (await at.http.post("/revoke", data={"token": given["access_token"]})).status_code == 401
        assert at.server.grants.person_of(given["access_token"]) == "harbor"
        await at.http.post("/revoke", data={**who, "token": given["refresh_token"]})
        assert at.server.grants.person_of(given["access_token"]) is None
