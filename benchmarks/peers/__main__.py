"""`python -m benchmarks.peers NAME fill|serve SETTINGS`: one of the other queues, filled or at work.

`fill` makes its tables, enqueues the posts and prints the instant they are due, in seconds since 1970. `serve` says
"ready", works, answers every line of its standard input with its usage, and ends when that ends.
"""

import importlib
import sys

from benchmarks.peers.settings import Settings


def main() -> None:
    """Do as told."""
    name, deed, settings = sys.argv[1:]
    peer = importlib.import_module(f"benchmarks.peers.by_{name}")
    {"fill": peer.fill, "serve": peer.serve}[deed](Settings.read(settings))


if __name__ == "__main__":
    main()
