"""From the consent to the numbers, through the services, at the stand-in: places to pick from, every kind of post."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from PIL import Image

from bot.domain.accounts import Account, Secret
from bot.domain.errors import UserError
from bot.domain.publication import State
from bot.services import connecting, consenting
from bot.services.consenting import Choosing
from platforms.google_business_profile import CONNECTOR
from sandbox.networks.google_business_profile.app import Server, running
from sandbox.networks.google_business_profile.world import LocalPost, Settings
from sandbox.networks.network import HIDES_POST, LOSES_ANSWER
from storage.engine import Database
from tests.platforms.journey import CALLBACK, Journey, journey
from tests.platforms.mastodon.conftest import present

PLACES = {"junipercoffee": ("Juniper Coffee", "Juniper Roastery", "Closed Place")}
ACCOUNT_METRICS, DELETE = present(CONNECTOR.account_metrics), present(CONNECTOR.delete)


@pytest.fixture
def settings() -> Settings:
    return Settings(places=PLACES, closed=frozenset({"Closed Place"}), processing_s=0.0)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def trip(database: Database, tmp_path: Path, server: Server) -> AsyncIterator[Journey]:
    async with journey(database, tmp_path, "google_business_profile", server) as made:
        yield made


async def consent(trip: Journey, person: str) -> Choosing | object:
    """What a person is offered after they agreed in a browser."""
    asked = await consenting.ask_consent(
        trip.deps, trip.brand, trip.platform, "", redirect_uri=CALLBACK, asked_by="tests"
    )
    async with httpx.AsyncClient() as browser:
        came = parse_qs(urlsplit((await browser.get(f"{asked.url}&approve={person}")).headers["location"]).query)
    return await consenting.finish_consent(trip.deps, came["state"][0], Secret(came["code"][0]))


async def picked(trip: Journey, title: str) -> Account:
    """The account of that place, chosen among those that are offered."""
    offered = await consent(trip, "junipercoffee")
    assert isinstance(offered, Choosing)
    [chosen] = [one for one in offered.offered if one.display_name.startswith(title)]
    return (await consenting.pick(trip.deps, offered.state, [chosen.id])).account


def only(server: Server) -> LocalPost:
    [post] = server.world.posts.values()
    return post


async def test_a_person_picks_among_the_places_that_may_have_posts(trip: Journey) -> None:
    offered = await consent(trip, "junipercoffee")

    assert isinstance(offered, Choosing)
    assert [(one.display_name, one.handle, one.kind) for one in offered.offered] == [
        ("Juniper Coffee, Torstraße 1, Berlin", "juniper-coffee-berlin", "Location"),
        ("Juniper Roastery, Torstraße 2, Berlin", "juniper-roastery-berlin", "Location"),
    ]


@pytest.mark.parametrize("settings", [Settings(approved=False)])
async def test_a_project_that_google_did_not_approve_says_so_while_connecting(trip: Journey) -> None:
    with pytest.raises(UserError, match="has not approved"):
        await consent(trip, "junipercoffee")


async def test_an_update_with_a_picture_is_published_its_place_has_numbers_and_it_is_taken_down(
    trip: Journey, server: Server, tmp_path: Path
) -> None:
    picture = tmp_path / "tree.png"
    Image.effect_noise((640, 480), 60).save(picture)
    account = await picked(trip, "Juniper Roastery")

    [item] = await trip.post(account, "Open on Sunday, too", files=[(picture, "")])

    post = only(server)
    assert (item.status, item.platform_post_id) == (State.PUBLISHED, post.name)
    assert post.location.title == "Juniper Roastery"
    assert post.picture.startswith(b"\x89PNG")
    login = await trip.login(account)
    numbers = await ACCOUNT_METRICS(trip.wire(), trip.endpoints, login)
    assert numbers.views == 4 * 43
    days = await present(CONNECTOR.history)(trip.wire(), trip.endpoints, login, date(2026, 11, 1), date(2026, 11, 3))
    assert [(one.day.day, one.views) for one in days] == [(3, 4 * 43)]
    await DELETE(trip.wire(), login, post.name, {})
    await DELETE(trip.wire(), login, post.name, {})
    assert not server.world.posts


async def test_events_and_offers_are_published_and_stand_on_the_places_page(trip: Journey, server: Server) -> None:
    account = await picked(trip, "Juniper Coffee")
    times = {"title": "Tasting", "starts": "2026-12-01 18:00", "ends": "2026-12-01 20:30"}

    [event] = await trip.post(account, "Come and taste", options={"type": "event", "button": "call", **times})
    [offer] = await trip.post(account, "Two for one", options={"type": "offer", "coupon": "TWO", **times})

    assert (event.status, offer.status) == (State.PUBLISHED, State.PUBLISHED)
    assert [post.body["topicType"] for post in server.world.posts.values()] == ["EVENT", "OFFER"]
    async with httpx.AsyncClient() as browser:
        page = (await browser.get(server.network.open_url)).text
        one = (await browser.get(str(offer.permalink))).text
    assert page.index("Two for one") < page.index("Come and taste")
    assert "TWO" in one


async def test_a_telephone_number_has_the_post_rejected_and_nothing_is_sent_again(
    trip: Journey, server: Server
) -> None:
    account = await picked(trip, "Juniper Coffee")

    [item] = await trip.post(account, "Call us: 030 1234567 89")

    assert item.status is State.FAILED
    assert item.error is not None
    assert "does not say why" in item.error[1]
    assert len(server.world.posts) == 1


async def test_a_lost_answer_is_found_among_the_places_posts(trip: Journey, server: Server) -> None:
    account = await picked(trip, "Juniper Coffee")
    server.network.set_condition(LOSES_ANSWER)

    [item] = await trip.post(account, "Open on Sunday, too")

    assert (item.status, item.platform_post_id) == (State.PUBLISHED, only(server).name)


@pytest.mark.parametrize("settings", [Settings(places=PLACES, processing_s=4.0)])
async def test_a_post_found_in_the_works_and_rejected_later_is_not_told_of_as_published(
    trip: Journey, server: Server
) -> None:
    account = await picked(trip, "Juniper Coffee")
    server.network.set_condition(LOSES_ANSWER)

    [item] = await trip.post(account, "Call us: 030 1234567 89")

    assert item.status is State.FAILED
    assert item.error is not None
    assert "Google rejected the post" in item.error[1]
    assert len(server.world.posts) == 1


async def test_while_google_hides_posts_nothing_is_sent_again(trip: Journey, server: Server) -> None:
    account = await picked(trip, "Juniper Coffee")
    server.network.set_condition(HIDES_POST)

    [item] = await trip.post(account, "Open on Sunday, too", within_s=4.0)

    assert item.status is State.UNCONFIRMED
    assert len(server.world.posts) == 1


async def test_disconnecting_one_of_two_places_leaves_the_other_its_access(trip: Journey, server: Server) -> None:
    offered = await consent(trip, "junipercoffee")
    assert isinstance(offered, Choosing)
    kept = await consenting.pick(trip.deps, offered.state, [one.id for one in offered.offered])
    first, second = kept.accounts
    login = await trip.login(second)

    await connecting.disconnect(trip.deps, first, asked_by="tests")
    still = await connecting.check(trip.deps, second)
    await connecting.disconnect(trip.deps, second, asked_by="tests")

    assert still.trouble is None
    assert server.world.google.oauth.grants.person_of(login.tokens.access.reveal()) is None
