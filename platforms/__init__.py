"""The networks Herald speaks with. Strangers to Slack and to SQL."""

from platforms.base import Connector
from platforms.bluesky import CONNECTOR as BLUESKY
from platforms.google_business_profile import CONNECTOR as GOOGLE_BUSINESS_PROFILE
from platforms.mastodon import CONNECTOR as MASTODON
from platforms.youtube import CONNECTOR as YOUTUBE

REGISTER: dict[str, Connector] = {
    "bluesky": BLUESKY,
    "google_business_profile": GOOGLE_BUSINESS_PROFILE,
    "mastodon": MASTODON,
    "youtube": YOUTUBE,
}
"""Every platform by its name."""
