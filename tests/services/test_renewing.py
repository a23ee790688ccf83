"""Renewing an access: what somebody else stored meanwhile stays."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import text, update

from bot import clock
from bot.domain.accounts import Connected, Health, Secret, Tokens
from bot.domain.content import Draft
from bot.domain.items import ErrorClass
from bot.domain.publication import State
from bot.services import credentials, journal, renewing
from bot.services.credentials import Login
from bot.services.deps import Deps
from platforms.base import Endpoints, Key, Prepared, Wire
from platforms.errors import PlatformError, Reconnect, TokenExpired, Unavailable
from storage import accounts
from storage.tables import CredentialRow
from storage.vault import Vault
from tests.services.renewal import refresh
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


@dataclass
class SingleUse:
    """A token endpoint whose refresh tokens serve once; one that comes again ends everything, as RFC 9700 advises."""

    valid: str = "refresh-0"
    asked: list[str] = field(default_factory=list)
    used: asyncio.Event = field(default_factory=asyncio.Event)

    async def token(self, request: web.Request) -> web.Response:
        """POST /token."""
        given = (await request.json())["refresh"]
        self.asked.append(given)
        if given != self.valid:
            self.valid = ""
            return web.json_response({"error": "401", "message": "used before"}, status=401)
        self.valid = f"refresh-{len(self.asked)}"
        self.used.set()
        await asyncio.sleep(0.5)
        return web.json_response({"access": f"access-{len(self.asked)}", "refresh": self.valid})


async def _line(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def test_three_processes_at_once_make_one_renewal_and_use_what_it_brought(toy: Queue) -> None:
    """Were there two, the second would come with a token that was used up, and the account would be lost."""
    endpoint = SingleUse()
    app = web.Application()
    app.router.add_post("/token", endpoint.token)
    old = Tokens(access=Secret("access-0"), refresh=Secret("refresh-0"))
    async with toy.deps.database.transaction() as session:
        await accounts.store_tokens(session, toy.workspace_id, toy.deps.vault, toy.account, old)
    async with TestServer(app) as server:
        database_url = toy.deps.database.url.render_as_string(hide_password=False)
        command = (sys.executable, "-m", "tests.services.renewal", database_url, str(server.make_url("")).rstrip("/"))
        processes = [
            await asyncio.create_subprocess_exec(*command, toy.account.id, stdin=PIPE, stdout=PIPE) for _ in range(3)
        ]
        assert [await _line(process) for process in processes] == ["ready"] * 3
        said = await asyncio.gather(*(process.communicate(b"now\n") for process in processes))
    assert [out for out, _ in said] == [b"access-1\n"] * 3
    assert endpoint.asked == ["refresh-0"]
    async with toy.deps.database.reading() as session:
        connected, version = (await accounts.load_connected(session, toy.deps.vault, [toy.account.id]))[toy.account.id]
    assert (connected.tokens.refresh, version) == (Secret("refresh-1"), 3)


@asynccontextmanager
async def _single_use(toy: Queue) -> AsyncIterator[tuple[Deps, SingleUse]]:
    """A network whose refresh tokens serve once; the account's access has ended."""
    endpoint, app = SingleUse(), web.Application()
    app.router.add_post("/token", endpoint.token)
    old = Tokens(access=Secret("access-0"), refresh=Secret("refresh-0"), access_expires_at=clock.now())
    async with toy.deps.database.transaction() as session:
        await accounts.store_tokens(session, toy.workspace_id, toy.deps.vault, toy.account, old)
    async with TestServer(app) as server:
        at = Endpoints(api=str(server.make_url("")).rstrip("/"))
        connector = replace(toy_connector(), refresh=refresh)
        yield replace(toy.deps, connectors={"toy": connector}, endpoints={"toy": at}), endpoint


async def _login(toy: Queue) -> Login:
    async with toy.deps.database.reading() as session:
        connected, version = (await accounts.load_connected(session, toy.deps.vault, [toy.account.id]))[toy.account.id]
    return Login(connected=connected, version=version)


