"""A Bluesky server small enough to misbehave on request. It remembers requests and the posts that came into being."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from platforms.base import Endpoints
from platforms.bluesky.spec import SPEC
from platforms.http import HttpWire, Sender
from tests.platforms.bluesky.world import DID, SERVER, Shelf

ENDPOINTS = Endpoints(api="https://view.example", auth="https://entry.example", directory="https://plc.example")
Trouble = Callable[[httpx.Request], httpx.Response | None]


def jwt(**payload: object) -> str:
    """An unsigned token with that payload."""
    body = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return f"e30.{body}.c2ln"


def session(**changes: object) -> dict[str, object]:
    """What createSession answers."""
    return {
        "did": DID,
        "handle": "juniper.example",
        "accessJwt": jwt(exp=1_800_000_000),
        "refreshJwt": jwt(exp=1_900_000_000),
        "active": True,
        **changes,
    }


def document(server: object = SERVER) -> dict[str, object]:
    """A DID document naming that server."""
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": server}
    return {"id": DID, "service": [{"id": "#other", "type": "Other", "serviceEndpoint": "https://no.example"}, service]}


def failure(status: int, error: str, message: str = "") -> httpx.Response:
    """An answer in the vendor's form of an error."""
    return httpx.Response(status, json={"error": error, "message": message})


@dataclass
class FakeBluesky:
    """All hosts in one. `trouble[name]` answers a call by its last path part instead; returning None lets it pass."""

    requests: list[httpx.Request] = field(default_factory=list)
    records: dict[str, dict[str, object]] = field(default_factory=dict)
    handles: dict[str, str] = field(default_factory=lambda: {"juniper.example": DID})
    document: dict[str, object] = field(default_factory=document)
    session: dict[str, object] = field(default_factory=session)
    trouble: dict[str, Trouble] = field(default_factory=dict)
    shelf: Shelf = field(default_factory=Shelf)

    def wire(self) -> HttpWire:
        """A new wire to this world."""
        return Sender(httpx.MockTransport(self._answer), pages=self.shelf).wire(SPEC)

    def fails(self, name: str, status: int, error: str, message: str = "") -> None:
        """Let a call end that way from now on."""
        self.trouble[name] = lambda _: failure(status, error, message)

    def breaks(self, name: str) -> None:
        """Let a call's answer be lost from now on."""

        def lose(request: httpx.Request) -> httpx.Response:
            raise httpx.ReadError("lost", request=request)

        self.trouble[name] = lose

    def calls(self) -> list[str]:
        """Host and last path part of every request, in order."""
        return [f"{request.url.host} {_name(request)}" for request in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        name = _name(request)
        if name in self.trouble and (answer := self.trouble[name](request)) is not None:
            return answer
        if name in {DID, "did.json"}:
            return httpx.Response(200, json=self.document)
        if name in self._routes():
            return self._routes()[name](request)
        known = name.startswith("com.atproto.server.")
        return httpx.Response(200, json=self.session) if known else httpx.Response(404)

    def _routes(self) -> dict[str, Callable[[httpx.Request], httpx.Response]]:
        return {
            "com.atproto.repo.putRecord": lambda request: self._put(json.loads(request.content)),
            "com.atproto.repo.getRecord": lambda request: self._get(request.url.params["rkey"]),
            "com.atproto.repo.uploadBlob": lambda request: httpx.Response(200, json={"blob": _blob(request)}),
            "com.atproto.identity.resolveHandle": lambda request: self._resolve(request.url.params["handle"]),
            "com.atproto.server.deleteSession": lambda _: httpx.Response(200),
        }

    def _resolve(self, handle: str) -> httpx.Response:
        did = self.handles.get(handle)
        return httpx.Response(200, json={"did": did}) if did else failure(400, "InvalidRequest", "no such handle")

    def _put(self, body: dict[str, object]) -> httpx.Response:
        rkey, record = str(body["rkey"]), body["record"]
        assert isinstance(record, dict)
        if rkey in self.records and self.records[rkey] != record:
            return failure(400, "InvalidSwap", "Record was at bafyold")
        self.records[rkey] = record
        return httpx.Response(200, json={"uri": f"at://{DID}/app.bsky.feed.post/{rkey}", "cid": f"cid-{rkey}"})

    def _get(self, rkey: str) -> httpx.Response:
        if rkey not in self.records:
            return failure(400, "RecordNotFound", "Could not locate record")
        uri = f"at://{DID}/app.bsky.feed.post/{rkey}"
        return httpx.Response(200, json={"uri": uri, "cid": f"cid-{rkey}", "value": self.records[rkey]})


def _name(request: httpx.Request) -> str:
    return request.url.path.rsplit("/", 1)[-1]


def _blob(request: httpx.Request) -> dict[str, object]:
    link = f"bafy{sum(request.content)}x{len(request.content)}"
    size, mime_type = len(request.content), request.headers["content-type"]
    return {"$type": "blob", "ref": {"$link": link}, "mimeType": mime_type, "size": size}
