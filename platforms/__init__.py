"""The networks Herald speaks with. Strangers to Slack and to SQL."""

from platforms.base import Connector
from platforms.bluesky import CONNECTOR as BLUESKY
from platforms.discord import CONNECTOR as DISCORD
from platforms.facebook import CONNECTOR as FACEBOOK
from platforms.google_business_profile import CONNECTOR as GOOGLE_BUSINESS_PROFILE
from platforms.instagram import CONNECTOR as INSTAGRAM
from platforms.linkedin import CONNECTOR as LINKEDIN
from platforms.mastodon import CONNECTOR as MASTODON
from platforms.metricool import CONNECTOR as METRICOOL
from platforms.pinterest import CONNECTOR as PINTEREST
from platforms.reddit import CONNECTOR as REDDIT
from platforms.telegram import CONNECTOR as TELEGRAM
from platforms.threads import CONNECTOR as THREADS
from platforms.tiktok import CONNECTOR as TIKTOK
from platforms.x import CONNECTOR as X
from platforms.youtube import CONNECTOR as YOUTUBE

REGISTER: dict[str, Connector] = {
    "bluesky": BLUESKY,
    "discord": DISCORD,
    "facebook": FACEBOOK,
    "google_business_profile": GOOGLE_BUSINESS_PROFILE,
    "instagram": INSTAGRAM,
    "linkedin": LINKEDIN,
    "mastodon": MASTODON,
    "metricool": METRICOOL,
    "pinterest": PINTEREST,
    "reddit": REDDIT,
    "telegram": TELEGRAM,
    "threads": THREADS,
    "tiktok": TIKTOK,
    "x": X,
    "youtube": YOUTUBE,
}
"""Every platform by its name."""