@pytest.mark.parametrize("told", [Reconnect("used before"), Unavailable("busy")])
async def test_a_process_that_was_stopped_in_a_renewal_leaves_the_one_begun_meanwhile_alone(
    toy: Queue, told: PlatformError
) -> None:
    begun: list[asyncio.Event] = []

    async def slow(_wire: Wire, _at: Endpoints, _account: Connected) -> Tokens:
        begun.append(go := asyncio.Event())
        stopped = len(begun) == 1
        await go.wait()
        if stopped:
            raise told
        return Tokens(access=Secret("renewed"), refresh=Secret("next"))

    async def under_way(many: int) -> None:
        while len(begun) < many:  # noqa: ASYNC110  # one after the other, which an Event does not say
            await asyncio.sleep(0.01)

    deps = replace(toy.deps, connectors={"toy": replace(toy_connector(), refresh=slow)})
    login = await _login(toy)
    stopped = asyncio.create_task(credentials.renew(deps, login))
    await under_way(1)
    async with deps.database.transaction() as session:  # as if two minutes had passed
        await session.execute(update(CredentialRow).values(refresh_claimed_until=clock.now() - timedelta(seconds=1)))
    other = asyncio.create_task(credentials.renew(deps, login))
    await under_way(2)
    begun[0].set()
    await asyncio.wait([stopped], timeout=0.5)
    third = asyncio.create_task(credentials.renew(deps, login))
    await asyncio.sleep(0.5)
    assert len(begun) == 2
    assert (await _login(toy)).connected.account.health is Health.HEALTHY
    begun[1].set()
    for renewed in (other, third):
        assert (await renewed).connected.tokens.access == Secret("renewed")
    if isinstance(told, Reconnect):
        assert (await stopped).connected.tokens.access == Secret("renewed")
    else:
        with pytest.raises(Unavailable):
            await stopped


@pytest.mark.parametrize("once", [True, False])
async def test_a_process_that_died_in_a_renewal_holds_nobody_up_where_asking_twice_does_no_harm(
    toy: Queue, monkeypatch: pytest.MonkeyPatch, *, once: bool
) -> None:
    """Where a token serves once the process may only be stopped, with the one answer there is: others wait for it."""
    asked: list[int] = []
    end = asyncio.Event()

    async def renew(_wire: Wire, _at: Endpoints, _account: Connected) -> Tokens:
        asked.append(number := len(asked))
        if not number:
            await end.wait()  # nothing is heard of this process
        return Tokens(access=Secret(f"renewed {number}"))

    monkeypatch.setattr(credentials, "_HARMLESS_HOLD_S", 0.2)
    connector = replace(toy_connector(), refresh=renew, renews_once=lambda _: once)
    deps, login = replace(toy.deps, connectors={"toy": connector}), await _login(toy)
    both = [asyncio.create_task(credentials.renew(deps, login)) for _ in range(2)]
    await asyncio.wait(both, timeout=0.8, return_when=asyncio.FIRST_COMPLETED)
    assert asked == ([0] if once else [0, 1])
    end.set()  # it lives after all; what was stored meanwhile stays
    renewed = [login.connected.tokens.access for login in await asyncio.gather(*both)]
    assert renewed == [Secret(f"renewed {asked[-1]}")] * 2


async def test_a_worker_told_to_stop_keeps_the_answer_to_a_renewal_under_way(toy: Queue) -> None:
    async with _single_use(toy) as (deps, endpoint):
        await toy.post("Hello", due_at=clock.now() + timedelta(seconds=4))
        async with replace(toy, deps=deps).working():
            await asyncio.wait_for(endpoint.used.wait(), 20)
        assert (await _login(toy)).connected.tokens.refresh == Secret(endpoint.valid) == Secret("refresh-1")
        assert (await credentials.renew(deps, await _login(toy))).connected.tokens.access == Secret("access-2")


