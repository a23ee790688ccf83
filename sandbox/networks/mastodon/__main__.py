"""`python -m sandbox.networks.mastodon --port P`: serve until stopped; one line of JSON says where it is."""

import argparse
import asyncio
import json
import sys

from sandbox.networks.mastodon.app import running
from sandbox.networks.mastodon.world import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.networks.mastodon", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--no-idempotency", action="store_true", help="ignore Idempotency-Key")
    parser.add_argument("--no-rate-limits", action="store_true", help="never answer 429")
    parser.add_argument("--auto-approve", action="store_true", help="answer the consent page with yes")
    parser.add_argument("--grow-numbers", action="store_true", help="let likes and boosts grow with a status' age")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="time spent saving a status")
    parser.add_argument("--processing-s", type=float, default=1.0, help="time videos stay in processing")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(
        idempotency=not arguments.no_idempotency,
        latency_ms=arguments.latency_ms,
        processing_s=arguments.processing_s,
        auto_approve=arguments.auto_approve,
        grow_numbers=arguments.grow_numbers,
    )
    if arguments.no_rate_limits:
        settings.requests_per_5_min = settings.uploads_per_30_min = settings.deletes_per_30_min = 0
    async with running(settings, port=arguments.port) as server:
        sys.stdout.write(json.dumps({"url": server.url, "access_token": server.token}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
