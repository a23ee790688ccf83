"""Servers that only speak Mastodon's API: what a look proves there (measured, sandbox others.py)."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.content import Draft
from platforms.base import Absent, CannotTell, Prepared, Published
from platforms.mastodon import CONNECTOR
from sandbox.networks.mastodon.others import gotosocial, snac, takahe
from sandbox.networks.mastodon.world import Fault, Settings
from tests.platforms.mastodon.conftest import KEY, Bench, draft


async def lost(bench: Bench, post: Draft) -> object:
    """What a look finds after the post was made and its answer got lost."""
    await bench.meet()
    since = datetime.now(UTC)
    prepared = await bench.prepare(post)
    published = await bench.publish(prepared)
    found = await CONNECTOR.find(bench.wire(), bench.connected, prepared, KEY, since)
    assert not isinstance(found, Published) or found == published
    return found


async def look(bench: Bench, prepared: Prepared) -> object:
    """What a look finds of something whose first attempt is long after all there is."""
    since = datetime.now(UTC) + timedelta(hours=1)
    return await CONNECTOR.find(bench.wire(), bench.connected, prepared, KEY, since)


@pytest.mark.parametrize("settings", [takahe(), snac()])
@pytest.mark.parametrize("visibility", ["private", "direct"])
async def test_what_the_accounts_list_hides_is_found_at_home(bench: Bench, visibility: str) -> None:
    assert isinstance(await lost(bench, draft("psst", options={"visibility": visibility})), Published)


@pytest.mark.parametrize("settings", [takahe(), snac()])
async def test_where_the_list_hides_it_not_to_find_it_proves_nothing(bench: Bench) -> None:
    await bench.meet()
    hidden = await bench.prepare(draft("psst", options={"visibility": "private"}))
    assert isinstance(await look(bench, hidden), CannotTell)
    assert isinstance(await look(bench, await bench.prepare(draft("hello"))), Absent)


@pytest.mark.parametrize(("privacy", "answer"), [("private", CannotTell), (None, CannotTell), ("unlisted", Absent)])
@pytest.mark.parametrize("settings", [takahe()])
async def test_without_a_visibility_the_accounts_usual_one_decides(
    bench: Bench, privacy: str | None, answer: type[object]
) -> None:
    await bench.meet()
    shown = '{"source":{}}' if privacy is None else f'{{"source":{{"privacy":"{privacy}"}}}}'
    bench.server.world.faults.append(Fault(operation="verify_credentials", kind="answer", status=200, body=shown))
    assert isinstance(await look(bench, await bench.prepare(draft("hello"))), answer)


@pytest.mark.parametrize("settings", [gotosocial()])
async def test_a_server_that_lists_everything_is_believed(bench: Bench) -> None:
    assert isinstance(await lost(bench, draft("psst", options={"visibility": "direct"})), Published)
    other = await bench.prepare(draft("other", options={"visibility": "direct"}))
    assert isinstance(await look(bench, other), Absent)


@pytest.mark.parametrize("settings", [gotosocial(), snac()])
async def test_a_warning_without_a_text_is_found_where_it_stays_a_warning(bench: Bench) -> None:
    assert isinstance(await lost(bench, draft("", options={"spoiler_text": "only a warning"})), Published)


@pytest.mark.parametrize("settings", [gotosocial()])
async def test_a_choice_whose_tags_the_server_took_out_is_a_doubt(bench: Bench) -> None:
    await bench.meet()
    since, post = datetime.now(UTC), draft("Which?", options={"poll": "red & <b>|blue"})
    await bench.post(post)
    shown = bench.statuses[0].poll
    assert shown is not None
    shown["options"] = ["red & ", "blue"]
    found = await CONNECTOR.find(bench.wire(), bench.connected, await bench.prepare(post), KEY, since)
    assert isinstance(found, CannotTell)


@pytest.mark.parametrize("settings", [snac()])
async def test_a_poll_that_the_server_left_out_is_a_doubt(bench: Bench) -> None:
    post = draft("Which?", options={"poll": "red|blue"})
    assert isinstance(await lost(bench, post), CannotTell)
    assert (await bench.post(post)).note == "The server left the poll out."


@pytest.mark.parametrize("settings", [snac(), Settings(version="4.1.0 (compatible; Nobodyknows 1.0)")])
async def test_a_server_that_nobody_looked_at_may_change_every_word(bench: Bench) -> None:
    await bench.meet()
    since, post = datetime.now(UTC), draft("I <3 you")
    await bench.post(post)
    bench.statuses[0].text = "I \N{HEAVY BLACK HEART} you"
    prepared = await bench.prepare(post)
    assert isinstance(await CONNECTOR.find(bench.wire(), bench.connected, prepared, KEY, since), CannotTell)
    assert isinstance(await look(bench, prepared), Absent)


@pytest.mark.parametrize("settings", [snac()])
async def test_a_boost_at_home_is_nobodys_post(bench: Bench) -> None:
    await bench.meet()
    prepared = await bench.prepare(draft("psst", options={"visibility": "private"}))
    now = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    shown = (
        f'[{{"id":"7","created_at":"{now}","content":"psst","reblog":{{"id":"6"}},'
        f'"account":{{"id":"{bench.connected.account.platform_account_id}"}}}}]'
    )
    bench.server.world.faults.append(Fault(operation="home_timeline", kind="answer", status=200, body=shown))
    assert isinstance(await look(bench, prepared), CannotTell)
