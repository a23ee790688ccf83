"""Builds everything once. Knows everybody and decides nothing."""

import asyncio
import random
import signal
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from errno import EADDRNOTAVAIL
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from bot import clock
from bot.config import ConfigurationError, Settings
from bot.domain.accounts import Secret
from bot.domain.errors import Conflict
from bot.services import doctor, key_ring, schema, transferring
from bot.services.deps import Deps
from bot.services.doctor import Finding
from bot.services.ports import Notifier
from bot.services.transferring import Transferred
from handlers.clock.timekeeping import keep_time, tell_skew
from handlers.clock.worker import work
from handlers.http.app import application
from handlers.http.slack import slack_routes
from handlers.notices import LogNotifier
from handlers.slack import checkup
from handlers.slack.door import Door, Keys, opening, speaking
from handlers.slack.limits import Pace
from platforms import REGISTER
from platforms.addresses import Guard
from platforms.base import ClientApp, Endpoints
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from platforms.web import WebPages
from storage.engine import Database
from storage.leaving import database_exists
from storage.media.folder import FolderStore
from storage.media.store import MediaStore
from storage.moves import Move
from storage.vault import Vault, has_key_ring, key_ring_in

_PLC_DIRECTORY = "https://plc.directory"
_GUIDES = Path(__file__).resolve().parent.parent / "docs" / "connectors"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Herald:
    """One running Herald: what its commands and processes work with."""

    settings: Settings
    deps: Deps

    @property
    def public_url(self) -> str:
        """Where browsers reach us, without a trailing slash."""
        settings = self.settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        return (settings.public_url or f"http://{host}:{settings.port}").rstrip("/")


@asynccontextmanager
async def opened(settings: Settings, *, check_schema: bool = True, wait_s: float = 0.0) -> AsyncGenerator[Herald, None]:
    """Everything open. A SQLite database is brought up to date first; on PostgreSQL `herald migrate` does that.

    For a server that is not there yet it waits so long. Raises ConfigurationError when the database or the keys cannot
    be used.
    """
    async with AsyncExitStack() as stack:
        database = await _database(settings)
        stack.push_async_callback(database.close)
        if check_schema and settings.on_sqlite:
            await _migrate(database)
        if not settings.given_keys:
            await _must_not_lose_keys(settings, database)
        vault = Vault(settings.given_keys or _kept_keys(settings))
        transport = await stack.enter_async_context(AiohttpTransport(guard=_guard(settings)))
        open_guard = Guard(allow_loopback=settings.allow_private_addresses)
        pages = await stack.enter_async_context(AiohttpTransport(guard=open_guard))
        web_pages = WebPages(pages, guard=open_guard)
        deps = Deps(
            database=database,
            vault=vault,
            connectors=REGISTER,
            endpoints=_endpoints(settings),
            sender=Sender(transport, pages=web_pages),
            media=_media(settings),
            chance=random.random,
            apps=_apps(settings),
            public_url=settings.public_url,
            guides={name: path for name in REGISTER if (path := _GUIDES / f"{name}.md").is_file()},
            web=web_pages,
            keep_media=timedelta(days=settings.keep_media_days),
            api_calls_per_minute=settings.api_calls_per_minute,
        )
        if check_schema and (trouble := await doctor.database_trouble(deps, wait_s=wait_s)):
            raise ConfigurationError([trouble])
        if check_schema:
            clock.correct(await database.clock_offset())
        yield Herald(settings=settings, deps=deps)


async def _database(settings: Settings) -> Database:
    try:
        return await Database.open(settings.database_url)
    except OSError as error:
        why = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or type(error).__name__
        cure = "Make room or make it writable, or set HERALD_DATA_DIR or HERALD_DATABASE_URL to another place."
        raise ConfigurationError([f"The database's file cannot be made or opened at {why}. {cure}"]) from error
    except ValueError as error:
        message = "HERALD_DATABASE_URL cannot be read. Write it as sqlite:///FILE or postgresql://USER@HOST:PORT/NAME."
        raise ConfigurationError([message]) from error


async def _migrate(database: Database, *, wait_s: float = 0.0) -> None:
    try:
        await schema.bring_up_to_date(database, wait_s=wait_s)
    except Conflict as error:
        raise ConfigurationError([error.message]) from error


def _media(settings: Settings) -> MediaStore:
    files = FolderStore(settings.media_dir)
    if settings.media_bucket is None:
        return files
    from storage.media.bucket import BucketStore  # noqa: PLC0415  # its library takes memory that a folder never needs

    return BucketStore(settings.media_bucket, files)


