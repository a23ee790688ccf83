"""Reddit, by its Data API."""

from platforms.base import Connector
from platforms.reddit.address import post_at
from platforms.reddit.auth import identify
from platforms.reddit.find import find
from platforms.reddit.material import prepare
from platforms.reddit.metrics import account_metrics, metrics
from platforms.reddit.publish import delete, poll, publish
from platforms.reddit.spec import SPEC

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
    delete=delete,
    poll=poll,
    post_at=post_at,
)
