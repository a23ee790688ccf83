"""A stand-in server, an account on it, and real wires to it over loopback."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

import httpx
import pytest

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.capabilities import Capabilities
from bot.domain.content import Attachment, Draft, Media, MediaKind, Reference
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.addresses import Guard
from platforms.base import Endpoints, Key, Prepared, Published, capabilities_of
from platforms.http import HttpWire, Sender
from platforms.mastodon import CONNECTOR
from platforms.transport import AiohttpTransport
from sandbox.networks.mastodon.app import Server, running
from sandbox.networks.mastodon.world import Settings, Status

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(200)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=datetime(2026, 11, 21, 9, tzinfo=UTC))
NOWHERE = Endpoints(api="")

T = TypeVar("T")


def present(part: T | None) -> T:
    """A part of the connector that others may lack."""
    assert part is not None
    return part


LOGIN, METRICS, REVOKE = present(CONNECTOR.login), present(CONNECTOR.metrics), present(CONNECTOR.revoke)
DELETE, ACCOUNT_METRICS = present(CONNECTOR.delete), present(CONNECTOR.account_metrics)
OAUTH = present(CONNECTOR.spec.oauth)


class Recorder(httpx.AsyncBaseTransport):
    """Passes requests on and keeps those which went out."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return await self._inner.handle_async_request(request)


@dataclass(slots=True, kw_only=True)
class Bench:
    """Everything a test needs: the server, its account as Herald holds it, and wires to it."""

    server: Server
    connected: Connected
    sender: Sender
    recorder: Recorder

    async def meet(self) -> Capabilities:
        """Learn what the server takes, as it is stored with the account when it is connected."""
        identity = await CONNECTOR.identify(self.wire(), self.connected)
        self.connected = replace(self.connected, account=replace(self.connected.account, limits=identity.limits))
        return capabilities_of(CONNECTOR, identity.limits)

    def wire(self) -> HttpWire:
        return self.sender.wire(CONNECTOR.spec)

    async def prepare(self, draft: Draft, earlier: Prepared | None = None, key: Key = KEY) -> Prepared:
        return await CONNECTOR.prepare(self.wire(), NOWHERE, self.connected, draft, key, earlier)

    async def publish(self, prepared: Prepared, key: Key = KEY) -> Published:
        published = await CONNECTOR.publish(self.wire(), self.connected, prepared, key)
        assert isinstance(published, Published)
        return published

    async def post(self, draft: Draft, key: Key = KEY) -> Published:
        return await self.publish(await self.prepare(draft, key=key), key)

    @property
    def statuses(self) -> list[Status]:
        return list(self.server.world.statuses.values())


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
async def bench(settings: Settings) -> AsyncIterator[Bench]:
    async with running(settings) as server, AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        recorder = Recorder(transport)
        sender = Sender(recorder)
        person = server.world.people["juniper"]
        account = Account(
            id=AccountId("acc"),
            workspace_id=WorkspaceId("ws"),
            brand_id=BrandId("br"),
            platform="mastodon",
            platform_account_id=person.id,
            handle="juniper@mastodon.example",
            display_name="Juniper",
            service_url=server.url,
        )
        connected = Connected(account=account, tokens=Tokens(access=Secret(server.token)))
        yield Bench(server=server, connected=connected, sender=sender, recorder=recorder)


class Picture(Protocol):
    """Makes attachments of real little files."""

    def __call__(
        self, content: bytes = PNG, kind: MediaKind = MediaKind.IMAGE, alt_text: str = "a tree"
    ) -> Attachment: ...


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    def make(content: bytes = PNG, kind: MediaKind = MediaKind.IMAGE, alt_text: str = "a tree") -> Attachment:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.bin"
        path.write_bytes(content)
        mime = {MediaKind.IMAGE: "image/png", MediaKind.VIDEO: "video/mp4"}[kind]
        media = Media(
            id=MediaId("m"), kind=kind, mime_type=mime, size_bytes=len(content), sha256="0" * 64, file_name="tree.png"
        )
        return Attachment(media=media, path=path, alt_text=alt_text)

    return make


def draft(
    text: str = "Good morning",
    *,
    attachments: tuple[Attachment, ...] = (),
    options: Mapping[str, str] | None = None,
    parent: Reference | None = None,
    root: Reference | None = None,
) -> Draft:
    """A status with this text."""
    return Draft(
        text=text,
        post_type="mastodon-status",
        due_at=KEY.at,
        attachments=attachments,
        options=options or {},
        parent=parent,
        root=root,
    )
