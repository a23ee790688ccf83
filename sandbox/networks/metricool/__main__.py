"""`python -m sandbox.networks.metricool --port P`: serve until stopped; one line of JSON says how to use it."""

import argparse
import asyncio
import json
import sys

from sandbox.networks.metricool.app import running
from sandbox.networks.metricool.world import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.networks.metricool", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--hurry", action="store_true", help="publish at once instead of at the planned second")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    async with running(Settings(hurry=arguments.hurry), port=arguments.port) as server:
        facts = {"url": server.url, "token": server.world.token, "environment": dict(server.environment)}
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
