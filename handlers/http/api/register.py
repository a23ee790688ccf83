"""All endpoints of the API, area by area."""

from handlers.http.api import account, calendar, feeds, media, numbers, posts, webhooks
from handlers.http.api.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *account.ENDPOINTS,
    *posts.ENDPOINTS,
    *media.ENDPOINTS,
    *numbers.ENDPOINTS,
    *calendar.ENDPOINTS,
    *feeds.ENDPOINTS,
    *webhooks.ENDPOINTS,
)
