"""A network small enough to see through: a loopback server that remembers what was posted, and its connector.

It speaks two dialects: `record` (the client chooses the post's address, a repeat meets the first one) and `plain`
(every accepted request is a new post, found again by its text). What it does with the next requests is said by
`behaviour`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from aiohttp import web

from bot.domain.accounts import Connected
from bot.domain.capabilities import Capabilities, TextRules
from bot.domain.content import Draft
from platforms.base import (
    Absent,
    Answer,
    CannotTell,
    Connector,
    Endpoints,
    FindRules,
    Identity,
    Key,
    Pending,
    Prepared,
    Published,
    Repeat,
    Request,
    Spec,
    Wire,
)
from platforms.errors import ContentRefused, ErrorRule, Reconnect, TokenExpired

_SOURCE = "https://toy.example/docs"
_READ = date(2026, 11, 21)
LATE_S = 60.0
"""How much later than its deed a `late` answer comes."""


@dataclass
class ToyNetwork:
    """What the server knows. `posts` has (text, key, instant) in the order they came into being."""

    url: str = ""
    keyed: bool = True
    latency_s: float = 0.0
    posts: list[tuple[str, str, datetime]] = field(default_factory=list)
    arrivals: list[datetime] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The text of every creating call that arrived, in order: also of those that made nothing."""
    behaviour: Callable[[str], str] = lambda _: "ok"
    """Given a text, what to do: ok, lose_answer, lose_request, late, hang, 500_after, 500_before, 4xx, gate."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    down: bool = False
    held_looks: set[str] = field(default_factory=set)
    """Texts for which a look waits at the gate."""
    url_suffix: str = ""
    """Put behind a new post's address."""
    _known: dict[tuple[str, str], int] = field(default_factory=dict)
    """Where among `posts` the first one of a text and a key is, and, as ("", key), of a key."""

    def texts(self) -> list[str]:
        """Every post's text, in order."""
        return [text for text, _, _ in self.posts]

    def _store(self, text: str, key: str) -> int:
        if self.keyed and ("", key) in self._known:
            return self._known["", key]
        self.posts.append((text, key, datetime.now(UTC)))
        number = len(self.posts) - 1
        self._known.setdefault(("", key), number)
        self._known.setdefault((text, key), number)
        return number

    async def create(self, request: web.Request) -> web.StreamResponse:
        """POST /posts."""
        body = await request.json()
        self.arrivals.append(datetime.now(UTC))
        text, key = body["text"], body["key"]
        self.asked.append(text)
        what = self.behaviour(text)
        refusals = {"401": 401, "422": 422, "429": 429, "500_before": 500}
        if what in refusals:
            return web.json_response({"error": what, "message": "no"}, status=refusals[what])
        if what == "lose_request" and request.transport is not None:
            request.transport.abort()
            return web.Response()
        if what == "gate":
            await self.gate.wait()
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        number = self._store(text, key)
        if what == "lose_answer" and request.transport is not None:
            request.transport.abort()
        if what in {"hang", "late"}:
            await asyncio.sleep(3600 if what == "hang" else LATE_S)
        if what == "500_after":
            return web.json_response({"error": "500", "message": "broken"}, status=500)
        return web.json_response({"id": str(number), "url": f"{self.url}/posts/{number}{self.url_suffix}"})

    async def find(self, request: web.Request) -> web.Response:
        """GET /posts?text=&key=."""
        if self.down:
            return web.json_response({"error": "down", "message": "down"}, status=503)
        if request.query["text"] in self.held_looks:
            await self.gate.wait()
        number = self._known.get((request.query["text"], request.query["key"]))
        if number is None:
            return web.json_response({"id": None})
        return web.json_response({"id": str(number), "url": f"{self.url}/posts/{number}"})


@asynccontextmanager
async def toy_network(*, keyed: bool = True) -> AsyncIterator[ToyNetwork]:
    """A running server on loopback."""
    network = ToyNetwork(keyed=keyed)
    app = web.Application()
    app.router.add_post("/posts", network.create)
    app.router.add_get("/posts", network.find)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    network.url = f"http://{host}:{port}"
    try:
        yield network
    finally:
        network.gate.set()
        await runner.cleanup()


def toy_connector(*, repeat: Repeat = Repeat.RECORD, looks: int = 1, settle_s: float = 0.0) -> Connector:
    """The connector of the toy network."""
    return Connector(
        spec=Spec(
            name="toy",
            title="Toy",
            post_types=("toy-post",),
            capabilities=Capabilities(
                name="Toy",
                text=TextRules(limit=300, unit="characters", count=_count, source=_SOURCE, read=_READ),
                media={},
                max_attachments=0,
                threads=True,
            ),
            find=FindRules(repeat=repeat, looks=looks, settle_s=settle_s, deadline_s=600, source=_SOURCE, read=_READ),
            api_url="",
            errors=(
                ErrorRule(raises=TokenExpired, status=401, safe="Toy no longer accepts the token.", source=_SOURCE),
                ErrorRule(raises=ContentRefused, status=422, safe="Toy refused the text.", source=_SOURCE),
            ),
            read_error=_read_error,
            read_reset=lambda _answer, _came: None,
        ),
        login=None,
        identify=_identify,
        refresh=None,
        prepare=_prepare,
        publish=_publish,
        find=_find,
        metrics=None,
    )


def _count(draft: Draft) -> int:
    return len(draft.text)


def _read_error(answer: Answer) -> tuple[str | None, str | None]:
    body = answer.json()
    return (str(body["error"]), str(body["message"])) if isinstance(body, dict) else (None, None)


async def _identify(_wire: Wire, account: Connected) -> Identity:
    known = account.account
    return Identity(
        platform_account_id=known.platform_account_id,
        handle=known.handle,
        display_name=known.display_name,
        service_url=known.service_url,
    )


async def _prepare(
    _wire: Wire, _at: Endpoints, account: Connected, draft: Draft, key: Key, _earlier: Prepared | None
) -> Prepared:
    parent = draft.parent.platform_post_id if draft.parent is not None else None
    body = {"text": draft.text, "key": key.value, "parent": parent}
    return Prepared(data={"url": f"{account.account.service_url}/posts", "body": body})


async def _publish(wire: Wire, account: Connected, prepared: Prepared, _key: Key) -> Published | Pending:
    url, body = prepared.data["url"], prepared.data["body"]
    assert isinstance(url, str)
    assert isinstance(body, dict)
    request = Request(operation="posts", method="POST", url=url, json=body, bearer=account.tokens.access, timeout_s=5.0)
    return _published((await wire.create(request)).json())


def _published(answer: object) -> Published:
    assert isinstance(answer, dict)
    return Published(platform_post_id=answer["id"], permalink=answer["url"], extra={"id": answer["id"]})


async def _find(
    wire: Wire, _account: Connected, prepared: Prepared, key: Key, _since: datetime
) -> Published | Absent | CannotTell:
    url, body = prepared.data["url"], prepared.data["body"]
    assert isinstance(url, str)
    assert isinstance(body, dict)
    query = (("text", body["text"]), ("key", key.value))
    answer = (await wire.read(Request(operation="find", method="GET", url=url, query=query))).json()
    assert isinstance(answer, dict)
    return Absent(evidence="not in the list") if answer["id"] is None else _published(answer)


async def refuse_refresh(_wire: Wire, _at: Endpoints, _account: Connected) -> object:
    """A refresh that only a human could mend."""
    raise Reconnect("Toy wants you to sign in again.")
