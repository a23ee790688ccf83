"""Facebook Pages. Profiles and groups cannot be posted to."""

from platforms.base import Connector
from platforms.facebook.address import post_at
from platforms.facebook.auth import choices, identify
from platforms.facebook.find import find
from platforms.facebook.history import history
from platforms.facebook.metrics import account_metrics, metrics
from platforms.facebook.publish import delete, poll, publish
from platforms.facebook.spec import SPEC
from platforms.facebook.uploads import prepare

CONNECTOR = Connector(
    spec=SPEC,
    login=None,
    identify=identify,
    refresh=None,
    prepare=prepare,
    publish=publish,
    find=find,
    poll=poll,
    metrics=metrics,
    account_metrics=account_metrics,
    history=history,
    delete=delete,
    choices=choices,
    post_at=post_at,
)
