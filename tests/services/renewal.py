"""A process that renews an account's access: `python -m tests.services.renewal DATABASE NETWORK ACCOUNT`.

It says `ready` once it knows the old tokens, and renews them when it is sent a line; then it prints the new access.
"""

import asyncio
import random
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from bot.domain.accounts import Connected, Secret, Tokens
from bot.domain.ids import AccountId
from bot.services import credentials
from bot.services.credentials import Login
from bot.services.deps import Deps
from platforms.addresses import Guard
from platforms.base import Endpoints, Request, Wire
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from storage import accounts
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.vault import Vault
from tests.toy import toy_connector


async def refresh(wire: Wire, at: Endpoints, account: Connected) -> Tokens:
    """Ask for the next tokens."""
    assert account.tokens.refresh is not None
    old = account.tokens.refresh.reveal()
    request = Request(operation="token", method="POST", url=f"{at.api}/token", json={"refresh": old})
    answer = (await wire.prepare(request)).json()
    assert isinstance(answer, dict)
    return Tokens(access=Secret(str(answer["access"])), refresh=Secret(str(answer["refresh"])))


async def _renew(database_url: str, network_url: str, account_id: AccountId) -> None:
    database = await Database.open(database_url)
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        deps = Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors={"toy": replace(toy_connector(), refresh=refresh)},
            endpoints={"toy": Endpoints(api=network_url)},
            sender=Sender(transport),
            media=FolderStore(Path(tempfile.gettempdir())),
            chance=random.random,
        )
        async with database.reading() as session:
            connected, version = (await accounts.load_connected(session, deps.vault, [account_id]))[account_id]
        print("ready", flush=True)  # noqa: T201  # for the test
        await asyncio.to_thread(sys.stdin.readline)
        login = await credentials.renew(deps, Login(connected=connected, version=version))
        print(login.connected.tokens.access.reveal(), flush=True)  # noqa: T201  # for the test
    await database.close()


if __name__ == "__main__":
    asyncio.run(_renew(sys.argv[1], sys.argv[2], AccountId(sys.argv[3])))
