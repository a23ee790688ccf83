"""The networks Herald speaks with. Strangers to Slack and to SQL."""

from platforms.base import Connector
from platforms.bluesky import CONNECTOR as BLUESKY
from platforms.mastodon import CONNECTOR as MASTODON
from platforms.x import CONNECTOR as X

REGISTER: dict[str, Connector] = {
    "bluesky": BLUESKY,
    "mastodon": MASTODON,
    "x": X,
}
"""Every platform by its name."""
