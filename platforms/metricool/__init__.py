"""Metricool: a route to the networks that are connected there."""

from platforms.base import Connector
from platforms.metricool.auth import ROUTE, identify, login
from platforms.metricool.find import find, poll, withdraw
from platforms.metricool.publish import prepare, publish
from platforms.metricool.spec import SPEC, adapt

CONNECTOR = Connector(
    spec=SPEC,
    login=login,
    identify=identify,
    refresh=None,
    prepare=prepare,
    publish=publish,
    find=find,
    metrics=None,
    adapt=adapt,
    poll=poll,
    withdraw=withdraw,
    route=ROUTE,
)
