"""Cards of web pages, and the addresses nobody may send us to."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.clock import uptime_s
from platforms.addresses import AddressRefused, Guard, GuardedResolver
from platforms.transport import AiohttpTransport, FaultKind, TransportFault
from platforms.web import MOST_REDIRECTS, NO_SUCH_HOST, WebPages, is_web_address, read_card
from tests.platforms.raw import OK, Peer, RawServer

FORBIDDEN = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",  # noqa: S104  # an address to refuse, not to bind
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001::1",
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_an_address_inside_is_refused(address: str) -> None:
    assert Guard().refuses("site.example", 80, address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1", "2002:101:101::"]
)
def test_a_public_address_is_not_refused(address: str) -> None:
    assert not Guard().refuses("site.example", 443, address)


def test_tests_may_allow_loopback_and_nothing_else() -> None:
    guard = Guard(allow_loopback=True)

    assert not any(guard.refuses("x", 80, address) for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"))
    assert all(guard.refuses("x", 80, address) for address in ("10.1.2.3", "169.254.169.254", "fc00::1", "::"))


def test_a_configured_host_is_trusted_on_its_port_alone() -> None:
    guard = Guard(trusted=frozenset({("pds.internal", 3000)}))

    assert not guard.refuses("PDS.internal", 3000, "10.0.0.5")
    assert guard.refuses("pds.internal", 22, "10.0.0.5")
    assert guard.refuses("other.internal", 3000, "10.0.0.5")


class Names(AbstractResolver):
    """Resolves every name to what `answers` says next."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)
        self.closed = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            {"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": 0}
            for address in self.answers.pop(0)
        ]

    async def close(self) -> None:
        self.closed = True


async def test_one_forbidden_address_among_many_refuses_the_name() -> None:
    names = Names(("1.1.1.1", "10.0.0.1"), ("1.1.1.1",))
    resolver = GuardedResolver(Guard(), lambda: names)

    with pytest.raises(AddressRefused):
        await resolver.resolve("two-faced.example", 80)
    assert [found["host"] for found in await resolver.resolve("two-faced.example", 80)] == ["1.1.1.1"]
    await resolver.close()
    assert names.closed


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "127.1", "2130706433", "0x7f.1", "017700000001"]
)
async def test_no_spelling_of_this_machine_is_connected_to(host: str) -> None:
    async def answering(peer: Peer) -> None:
        await peer.send(OK)

    async with RawServer(answering) as server, AiohttpTransport() as transport:
        request = httpx.Request("GET", f"http://{host}:{server.port}/", extensions={"timeout_s": 5.0})
        with pytest.raises(TransportFault) as caught:
            await transport.handle_async_request(request)

        assert caught.value.kind in {FaultKind.ADDRESS, FaultKind.UNREACHABLE}
        assert not caught.value.written
        assert server.connections == 0


PIXEL = b"\x89PNG\r\n\x1a\n" + b"0" * 92


class Site:
    """A small web site whose pages are answers by path."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.asked: list[str] = []

    async def serve(self, peer: Peer) -> None:
        while head := await peer.head():
            path = head.split(" ")[1]
            self.asked.append(path)
            headers, body = self.pages.get(path, ("X-Found: no", b""))
            status = "302 Found" if headers.startswith("Location") else "200 OK" if path in self.pages else "404 Gone"
            await peer.send(f"HTTP/1.1 {status}\r\n{headers}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


@pytest.fixture
async def site() -> AsyncIterator[tuple[Site, str, WebPages]]:
    served = Site()
    async with RawServer(served.serve) as server, AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        yield served, server.url, WebPages(transport)


HTML = "Content-Type: text/html; charset=utf-8"
CARD = """<head><title>Plain</title><meta property="og:title" content=" Grüße   aus
 Köln "><meta property="og:description" content="&lt;b&gt;"><meta property="og:image" content="/pixel.png"></head>"""


