"""Bluesky, by app password."""

from platforms.base import Connector
from platforms.bluesky.auth import identify, login, refresh, revoke
from platforms.bluesky.find import find
from platforms.bluesky.metrics import metrics
from platforms.bluesky.publish import prepare, publish
from platforms.bluesky.spec import SPEC

CONNECTOR = Connector(
    spec=SPEC,
    login=login,
    identify=identify,
    refresh=refresh,
    prepare=prepare,
    publish=publish,
    find=find,
    metrics=metrics,
    revoke=revoke,
)
