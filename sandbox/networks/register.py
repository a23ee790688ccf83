"""The stand-in networks of the whole world besides Bluesky's and Mastodon's: one more line each."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sandbox.networks.facebook.app import running as facebook
from sandbox.networks.facebook.world import Settings as FacebookSettings
from sandbox.networks.instagram.app import running as instagram
from sandbox.networks.instagram.world import Settings as InstagramSettings
from sandbox.networks.network import StandIn


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


STAND_INS: Mapping[str, Callable[[int, str], AbstractAsyncContextManager[Server]]] = {
    "facebook": lambda port, host: facebook(FacebookSettings(grow_numbers=True), port=port, host=host),
    "instagram": lambda port, host: instagram(InstagramSettings(grow_numbers=True), port=port, host=host),
}
"""Starts each on a port (0, or one that is taken: a free one) of a host, in the demo's mood: numbers grow."""
