"""X, once Twitter."""

from platforms.base import Connector
from platforms.x.address import post_at
from platforms.x.auth import identify
from platforms.x.find import find
from platforms.x.limits import adapt
from platforms.x.metrics import account_metrics, delete, metrics
from platforms.x.publish import prepare, publish
from platforms.x.spec import SPEC

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
    adapt=adapt,
    post_at=post_at,
)