async def test_who_is_broken_off_in_a_renewal_ends_when_its_answer_is_stored(toy: Queue) -> None:
    async with _single_use(toy) as (deps, endpoint):
        renewing = asyncio.create_task(credentials.renew(deps, await _login(toy)))
        await endpoint.used.wait()
        renewing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await renewing
        assert (await _login(toy)).connected.tokens.refresh == Secret("refresh-1")


async def test_new_tokens_wait_for_a_database_that_is_away(toy: Queue) -> None:
    async with _single_use(toy) as (deps, endpoint):
        renewing = asyncio.create_task(credentials.renew(deps, await _login(toy)))
        await endpoint.used.wait()
        async with deps.database.transaction() as session:
            await session.execute(text("ALTER TABLE credentials RENAME TO elsewhere"))
        await asyncio.sleep(1.5)
        async with deps.database.transaction() as session:
            await session.execute(text("ALTER TABLE elsewhere RENAME TO credentials"))
        assert (await renewing).connected.tokens.access == Secret("access-1")
        assert (await _login(toy)).connected.tokens.refresh == Secret("refresh-1")
        assert endpoint.asked == ["refresh-0"]


async def test_a_process_that_does_not_have_a_new_key_yet_fails_no_post(toy: Queue) -> None:
    """While the processes are started again one after another, the first ones seal what they renew with the new key."""
    newer = replace(toy.deps, vault=Vault([b"1" * 32, bytes(32)]))
    async with newer.database.transaction() as session:
        fresh = Tokens(access=Secret("toy-token"))
        await accounts.store_tokens(session, toy.workspace_id, newer.vault, toy.account, fresh)
    post_id = await toy.post("Hello")
    async with toy.working():
        assert await toy.until(post_id, State.FAILED, within_s=3) == [State.SCHEDULED]
    (item,) = (await toy.see(post_id)).items
    assert item.error is not None
    assert "the account is not at fault" in item.error[1]
    async with replace(toy, deps=newer).working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert toy.network.texts() == ["Hello"]


async def test_one_account_that_breaks_its_renewal_keeps_no_other_from_being_renewed(toy: Queue) -> None:
    async def renew(_wire: Wire, _at: Endpoints, account: Connected) -> Tokens:
        if account.account.handle == "3":
            raise ValueError("a header is not plain ASCII")
        return Tokens(access=Secret("renewed"), refresh=Secret("r"), refresh_expires_at=soon + timedelta(days=90))

    soon = clock.now() + timedelta(days=20)
    old = Tokens(access=Secret("old"), refresh=Secret("r"), refresh_expires_at=soon)
    async with toy.deps.database.transaction() as session:
        for name in "12345":
            new = accounts.NewAccount(
                platform="toy", platform_account_id=name, handle=name, display_name=name, service_url=toy.network.url
            )
            account = await accounts.save_account(session, toy.workspace_id, toy.brand.id, new)
            await accounts.store_tokens(session, toy.workspace_id, toy.deps.vault, account, old)
    deps = replace(toy.deps, connectors={"toy": replace(toy_connector(), refresh=renew)})
    assert await renewing.renew_ahead(deps) == 4


async def _renewing(toy: Queue, *, helps: bool) -> tuple[Deps, list[str]]:
    """A network that refuses the first token, or every one; and the tokens it was asked to renew."""
    asked: list[str] = []

    async def renew(_wire: Wire, _at: Endpoints, account: Connected) -> Tokens:
        asked.append(account.tokens.access.reveal())
        return Tokens(access=Secret(f"renewed {len(asked)}"))

    toy.network.behaviour = lambda _: "401" if not (helps and asked) else "ok"
    return replace(toy.deps, connectors={"toy": replace(toy_connector(), refresh=renew)}), asked


async def test_a_token_that_has_run_out_is_renewed_once_and_the_post_goes_out(toy: Queue) -> None:
    deps, asked = await _renewing(toy, helps=True)
    post_id = await toy.post("Hello")
    async with replace(toy, deps=deps).working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert asked == ["toy-token"]
    assert toy.network.texts() == ["Hello"]