def _kept_keys(settings: Settings) -> tuple[bytes, ...]:
    try:
        return key_ring_in(settings.data_dir)
    except (OSError, ValueError) as error:
        place = settings.data_dir / "secret.key"
        raise ConfigurationError([f"The key file {place} cannot be used. Put back the one that was there."]) from error


async def _must_not_lose_keys(settings: Settings, database: Database) -> None:
    """Raises ConfigurationError when a new key would be made beside what an older one opens."""
    if has_key_ring(settings.data_dir) or not (sealed := await key_ring.count_sealed(database)):
        return
    place = settings.data_dir / "secret.key"
    told = (
        f"The key file {place} is missing, and {sealed} stored secret{'s' * (sealed > 1)} cannot be opened without it."
    )
    cure = f"Put it back. If it is lost: openssl rand -base64 32 > {place}, and connect every account anew."
    raise ConfigurationError([f"{told} {cure}"])


def _endpoints(settings: Settings) -> dict[str, Endpoints]:
    return {
        name: Endpoints(
            api=settings.platforms[name].api_url or connector.spec.api_url,
            auth=settings.platforms[name].auth_url or "",
            directory=settings.platforms[name].directory_url or _PLC_DIRECTORY,
            web=settings.platforms[name].web_url or "",
            video=settings.platforms[name].video_url or "",
        )
        for name, connector in REGISTER.items()
    }


def _apps(settings: Settings) -> dict[str, ClientApp]:
    """Herald's registrations as an app, of platforms that have both halves of one."""
    return {
        name: ClientApp(client_id=of.client_id, client_secret=Secret(of.client_secret), scopes=of.scopes)
        for name, of in settings.platforms.items()
        if of.client_id is not None and of.client_secret is not None
    }


def _guard(settings: Settings) -> Guard:
    """Which addresses may be reached: public ones, and those the operator configured."""
    urls = [
        url
        for platform in settings.platforms.values()
        for url in (platform.api_url, platform.auth_url, platform.directory_url, platform.video_url)
        if url is not None and "://" in url
    ]
    parts = [urlsplit(url) for url in urls]
    trusted = frozenset(((part.hostname or "").lower(), part.port or _PORTS[part.scheme]) for part in parts)
    return Guard(allow_loopback=settings.allow_private_addresses, trusted=trusted)


async def bring_up_to_date(settings: Settings, *, wait_s: float = 0.0) -> None:
    """Run the migrations; a server that is not there yet is waited for so long.

    Raises ConfigurationError when the database cannot be used.
    """
    database = await _database(settings)
    try:
        await _migrate(database, wait_s=wait_s)
    finally:
        await database.close()


async def move_away(settings: Settings, to: str, told: Callable[[str, int, int], None]) -> Transferred:
    """Move everything from SQLite to the PostgreSQL database at `to`; see bot/services/transferring.py.

    Raises ConfigurationError when the settings name no SQLite database with its keys.
    """
    faults: list[str] = []
    if not settings.on_sqlite:
        faults.append("HERALD_DATABASE_URL is PostgreSQL already: herald transfer moves from SQLite.")
    elif not database_exists(settings.database_url):
        faults.append("There is no database to move. Check HERALD_DATA_DIR or HERALD_DATABASE_URL.")
    if not settings.given_keys and not has_key_ring(settings.data_dir):
        faults.append(
            "The key ring is missing, and without it the tokens moved could never be opened. Put secret.key back into"
            " the data folder, or set HERALD_SECRET_KEYS."
        )
    if faults:
        raise ConfigurationError(faults)
    vault = Vault(settings.given_keys or _kept_keys(settings))
    return await transferring.transfer(settings.database_url, to, vault=vault, told=told)


async def move_back(settings: Settings) -> Move | None:
    """Use the SQLite database again that everything had left; what was sent since then it does not know."""
    if not settings.on_sqlite:
        raise ConfigurationError(["HERALD_DATABASE_URL is PostgreSQL: the mark is in the SQLite database."])
    database = await _database(settings)
    try:
        await _migrate(database)
        return await transferring.stay(database)
    finally:
        await database.close()


# --- Processes ---------------------------------------------------------------------------------------------------


_NO_ADDRESS_OF_OURS = {EADDRNOTAVAIL, socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_FAIL}
"""What the system says where the trouble is the host, not the port."""
_TICK_S = 1.0
"""How often the server brings its Date header up to date."""


