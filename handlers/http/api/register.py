"""All endpoints of the API, area by area."""

from handlers.http.api import account, calendar, media, numbers, posts
from handlers.http.api.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *account.ENDPOINTS,
    *posts.ENDPOINTS,
    *media.ENDPOINTS,
    *calendar.ENDPOINTS,
    *numbers.ENDPOINTS,
)
