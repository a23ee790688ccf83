"""Threads, by Meta's API for it."""

from platforms.base import Connector
from platforms.threads.auth import identify
from platforms.threads.containers import prepare
from platforms.threads.find import find
from platforms.threads.history import history
from platforms.threads.metrics import account_metrics, metrics
from platforms.threads.publish import delete, publish
from platforms.threads.spec import SPEC

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
