"""The networks Herald speaks with. Strangers to Slack and to SQL."""

from platforms.base import Connector
from platforms.bluesky import CONNECTOR as BLUESKY
from platforms.mastodon import CONNECTOR as MASTODON
from platforms.metricool import CONNECTOR as METRICOOL
from platforms.pinterest import CONNECTOR as PINTEREST
from platforms.reddit import CONNECTOR as REDDIT
from platforms.telegram import CONNECTOR as TELEGRAM
from platforms.threads import CONNECTOR as THREADS
from platforms.tiktok import CONNECTOR as TIKTOK

REGISTER: dict[str, Connector] = {
    "bluesky": BLUESKY,
    "mastodon": MASTODON,
    "metricool": METRICOOL,
    "pinterest": PINTEREST,
    "reddit": REDDIT,
    "telegram": TELEGRAM,
    "threads": THREADS,
    "tiktok": TIKTOK,
}
"""Every platform by its name."""
