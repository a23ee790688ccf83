"""From connecting to numbers against the stand-in, by consent; and films, which its service makes ready."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.domain.accounts import Account, Connected, Health, Secret
from bot.domain.publication import State
from bot.services import connecting, credentials
from platforms.base import Endpoints, Wire
from platforms.bluesky import CONNECTOR, account_metrics, delete, metrics
from platforms.bluesky.video import Job, ask, send
from platforms.errors import MediaRefused, RateLimited, Unavailable
from sandbox.networks.bluesky.app import Server, running
from sandbox.networks.bluesky.cid import blob_cid
from sandbox.networks.bluesky.world import Settings
from sandbox.networks.network import ACCESS_ENDED, LOSES_ANSWER, OK
from storage.engine import Database
from tests.platforms.bluesky.herald import Stage, staged
from tests.platforms.bluesky.world import film as fake_film
from tests.servers.pds import Pds
from tests.servers.pds_consent import Agreed, agree
from tests.storage.media.films import film

HANDLE = "junipercoffee.test"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough here."""
    return sqlite_url


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running(Settings(film_s=0.5, grow_numbers=True)) as started:
        yield started


@pytest.fixture
async def at(database: Database, tmp_path: Path, server: Server) -> AsyncIterator[Stage]:
    endpoints = Endpoints(api=server.url, directory=server.url, video=server.url)
    async with staged(database, tmp_path, endpoints) as stage:
        yield stage


def yes(url: str) -> Agreed:
    """Agree as the first person."""
    answer = httpx.get(f"{url}&approve={HANDLE}")
    assert answer.status_code == 302, answer.text
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    return Agreed(state=back["state"][0], code=back["code"][0], issuer=back["iss"][0])


async def connected_of(at: Stage, account: Account) -> Connected:
    return (await at.login(account)).connected


def wire(at: Stage) -> Wire:
    return at.deps.sender.wire(CONNECTOR.spec)


async def test_a_film_and_a_lost_answer_by_consent_with_numbers_and_an_end(
    at: Stage, server: Server, tmp_path: Path
) -> None:
    account = await at.consented(HANDLE, yes)
    moving = film(tmp_path / "blue.mp4", codec="libx264", sound="aac", seconds=2, size=(360, 640))
    server.world.consents.forget_nonces()

    item = await at.publish(account, "It moves", media=((moving, "Blue, then red"),))

    assert item.status is State.PUBLISHED, item.error
    (record,) = server.world.people[account.platform_account_id].posts
    embed = record.value["embed"]
    assert isinstance(embed, dict)
    stored = embed["video"]["ref"]["$link"]
    assert (embed["$type"], embed["alt"]) == ("app.bsky.embed.video", "Blue, then red")
    assert embed["aspectRatio"] == {"width": 360, "height": 640}
    assert stored in server.world.people[account.platform_account_id].blobs
    assert server.world.calls["app.bsky.video.uploadVideo"] == 1
    async with httpx.AsyncClient() as browser:
        assert "video" in (await browser.get(f"{server.url}/profile/{HANDLE}")).text
    server.world.network.set_condition(LOSES_ANSWER)
    lost = await at.publish(account, "Lost")
    assert (lost.status, lost.error) == (State.PUBLISHED, None)
    server.world.network.set_condition(OK)
    assert [post.value["text"] for post in server.world.people[account.platform_account_id].posts] == [
        "Lost",
        "It moves",
    ]

    connected, endpoints = await connected_of(at, account), at.deps.endpoints["bluesky"]
    assert item.platform_post_id is not None
    (numbers,) = await metrics(wire(at), endpoints, connected, (item.platform_post_id,))
    assert numbers.likes == 0
    whole = await account_metrics(wire(at), endpoints, connected)
    assert (whole.followers, whole.following, whole.posts) == (12, 3, 2)
    for _ in range(2):
        await delete(wire(at), connected, item.platform_post_id, {})
    assert await metrics(wire(at), endpoints, connected, (item.platform_post_id,)) == ()
    assert (await account_metrics(wire(at), endpoints, connected)).posts == 1

    assert await connecting.disconnect(at.deps, account, asked_by="tests") == 0
    assert all(token.grant.ended for token in server.world.consents.grants.refresh.values())


