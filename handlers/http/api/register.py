"""All endpoints of the API, area by area."""

from handlers.http.api import (
    account,
    analytics,
    auth,
    calendar,
    connect,
    content,
    media,
    missions,
    numbers,
    posts,
    publish,
)
from handlers.http.api.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *account.ENDPOINTS,
    *posts.ENDPOINTS,
    *media.ENDPOINTS,
    *calendar.ENDPOINTS,
    *numbers.ENDPOINTS,
    *connect.ENDPOINTS,
    *publish.ENDPOINTS,
    *content.ENDPOINTS,
    *missions.ENDPOINTS,
    *analytics.ENDPOINTS,
    *auth.ENDPOINTS,
)
