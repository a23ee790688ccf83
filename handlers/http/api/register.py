"""All endpoints of the API, area by area."""

from handlers.http.api import account, feeds, webhooks
from handlers.http.api.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (*account.ENDPOINTS, *feeds.ENDPOINTS, *webhooks.ENDPOINTS)
