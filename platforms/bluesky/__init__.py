"""Bluesky, by consent or by app password."""

from platforms.base import Connector
from platforms.bluesky import client, oauth
from platforms.bluesky.address import post_at
from platforms.bluesky.auth import identify, login, refresh, renews_once, revoke
from platforms.bluesky.delete import delete
from platforms.bluesky.find import find
from platforms.bluesky.metrics import account_metrics, metrics
from platforms.bluesky.publish import prepare, publish
from platforms.bluesky.spec import SPEC
from platforms.consent import OwnConsent

CONNECTOR = Connector(
    spec=SPEC,
    login=login,
    identify=identify,
    refresh=refresh,
    renews_once=renews_once,
    prepare=prepare,
    publish=publish,
    find=find,
    metrics=metrics,
    account_metrics=account_metrics,
    delete=delete,
    revoke=revoke,
    consent=OwnConsent(
        label="Your handle, such as juniper.bsky.social",
        by_account=client.by_account,
        trouble=client.trouble,
        register=client.register,
        document=client.document,
        ask=oauth.ask,
        redeem=oauth.redeem,
    ),
    post_at=post_at,
)
