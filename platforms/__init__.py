"""The networks Herald speaks with. Strangers to Slack and to SQL."""

from platforms.base import Connector
from platforms.bluesky import CONNECTOR as BLUESKY
from platforms.mastodon import CONNECTOR as MASTODON
from platforms.pinterest import CONNECTOR as PINTEREST
from platforms.telegram import CONNECTOR as TELEGRAM

REGISTER: dict[str, Connector] = {
    "bluesky": BLUESKY,
    "mastodon": MASTODON,
    "pinterest": PINTEREST,
    "telegram": TELEGRAM,
}
"""Every platform by its name."""
