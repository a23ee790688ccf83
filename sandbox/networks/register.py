"""The stand-in networks of the whole world besides Bluesky's and Mastodon's: one more line each."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sandbox.networks.network import StandIn
from sandbox.networks.reddit import app as reddit
from sandbox.networks.reddit.world import Settings as RedditSettings
from sandbox.networks.threads import app as threads
from sandbox.networks.threads.world import Settings as ThreadsSettings


class Server(Protocol):
    """A running stand-in, as the whole world sees it."""

    @property
    def url(self) -> str:
        """Its base address, without a trailing slash."""
        ...

    @property
    def network(self) -> StandIn:
        """What the workspace's page shows of it."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """What an app that is to use it is configured with: HERALD_X_API_URL, X_CLIENT_ID, and so on."""
        ...


def _reddit(port: int, host: str) -> AbstractAsyncContextManager[Server]:
    settings = RedditSettings(grow_numbers=True, people=("junipercoffee", "rowan"))
    return reddit.running(settings, port=port, host=host)


def _threads(port: int, host: str) -> AbstractAsyncContextManager[Server]:
    settings = ThreadsSettings(
        grow_numbers=True, people=("junipercoffee", "rowan"), names={"junipercoffee": "Juniper Coffee"}
    )
    return threads.running(settings, port=port, host=host)


STAND_INS: Mapping[str, Callable[[int, str], AbstractAsyncContextManager[Server]]] = {
    "reddit": _reddit,
    "threads": _threads,
}
"""Starts each on a port (0, or one that is taken: a free one) of a host, in the demo's mood: numbers grow."""
