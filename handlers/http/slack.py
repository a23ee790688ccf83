"""Slack's routes: its requests, and adding Herald to a workspace from a browser."""

import html
from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

_LONGEST_BODY_BYTES = 1_000_000
_COOKIE_S = 600
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Herald</title>
<body style="font:16px/1.5 system-ui,sans-serif;max-width:480px;margin:4rem auto;padding:0 1rem">
<h1 style="font-size:1.25rem">{title}</h1><p>{text}</p>{link}</body></html>"""


class Reply(Protocol):
    """What Slack is answered."""

    @property
    def status(self) -> int: ...  # noqa: D102
    @property
    def body(self) -> str: ...  # noqa: D102
    @property
    def headers(self) -> Mapping[str, str]: ...  # noqa: D102


class Hatch(Protocol):
    """Takes what Slack sends; checks that it was Slack."""

    def receive(self, headers: Mapping[str, str], body: bytes) -> Awaitable[Reply]:
        """Answer one request. `headers` has names in lower case."""
        ...


class Visit(Protocol):
    """What a browser is answered: another place to go, or a page."""

    @property
    def status(self) -> int: ...  # noqa: D102
    @property
    def location(self) -> str | None: ...  # noqa: D102
    @property
    def cookie(self) -> str | None: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def link(self) -> tuple[str, str] | None: ...  # noqa: D102


class Installer(Protocol):
    """Adds Herald to workspaces."""

    @property
    def cookie_name(self) -> str:
        """The cookie that ties the way back to the browser that began."""
        ...

    def install(self) -> Awaitable[Visit]:
        """Begin."""
        ...

    def come_back(self, *, state: str, code: str, error: str, cookie: str) -> Awaitable[Visit]:
        """End."""
        ...


def slack_routes(hatch: Hatch | None, installer: Installer | None, *, secure: bool) -> list[Route]:
    """Routes for what is configured. `secure`: browsers reach Herald by https, and the cookie travels by it alone."""
    routes: list[Route] = []
    if hatch is not None:
        routes.append(Route("/slack/events", _events(hatch), methods=["POST"]))
    if installer is not None:
        routes += _installing(installer, secure=secure)
    return routes


def _events(hatch: Hatch):  # noqa: ANN202  # a Starlette endpoint
    async def events(request: Request) -> Response:
        body = await _read(request)
        if body is None:
            return Response("Too large.", status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        headers = {name.lower(): value for name, value in request.headers.items()}
        reply = await hatch.receive(headers, body)
        return Response(reply.body, status_code=reply.status, headers=dict(reply.headers))

    return events


async def _read(request: Request) -> bytes | None:
    """The body; None if it is longer than Slack's requests are."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_BODY_BYTES:
            return None
    return bytes(body)


def _installing(installer: Installer, *, secure: bool) -> list[Route]:
    name = installer.cookie_name

    async def install(_request: Request) -> Response:
        return _shown(await installer.install(), name, secure=secure)

    async def come_back(request: Request) -> Response:
        given = request.query_params
        visit = await installer.come_back(
            state=given.get("state", ""),
            code=given.get("code", ""),
            error=given.get("error", ""),
            cookie=request.cookies.get(name, ""),
        )
        return _shown(visit, name, secure=secure)

    return [Route("/slack/install", install), Route("/slack/oauth_redirect", come_back)]


def _shown(visit: Visit, cookie_name: str, *, secure: bool) -> Response:
    if visit.location is not None:
        answer: Response = RedirectResponse(visit.location, status_code=HTTPStatus.FOUND, headers=_HEADERS)
    else:
        answer = HTMLResponse(_page(visit), status_code=visit.status, headers=_HEADERS)
    if visit.cookie:
        answer.set_cookie(
            cookie_name, visit.cookie, max_age=_COOKIE_S, path="/slack", secure=secure, httponly=True, samesite="lax"
        )
    elif visit.cookie is not None:
        answer.delete_cookie(cookie_name, path="/slack", secure=secure, httponly=True, samesite="lax")
    return answer


def _page(visit: Visit) -> str:
    link = ""
    if visit.link is not None:
        href, words = visit.link
        link = f'<p><a href="{html.escape(href)}">{html.escape(words)}</a></p>'
    return _PAGE.format(title=html.escape(visit.title), text=html.escape(visit.text), link=link)
