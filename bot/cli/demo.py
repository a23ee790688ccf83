"""herald demo: Herald on SQLite beside a stand-in world, on this machine alone and without any account.

The stand-ins are another program (`python -m sandbox`): they and Herald speak HTTP and WebSocket only.
"""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import webbrowser
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.running import Call
from bot.domain.errors import Conflict, UserError

if TYPE_CHECKING:
    from bot.wiring import Herald

_ROOT = Path(__file__).resolve().parents[2]
_READY_WITHIN_S = 30.0
_FIRST_PORT = 4600
_OWN_PORT = 4609
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class World:
    """Where the stand-ins are and what they gave us, read from their one line of JSON."""

    said: Mapping[str, Any]
    page: str

    def of(self, part: str, name: str) -> str:
        """One thing they said."""
        return str(self.said[part][name])

    def channel(self, name: str) -> str:
        """The id of a channel."""
        return str(self.said["slack"]["channels"][name])


@click.command()
@click.option("--port", type=click.IntRange(1, 65_535), default=_FIRST_PORT, help="Where the page is; 4600 if free.")
@click.option("--empty", is_flag=True, help="Begin with nothing: no app in the workspace, no brand, no account.")
@click.option("--http", is_flag=True, help="Let the stand-in Slack reach Herald over HTTP, not Socket Mode.")
@click.option("--open", "open_it", is_flag=True, help="Open the page in the browser.")
def demo(*, port: int, empty: bool, http: bool, open_it: bool) -> None:
    """Try Herald with a stand-in Slack and stand-in networks; needs no account anywhere."""
    asyncio.run(_demo(port=port, empty=empty, http=http, open_it=open_it))


async def _demo(*, port: int, empty: bool, http: bool, open_it: bool) -> None:
    from bot import logs, wiring  # noqa: PLC0415  # loaded when used
    from bot.config import read_settings  # noqa: PLC0415
    from platforms import REGISTER  # noqa: PLC0415

    stop = wiring.signalled()
    call = click.get_current_context().find_object(Call)
    given = dict(call.environ) if call is not None else {}
    with free_listener(_wished_port(given)) as listener:
        own_port = listener.getsockname()[1]
        own = f"http://{_LOOPBACK}:{own_port}"
        log = _fresh_log(Path(given.get("HERALD_DATA_DIR") or "data") / "demo" / str(own_port))
        logs.set_up("text", file=log)
        async with _world(port, own, log, empty=empty, http=http) as world:
            settings = read_settings(environment(world, log.parent, own, http=http, empty=empty), tuple(REGISTER))
            async with wiring.opened(settings) as herald:
                if not empty:
                    await furnish(herald, world)
                click.echo(_welcome(world.page, log, wished=port, empty=empty))
                if open_it:
                    webbrowser.open(world.page)
                await wiring.serve(herald, listener, stop=stop)
    click.echo("\n  Stopped. Nothing is left running.")


def _fresh_log(data_dir: Path) -> Path:
    """An empty folder, and in it the file of the log. It is ours alone: whoever holds the port holds the folder."""
    shutil.rmtree(data_dir, ignore_errors=True)
    data_dir.mkdir(parents=True)
    return data_dir / "herald.log"


def _welcome(page: str, log: Path, *, wished: int, empty: bool) -> str:
    """What to do next."""
    first = "add Herald to the workspace, as" if empty else "do as"
    lines = [
        f"Herald's demo is ready:  {page}",
        "",
        f"Open it in a browser and {first} “Try this next” on the right says: six steps, five minutes.",
        "Slack and the networks are stand-ins on this computer: no account needed, nothing leaves it.",
        "",
        f"Herald's log:  {log}",
        "Stop with Ctrl-C.",
    ]
    if not page.endswith(f":{wished}"):
        lines.insert(1, f"(Port {wished} is taken.)")
    return "".join(f"\n  {line}".rstrip(" ") for line in ["", *lines, ""])


def _wished_port(given: Mapping[str, str]) -> int:
    wished = given.get("HERALD_PORT", "")
    return int(wished) if wished.isdecimal() else _OWN_PORT


