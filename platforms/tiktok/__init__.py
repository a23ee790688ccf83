"""TikTok: films and photos by the Content Posting API, numbers by the Display API."""

from platforms.base import Connector
from platforms.tiktok.auth import identify
from platforms.tiktok.find import find
from platforms.tiktok.metrics import account_metrics, metrics
from platforms.tiktok.prepare import prepare
from platforms.tiktok.publish import publish
from platforms.tiktok.spec import SPEC, adapt
from platforms.tiktok.status import poll

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
    adapt=adapt,
    poll=poll,
)
