"""The networks Herald speaks with. Strangers to Slack and to SQL."""

from platforms.base import Connector
from platforms.bluesky import CONNECTOR as BLUESKY

REGISTER: dict[str, Connector] = {
    "bluesky": BLUESKY,
}
"""Every platform by its name."""
