"""`python -m sandbox`: a stand-in workspace and its networks on this machine; one line of JSON says where they are."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.world import PAGE_PORT, Settings, running

_STDIN = 0
_CHUNK = 4096


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=PAGE_PORT, help="of the page; networks take the next two; 0: free")
    parser.add_argument("--manifest", type=Path, help="the app's manifest, YAML or JSON")
    parser.add_argument("--app-url", default="http://127.0.0.1:8000", help="where the app listens")
    parser.add_argument("--not-installed", action="store_true", help="the app is not installed yet")
    parser.add_argument("--empty", action="store_true", help="nobody has posted anything before")
    parser.add_argument("--with-parent", action="store_true", help="stop when standard input ends")
    return parser.parse_args()


def _watch_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop at the end of standard input: whoever started us has ended, however that came."""

    def wait() -> None:
        while os.read(_STDIN, _CHUNK):
            pass
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait, name="parent", daemon=True).start()


async def _serve(arguments: argparse.Namespace) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for wish in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wish, stop.set)
    if arguments.with_parent:
        _watch_parent(loop, stop)
    settings = Settings(
        host=arguments.host,
        port=arguments.port,
        manifest=arguments.manifest,
        app_url=arguments.app_url.rstrip("/"),
        installed=not arguments.not_installed,
        empty=arguments.empty,
    )
    async with running(settings) as world:
        sys.stdout.write(json.dumps(world.where()) + "\n")
        sys.stdout.flush()
        _ = await stop.wait()


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    asyncio.run(_serve(_arguments()))
