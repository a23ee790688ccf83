"""The web application: the HTTP API, is it alive and ready, the pages for connecting an account, and the guides."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.domain.accounts import Secret
from bot.services import doctor
from bot.services.deps import Deps
from handlers.http import pages
from handlers.http.api.door import PREFIXES, api_routes
from handlers.http.api.register import ENDPOINTS
from handlers.http.calendars import calendar_routes
from handlers.http.connect import SLACK_URL, Pages
from handlers.http.guides import Guides
from handlers.http.media import media_routes
from handlers.http.metrics import counting, metrics_routes
from handlers.http.reference import reference_routes


def application(
    deps: Deps,
    *,
    public_url: str,
    slack_url: str = SLACK_URL,
    extra: Sequence[Route] = (),
    metrics_token: Secret | None = None,
) -> ASGIApp:
    """Build the application with `extra` routes; browsers reach it at `public_url`, Slack at `slack_url`.

    Both without a trailing slash. Without `metrics_token` there is no `/metrics`.
    """

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        if await doctor.database_trouble(deps) is None:
            return JSONResponse({"status": "ok"})
        reason = "The database cannot be used. herald doctor says why."  # what it says names users and databases
        return JSONResponse({"status": "unavailable", "reason": reason}, status_code=503)

    async def nowhere(_request: Request, _error: Exception) -> Response:
        return pages.page(404, "There is no such page.", pages.text("Herald is used from Slack: type /social there."))

    connect = Pages(deps=deps, public_url=public_url, slack_url=slack_url).routes()
    own = [Route("/healthz", healthz), Route("/readyz", readyz), *media_routes(deps), *Guides(deps=deps).routes()]
    own += [*calendar_routes(deps), *metrics_routes(deps, metrics_token)]
    described = reference_routes(ENDPOINTS, PREFIXES, public_url)
    whole = Starlette(
        routes=[*described, *api_routes(deps, ENDPOINTS), *own, *connect, *extra], exception_handlers={404: nowhere}
    )
    return counting(whole, deps.tally)
