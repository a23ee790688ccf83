"""Mastodon and the servers that speak its API."""

from platforms.base import Connector
from platforms.mastodon.address import post_at
from platforms.mastodon.auth import identify, login, register, revoke, scopes_at, server_url
from platforms.mastodon.delete import delete
from platforms.mastodon.find import find
from platforms.mastodon.metrics import account_metrics, metrics
from platforms.mastodon.publish import prepare, publish
from platforms.mastodon.spec import SPEC, adapt

CONNECTOR = Connector(
    spec=SPEC,
    login=login,
    identify=identify,
    refresh=None,
    prepare=prepare,
    publish=publish,
    find=find,
    metrics=metrics,
    account_metrics=account_metrics,
    delete=delete,
    adapt=adapt,
    revoke=revoke,
    server=server_url,
    register=register,
    scopes_at=scopes_at,
    post_at=post_at,
)
