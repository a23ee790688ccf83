"""`python -m sandbox.networks.tiktok --port P`: serve until stopped; one line of JSON says where it is."""

import argparse
import asyncio
import json
import sys

from sandbox.networks.tiktok.app import running
from sandbox.networks.tiktok.world import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.networks.tiktok", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--unaudited", action="store_true", help="let the app post for the creator alone")
    parser.add_argument("--private-accounts", action="store_true", help="everybody's account is private")
    parser.add_argument("--one-piece", action="store_true", help="refuse films in several pieces")
    parser.add_argument("--no-rate-limits", action="store_true", help="never answer 429, and count no day")
    parser.add_argument("--auto-approve", action="store_true", help="answer the consent page with yes")
    parser.add_argument("--grow-numbers", action="store_true", help="let views and likes grow with a post's age")
    parser.add_argument("--processing-s", type=float, default=0.5, help="time from the last byte to the post")
    parser.add_argument("--moderation-s", type=float, default=0.5, help="time from the post to its number")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(
        audited=not arguments.unaudited,
        private_accounts=arguments.private_accounts,
        several_pieces=not arguments.one_piece,
        grow_numbers=arguments.grow_numbers,
        processing_s=arguments.processing_s,
        moderation_s=arguments.moderation_s,
    )
    if arguments.no_rate_limits:
        settings.inits_per_min = settings.statuses_per_min = settings.infos_per_min = 0
        settings.posts_per_day = settings.pending_per_day = 0
    async with running(settings, port=arguments.port) as server:
        server.oauth.auto_approve = arguments.auto_approve
        said = {"url": server.url, "access_token": server.token_of(next(iter(server.world.people)))}
        sys.stdout.write(json.dumps(said | {"environment": dict(server.environment)}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
