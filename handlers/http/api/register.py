"""All endpoints of the API, area by area."""

from handlers.http.api import (
    account,
    account_days,
    analytics,
    auth,
    calendar,
    connect,
    content,
    feeds,
    media,
    missions,
    numbers,
    posts,
    publish,
    webhooks,
)
from handlers.http.api.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *account.ENDPOINTS,
    *posts.ENDPOINTS,
    *media.ENDPOINTS,
    *numbers.ENDPOINTS,
    *calendar.ENDPOINTS,
    *feeds.ENDPOINTS,
    *connect.ENDPOINTS,
    *publish.ENDPOINTS,
    *content.ENDPOINTS,
    *missions.ENDPOINTS,
    *analytics.ENDPOINTS,
    *account_days.ENDPOINTS,
    *webhooks.ENDPOINTS,
    *auth.ENDPOINTS,
)
