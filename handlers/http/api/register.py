"""All endpoints of the API, area by area."""

from handlers.http.api import account, analytics, auth, connect, content, missions, publish
from handlers.http.api.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *account.ENDPOINTS,
    *connect.ENDPOINTS,
    *publish.ENDPOINTS,
    *content.ENDPOINTS,
    *missions.ENDPOINTS,
    *analytics.ENDPOINTS,
    *auth.ENDPOINTS,
)