async def test_a_page_becomes_a_card_with_its_picture(site: tuple[Site, str, WebPages]) -> None:
    served, url, pages = site
    served.pages = {"/a": (HTML, CARD.encode()), "/pixel.png": ("Content-Type: image/png", PIXEL)}

    page = await pages.page(f"{url}/a", max_image_bytes=100)

    assert page is not None
    assert (page.url, page.title, page.description) == (f"{url}/a", "Grüße aus Köln", "<b>")
    assert (page.image, page.image_mime_type) == (PIXEL, "image/png")


@pytest.mark.parametrize("picture", ["", "Content-Type: text/html", "Content-Type: image/svg+xml"])
async def test_a_picture_that_is_none_is_left_out(picture: str, site: tuple[Site, str, WebPages]) -> None:
    served, url, pages = site
    served.pages = {"/a": (HTML, CARD.encode())} | ({"/pixel.png": (picture, PIXEL)} if picture else {})

    page = await pages.page(f"{url}/a", max_image_bytes=100)

    assert page is not None
    assert (page.image, page.image_mime_type) == (None, None)


async def test_a_picture_whose_address_is_none_is_left_out(site: tuple[Site, str, WebPages]) -> None:
    served, url, pages = site
    served.pages = {"/a": (HTML, b'<title>x</title><meta property="og:image" content="http://[wrong/p.png">')}

    page = await pages.page(f"{url}/a", max_image_bytes=100)

    assert page is not None
    assert (page.title, page.image) == ("x", None)


async def test_nobody_waits_while_a_long_page_is_read(site: tuple[Site, str, WebPages]) -> None:
    served, url, pages = site
    served.pages = {"/a": (HTML, b"<title>x</title>" + b"<p>a<b>c</b>" * 80_000)}
    longest_s = 0.0

    async def beat() -> None:
        nonlocal longest_s
        while True:
            began_s = uptime_s()
            await asyncio.sleep(0.01)
            longest_s = max(longest_s, uptime_s() - began_s)

    beating = asyncio.create_task(beat())
    began_s = uptime_s()
    assert await pages.page(f"{url}/a", max_image_bytes=100) is not None
    took_s = uptime_s() - began_s
    beating.cancel()
    assert longest_s < took_s / 2


async def test_a_picture_over_the_limit_is_left_out(site: tuple[Site, str, WebPages]) -> None:
    served, url, pages = site
    served.pages = {"/a": (HTML, CARD.encode()), "/pixel.png": ("Content-Type: image/png", PIXEL)}

    page = await pages.page(f"{url}/a", max_image_bytes=99)

    assert page is not None
    assert page.image is None


async def test_a_plain_page_falls_back_to_its_title(site: tuple[Site, str, WebPages]) -> None:
    served, url, pages = site
    html = b"<title> Plain\n title </title><meta name=description content='said so'>"
    served.pages = {"/a": (HTML, html)}

    page = await pages.page(f"{url}/a", max_image_bytes=100)

    assert page is not None
    assert (page.title, page.description, page.image) == ("Plain title", "said so", None)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (HTML, b"<p>no title</p>"),
        (HTML, b""),
        ("Content-Type: application/pdf", CARD.encode()),
        ("X-No: type", CARD.encode()),
        (HTML, b"<title>x</title>" + b" " * 1_000_000),
        (HTML, b"<title>x</title><![wrong["),
        ("Location: http://[wrong/", b""),
    ],
    ids=["no title", "empty", "another type", "no type", "too long", "rejected by the parser", "leads nowhere"],
)
async def test_a_page_without_use_is_none(headers: str, body: bytes, site: tuple[Site, str, WebPages]) -> None:
    served, url, pages = site
    served.pages = {"/a": (headers, body)}

    assert await pages.page(f"{url}/a", max_image_bytes=100) is None
    assert await pages.page(f"{url}/missing", max_image_bytes=100) is None


