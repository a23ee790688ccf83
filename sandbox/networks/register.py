"""The stand-in networks of the whole world besides Bluesky's and Mastodon's: one more line each."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sandbox.networks.discord import app as discord
from sandbox.networks.discord.world import Settings as DiscordSettings
from sandbox.networks.facebook.app import running as facebook
from sandbox.networks.facebook.world import Settings as FacebookSettings
from sandbox.networks.google_business_profile.app import in_the_world as google_business_profile
from sandbox.networks.instagram.app import running as instagram
from sandbox.networks.instagram.world import Settings as InstagramSettings
from sandbox.networks.linkedin.app import running as running_linkedin
from sandbox.networks.linkedin.world import Settings as LinkedInSettings
from sandbox.networks.metricool import app as metricool
from sandbox.networks.network import StandIn
from sandbox.networks.pinterest import app as pinterest
from sandbox.networks.reddit import app as reddit
from sandbox.networks.reddit.world import Settings as RedditSettings
from sandbox.networks.telegram import app as telegram
from sandbox.networks.threads import app as threads
from sandbox.networks.threads.world import Settings as ThreadsSettings
from sandbox.networks.tiktok.app import running as running_tiktok
from sandbox.networks.tiktok.world import Settings as TikTokSettings
from sandbox.networks.x import app as x
from sandbox.networks.x.world import Settings as XSettings
from sandbox.networks.youtube.app import in_the_world as youtube


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


def _discord(port: int, host: str) -> AbstractAsyncContextManager[Server]:
    return discord.running(DiscordSettings(grow_numbers=True), port=port, host=host)


def _linkedin(port: int, host: str) -> AbstractAsyncContextManager[Server]:
    settings = LinkedInSettings(grow_numbers=True, pages={"juniper": ("juniper-coffee", "juniper-roastery")})
    return running_linkedin(settings, port=port, host=host)


def _metricool(port: int, host: str) -> AbstractAsyncContextManager[Server]:
    return metricool.running(port=port, host=host)


def _reddit(port: int, host: str) -> AbstractAsyncContextManager[Server]:
    settings = RedditSettings(grow_numbers=True, people=("junipercoffee", "rowan"))
    return reddit.running(settings, port=port, host=host)


def _threads(port: int, host: str) -> AbstractAsyncContextManager[Server]:
    settings = ThreadsSettings(
        grow_numbers=True, people=("junipercoffee", "rowan"), names={"junipercoffee": "Juniper Coffee"}
    )
    return threads.running(settings, port=port, host=host)


def _x(port: int, host: str) -> AbstractAsyncContextManager[Server]:
    people, names = ("junipercoffee", "rowan"), {"junipercoffee": "Juniper Coffee"}
    return x.running(XSettings(grow_numbers=True, people=people, names=names), port=port, host=host)


STAND_INS: Mapping[str, Callable[[int, str], AbstractAsyncContextManager[Server]]] = {
    "discord": _discord,
    "facebook": lambda port, host: facebook(FacebookSettings(grow_numbers=True), port=port, host=host),
    "google_business_profile": google_business_profile,
    "instagram": lambda port, host: instagram(InstagramSettings(grow_numbers=True), port=port, host=host),
    "linkedin": _linkedin,
    "metricool": _metricool,
    "pinterest": pinterest.demo,
    "reddit": _reddit,
    "telegram": telegram.demo,
    "threads": _threads,
    "tiktok": lambda port, host: running_tiktok(TikTokSettings(grow_numbers=True), port=port, host=host),
    "x": _x,
    "youtube": youtube,
}
"""Starts each on a port (0, or one that is taken: a free one) of a host, in the demo's mood: numbers grow."""
