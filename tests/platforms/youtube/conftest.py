"""A stand-in YouTube, a channel on it, and real wires to it over loopback."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.addresses import Guard
from platforms.base import Endpoints, Key, Pending, Prepared, Published
from platforms.http import HttpWire, Sender
from platforms.transport import AiohttpTransport
from platforms.youtube import CONNECTOR
from sandbox.networks.youtube.app import Server, running
from sandbox.networks.youtube.world import Settings

KEY = Key(value="0123456789abcdef0123456789abcdef", at=datetime(2026, 11, 21, 9, tzinfo=UTC))


@dataclass(slots=True, kw_only=True)
class Bench:
    """The server, its channel as Herald holds it, and wires to it."""

    server: Server
    connected: Connected
    sender: Sender

    def wire(self) -> HttpWire:
        return self.sender.wire(CONNECTOR.spec)

    async def prepare(self, draft: Draft, earlier: Prepared | None = None) -> Prepared:
        return await CONNECTOR.prepare(self.wire(), Endpoints(api=""), self.connected, draft, KEY, earlier)

    async def publish(self, prepared: Prepared) -> Published | Pending:
        return await CONNECTOR.publish(self.wire(), self.connected, prepared, KEY)

    async def find(self, prepared: Prepared, since: datetime) -> object:
        return await CONNECTOR.find(self.wire(), self.connected, prepared, KEY, since)

    async def poll(self, pending: Published | Pending) -> Published | Pending:
        assert isinstance(pending, Pending)
        assert CONNECTOR.poll is not None
        return await CONNECTOR.poll(self.wire(), self.connected, pending.handle, KEY)


@pytest.fixture
def settings() -> Settings:
    return Settings(processing_s=0.0)


@pytest.fixture
async def bench(settings: Settings) -> AsyncIterator[Bench]:
    async with running(settings) as server, AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        channel = server.world.channels["junipercoffee"]
        account = Account(
            id=AccountId("acc"),
            workspace_id=WorkspaceId("ws"),
            brand_id=BrandId("br"),
            platform="youtube",
            platform_account_id=channel.id,
            handle="junipercoffee",
            display_name="Juniper Coffee",
            service_url=server.url,
        )
        access, refresh = server.world.issue_token("junipercoffee")
        tokens = Tokens(access=Secret(access), refresh=Secret(refresh))
        yield Bench(server=server, connected=Connected(account=account, tokens=tokens), sender=Sender(transport))


@pytest.fixture
def film(tmp_path: Path) -> Callable[[int], Draft]:
    """A draft with a film of so many bytes."""

    def make(size: int) -> Draft:
        path = tmp_path / f"{size}.mp4"
        path.write_bytes((bytes(range(251)) * (size // 251 + 1))[:size])
        media = Media(
            id=MediaId("m"),
            kind=MediaKind.VIDEO,
            mime_type="video/mp4",
            size_bytes=size,
            sha256="0" * 64,
            file_name="film.mp4",
        )
        return Draft(
            text="How we roast",
            post_type="youtube-video",
            attachments=(Attachment(media=media, path=path),),
            options={"title": "Roasting"},
            due_at=KEY.at,
        )

    return make


def elsewhere(draft: Draft, path: Path) -> Draft:
    """The same film as it lies on another machine."""
    [film] = draft.attachments
    path.write_bytes(film.path.read_bytes())
    return replace(draft, attachments=(replace(film, path=path),))
