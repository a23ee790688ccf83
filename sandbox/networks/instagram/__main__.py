"""`python -m sandbox.networks.instagram --port P`: serve until stopped; one line of JSON says where it is."""

import argparse
import asyncio
import json
import sys

from sandbox.networks.instagram.app import running
from sandbox.networks.instagram.world import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.networks.instagram", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--grow-numbers", action="store_true", help="let likes and views grow with a post's age")
    parser.add_argument("--processing-s", type=float, default=2.0, help="time films stay in processing")
    parser.add_argument("--believe", action="store_true", help="fetch no files")
    parser.add_argument("--films-fail", action="store_true", help="let processing end badly")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    settings = Settings(
        fetches=not arguments.believe,
        grow_numbers=arguments.grow_numbers,
        film_ready_s=arguments.processing_s,
        films_fail=arguments.films_fail,
    )
    async with running(settings, port=arguments.port) as server:
        said = {"url": server.url, "access_token": server.token, **server.environment}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
