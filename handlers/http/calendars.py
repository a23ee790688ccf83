"""Calendar feeds at their unguessable addresses."""

import hashlib

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.services import calendars
from bot.services.deps import Deps

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


def calendar_routes(deps: Deps) -> list[Route]:
    """`GET` and `HEAD /calendar/<token>.ics`."""

    async def serve(request: Request) -> Response:
        found = await calendars.read_feed(deps, str(request.path_params["token"]))
        if found is None:
            headers = {**_ALWAYS, "Cache-Control": "no-store"}
            return PlainTextResponse("There is no such calendar.", status_code=404, headers=headers)
        tag = f'"{hashlib.sha256(found.content).hexdigest()[:32]}"'
        headers = {**_ALWAYS, "ETag": tag, "Cache-Control": "private, max-age=300"}
        if _is_known(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="posts.ics"'
        return Response(found.content, media_type="text/calendar; charset=utf-8", headers=headers)

    return [Route("/calendar/{token}.ics", serve, methods=["GET"])]


def _is_known(given: str, tag: str) -> bool:
    """Whether the caller has this already. Compared weakly: a proxy may have marked the tag so."""
    known = {one.strip().removeprefix("W/") for one in given.split(",")}
    return tag in known or "*" in known
