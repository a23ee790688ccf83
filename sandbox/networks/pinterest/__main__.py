"""`python -m sandbox.networks.pinterest --port P`: serve until stopped; one line of JSON says where it is."""

import argparse
import asyncio
import json
import sys

from sandbox.networks.pinterest.app import running
from sandbox.networks.pinterest.world import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.networks.pinterest", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--trial", action="store_true", help="an app with Trial access, which makes no pins")
    parser.add_argument("--no-rate-limits", action="store_true", help="never answer 429")
    parser.add_argument("--auto-approve", action="store_true", help="answer the consent page with yes")
    parser.add_argument("--grow-numbers", action="store_true", help="let a pin's numbers grow with its age")
    parser.add_argument("--processing-s", type=float, default=2.0, help="time videos stay in processing")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(
        trial=arguments.trial,
        processing_s=arguments.processing_s,
        auto_approve=arguments.auto_approve,
        grow_numbers=arguments.grow_numbers,
    )
    if arguments.no_rate_limits:
        settings.writes_per_min = settings.reads_per_min = 0
    async with running(settings, port=arguments.port) as server:
        said = {"url": server.url, "access_token": server.token, "environment": dict(server.environment)}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
