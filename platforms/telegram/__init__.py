"""Telegram: messages, media and polls of a bot in a channel or group."""

from platforms.base import Connector
from platforms.telegram.address import post_at
from platforms.telegram.auth import identify, login
from platforms.telegram.find import find
from platforms.telegram.metrics import account_metrics
from platforms.telegram.publish import delete, prepare, publish
from platforms.telegram.spec import SPEC, adapt

CONNECTOR = Connector(
    spec=SPEC,
    login=login,
    identify=identify,
    refresh=None,
    prepare=prepare,
    publish=publish,
    find=find,
    metrics=None,
    account_metrics=account_metrics,
    delete=delete,
    adapt=adapt,
    post_at=post_at,
)
