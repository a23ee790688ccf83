"""`python -m sandbox.networks.youtube --port P`: serve until stopped; one line of JSON says where it is."""

import argparse
import asyncio
import json
import sys

from sandbox.networks.youtube.app import running
from sandbox.networks.youtube.world import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.networks.youtube", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--not-audited", action="store_true", help="make every video private")
    parser.add_argument("--no-quota", action="store_true", help="never answer quotaExceeded")
    parser.add_argument("--auto-approve", action="store_true", help="answer the consent page with yes")
    parser.add_argument("--grow-numbers", action="store_true", help="let views grow with a video's age")
    parser.add_argument("--processing-s", type=float, default=1.0, help="time videos stay in processing")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(
        audited=not arguments.not_audited,
        auto_approve=arguments.auto_approve,
        grow_numbers=arguments.grow_numbers,
        processing_s=arguments.processing_s,
    )
    if arguments.no_quota:
        settings.uploads_a_day = settings.units_a_day = 0
    async with running(settings, port=arguments.port) as server:
        access, _ = server.world.issue_token(settings.people[0])
        told = {"url": server.url, "access_token": access, "environment": dict(server.environment)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
