"""`python -m sandbox.networks.x --port P`: serve until stopped; one line of JSON says where it is."""

import argparse
import asyncio
import json
import sys

from sandbox.networks.x.app import running
from sandbox.networks.x.world import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.networks.x", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--no-rate-limits", action="store_true", help="never answer 429 to a post")
    parser.add_argument("--auto-approve", action="store_true", help="answer the consent page with yes")
    parser.add_argument("--grow-numbers", action="store_true", help="let likes and views grow with a post's age")
    parser.add_argument("--processing-s", type=float, default=1.0, help="time videos stay in processing")
    parser.add_argument("--lag-s", type=float, default=0.0, help="time a new post is missing in lists")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(
        auto_approve=arguments.auto_approve,
        grow_numbers=arguments.grow_numbers,
        processing_s=arguments.processing_s,
        lag_s=arguments.lag_s,
    )
    if arguments.no_rate_limits:
        settings.posts_per_15_min = 0
    async with running(settings, port=arguments.port) as server:
        sys.stdout.write(json.dumps({"url": server.url, "environment": dict(server.environment)}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
