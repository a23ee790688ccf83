"""LinkedIn: members' profiles and organisations' pages."""

from platforms.base import Connector
from platforms.linkedin.address import post_at
from platforms.linkedin.auth import choices, identify
from platforms.linkedin.find import find
from platforms.linkedin.history import history
from platforms.linkedin.metrics import account_metrics, metrics
from platforms.linkedin.publish import delete, prepare, publish
from platforms.linkedin.spec import SPEC, adapt

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
    choices=choices,
    post_at=post_at,
)