def free_listener(port: int = 0) -> socket.socket:
    """A socket on this machine alone; on another port when this one is taken."""
    try:
        return socket.create_server((_LOOPBACK, port), backlog=2048)
    except OSError:
        return socket.create_server((_LOOPBACK, 0), backlog=2048)


def environment(world: World, data_dir: Path, own: str, *, http: bool, empty: bool) -> dict[str, str]:
    """Herald's whole environment in the demo; nothing of the real one."""
    slack = {"HERALD_SLACK_API_URL": world.of("slack", "api_url")}
    if http:
        slack["SLACK_SIGNING_SECRET"] = world.of("slack", "signing_secret")
    else:
        slack["SLACK_APP_TOKEN"] = world.of("slack", "app_token")
    if empty:
        slack["SLACK_CLIENT_ID"] = world.of("slack", "client_id")
        slack["SLACK_CLIENT_SECRET"] = world.of("slack", "client_secret")
    else:
        slack["SLACK_BOT_TOKEN"] = world.of("slack", "bot_token")
    return slack | {
        "HERALD_DATA_DIR": str(data_dir),
        "HERALD_PORT": own.rpartition(":")[2],
        "HERALD_PUBLIC_URL": own,
        "HERALD_ALLOW_PRIVATE_ADDRESSES": "1",
        "HERALD_BLUESKY_API_URL": world.of("bluesky", "service_url"),
        "HERALD_BLUESKY_AUTH_URL": world.of("bluesky", "service_url"),
        "HERALD_BLUESKY_PLC_URL": world.of("bluesky", "plc_url"),
        "HERALD_BLUESKY_VIDEO_URL": world.of("bluesky", "service_url"),
        "HERALD_BLUESKY_WEB_URL": world.of("bluesky", "web_url"),
        **world.said["environment"],
    }


@asynccontextmanager
async def _world(port: int, own: str, log: Path, *, empty: bool, http: bool) -> AsyncGenerator[World, None]:
    """The stand-ins run while the block does; they end with us, however we end. Raises Conflict."""
    if not (_ROOT / "sandbox" / "__main__.py").exists():
        raise Conflict("The demo needs Herald's source folder. Get it with git and run make demo there.")
    arguments = ["--port", str(port), "--app-url", own, "--with-parent"]
    arguments += ["--manifest", str(_ROOT / ("docs/manifest.http.yml" if http else "manifest.yml"))]
    arguments += ["--not-installed"] if empty else []
    with log.open("ab") as said:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sandbox",
            *arguments,
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
        )
    try:
        yield await _ready(child, log)
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


async def _ready(child: asyncio.subprocess.Process, log: Path) -> World:
    if child.stdout is None:
        raise Conflict("The stand-ins cannot be heard.")
    try:
        line = await asyncio.wait_for(child.stdout.readline(), _READY_WITHIN_S)
        said = json.loads(line)
    except (TimeoutError, ValueError):
        raise Conflict(f"The stand-ins did not start. What they said is in {log}.") from None
    return World(said, str(said["page"]))


async def furnish(herald: "Herald", world: World) -> None:
    """Make the brand people find in the demo, with an account at each stand-in network."""
    from bot.domain.accounts import Secret  # noqa: PLC0415  # loaded when used
    from bot.services import connecting, installing, workspaces  # noqa: PLC0415
    from handlers.slack.api import opened  # noqa: PLC0415
    from handlers.slack.installs import introduce  # noqa: PLC0415

    async with opened(herald.settings.slack.api_url) as api:
        bot_token = Secret(world.of("slack", "bot_token"))
        workspace = await installing.install(herald.deps, await introduce(api, bot_token))
    brand = await workspaces.create_brand(
        herald.deps, workspace, "Juniper", timezone="Europe/Berlin", channel=world.channel("juniper-social")
    )
    logins = {
        "bluesky": {
            "identifier": world.of("bluesky", "identifier"),
            "password": Secret(world.of("bluesky", "password")),
            "service": world.of("bluesky", "service_url"),
        },
        "mastodon": {
            "instance": world.of("mastodon", "instance_url"),
            "token": Secret(world.of("mastodon", "token")),
        },
    }
    for platform, typed in logins.items():
        try:
            await connecting.connect(herald.deps, brand, platform, typed, asked_by="demo")
        except UserError as error:
            click.echo(f"{platform} could not be connected: {error.message}", err=True)
