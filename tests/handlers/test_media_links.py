"""Files that networks fetch from us."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot import clock
from bot.domain.content import Media, MediaKind
from bot.domain.ids import MediaId
from bot.services.deps import Deps
from bot.services.public_links import GOOD_FOR, link_to, public_link
from handlers.http.app import application
from storage.engine import Database
from storage.vault import Vault
from tests.tools import tools

HERE = "https://herald.example"
BYTES = bytes(range(200)) * 10
SHA256 = "8d6a" + "0" * 60


@dataclass(kw_only=True)
class Network:
    """Somebody who fetches, and the Herald they fetch from."""

    deps: Deps
    client: httpx.AsyncClient
    media: Media

    def link(self, good_for: timedelta = timedelta(hours=1)) -> str:
        return public_link(self.deps, self.media, clock.now() + good_for)


@pytest.fixture
async def network(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Network]:
    database = await Database.open(sqlite_url)
    async with tools(database, tmp_path / "media") as made:
        deps = replace(made, public_url=HERE)
        path = deps.media.path_of(SHA256)
        path.parent.mkdir(parents=True)
        path.write_bytes(BYTES)
        media = Media(
            id=MediaId("med_1"),
            kind=MediaKind.VIDEO,
            mime_type="video/mp4",
            size_bytes=len(BYTES),
            sha256=SHA256,
            file_name="../../etc/passwd",
        )
        transport = httpx.ASGITransport(application(deps, public_url=HERE))
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            yield Network(deps=deps, client=client, media=media)
    await database.close()


async def test_a_file_is_served_under_its_own_type_and_nothing_else(network: Network) -> None:
    url = network.link()

    answer = await network.client.get(url)

    assert url.startswith(f"{HERE}/media/")
    assert url.endswith(".mp4")
    assert (answer.status_code, answer.content) == (200, BYTES)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"].startswith("private, max-age=3")
    assert "passwd" not in str(answer.headers)


async def test_a_part_of_a_file_is_served_when_asked_for(network: Network) -> None:
    url = network.link()

    head = await network.client.head(url)
    part = await network.client.get(url, headers={"Range": "bytes=100-299"})
    beyond = await network.client.get(url, headers={"Range": "bytes=5000-"})

    assert (head.status_code, head.headers["content-length"], head.content) == (200, "2000", b"")
    assert head.headers["accept-ranges"] == "bytes"
    assert (part.status_code, part.content) == (206, BYTES[100:300])
    assert part.headers["content-range"] == "bytes 100-299/2000"
    assert beyond.status_code == 416


async def test_an_address_ends(network: Network) -> None:
    url = network.link(timedelta(hours=1))

    over = await network.client.get(network.link(timedelta(seconds=-1)))

    assert (await network.client.get(url)).status_code == 200
    assert (over.status_code, over.text) == (410, "This address is no longer good.")
    assert over.headers["cache-control"] == "no-store"


async def test_nobody_can_make_or_change_an_address(network: Network) -> None:
    token = network.link().removeprefix(f"{HERE}/media/").partition(".")[0]
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    stranger = replace(network.deps, vault=Vault([b"x" * 32]))
    forged = public_link(stranger, network.media, clock.now() + timedelta(hours=1))
    changed = [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(len(data))]
    wrong = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in changed]

    answers = [await network.client.get(f"/media/{name}") for name in (*wrong, "", "x", "../media", "%00", "a" * 5000)]
    answers.append(await network.client.get(forged))

    assert {answer.status_code for answer in answers} == {404}


async def test_a_file_that_is_gone_is_not_found(network: Network) -> None:
    network.deps.media.path_of(SHA256).unlink()

    assert (await network.client.get(network.link())).status_code == 404


async def test_an_address_made_with_an_older_key_of_the_ring_is_good(network: Network) -> None:
    old = replace(network.deps, vault=Vault([b"o" * 32]))
    rotated = replace(network.deps, vault=Vault([b"n" * 32, b"o" * 32]))
    url = public_link(old, network.media, clock.now() + timedelta(hours=1))
    transport = httpx.ASGITransport(application(rotated, public_url=HERE))

    async with httpx.AsyncClient(transport=transport) as client:
        assert (await client.get(url)).status_code == 200


async def test_there_is_no_address_without_a_public_one(network: Network) -> None:
    hidden, now = replace(network.deps, public_url=None), clock.now()

    assert link_to(hidden, network.media, now) is None
    assert link_to(network.deps, network.media, now) == public_link(network.deps, network.media, now + GOOD_FOR)
