"""Renewing an access: what somebody else stored meanwhile stays."""

from dataclasses import replace

from bot.domain.accounts import Connected, Secret, Tokens
from bot.services import credentials
from bot.services.credentials import Login
from platforms.base import Endpoints, Wire
from storage import accounts
from tests.toy import toy_connector
from tests.toy_queue import Queue


async def test_a_slow_renewal_does_not_replace_what_a_human_connected_meanwhile(toy: Queue) -> None:
    async def slow(_wire: Wire, _at: Endpoints, _account: Connected) -> Tokens:
        async with toy.deps.database.transaction() as session:
            fresh = Tokens(access=Secret("connected anew"))
            await accounts.store_tokens(session, toy.workspace_id, toy.deps.vault, toy.account, fresh)
        return Tokens(access=Secret("renewed, too late"))

    connector = replace(toy_connector(), refresh=slow)
    deps = replace(toy.deps, connectors={"toy": connector})
    async with deps.database.reading() as session:
        connected, version = (await accounts.load_connected(session, deps.vault, [toy.account.id]))[toy.account.id]
    login = await credentials.renew(deps, Login(connected=connected, version=version))
    assert login.connected.tokens.access == Secret("connected anew")
    assert login.version == version + 1
