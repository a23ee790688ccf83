"""Files that networks fetch from us, under addresses that are signed and end: bot/services/public_links.py."""

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import clock
from bot.services import public_links
from bot.services.deps import Deps

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_LONGEST_CACHED_S = 3600
_LONGEST_NAME = 400


def media_routes(deps: Deps) -> list[Route]:
    """`GET` and `HEAD /media/<token>`, ranges included. There is no list, and what is not signed is not there."""

    async def serve(request: Request) -> Response:
        name = str(request.path_params["name"])
        if len(name) > _LONGEST_NAME:
            return _said("There is no such file.", 404)
        try:
            found = await public_links.open_link(deps, name)
        except public_links.LinkExpired:
            return _said("This address is no longer good.", 410)
        if found is None:
            return _said("There is no such file.", 404)
        left_s = min(int((found.until - clock.now()).total_seconds()), _LONGEST_CACHED_S)
        headers = {**_ALWAYS, "Cache-Control": f"private, max-age={max(left_s, 0)}, immutable"}
        return FileResponse(found.path, media_type=found.mime_type, headers=headers)

    return [Route("/media/{name}", serve, methods=["GET", "HEAD"])]


def _said(text: str, status: int) -> Response:
    return PlainTextResponse(text, status_code=status, headers={**_ALWAYS, "Cache-Control": "no-store"})
