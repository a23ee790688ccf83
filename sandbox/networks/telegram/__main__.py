"""`python -m sandbox.networks.telegram --port P`: serve until stopped; one line of JSON says where it is."""

import argparse
import asyncio
import json
import sys

from sandbox.networks.telegram.app import running
from sandbox.networks.telegram.world import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.networks.telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--no-rate-limits", action="store_true", help="never answer 429")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(messages_per_min=0) if arguments.no_rate_limits else Settings()
    async with running(settings, port=arguments.port) as server:
        said = {
            "url": server.url,
            "token": server.token,
            "chat": f"@{server.world.channel.username}",
            "environment": dict(server.environment),
        }
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
