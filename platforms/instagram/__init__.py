"""Instagram's professional accounts, connected by Instagram's own login."""

from platforms.base import Connector
from platforms.instagram.address import post_at
from platforms.instagram.auth import identify
from platforms.instagram.containers import prepare
from platforms.instagram.find import find
from platforms.instagram.history import history
from platforms.instagram.metrics import account_metrics, metrics
from platforms.instagram.publish import publish
from platforms.instagram.spec import SPEC

CONNECTOR = Connector(
    spec=SPEC,
    login=None,
    identify=identify,
    refresh=None,
    prepare=prepare,
    publish=publish,
    find=find,
    metrics=metrics,
    account_metrics=account_metrics,
    history=history,
    post_at=post_at,
)
