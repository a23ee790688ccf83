"""All endpoints of the API, area by area."""

from handlers.http.api import account, feeds, numbers, posts, webhooks
from handlers.http.api.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *account.ENDPOINTS,
    *posts.ENDPOINTS,
    *numbers.ENDPOINTS,
    *feeds.ENDPOINTS,
    *webhooks.ENDPOINTS,
)
