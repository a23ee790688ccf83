"""From the consent to the numbers, with the whole of Herald, at the stand-in."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import clock
from bot.domain.accounts import Connected, Secret
from bot.domain.content import Draft
from bot.domain.publication import State
from bot.services import connecting, credentials
from bot.services.credentials import Login
from platforms.base import Prepared
from platforms.errors import AppRefused, ContentRefused, MediaRefused, Reconnect
from platforms.pinterest import CONNECTOR
from sandbox.networks.network import ACCESS_ENDED, LOSES_ANSWER
from sandbox.networks.pinterest.app import Server, running
from sandbox.networks.pinterest.world import Settings
from storage.engine import Database
from tests.platforms.house_of import House, house
from tests.platforms.openapi import Recorder, document_at
from tests.platforms.pinterest.material import (
    ACCOUNT_METRICS,
    BASE,
    DELETE,
    DRAFT,
    HISTORY,
    KEY,
    METRICS,
    NOWHERE,
    VIDEO,
)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings() -> Settings:
    return Settings(processing_s=0.2)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def herald(database: Database, tmp_path: Path, server: Server) -> AsyncIterator[House]:
    async with house(database, tmp_path, CONNECTOR, server.environment) as built:
        yield built


async def test_a_consent_brings_pins_of_every_kind_and_their_numbers(herald: House, server: Server) -> None:
    account = await herald.consent("juniper")
    assert (account.handle, account.renews, account.service_url) == ("juniper", True, server.url)
    blue, red = herald.picture(), herald.picture("red.png", (200, 40, 40))

    link = "https://juniper.example/tree"
    one = await herald.post(account, "One", blue, link=link, board="coffee", title="First", section="Salads")
    more = await herald.post(account, "More", blue, red, board="Summer recipes")
    film = await herald.post(account, "Film", herald.film(), board="Coffee", cover_at="2")

    assert [item.error for item in (one, more, film)] == [None] * 3
    pins = [server.world.pins[item.platform_post_id or ""] for item in (one, more, film)]
    assert [pin.media_type for pin in pins] == ["image", "multiple_images", "video"]
    assert [pin.board.name for pin in pins] == ["Coffee", "Summer recipes", "Coffee"]
    assert [pin.pictures for pin in pins] == [
        (("image/png", blue.read_bytes()),),
        (("image/png", blue.read_bytes()), ("image/png", red.read_bytes())),
        (),
    ]
    assert pins[0].fields["title"] == "First"
    assert pins[0].fields["link"] == link
    assert (pins[0].fields["alt_text"], pins[1].fields["alt_text"]) == (
        "A sheet of blue",
        "A sheet of blue\nA sheet of blue",
    )
    assert one.permalink == f"{server.url}/pin/{one.platform_post_id}/"

    connected, ids = await herald.connected(account), tuple(pin.id for pin in pins)
    (first, *_) = await METRICS(herald.wire(), NOWHERE, connected, ids)
    assert (first.platform_post_id, first.views) == (ids[0], 0)
    assert (await ACCOUNT_METRICS(herald.wire(), NOWHERE, connected)).posts == 3
    yesterday = clock.now().date() - timedelta(days=1)
    days = await HISTORY(herald.wire(), NOWHERE, connected, yesterday - timedelta(days=1), yesterday)
    assert [(one.day, one.views) for one in days] == [(yesterday - timedelta(days=1), 3), (yesterday, 4)]
    await DELETE(herald.wire(), connected, ids[0], {})
    await DELETE(herald.wire(), connected, ids[0], {})
    assert list(server.world.pins) == [*ids[1:]]


async def test_a_pin_whose_answer_was_lost_is_found_and_not_made_again(herald: House, server: Server) -> None:
    account = await herald.consent("juniper")
    server.network.set_condition(LOSES_ANSWER)
    item = await herald.post(account, "One", herald.picture(), board="Coffee")
    assert (item.status, [*server.world.pins]) == (State.PUBLISHED, [item.platform_post_id])


async def test_access_renews_itself_by_a_new_refresh_token_each_time(herald: House, server: Server) -> None:
    account = await herald.consent("juniper")
    first = await herald.connected(account)
    server.world.oauth.grants.end_access()
    assert (await connecting.check(herald.deps, account)).trouble is None
    second = await herald.connected(account)
    assert first.tokens.refresh != second.tokens.refresh
    assert second.tokens.refresh_expires_at is not None


async def test_a_consent_taken_back_asks_for_a_new_one(herald: House, server: Server) -> None:
    account = await herald.consent("juniper")
    connected = await herald.connected(account)
    server.network.set_condition(ACCESS_ENDED)
    with pytest.raises(Reconnect):
        await credentials.renew(herald.deps, Login(connected=connected, version=1))
    again = await herald.consent("juniper")
    assert (await connecting.check(herald.deps, again)).trouble is None


async def test_an_app_that_pinterest_does_not_know_is_the_operators(herald: House) -> None:
    account = await herald.consent("juniper")
    app = replace(herald.deps.apps["pinterest"], client_secret=Secret("wrong"))
    deps = replace(herald.deps, apps={"pinterest": app})
    with pytest.raises(AppRefused, match="PINTEREST_CLIENT_ID"):
        await credentials.renew(deps, Login(connected=await herald.connected(account), version=1))


@pytest.mark.parametrize("settings", [Settings(trial=True)])
async def test_trial_access_is_said_in_one_sentence(herald: House) -> None:
    account = await herald.consent("juniper")
    connected = await herald.connected(account)
    prepared = await prepare(herald, connected, replace(DRAFT, options={"board": "Coffee"}))
    with pytest.raises(AppRefused, match="Trial access"):
        await CONNECTOR.publish(herald.wire(), connected, prepared, KEY)


async def prepare(herald: House, connected: Connected, draft: Draft) -> Prepared:
    return await CONNECTOR.prepare(herald.wire(), NOWHERE, connected, draft, KEY, None)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"board": "Tea"}, "no board is called “Tea”. There are: Coffee, Summer recipes."),
        ({"board": "2026"}, "no board is called “2026”"),
        ({"board": "Coffee", "section": "Soups"}, "no section is called “Soups”. There are: Salads."),
        ({"board": "Summer recipes", "section": "Soups"}, "There is no section."),
        ({"board": "twice"}, "more than one board is called “twice”. Give the number"),
    ],
)
async def test_a_board_that_is_not_there_is_said_with_those_that_are(
    herald: House, server: Server, options: dict[str, str], sentence: str
) -> None:
    account = await herald.consent("juniper")
    for name in ("Twice", "TWICE") if options["board"] == "twice" else ():
        server.world.add_board("juniper", name)
    with pytest.raises(ContentRefused) as caught:
        await prepare(herald, await herald.connected(account), replace(DRAFT, options=options))
    assert sentence in caught.value.safe


async def test_a_board_is_found_by_its_number_and_one_called_like_a_number_by_its_name(
    herald: House, server: Server
) -> None:
    connected = await herald.connected(await herald.consent("juniper"))
    board = server.world.add_board("juniper", "2026")
    for wanted in ("2026", board.id, f" {board.id} "):
        prepared = await prepare(herald, connected, replace(DRAFT, options={"board": wanted}))
        assert prepared.data["body"] == {"board_id": board.id, "description": "Good morning"}


async def test_a_film_that_is_none_is_refused_by_its_name(herald: House, server: Server) -> None:
    connected = await herald.connected(await herald.consent("juniper"))
    post = replace(VIDEO, options={"board": "Coffee"})
    earlier = await prepare(herald, connected, post)
    assert earlier.wait_s
    server.world.settings.processing_s = 0.0
    for video in server.world.videos.values():
        video.ready_at = server.world.now()
    with pytest.raises(MediaRefused, match=r"tree\.png: Pinterest could not process"):
        await CONNECTOR.prepare(herald.wire(), NOWHERE, connected, post, KEY, earlier)


async def test_what_herald_sends_from_consent_to_numbers_is_as_pinterests_document_says(
    database: Database, tmp_path: Path, server: Server
) -> None:
    document = document_at("HERALD_PINTEREST_OPENAPI")
    async with house(database, tmp_path, CONNECTOR, server.environment) as herald:
        recorder = Recorder(herald.transport)
        herald.record(recorder)
        account = await herald.consent("juniper")
        await herald.post(account, "One", herald.picture(), board="Coffee", title="First", section="Salads")
        await herald.post(account, "Film", herald.film(), board="Coffee")
        server.world.oauth.grants.end_access()
        await connecting.check(herald.deps, account)
    of_the_api = [one for one in recorder.sent if one.url.path.startswith("/v5/")]
    assert len(of_the_api) >= 8
    assert document.violations(of_the_api) == []
    assert BASE not in {str(one.url) for one in recorder.sent}
