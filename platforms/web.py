"""Pages and pictures from addresses that people give us, for link cards, and files they name by their address.

Nothing here trusts the address: only http and https, only public addresses, re-checked at each of at most three
redirects (platforms/addresses.py judges them at the moment of connecting), small limits for time and size, and what
cannot be had is simply left out. A post never fails because its card could not be made.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urljoin, urlsplit

import httpx

from platforms.addresses import Guard, literal
from platforms.base import Page
from platforms.text import shorten
from platforms.transport import FaultKind, TransportFault

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

TIMEOUT_S = 10.0
LOOK_S = 5.0
"""For finding out whether there is anything at an address."""
DOWNLOAD_S = 300.0
"""For a whole file that a person named."""
LONGEST_PAGE_BYTES = 1_000_000
MOST_REDIRECTS = 3
LONGEST_ADDRESS = 2_000
LONGEST_TITLE = 300
LONGEST_DESCRIPTION = 1_000
PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_HEADERS = {"user-agent": "Herald/0.1.0", "accept-encoding": "gzip, deflate"}
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOUND = 200
_CLIENT_ERROR = 400
NO_SUCH_HOST = 0
"""In the place of a status: the name of the host leads nowhere."""


class CannotFetch(Exception):
    """A file somebody named by its address cannot be had; its text is the end of a sentence."""


_REASONS = {
    FaultKind.ADDRESS: "does not lie on the public internet",
    FaultKind.TOO_LONG: "is too large",
    FaultKind.TIMED_OUT: "takes too long",
    FaultKind.UNREACHABLE: "cannot be reached",
}


class WebPages:
    """Fetches cards over a transport of its own, whose guard trusts nobody: the operator's own hosts included."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        *,
        guard: Guard | None = None,
        timeout_s: float = TIMEOUT_S,
        download_s: float = DOWNLOAD_S,
    ) -> None:
        self._transport = transport
        self._guard = guard or Guard()
        """Says at once what the transport would say of an address given as a number."""
        self._timeout_s = timeout_s
        self._download_s = download_s

    async def page(self, url: str, *, max_image_bytes: int) -> Page | None:
        """The page's title, description and picture; None when there is no readable page with a title."""
        found = await self._fetch(url, accepts=PAGE_TYPES, limit=LONGEST_PAGE_BYTES)
        if found is None:
            return None
        final_url, answer = found
        facts = await asyncio.to_thread(read_card, answer.content, answer.headers.get("content-type", ""))
        if not facts.get("title"):
            return None
        picture = await self._picture(_address_from(final_url, facts.get("image", "")), facts, max_image_bytes)
        return Page(
            url=url,
            title=shorten(facts["title"], LONGEST_TITLE),
            description=shorten(facts.get("description", ""), LONGEST_DESCRIPTION),
            image=None if picture is None else picture.content,
            image_mime_type=None if picture is None else _media_type(picture),
        )

    async def download(self, url: str, target: Path, *, max_bytes: int) -> None:
        """Bring the file at `url` to `target`, streamed. Raises CannotFetch with the end of a sentence."""
        with target.open("wb") as file:
            for _ in range(MOST_REDIRECTS + 1):
                answer = await self._download_once(url, file, max_bytes)
                if answer.status_code not in _REDIRECTS:
                    break
                url = _address_from(url, answer.headers.get("location", ""))
            else:
                raise CannotFetch("leads from one address to another without end")
        if answer.status_code != _FOUND:
            raise CannotFetch(f"answers with status {answer.status_code}")

    async def look(self, url: str) -> int | None:
        """The status with which an address answers at last, NO_SUCH_HOST, or None when nobody can tell.

        HEAD is asked first, and GET where that is refused: some servers know only one of them.
        """
        status: int | None = None
        for method in ("HEAD", "GET"):
            status = await self._look(url, method)
            if status is None or status < _CLIENT_ERROR:
                return status
        return status

    async def _look(self, url: str, method: str) -> int | None:
        for _ in range(MOST_REDIRECTS + 1):
            if not is_web_address(url):
                return None
            request = httpx.Request(
                method,
                url,
                headers={**_HEADERS, "accept": "*/*"},
                extensions={"timeout_s": min(LOOK_S, self._timeout_s), "max_answer_bytes": LONGEST_PAGE_BYTES},
            )
            try:
                answer = await self._transport.handle_async_request(request)
            except TransportFault as fault:
                unreachable = fault.kind is FaultKind.UNREACHABLE
                return NO_SUCH_HOST if unreachable and await _is_nobody(request.url.host) else None
            except httpx.TransportError:
                return None
            if answer.status_code not in _REDIRECTS:
                return answer.status_code
            url = _address_from(url, answer.headers.get("location", ""))
        return None

    async def _download_once(self, url: str, file: BinaryIO, limit: int) -> httpx.Response:
        if not is_web_address(url):
            raise CannotFetch("is, or leads to, no web address Herald goes to")

        async def sink(piece: bytes) -> None:
            await asyncio.to_thread(file.write, piece)

        extensions = {"timeout_s": self._download_s, "max_answer_bytes": limit, "sink": sink}
        headers = {**_HEADERS, "accept": "*/*", "accept-encoding": "identity"}
        try:
            return await self._transport.handle_async_request(
                httpx.Request("GET", url, headers=headers, extensions=extensions)
            )
        except TransportFault as fault:
            raise CannotFetch(_REASONS.get(fault.kind, "did not answer")) from fault

    def may_deliver_to(self, url: str) -> bool:
        """Whether a webhook may be there: https, or http on this machine where the operator allows that."""
        if len(url) > LONGEST_ADDRESS or not is_web_address(url):
            return False
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        address = literal(host) or ("127.0.0.1" if host == "localhost" else None)
        if address is not None and self._guard.refuses(host, port, address):
            return False
        here = address is not None and ipaddress.ip_address(address).is_loopback
        return parts.scheme == "https" or (here and self._guard.allow_loopback)

    async def deliver(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Post an event to a webhook; the status it answers with, redirects unfollowed. Raises CannotFetch."""
        if not self.may_deliver_to(url):
            raise CannotFetch("is no address a webhook may have")
        request = httpx.Request(
            "POST",
            url,
            headers={"user-agent": _HEADERS["user-agent"], "content-type": "application/json", **headers},
            content=body,
            extensions={"timeout_s": self._timeout_s, "max_answer_bytes": LONGEST_PAGE_BYTES},
        )
        try:
            answer = await self._transport.handle_async_request(request)
        except TransportFault as fault:
            raise CannotFetch(_REASONS.get(fault.kind, "did not answer")) from fault
        return answer.status_code

    async def _picture(self, url: str, facts: Mapping[str, str], limit: int) -> httpx.Response | None:
        if not facts.get("image"):
            return None
        found = await self._fetch(url, accepts=IMAGE_TYPES, limit=limit)
        return None if found is None else found[1]

    async def _fetch(self, url: str, *, accepts: frozenset[str], limit: int) -> tuple[str, httpx.Response] | None:
        """The final address and the answer found there, if it is of a wanted type."""
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._get(url, accepts=accepts, limit=limit)
            if answer is None or answer.status_code not in _REDIRECTS:
                break
            url = _address_from(url, answer.headers.get("location", ""))
        else:
            return None
        if answer is None or answer.status_code != _FOUND or _media_type(answer) not in accepts:
            return None
        return url, answer

    async def _get(self, url: str, *, accepts: frozenset[str], limit: int) -> httpx.Response | None:
        if not is_web_address(url):
            return None
        request = httpx.Request(
            "GET",
            url,
            headers={**_HEADERS, "accept": ", ".join(sorted(accepts))},
            extensions={"timeout_s": self._timeout_s, "max_answer_bytes": limit},
        )
        try:
            answer = await self._transport.handle_async_request(request)
            await answer.aread()
        except httpx.TransportError:
            return None
        return answer


async def _is_nobody(host: str) -> bool:
    """Whether the system's resolver is sure that there is no such name; a resolver that is away is not."""
    try:
        await asyncio.get_running_loop().getaddrinfo(host, None)
    except socket.gaierror as error:
        return error.errno in {socket.EAI_NONAME, socket.EAI_NODATA}
    except OSError:
        return False
    return False


def is_web_address(url: str) -> bool:
    """Whether this is an http or https address with a host, no password, and no other service's port."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        return False
    low = port not in _PORTS.values() and port < 1024  # noqa: PLR2004  # below are other services' ports
    return parts.scheme in _PORTS and bool(parts.hostname) and parts.username is None and not low


def _address_from(here: str, said: str) -> str:
    """The address that a page says, seen from its own; empty, which is none, for what nobody can read as one."""
    try:
        return urljoin(here, said)
    except ValueError:
        return ""


def read_card(body: bytes, content_type: str) -> dict[str, str]:
    """What a page says of itself, by `title`, `description` and `image`: Open Graph first, then plain HTML.

    Nothing of a page that the parser rejects. A long page takes it a second or more. Source: https://ogp.me/,
    2026-11-21.
    """
    from bs4 import BeautifulSoup  # noqa: PLC0415  # loaded when used: with it come 4 MB that most workers never need
    from bs4.exceptions import ParserRejectedMarkup  # noqa: PLC0415

    charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip("\"' ") or None
    try:
        page = BeautifulSoup(body, "html.parser", from_encoding=charset)
    except ParserRejectedMarkup:
        return {}
    facts: dict[str, str] = {}
    for name in ("title", "description", "image"):
        value = _meta(page, "property", f"og:{name}") or _meta(page, "name", f"og:{name}")
        if value:
            facts[name] = value
    if "title" not in facts and page.title is not None:
        facts["title"] = " ".join(page.title.get_text().split())
    if "description" not in facts and (described := _meta(page, "name", "description")):
        facts["description"] = described
    return facts


def _meta(page: "BeautifulSoup", attribute: str, wanted: str) -> str:
    for tag in page.find_all("meta", attrs={attribute: wanted}):
        content = tag.get("content")
        if isinstance(content, str) and content.strip():
            return " ".join(content.split())
    return ""


def _media_type(answer: httpx.Response) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()
