"""The networks Herald speaks with. Strangers to Slack and to SQL."""

from platforms.base import Connector
from platforms.bluesky import CONNECTOR as BLUESKY
from platforms.discord import CONNECTOR as DISCORD
from platforms.mastodon import CONNECTOR as MASTODON
from platforms.x import CONNECTOR as X

REGISTER: dict[str, Connector] = {
    "bluesky": BLUESKY,
    "discord": DISCORD,
    "mastodon": MASTODON,
    "x": X,
}
"""Every platform by its name."""