async def test_a_renewed_token_that_is_refused_too_ends_in_one_call_for_a_human(toy: Queue) -> None:
    deps, asked = await _renewing(toy, helps=False)
    post_id = await toy.post("Hello")
    async with replace(toy, deps=deps).working():
        assert await toy.until(post_id, State.FAILED) == [State.FAILED]
    assert asked == ["toy-token"]
    (item,) = (await toy.see(post_id)).items
    assert item.error is not None
    assert (item.error[0], item.attempts) == (ErrorClass.TOKEN, 2)
    async with deps.database.reading() as session:
        (account,) = await accounts.list_accounts(session, toy.workspace_id)
    assert account.health is Health.EXPIRED


async def test_a_renewal_that_the_network_s_trouble_stopped_is_not_the_one_that_counts(toy: Queue) -> None:
    asked: list[str] = []

    async def renew(_wire: Wire, _at: Endpoints, account: Connected) -> Tokens:
        asked.append(account.tokens.access.reveal())
        if len(asked) <= 2:
            raise NOT_NOW[len(asked) - 1]
        return Tokens(access=Secret("renewed"))

    toy.network.behaviour = lambda _: "401" if len(asked) <= 2 else "ok"
    deps = replace(toy.deps, connectors={"toy": replace(toy_connector(), refresh=renew)})
    post_id = await toy.post("Hello")
    async with replace(toy, deps=deps).working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert asked == ["toy-token"] * 3
    async with deps.database.reading() as session:
        (account,) = await accounts.list_accounts(session, toy.workspace_id)
    assert account.health is Health.HEALTHY
    story = [line.event for line in await journal.why(deps, toy.workspace_id, post_id)]
    assert "refused" not in story


NOT_NOW: list[Exception] = [Unavailable("Toy does not answer."), OSError("a fault of ours")]


async def _refused_while_prepared(toy: Queue, *, helps: bool) -> tuple[Deps, list[str]]:
    """A network that refuses the token before the creating call already, as with an upload."""
    deps, asked = await _renewing(toy, helps=helps)
    plain = deps.connectors["toy"]

    async def prepare(  # noqa: PLR0913, PLR0917  # the connector's
        wire: Wire, at: Endpoints, account: Connected, draft: Draft, key: Key, earlier: Prepared | None
    ) -> Prepared:
        if not (helps and asked):
            raise TokenExpired("Toy no longer accepts the token.", status=401)
        return await plain.prepare(wire, at, account, draft, key, earlier)

    return replace(deps, connectors={"toy": replace(plain, prepare=prepare)}), asked


async def test_a_token_refused_while_a_post_is_prepared_is_renewed_and_the_post_goes_out(toy: Queue) -> None:
    deps, asked = await _refused_while_prepared(toy, helps=True)
    post_id = await toy.post("Hello", due_at=clock.now() + timedelta(seconds=2))
    async with replace(toy, deps=deps).working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert asked == ["toy-token"]
    (item,) = (await toy.see(post_id)).items
    assert item.published_at is not None
    assert item.scheduled_at is not None
    assert item.published_at >= item.scheduled_at


async def test_a_renewed_token_refused_again_while_a_post_is_prepared_ends_in_one_call_for_a_human(toy: Queue) -> None:
    deps, asked = await _refused_while_prepared(toy, helps=False)
    post_id = await toy.post("Hello")
    async with replace(toy, deps=deps).working():
        assert await toy.until(post_id, State.FAILED) == [State.FAILED]
    assert asked == ["toy-token"]
    async with deps.database.reading() as session:
        (account,) = await accounts.list_accounts(session, toy.workspace_id)
    assert account.health is Health.EXPIRED


async def test_what_the_network_refuses_for_its_content_is_never_tried_again(toy: Queue) -> None:
    toy.network.behaviour = lambda _: "422"
    post_id = await toy.post("Hello")
    async with toy.working():
        assert await toy.until(post_id, State.FAILED) == [State.FAILED]
        await asyncio.sleep(1.5)
    (item,) = (await toy.see(post_id)).items
    assert item.attempts == 1
    assert await toy.states(post_id) == [State.FAILED]