async def test_access_that_ran_out_renews_and_a_consent_taken_back_asks_for_a_person(at: Stage, server: Server) -> None:
    account = await at.consented(server.url, yes)
    server.world.consents.grants.end_access()
    assert (await at.publish(account, "Renewed")).status is State.PUBLISHED
    assert (await at.login(account)).version == 2
    server.world.network.set_condition(ACCESS_ENDED)
    assert (await connecting.check(at.deps, account)).account.health is Health.REVOKED
    server.world.network.set_condition(OK)
    assert (await connecting.check(at.deps, account)).trouble is None
    server.world.consents.grants.end_grants()
    failed = await at.publish(account, "Never")
    assert failed.status is State.FAILED
    (shown,) = await connecting.list_accounts(at.deps, [at.brand.workspace_id])
    assert shown.health is Health.REVOKED
    assert (await at.consented(HANDLE, yes)).id == account.id
    assert (await at.publish(account, "Again")).status is State.PUBLISHED


async def test_the_service_says_what_is_wrong_with_a_film_and_knows_one_it_had(
    at: Stage, server: Server, tmp_path: Path
) -> None:
    account = await at.consented(HANDLE, yes)
    connected, endpoints = await connected_of(at, account), at.deps.endpoints["bluesky"]
    server.world.settings.film_s = 0.0
    good, bad = fake_film(tmp_path), fake_film(tmp_path, "bad.mp4")
    bad.path.write_bytes(b"nothing that moves")
    first = await send(wire(at), endpoints, connected, good)
    assert isinstance(first, Job)
    blob = await ask(wire(at), first)
    assert blob is not None
    assert blob["ref"] == {"$link": blob_cid(good.path.read_bytes())}
    again = await send(wire(at), endpoints, connected, good)
    assert isinstance(again, Job)
    assert await ask(wire(at), again) == blob
    wrong = await send(wire(at), endpoints, connected, bad)
    assert isinstance(wrong, Job)
    with pytest.raises(MediaRefused, match="could not be read"):
        await ask(wire(at), wrong)
    server.world.settings.films_per_day = 2
    with pytest.raises(RateLimited, match="today"):
        await send(wire(at), endpoints, connected, good)
    strange = replace(endpoints, video=server.url.replace("127.0.0.1", "localhost"))
    server.world.settings.films_per_day = 10
    assert isinstance(await send(wire(at), strange, connected, fake_film(tmp_path, "two.mp4")), Job)
    plain = await send(wire(at), replace(endpoints, video="none"), connected, good)
    assert not isinstance(plain, Job)
    assert plain["ref"] == {"$link": blob_cid(good.path.read_bytes())}


async def test_the_real_server_signs_for_the_service_and_takes_its_film(
    database: Database, tmp_path: Path, pds: Pds
) -> None:
    person = pds.make_account("filmmaker")
    settings = Settings(film_s=0.2, store_films_at=pds.url.replace("127.0.0.1", "localhost"))
    moving = film(tmp_path / "blue.mp4", codec="libx264", sound="aac", seconds=2, size=(360, 640))
    async with running(settings) as service:
        endpoints = Endpoints(api=pds.url, directory=pds.plc_url, video=service.url)
        async with staged(database, tmp_path, endpoints) as at:
            account = await at.consented(person.handle, lambda url: agree(person, url))
            item = await at.publish(account, "It moves", media=((moving, "Blue"),))
            assert item.status is State.PUBLISHED, item.error
            (record,) = pds.posts(person.did)
            value = record["value"]
            assert isinstance(value, dict)
            (made,) = service.world.films.values()
            assert value["embed"]["video"] == made.stored
            assert pds.blob(person.did, value["embed"]["video"]["ref"]["$link"]) == made.content
            assert not service.world.people[next(iter(service.world.people))].blobs
            plain = replace(at.deps, endpoints={**at.deps.endpoints, "bluesky": replace(endpoints, video="none")})
            unmade = await replace(at, deps=plain).publish(account, "As it is", media=((moving, ""),))
            assert unmade.status is State.PUBLISHED, unmade.error
            assert len(service.world.films) == 1
            typed = {"identifier": person.handle, "password": Secret(person.app_password)}
            same = await connecting.connect(at.deps, at.brand, "bluesky", typed, asked_by="tests")
            known = await at.publish(same, "Once more, by app password", media=((moving, ""),))
            assert (same.id, known.status) == (account.id, State.PUBLISHED)
            assert len(service.world.films) == 1
            account = await at.consented(person.handle, lambda url: agree(person, url))
            before = await at.login(account)
            assert (await credentials.renew(at.deps, before)).version == before.version + 1


async def test_a_service_that_distrusts_the_account_leaves_its_access_alone(
    at: Stage, server: Server, tmp_path: Path
) -> None:
    account = await at.consented(HANDLE, yes)
    connected, endpoints = await connected_of(at, account), at.deps.endpoints["bluesky"]
    async with running() as other:
        with pytest.raises(Unavailable, match="video service") as caught:
            await send(wire(at), replace(endpoints, video=other.url), connected, fake_film(tmp_path))
    assert (caught.value.status, server.world.films) == (401, {})
