"""Pinterest: pins with a picture, several pictures or a video, on boards."""

from platforms.base import Connector
from platforms.pinterest.auth import identify
from platforms.pinterest.find import find
from platforms.pinterest.history import history
from platforms.pinterest.metrics import account_metrics, metrics
from platforms.pinterest.publish import delete, prepare, publish
from platforms.pinterest.spec import SPEC

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
    delete=delete,
)