class _Server(uvicorn.Server):
    """Uvicorn without its own ideas about signals: stopping is ours. So it need not look ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def stop(self) -> None:
        """Answer what was asked, and end."""
        self.should_exit = True
        if not self._told.done():
            self._told.set_result(None)

    async def main_loop(self) -> None:
        """Run until told to stop; the first of uvicorn's ten ticks of a second is the one that does something."""
        while not await self.on_tick(0):
            await asyncio.wait([self._told], timeout=clock.until_beat_s(_TICK_S))

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals alone."""
        yield


def listening(settings: Settings) -> socket.socket:
    """The web process's socket. Raises Conflict when it cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        place = f"{settings.host}:{settings.port}"
        reason = (error.strerror or type(error).__name__).partition(" (while ")[0]
        mend = (
            "HERALD_HOST to an address of this machine"
            if error.errno in _NO_ADDRESS_OF_OURS
            else "HERALD_PORT to another port"
        )
        raise Conflict(f"Herald cannot listen on {place}: {reason}. Set {mend}.") from error


@asynccontextmanager
async def web(herald: Herald, listener: socket.socket, slack: Door | None = None) -> AsyncGenerator[None, None]:
    """The web application answers while the block runs."""
    public_url = herald.public_url.rstrip("/")
    secure = public_url.startswith("https://")
    extra = slack_routes(slack.hatch, slack.oauth, secure=secure) if slack is not None else []
    slack_url = herald.settings.slack.api_url.rstrip("/").removesuffix("/api")
    config = uvicorn.Config(
        application(
            herald.deps,
            public_url=public_url,
            slack_url=slack_url,
            extra=extra,
            metrics_token=herald.settings.metrics_token,
        ),
        lifespan="off",
        access_log=False,
        log_config=None,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.stop()
        await task


async def serve(
    herald: Herald, listener: socket.socket, *, stop: asyncio.Event | None = None, pace: Pace | None = None
) -> None:
    """Web, Slack and worker in one process, until told to stop, or until a signal does when nobody else can.

    `pace` is how fast Slack may be written to; None: as fast as Slack allows.
    """
    await _must_write(herald)
    async with _front(herald, listener):
        await run_worker(herald, stop=stop, pace=pace)


async def serve_web(herald: Herald, listener: socket.socket, *, stop: asyncio.Event | None = None) -> None:
    """Web and Slack without a worker, until told to stop. What is asked for here is sent and said by a worker."""
    tell_skew()
    await key_ring.tell(herald.deps)
    keeping = asyncio.create_task(keep_time(herald.deps), name="clock")
    try:
        async with _front(herald, listener):
            await (stop or signalled()).wait()
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


@asynccontextmanager
async def _front(herald: Herald, listener: socket.socket) -> AsyncGenerator[None, None]:
    """What people reach, open while the block runs: the web, and Slack's door if it is configured."""
    async with AsyncExitStack() as stack:
        keys = _slack_keys(herald.settings)
        slack = None
        if keys.any:
            slack = await stack.enter_async_context(opening(herald.deps, keys, public_url=herald.public_url))
        await stack.enter_async_context(web(herald, listener, slack))
        yield


def _slack_keys(settings: Settings) -> Keys:
    slack = settings.slack

    def secret(value: str | None) -> Secret | None:
        return Secret(value) if value is not None else None

    return Keys(
        api_url=slack.api_url,
        bot_token=secret(slack.bot_token),
        app_token=secret(slack.app_token),
        signing_secret=secret(slack.signing_secret),
        client_id=slack.client_id,
        client_secret=secret(slack.client_secret),
    )


async def examine(herald: Herald) -> AsyncIterator[Finding]:
    """Everything that can be looked at, Slack too."""
    async for finding in doctor.examine(herald.deps, public_url=herald.public_url):
        yield finding
    if await doctor.database_trouble(herald.deps) is None:
        async for finding in checkup.examine(herald.deps, _slack_keys(herald.settings)):
            yield finding


async def run_worker(herald: Herald, *, stop: asyncio.Event | None = None, pace: Pace | None = None) -> None:
    """A worker, until told to stop: then what is not sent is given back, and answers are waited for."""
    await _must_write(herald)
    await key_ring.tell(herald.deps)
    async with _notifier(herald, pace) as notifier:
        await work(herald.deps, notifier, stop or signalled())


async def _must_write(herald: Herald) -> None:
    """Raises ConfigurationError when the database takes nothing: a worker could publish nothing."""
    if trouble := await doctor.writing_trouble(herald.deps):
        raise ConfigurationError([trouble])


def signalled() -> asyncio.Event:
    """An event that is set when the process is asked to end, or its terminal is gone; under nohup that is nothing."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, stop.set)
    return stop


@asynccontextmanager
async def _notifier(herald: Herald, pace: Pace | None) -> AsyncGenerator[Notifier, None]:
    """Where notices go: to Slack if it is configured, else into the log."""
    keys = _slack_keys(herald.settings)
    if not keys.any:
        yield LogNotifier()
        return
    async with speaking(herald.deps, keys, pace=pace) as notifier:
        yield notifier
