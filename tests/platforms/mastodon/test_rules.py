"""What is refused before anything is sent, what the numbers are, and that the spec is whole."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.capabilities import check
from bot.domain.content import MediaKind
from platforms.base import Answer
from platforms.errors import RateLimited, Unavailable
from platforms.mastodon import CONNECTOR
from platforms.mastodon.spec import ERRORS, read_error, read_reset
from sandbox.networks.mastodon.world import Fault, Settings
from tests.platforms.mastodon.conftest import ACCOUNT_METRICS, DELETE, METRICS, MP4, NOWHERE, Bench, Picture, draft

CAPABILITIES = CONNECTOR.spec.capabilities


@pytest.mark.parametrize(
    "options",
    [
        {"visibility": "everyone"},
        {"spoiler_text": " "},
        {"sensitive": "yes"},
        {"language": "english!"},
        {"poll": "only one"},
        {"poll": "a|"},
        {"poll": "a|b|c|d|e"},
        {"poll": "a|a"},
        {"poll": "a|" + "b" * 51},
        {"poll": "a|b", "poll_expires_in": "299"},
        {"poll": "a|b", "poll_expires_in": "2629747"},
        {"poll": "a|b", "poll_expires_in": "soon"},
        {"poll_multiple": "true"},
        {"scheduled_at": "2026-11-21"},
    ],
)
def test_a_wrong_setting_is_refused_with_one_sentence(options: dict[str, str]) -> None:
    assert [problem.field for problem in check(draft("x", options=options), CAPABILITIES)] == ["options"]


@pytest.mark.parametrize(
    "options",
    [
        {"visibility": "direct", "language": "pt-BR", "sensitive": "false", "spoiler_text": "plot"},
        {"poll": "a | " + "b" * 50, "poll_expires_in": "300", "poll_multiple": "false", "poll_hide_totals": "true"},
        {"poll": "a|b|c|d"},
    ],
)
def test_right_settings_pass(options: dict[str, str]) -> None:
    assert not check(draft("x", options=options), CAPABILITIES)


def test_a_poll_stands_beside_no_media_and_needs_a_question(picture: Picture) -> None:
    options = {"poll": "a|b"}
    assert check(draft("x", options=options, attachments=(picture(),)), CAPABILITIES)
    assert check(draft("", options=options), CAPABILITIES)


def test_a_video_is_the_only_file(picture: Picture) -> None:
    video = picture(MP4, MediaKind.VIDEO)
    assert not check(draft("", attachments=(video,)), CAPABILITIES)
    assert check(draft("", attachments=(video, picture())), CAPABILITIES)
    assert check(draft("", attachments=(video, video)), CAPABILITIES)


def test_four_images_pass_and_five_do_not(picture: Picture) -> None:
    images = tuple(picture() for _ in range(5))
    assert not check(draft("", attachments=images[:4]), CAPABILITIES)
    assert check(draft("", attachments=images), CAPABILITIES)


def test_the_poll_stays_with_the_first_part_of_a_thread() -> None:
    assert {rule.name for rule in CAPABILITIES.options if rule.first_part_only} == {
        "poll",
        "poll_expires_in",
        "poll_multiple",
        "poll_hide_totals",
    }


@pytest.mark.parametrize("settings", [Settings(), Settings(batch_statuses=False)])
async def test_numbers_are_read_and_what_is_gone_is_left_out(bench: Bench) -> None:
    published = await bench.post(draft())
    status = bench.statuses[0]
    status.favourites, status.reblogs, status.replies, status.quotes = 4, 3, 2, 1
    [numbers] = await METRICS(bench.wire(), NOWHERE, bench.connected, (published.platform_post_id, "12345"))
    assert numbers.platform_post_id == published.platform_post_id
    assert (numbers.likes, numbers.shares, numbers.comments, numbers.quotes) == (4, 3, 2, 1)
    assert (numbers.views, numbers.saves) == (None, None)


async def test_a_server_with_another_call_for_many_numbers_is_asked_for_each(bench: Bench) -> None:
    published = await bench.post(draft())
    refusal = '{"errors":{"detail":"Bad request"}}'
    bench.server.world.faults.append(Fault(operation="read_many", kind="answer", status=400, body=refusal))
    [numbers] = await METRICS(bench.wire(), NOWHERE, bench.connected, (published.platform_post_id,))
    assert numbers.likes == 0


async def test_many_numbers_are_asked_for_twenty_at_a_time(bench: Bench) -> None:
    ids = tuple(str(number) for number in range(45))
    assert await METRICS(bench.wire(), NOWHERE, bench.connected, ids) == ()
    assert [len(request.url.params.get_list("id[]")) for request in bench.recorder.sent] == [20, 20, 5]


async def test_a_status_is_taken_down_once_and_the_account_has_one_less(bench: Bench) -> None:
    published = await bench.post(draft())
    assert (await ACCOUNT_METRICS(bench.wire(), NOWHERE, bench.connected)).posts == 1
    for _ in range(2):
        await DELETE(bench.wire(), bench.connected, published.platform_post_id, published.extra)
    assert bench.statuses == []
    numbers = await ACCOUNT_METRICS(bench.wire(), NOWHERE, bench.connected)
    assert (numbers.followers, numbers.following, numbers.posts) == (12, 3, 0)


@pytest.mark.parametrize("settings", [Settings(deletes_per_30_min=1)])
async def test_deletions_have_a_limit_of_their_own(bench: Bench) -> None:
    await DELETE(bench.wire(), bench.connected, "1", {})
    wire = bench.wire()
    with pytest.raises(RateLimited) as limited:
        await DELETE(wire, bench.connected, "2", {})
    assert limited.value.until is not None
    assert wire.allowances == {}, "what is said of deletions is not said of posts"
    await bench.post(draft())


@pytest.mark.parametrize(("status", "body"), [(404, "<html>"), (200, '{"id":"7"}')])
async def test_a_page_in_front_of_the_server_is_no_deletion(bench: Bench, status: int, body: str) -> None:
    published = await bench.post(draft())
    bench.server.world.faults.append(Fault(operation="delete_status", kind="answer", status=status, body=body))
    with pytest.raises(Unavailable):
        await DELETE(bench.wire(), bench.connected, published.platform_post_id, published.extra)
    assert len(bench.statuses) == 1


@pytest.mark.parametrize(
    ("header", "moment"),
    [
        ("2026-11-21T09:05:00.123456Z", datetime(2026, 11, 21, 9, 5, 0, 123456, tzinfo=UTC)),
        ("2026-11-21T09:05:00", None),
        ("300", None),
        (None, None),
    ],
)
def test_the_end_of_a_limit_is_a_time_with_an_offset(header: str | None, moment: datetime | None) -> None:
    answer = Answer(status=429, headers={"x-ratelimit-reset": header} if header else {}, body=b"")
    assert read_reset(answer, datetime(2026, 11, 21, 9, tzinfo=UTC)) == moment


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "Record not found"}, (None, "Record not found")),
        ({"error": "invalid_grant", "error_description": "No."}, ("invalid_grant", "No.")),
        ({"error": "invalid_client"}, ("invalid_client", None)),
        ({"error": 7}, (None, None)),
        ([], (None, None)),
    ],
)
def test_the_vendors_words_are_read_in_both_forms(body: object, words: tuple[str | None, str | None]) -> None:
    assert read_error(Answer(status=400, headers={}, body=json.dumps(body).encode())) == words


def test_every_rule_names_its_source() -> None:
    assert all(rule.source.startswith("https://") for rule in ERRORS)


def test_the_page_of_documentation_names_every_setting() -> None:
    page = (Path(__file__).parents[3] / "docs/connectors/mastodon.md").read_text()
    assert all(f"`{rule.name}`" in page for rule in CAPABILITIES.options)
