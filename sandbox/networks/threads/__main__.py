"""`python -m sandbox.networks.threads --port P`: serve until stopped; one line of JSON says how to use it."""

import argparse
import asyncio
import json
import sys

from sandbox.networks.threads.app import running
from sandbox.networks.threads.world import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.networks.threads", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--auto-approve", action="store_true", help="answer the consent page with yes")
    parser.add_argument("--grow-numbers", action="store_true", help="let likes and reposts grow with a post's age")
    parser.add_argument("--no-fetch", action="store_true", help="believe that files are where they are said to be")
    parser.add_argument("--processing-s", type=float, default=0.5, help="time media stay in progress")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(
        auto_approve=arguments.auto_approve,
        grow_numbers=arguments.grow_numbers,
        fetches=not arguments.no_fetch,
        media_ready_s=arguments.processing_s,
    )
    async with running(settings, port=arguments.port) as server:
        sys.stdout.write(json.dumps({"url": server.url, "environment": dict(server.environment)}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
