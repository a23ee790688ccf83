"""`python -m sandbox.networks.discord --port P`: serve until stopped; one line of JSON says where it is."""

import argparse
import asyncio
import json
import sys

from sandbox.networks.discord.app import running
from sandbox.networks.discord.world import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.networks.discord", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--no-rate-limits", action="store_true", help="never answer 429")
    parser.add_argument("--grow-numbers", action="store_true", help="let reactions grow with a message's age")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(grow_numbers=arguments.grow_numbers)
    if arguments.no_rate_limits:
        settings.messages_per_2_s = 0
    async with running(settings, port=arguments.port) as server:
        webhooks = {name: server.webhook_url(name) for name in server.world.webhooks}
        where = {"url": server.url, "environment": dict(server.environment), "webhooks": webhooks}
        sys.stdout.write(json.dumps(where) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