async def test_three_redirects_are_followed_and_a_fourth_is_not(site: tuple[Site, str, WebPages]) -> None:
    served, url, pages = site
    served.pages = {f"/{n}": (f"Location: /{n + 1}", b"") for n in range(MOST_REDIRECTS + 1)}
    served.pages[f"/{MOST_REDIRECTS + 1}"] = (HTML, CARD.encode())

    assert await pages.page(f"{url}/0", max_image_bytes=100) is None
    page = await pages.page(f"{url}/1", max_image_bytes=100)

    assert page is not None
    assert page.url == f"{url}/1"


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "gopher://x/"])
async def test_a_redirect_inside_leads_nowhere(target: str, site: tuple[Site, str, WebPages]) -> None:
    served, url, pages = site
    served.pages = {"/a": (f"Location: {target}", b"")}

    assert await asyncio.wait_for(pages.page(f"{url}/a", max_image_bytes=100), 2) is None
    assert served.asked == ["/a"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://site.example/",
        "javascript:alert(1)",
        "//site.example/",
        "http:///path",
        "http://user:pass@site.example/",
        "http://site.example:22/",
        "http://site.example:99999/",
        "http://[::1/",
        "http://site.exa\nmple/",
        "",
    ],
)
def test_what_is_no_web_address_is_not_fetched(url: str) -> None:
    assert not is_web_address(url)


@pytest.mark.parametrize("url", ["http://site.example", "https://bücher.example:8443/a?b#c", "http://1.1.1.1:80/"])
def test_web_addresses_are(url: str) -> None:
    assert is_web_address(url)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<title>Grüße</title>".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("<title>Grüße</title>".encode(), 'text/html; charset="utf-8"'),
        ("<meta charset=utf-8><title>Grüße</title>".encode(), "text/html"),
    ],
)
def test_the_pages_alphabet_is_respected(body: bytes, content_type: str) -> None:
    assert read_card(body, content_type) == {"title": "Grüße"}


def test_an_empty_tag_does_not_hide_a_full_one() -> None:
    html = b'<meta property="og:title" content=" "><meta property="og:title"><meta name="og:title" content="T">'

    assert read_card(html, "text/html; charset=nonsense") == {"title": "T"}


# --- Whether there is anything ----------------------------------------------------------------------------------------


def looking(answer: Callable[[httpx.Request], httpx.Response]) -> WebPages:
    return WebPages(httpx.MockTransport(answer))


@pytest.mark.parametrize("status", [200, 204, 403, 404, 410, 429, 500])
async def test_a_look_tells_with_which_status_an_address_answers(status: int) -> None:
    assert await looking(lambda _: httpx.Response(status)).look("https://site.example/page") == status


async def test_a_look_follows_few_redirects_and_goes_nowhere_else_than_the_web() -> None:
    endless = looking(lambda _: httpx.Response(302, headers={"location": "/again"}))
    assert await endless.look("https://site.example/") is None
    for place in ("ftp://site.example", "http://[wrong/"):
        elsewhere = looking(lambda _, to=place: httpx.Response(302, headers={"location": to}))
        assert await elsewhere.look("https://site.example/") is None
    assert await looking(lambda _: httpx.Response(200)).look("javascript:alert(1)") is None


async def test_head_is_believed_only_when_it_says_yes() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(405 if request.method == "HEAD" else 200)

    assert await looking(answer).look("https://site.example/") == 200
    assert asked == ["HEAD", "GET"]


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no such name"), NO_SUCH_HOST),
        (socket.gaierror(socket.EAI_AGAIN, "ask later"), None),
        (None, None),
    ],
)
async def test_only_a_resolver_that_is_sure_says_that_there_is_no_such_site(
    monkeypatch: pytest.MonkeyPatch, error: socket.gaierror | None, seen: int | None
) -> None:
    async def resolve(*_: object) -> list[object]:
        if error is not None:
            raise error
        return []

    def unreachable(_request: httpx.Request) -> httpx.Response:
        raise TransportFault(FaultKind.UNREACHABLE, written=False)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    assert await looking(unreachable).look("https://nobody.example/") == seen


@pytest.mark.parametrize("kind", [FaultKind.TIMED_OUT, FaultKind.ADDRESS, FaultKind.TOO_LONG, FaultKind.LOST])
async def test_of_what_else_goes_wrong_nobody_can_tell(kind: FaultKind) -> None:
    def broken(_request: httpx.Request) -> httpx.Response:
        raise TransportFault(kind, written=True)

    assert await looking(broken).look("https://site.example/") is None
