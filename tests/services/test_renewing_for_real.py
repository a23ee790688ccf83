"""The whole round with an OAuth server that is not ours: agree in a browser, renew from two workers, lose an answer."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot import clock
from bot.domain.accounts import Account, Connected, Health, Secret
from bot.domain.errors import UserError
from bot.services import connecting, consenting, credentials, workspaces
from bot.services.credentials import Login
from bot.services.deps import Deps
from bot.services.keeping import Kept
from platforms.addresses import Guard
from platforms.base import ClientApp, Connector, Endpoints, Identity, Request, Wire
from platforms.errors import Reconnect, TokenExpired, Unavailable
from platforms.http import Sender
from platforms.oauth_answers import error_code
from platforms.oauth_rules import ClientAuth, OAuthRules, Revocation
from platforms.transport import AiohttpTransport
from storage import accounts
from storage.brands import Brand
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.vault import Vault
from tests.servers.oidc import CALLBACK, CLIENT_ID, CLIENT_SECRET, Oidc, oidc
from tests.toy import toy_connector

__all__ = ["oidc"]

ROUNDS = 200 if os.environ.get("CRASH_KILLS") == "full" else 20
"""Of each of two workers."""
SITE = "https://oidc.example"
RULES = OAuthRules(
    authorize=f"{SITE}/auth",
    token=f"{SITE}/token",
    scopes=("openid", "offline_access", "write"),
    client=ClientAuth.BASIC,
    authorize_extra=(("prompt", "consent"),),
    rotates=True,
    revoke=Revocation(address=f"{SITE}/token/revocation"),
    source="https://github.com/panva/node-oidc-provider",
    read=date(2026, 11, 21),
)


async def identify(wire: Wire, connected: Connected) -> Identity:
    """Who that is: its `/me`."""
    url = connected.account.service_url
    answer = (
        await wire.read(Request(operation="me", method="GET", url=f"{url}/me", bearer=connected.tokens.access))
    ).json()
    assert isinstance(answer, dict)
    return Identity(platform_account_id=answer["sub"], handle=answer["sub"], display_name="Juniper", service_url=url)


def connector() -> Connector:
    """The server's, with nothing of its own for OAuth."""
    plain = toy_connector()
    spec = replace(plain.spec, oauth=RULES, api_url=SITE, read_error=lambda answer: (error_code(answer), None))
    return replace(plain, spec=spec, identify=identify)


@asynccontextmanager
async def worker(database: Database, server: Oidc, folder: Path) -> AsyncIterator[Deps]:
    """What one process works with."""
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        yield Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors={"toy": connector()},
            endpoints={"toy": Endpoints(api=server.url)},
            sender=Sender(transport),
            media=FolderStore(folder),
            chance=random.random,
            apps={"toy": ClientApp(client_id=CLIENT_ID, client_secret=Secret(CLIENT_SECRET))},
        )


async def brand_of(deps: Deps) -> Brand:
    """A brand to connect to."""
    place = await workspaces.create_workspace(deps, "Paperboat")
    return await workspaces.create_brand(deps, place, "Juniper", timezone="UTC")


async def connect(deps: Deps, server: Oidc, brand: Brand | None = None) -> Account:
    """Ask, agree, come back."""
    brand = brand or await brand_of(deps)
    asked = await consenting.ask_consent(deps, brand, "toy", "", redirect_uri=CALLBACK, asked_by="test")
    kept = await consenting.finish_consent(deps, *await server.agree(asked.url))
    assert isinstance(kept, Kept)
    return kept.account


async def login_of(deps: Deps, account: Account) -> Login:
    """The account with its opened tokens."""
    async with deps.database.reading() as session:
        connected, version = (await accounts.load_connected(session, deps.vault, [account.id]))[account.id]
    return Login(connected=connected, version=version)


async def test_two_workers_renew_one_account_again_and_again_and_no_grant_is_lost(
    database_url: str, oidc: Oidc, tmp_path: Path
) -> None:
    """Were one refresh token used twice, the server would end the grant and every later renewal would fail."""
    first, second = [await Database.open(database_url) for _ in range(2)]
    async with worker(first, oidc, tmp_path) as one, worker(second, oidc, tmp_path) as other:
        account = await connect(one, oidc)

        async def renew(deps: Deps) -> None:
            for _ in range(ROUNDS):
                login = await login_of(deps, account)
                assert (await credentials.renew(deps, login)).version > login.version

        await asyncio.gather(renew(one), renew(other))
        last = await login_of(other, account)
        assert ROUNDS < last.version <= 1 + 2 * ROUNDS
        assert (await connecting.check(one, account)).trouble is None
        assert await connecting.disconnect(one, account, asked_by="test") == 0
        with pytest.raises(TokenExpired):
            await identify(one.sender.wire(connector().spec), last.connected)
    await first.close()
    await second.close()


async def test_access_that_ran_out_is_renewed_before_it_is_used(database: Database, oidc: Oidc, tmp_path: Path) -> None:
    async with worker(database, oidc, tmp_path) as deps:
        account = await connect(deps, oidc)
        login = await login_of(deps, account)
        ends = login.connected.tokens.access_expires_at
        assert ends is not None
        await asyncio.sleep((ends - clock.now()).total_seconds() + 1)
        with pytest.raises(TokenExpired):
            await identify(deps.sender.wire(connector().spec), login.connected)
        assert (await connecting.check(deps, account)).trouble is None
        assert (await login_of(deps, account)).version == 2


async def test_an_answer_cut_off_after_the_renewal_ends_in_an_honest_reconnect(
    database: Database, oidc: Oidc, tmp_path: Path
) -> None:
    async with worker(database, oidc, tmp_path) as deps:
        brand = await brand_of(deps)
        account = await connect(deps, oidc, brand)
        oidc.lose(1)
        with pytest.raises(Unavailable):
            await credentials.renew(deps, await login_of(deps, account))
        with pytest.raises(Reconnect, match="Connect the account again"):
            await credentials.renew(deps, await login_of(deps, account))
        (noted,) = await connecting.list_accounts(deps, [account.workspace_id])
        assert noted.health is Health.REVOKED
        again = await connect(deps, oidc, brand)
        assert again.id == account.id
        assert (await connecting.check(deps, again)).trouble is None


async def test_a_code_is_good_only_for_whoever_asked(database: Database, oidc: Oidc, tmp_path: Path) -> None:
    """Each asking has its own verifier: a code put into another one's answer brings nothing."""
    async with worker(database, oidc, tmp_path) as deps:
        brand = await brand_of(deps)
        ask = {"redirect_uri": CALLBACK, "asked_by": "test"}
        theirs, mine = [await consenting.ask_consent(deps, brand, "toy", "", **ask) for _ in range(2)]
        _, code = await oidc.agree(theirs.url)
        with pytest.raises(UserError, match="Connect the account again"):
            await consenting.finish_consent(deps, mine.state, code)
        assert await connecting.list_accounts(deps, [brand.workspace_id]) == []
