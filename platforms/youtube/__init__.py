"""YouTube: videos and Shorts by the Data API v3, and the first comment below them."""

from platforms.base import Connector
from platforms.youtube.address import post_at
from platforms.youtube.channel import account_metrics, choices, identify
from platforms.youtube.find import find
from platforms.youtube.history import history
from platforms.youtube.metrics import metrics
from platforms.youtube.publish import poll, prepare, publish
from platforms.youtube.spec import SPEC, adapt
from platforms.youtube.videos import delete

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
    adapt=adapt,
    poll=poll,
    choices=choices,
    post_at=post_at,
)
