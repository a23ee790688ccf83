"""`python -m sandbox.networks.bluesky --port P`: serve until stopped; one line of JSON says where it is."""

import argparse
import asyncio
import json
import sys

from sandbox.networks.bluesky.app import running
from sandbox.networks.bluesky.world import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.networks.bluesky", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--host-name", default="127.0.0.1", help="the name in the addresses it gives out")
    parser.add_argument("--no-rate-limits", action="store_true", help="never answer 429")
    parser.add_argument("--grow-numbers", action="store_true", help="let likes and reposts grow with a post's age")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(host_name=arguments.host_name, grow_numbers=arguments.grow_numbers)
    if arguments.no_rate_limits:
        settings.logins_per_5_min = settings.logins_per_day = settings.requests_per_5_min = 0
        settings.points_per_hour = settings.points_per_day = 0
    async with running(settings, port=arguments.port) as server:
        where = {"url": server.url, "identifier": server.identifier, "password": server.password}
        sys.stdout.write(json.dumps(where) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
