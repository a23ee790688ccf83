"""Nothing that goes wrong on the way leaves an item in a worker's hands, or an account wrongly broken."""

from dataclasses import replace
from datetime import timedelta

from bot import clock
from bot.domain.accounts import Connected, Health, Secret, Tokens
from bot.domain.items import Outcome
from bot.services import credentials, publishing, working
from bot.services.credentials import Login
from platforms.base import Endpoints, Wire
from platforms.errors import Reconnect, ScopeMissing
from storage import accounts
from tests.toy_queue import Queue


async def _no_permission(*_: object) -> object:
    raise ScopeMissing("Toy does not allow that.")


async def test_an_account_that_goes_while_its_post_is_prepared_still_gives_the_post_back(toy: Queue) -> None:
    await toy.post("Hello", due_at=clock.now() + timedelta(seconds=2))
    worker_id = await working.join(toy.deps)
    (job,) = await publishing.claim(toy.deps, worker_id, limit=10)
    async with toy.deps.database.transaction() as session:
        await accounts.disconnect(session, toy.workspace_id, toy.account.id)
    job = replace(job, connector=replace(job.connector, prepare=_no_permission))  # pyright: ignore[reportArgumentType]
    assert isinstance(await publishing.prepare(toy.deps, job), Outcome)


async def test_a_refused_renewal_does_not_break_an_account_that_was_renewed_meanwhile(toy: Queue) -> None:
    fresh = Tokens(access=Secret("newer"))

    async def too_late(_wire: Wire, _at: Endpoints, _connected: Connected) -> Tokens:
        async with toy.deps.database.transaction() as session:
            await accounts.store_tokens(session, toy.workspace_id, toy.deps.vault, toy.account, fresh)
        raise Reconnect("Toy saw this refresh token before.")

    connector = replace(toy.deps.connectors["toy"], refresh=too_late)
    deps = replace(toy.deps, connectors={"toy": connector})
    async with deps.database.reading() as session:
        connected, version = (await accounts.load_connected(session, deps.vault, [toy.account.id]))[toy.account.id]
    renewed = await credentials.renew(deps, Login(connected=connected, version=version))
    assert renewed.connected.tokens == fresh
    async with deps.database.reading() as session:
        (account,) = await accounts.list_accounts(session, toy.workspace_id)
    assert account.health is Health.HEALTHY
