"""The web application: is it alive, is it ready, and where people come back to after a consent."""

import html
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bot.domain.accounts import Secret
from bot.domain.errors import UserError
from bot.services import connecting, doctor
from bot.services.deps import Deps

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Herald</title><body style="font:16px/1.5 system-ui,sans-serif;max-width:480px;margin:4rem auto;padding:0 1rem">
<h1 style="font-size:1.25rem">{title}</h1><p>{text}</p></body></html>"""
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
_LONGEST = 4_096


def application(deps: Deps, extra: Sequence[Route] = ()) -> Starlette:
    """Build the application, with these routes beside its own."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        trouble = await doctor.database_trouble(deps)
        body = {"status": "ok"} if trouble is None else {"status": "unavailable", "reason": trouble}
        return JSONResponse(body, status_code=200 if trouble is None else 503)

    async def callback(request: Request) -> Response:
        return await _come_back(deps, request)

    own = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/oauth/callback", callback)]
    return Starlette(routes=[*own, *extra])


async def _come_back(deps: Deps, request: Request) -> Response:
    """Finish a consent. The code and the state are never logged."""
    state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
    if not state or max(len(state), len(code)) > _LONGEST:
        return _page(400, "This link is not complete.", "Ask for a new one where you started.")
    try:
        account = await connecting.finish_consent(deps, state, Secret(code) if code else None)
    except UserError as error:
        return _page(400, "Nothing changed.", error.message)
    title = deps.connectors[account.platform].spec.title
    return _page(200, f"{title} · {account.handle} is connected.", "You can close this page.")


def _page(status: int, title: str, text: str) -> Response:
    content = _PAGE.format(title=html.escape(title), text=html.escape(text))
    return HTMLResponse(content, status_code=status, headers=_HEADERS)
