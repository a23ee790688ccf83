"""`python -m sandbox.networks.google_business_profile --port P`: serve until stopped; one line of JSON says where it is."""

import argparse
import asyncio
import json
import sys

from sandbox.networks.google_business_profile.app import running
from sandbox.networks.google_business_profile.world import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.networks.google_business_profile", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--not-approved", action="store_true", help="answer as to a project Google did not approve")
    parser.add_argument("--no-quota", action="store_true", help="never answer RESOURCE_EXHAUSTED")
    parser.add_argument("--auto-approve", action="store_true", help="answer the consent page with yes")
    parser.add_argument("--grow-numbers", action="store_true", help="let numbers grow")
    parser.add_argument("--processing-s", type=float, default=1.0, help="time posts stay in processing")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(
        approved=not arguments.not_approved,
        auto_approve=arguments.auto_approve,
        grow_numbers=arguments.grow_numbers,
        processing_s=arguments.processing_s,
    )
    if arguments.no_quota:
        settings.edits_a_minute = 0
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
