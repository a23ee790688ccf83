"""The networks Herald speaks with. Strangers to Slack and to SQL."""

from platforms.base import Connector
from platforms.bluesky import CONNECTOR as BLUESKY
from platforms.facebook import CONNECTOR as FACEBOOK
from platforms.instagram import CONNECTOR as INSTAGRAM
from platforms.mastodon import CONNECTOR as MASTODON

REGISTER: dict[str, Connector] = {
    "bluesky": BLUESKY,
    "facebook": FACEBOOK,
    "instagram": INSTAGRAM,
    "mastodon": MASTODON,
}
"""Every platform by its name."""
