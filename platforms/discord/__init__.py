"""Discord, by the webhooks of its channels."""

from platforms.base import Connector
from platforms.discord.address import post_at
from platforms.discord.auth import identify, login
from platforms.discord.find import find
from platforms.discord.metrics import delete, metrics
from platforms.discord.publish import prepare, publish
from platforms.discord.spec import SPEC

CONNECTOR = Connector(
    spec=SPEC,
    login=login,
    identify=identify,
    refresh=None,
    prepare=prepare,
    publish=publish,
    find=find,
    metrics=metrics,
    delete=delete,
    post_at=post_at,
)
