"""Is it there? What `find` takes for a proof, and where it admits that it cannot tell."""

import html
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from bot.domain.content import Attachment, Reference
from platforms.base import Absent, CannotTell, Key, Pending, Prepared, Published
from platforms.errors import Reconnect, Unavailable
from platforms.mastodon import CONNECTOR
from sandbox.networks.mastodon.world import Fault, Settings
from tests.platforms.mastodon.conftest import KEY, Bench, Picture, draft

TEXTS = [
    "plain",
    "two\nlines",
    "two\n\nparagraphs\r\nand a line",
    "  spaces   around and  inside  ",
    "a < b & c > d \"quoted\" 'single'",
    "https://www.example.com/a/very/long/path?with=a&query=of&many=parts#and-a-fragment",
    "see (https://example.com/wiki/A_(b)) or http://example.org.",
    "hello @rowan, @juniper@elsewhere.example and @nobody@else.where",
    "#tags #and_more 👩‍👩‍👧‍👦 :blobcat: ünïcödé",
    "e\u0301 composed",
    "mail me@example.com @",
]


def keys() -> list[Key]:
    return [Key(value=f"{number:032x}", at=KEY.at) for number in range(60)]


async def look(bench: Bench, prepared: Prepared, since: datetime) -> Published | Pending | Absent | CannotTell:
    return await CONNECTOR.find(bench.wire(), bench.connected, prepared, KEY, since)


@pytest.mark.parametrize("text", TEXTS)
async def test_what_was_written_is_recognised_in_what_the_server_shows(bench: Bench, text: str) -> None:
    since, post = datetime.now(UTC), draft(text)
    published = await bench.post(post)
    assert await look(bench, await bench.prepare(post), since) == published


@pytest.mark.parametrize(
    "options",
    [
        {"spoiler_text": " plot "},
        {"visibility": "direct"},
        {"visibility": "private"},
        {"poll": "tea|coffee", "poll_expires_in": "600"},
    ],
)
async def test_it_is_found_with_any_setting(bench: Bench, options: dict[str, str]) -> None:
    since, post = datetime.now(UTC), draft("x", options=options)
    published = await bench.post(post)
    assert await look(bench, await bench.prepare(post), since) == published


async def test_media_ids_are_a_proof_whatever_the_text_and_the_time(bench: Bench, picture: Picture) -> None:
    prepared = await bench.prepare(draft("", attachments=(picture(),), options={"spoiler_text": "plot"}))
    published = await bench.publish(prepared)
    bench.statuses[0].text = "the server rewrote this"
    assert await look(bench, prepared, datetime.now(UTC) + timedelta(minutes=10)) == published


async def test_the_same_text_with_other_media_is_not_taken_for_it(bench: Bench, picture: Picture) -> None:
    post = draft("", attachments=(picture(),))
    since = datetime.now(UTC)
    await bench.post(post)
    other = await bench.prepare(post)
    assert isinstance(await look(bench, other, since), CannotTell)


async def test_with_media_nothing_like_it_is_absence(bench: Bench, picture: Picture) -> None:
    since = datetime.now(UTC)
    await bench.post(draft("something else"))
    prepared = await bench.prepare(draft("", attachments=(picture(),)))
    assert isinstance(await look(bench, prepared, since), Absent)


@pytest.mark.parametrize(
    ("age", "answer"),
    [
        (timedelta(), Published),
        (timedelta(seconds=4), Published),
        (timedelta(seconds=30), CannotTell),
        (timedelta(minutes=14), CannotTell),
        (timedelta(minutes=16), Absent),
    ],
)
async def test_an_equal_status_is_believed_only_when_it_is_young_enough(
    bench: Bench, age: timedelta, answer: type[object]
) -> None:
    since, post = datetime.now(UTC), draft("again")
    await bench.post(post)
    bench.statuses[0].created_at = since - age
    assert isinstance(await look(bench, await bench.prepare(post), since), answer)


async def test_two_equal_statuses_are_not_told_apart(bench: Bench) -> None:
    since, post = datetime.now(UTC), draft("twice")
    first, second, *_ = keys()
    await bench.post(post, first)
    await bench.post(post, second)
    assert isinstance(await look(bench, await bench.prepare(post), since), CannotTell)


