"""The networks Herald speaks with. Strangers to Slack and to SQL."""

from importlib import import_module
from typing import cast

from platforms import lean
from platforms.base import Connector

_ = lean  # before the libraries that it is about

_NAMES = (
    "bluesky",
    "discord",
    "facebook",
    "google_business_profile",
    "instagram",
    "linkedin",
    "mastodon",
    "metricool",
    "pinterest",
    "reddit",
    "telegram",
    "threads",
    "tiktok",
    "x",
    "youtube",
)

REGISTER: dict[str, Connector] = {
    name: cast("Connector", import_module(f"platforms.{name}").CONNECTOR) for name in _NAMES
}
"""Every platform by its name, which is its folder's."""
