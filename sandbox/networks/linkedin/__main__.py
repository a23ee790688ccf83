"""`python -m sandbox.networks.linkedin --port P`: serve until stopped; one line of JSON says where it is."""

import argparse
import asyncio
import json
import sys

from sandbox.networks.linkedin.app import running
from sandbox.networks.linkedin.world import COMMUNITY, SELF_SERVE, Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.networks.linkedin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--self-serve", action="store_true", help="an app that may post to profiles alone")
    parser.add_argument("--partner", action="store_true", help="an app that gets refresh tokens")
    parser.add_argument("--no-rate-limits", action="store_true", help="never answer 429")
    parser.add_argument("--auto-approve", action="store_true", help="answer the consent page with yes")
    parser.add_argument("--grow-numbers", action="store_true", help="let reactions grow with a post's age")
    parser.add_argument("--processing-s", type=float, default=1.0, help="time videos stay in processing")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(
        scopes=SELF_SERVE if arguments.self_serve else COMMUNITY,
        partner=arguments.partner,
        auto_approve=arguments.auto_approve,
        grow_numbers=arguments.grow_numbers,
        processing_s=arguments.processing_s,
    )
    if arguments.no_rate_limits:
        settings.requests_per_day = 0
    async with running(settings, port=arguments.port) as server:
        sys.stdout.write(json.dumps({"url": server.url, "environment": server.environment}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