async def test_another_parent_warning_or_poll_is_another_status(bench: Bench) -> None:
    first, second, third, fourth, *_ = keys()
    root = await bench.post(draft("root"), first)
    since = datetime.now(UTC)
    parent = Reference(platform_post_id=root.platform_post_id)
    await bench.post(draft("same", parent=parent), second)
    await bench.post(draft("same", options={"spoiler_text": "other"}), third)
    await bench.post(draft("same", options={"poll": "a|b"}), fourth)
    assert isinstance(await look(bench, await bench.prepare(draft("same")), since), Absent)


async def test_a_text_that_the_server_touched_up_is_a_doubt(bench: Bench) -> None:
    since = datetime.now(UTC)
    await bench.post(draft("“Quoted”, and so on…"))
    assert isinstance(await look(bench, await bench.prepare(draft('"Quoted", and so on...')), since), CannotTell)


async def test_a_file_that_the_server_left_out_is_a_doubt(bench: Bench, picture: Picture) -> None:
    since, post = datetime.now(UTC), draft("Two pictures", attachments=(picture(), picture()))
    prepared = await bench.prepare(post)
    await bench.publish(prepared)
    status = bench.statuses[0]
    for shown in ((), await uploaded(bench, picture())):
        status.media_ids = shown
        assert isinstance(await look(bench, prepared, since), CannotTell)
    status.text = "Something else"
    assert isinstance(await look(bench, prepared, since), Absent)


async def uploaded(bench: Bench, file: Attachment) -> tuple[str, ...]:
    """The ids of another upload of the same person."""
    body = (await bench.prepare(draft(attachments=(file,)))).data["body"]
    return tuple(cast("dict[str, list[str]]", body)["media_ids"])


@pytest.mark.parametrize(
    ("options", "spoiler", "choices"),
    [
        ({"spoiler_text": "Plot & “twist”"}, 'Plot &amp; "twist"', ()),
        ({"poll": "tea & cake|“coffee”"}, "", ("tea &amp; cake", '"coffee"')),
        ({"poll": "“tea”|coffee…"}, "", ('"tea"', "coffee...")),
    ],
)
async def test_a_warning_or_a_poll_that_the_server_touched_up_is_a_doubt(
    bench: Bench, options: dict[str, str], spoiler: str, choices: tuple[str, ...]
) -> None:
    since, post = datetime.now(UTC), draft("Seen?", options=options)
    await bench.post(post)
    status = bench.statuses[0]
    status.spoiler_text = spoiler
    if status.poll is not None:
        status.poll["options"] = list(choices)
    assert isinstance(await look(bench, await bench.prepare(post), since), CannotTell)


async def test_a_text_whose_tags_the_server_took_out_is_a_doubt(bench: Bench) -> None:
    since, post = datetime.now(UTC), draft("Write <b>Vec<u8></b> and <enter>")
    await bench.post(post)
    bench.statuses[0].text = "Write Vec and"
    assert isinstance(await look(bench, await bench.prepare(post), since), CannotTell)


@pytest.mark.parametrize(
    ("options", "spoiler", "choices"),
    [
        ({"spoiler_text": "Plot & <twist>"}, "Plot &amp; &lt;twist&gt;", ()),
        ({"spoiler_text": "Plot &amp; twist"}, "Plot &amp; twist", ()),
        ({"poll": "it's tea & cake|coffee"}, "", ("it&#39;s tea &amp; cake", "coffee")),
    ],
)
async def test_a_warning_or_a_poll_shown_as_html_is_the_one_that_was_sent(
    bench: Bench, options: dict[str, str], spoiler: str, choices: tuple[str, ...]
) -> None:
    since, post = datetime.now(UTC), draft("Seen?", options=options)
    published = await bench.post(post)
    status = bench.statuses[0]
    status.spoiler_text = spoiler
    if status.poll is not None:
        status.poll["options"] = list(choices)
    assert await look(bench, await bench.prepare(post), since) == published


