"""Google Business Profile: updates, events and offers on a location's profile in Google Search and Maps."""

from platforms.base import Connector
from platforms.google_business_profile.find import find
from platforms.google_business_profile.history import history
from platforms.google_business_profile.locations import choices, identify
from platforms.google_business_profile.metrics import account_metrics
from platforms.google_business_profile.publish import delete, poll, prepare, publish
from platforms.google_business_profile.spec import SPEC

CONNECTOR = Connector(
    spec=SPEC,
    login=None,
    identify=identify,
    refresh=None,
    prepare=prepare,
    publish=publish,
    find=find,
    metrics=None,
    account_metrics=account_metrics,
    history=history,
    delete=delete,
    poll=poll,
    choices=choices,
)
