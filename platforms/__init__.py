"""The networks Herald speaks with. Strangers to Slack and to SQL."""

from platforms.base import Connector
from platforms.bluesky import CONNECTOR as BLUESKY
from platforms.linkedin import CONNECTOR as LINKEDIN
from platforms.mastodon import CONNECTOR as MASTODON

REGISTER: dict[str, Connector] = {
    "bluesky": BLUESKY,
    "linkedin": LINKEDIN,
    "mastodon": MASTODON,
}
"""Every platform by its name."""