async def test_a_list_that_the_server_took_for_markdown_is_a_doubt(bench: Bench) -> None:
    since, post = datetime.now(UTC), draft("Today\n1. *tea*\n2) [cake](https://example.com/cake)")
    await bench.post(post)
    status = bench.statuses[0]
    content = '<p>Today</p><ol><li><em>tea</em></li><li><a href="https://example.com/cake">cake</a></li></ol>'
    shown = f'[{{"id":"{status.id}","created_at":"{since.isoformat()}","content":"{escape(content)}"}}]'
    bench.server.world.faults.append(Fault(operation="account_statuses", kind="answer", status=200, body=shown))
    assert isinstance(await look(bench, await bench.prepare(post), since), CannotTell)


@pytest.mark.parametrize("settings", [Settings(lists_replies=False)])
async def test_a_reply_that_its_accounts_list_leaves_out_is_found_below_its_parent(bench: Bench) -> None:
    root = await bench.post(draft("root"), keys()[0])
    since, reply = datetime.now(UTC), draft("reply", parent=Reference(platform_post_id=root.platform_post_id))
    prepared = await bench.prepare(reply)
    assert isinstance(await look(bench, prepared, since), Absent)
    published = await bench.publish(prepared)
    assert await look(bench, prepared, since) == published
    bench.server.world.faults.append(Fault(operation="status_context", kind="answer", status=200, body="{}"))
    with pytest.raises(Unavailable):
        await look(bench, prepared, since)
    bench.statuses[1].person = bench.server.world.people["rowan"]
    assert isinstance(await look(bench, prepared, since), Absent)


async def test_another_persons_status_is_never_taken(bench: Bench) -> None:
    since, post = datetime.now(UTC), draft("mine")
    await bench.post(post)
    bench.statuses[0].person = bench.server.world.people["rowan"]
    assert isinstance(await look(bench, await bench.prepare(post), since), Absent)


@pytest.mark.parametrize("settings", [Settings(requests_per_5_min=0)])
async def test_it_is_found_behind_a_page_of_newer_ones(bench: Bench) -> None:
    since, post = datetime.now(UTC), draft("the one")
    published = await bench.post(post)
    for key in keys()[:45]:
        await bench.post(draft(f"later {key.value}"), key)
    assert await look(bench, await bench.prepare(post), since) == published


async def test_a_look_that_fails_is_no_answer(bench: Bench) -> None:
    prepared = await bench.prepare(draft())
    for fault in (
        Fault(operation="account_statuses"),
        Fault(operation="account_statuses", kind="answer", status=502, body="<html>"),
        Fault(operation="account_statuses", kind="answer", status=200, body="{}"),
        Fault(operation="account_statuses", kind="answer", status=200, body='[{"id":"1"}]'),
    ):
        bench.server.world.faults.append(fault)
        with pytest.raises(Unavailable):
            await look(bench, prepared, KEY.at)
    bench.server.world.tokens[bench.server.token].revoked = True
    with pytest.raises(Reconnect):
        await look(bench, prepared, KEY.at)


@pytest.mark.parametrize(
    "content",
    [
        '<p>see <a href="https://example.com/x" rel="nofollow">https://example.com/x</a></p>',
        'see <a href="https://example.com/x"><span class="invisible">https://</span>example.com/x</a>',
        '<p class="quote-inline">RE: <a href="https://e.example">https://e.example</a></p><p>see https://example.com/x</p>',
        "<div>see https://example.com/x<br></div>",
    ],
)
async def test_other_servers_html_is_read_too(bench: Bench, content: str) -> None:
    since, post = datetime.now(UTC), draft("see https://example.com/x")
    published = await bench.post(post)
    status = bench.statuses[0]
    shown = (
        f'[{{"id":"{status.id}","created_at":"{since.isoformat()}","content":"{escape(content)}",'
        f'"url":"{published.permalink}"}}]'
    )
    bench.server.world.faults.append(Fault(operation="account_statuses", kind="answer", status=200, body=shown))
    assert await look(bench, await bench.prepare(post), since) == published


def escape(content: str) -> str:
    """HTML inside a JSON text."""
    return html.unescape(content).replace('"', '\\"')
