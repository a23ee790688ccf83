"""What the contract cannot say: counting, HTML, settings, what each refusal means, and that files go whole."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.capabilities import check
from bot.domain.content import Draft, MediaKind
from platforms.base import Answer, Prepared, capabilities_of, typed
from platforms.errors import (
    ContentRefused,
    MaterialGone,
    MediaRefused,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Reconnect,
    ScopeMissing,
)
from platforms.http import HttpWire
from platforms.telegram import CONNECTOR
from platforms.telegram.spec import read_error, read_reset
from platforms.telegram.text import markup_problem, shown, units
from sandbox.networks.telegram import text as server
from tests.platforms.telegram.material import CONNECTED, DRAFT, FILM, IMAGE, KEY, NOWHERE, PNG, attachment

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
PREPARED = Prepared(data={"method": "sendMessage", "parameters": {"chat_id": "1", "text": "x"}, "files": []})
PIECES = st.sampled_from(
    ["word", " ", "🌲", "é", "<b>", "</b>", "<i>", "</i>", "&lt;", "&amp;", "<a href='x'>", "</a>"]
)


def problems(**changes: object) -> list[str]:
    """What is wrong with a draft of the kind it becomes."""
    fields = {"text": "x", "post_type": "", "due_at": DRAFT.due_at} | changes
    draft = typed(CONNECTOR.spec, Draft(**fields))  # pyright: ignore[reportArgumentType]  # fields of Draft
    return [problem.message for problem in check(draft, capabilities_of(CONNECTOR, {}, draft.post_type))]


@pytest.mark.parametrize(
    ("status", "description", "kind"),
    [
        (401, "Unauthorized", Reconnect),
        (404, "Not Found", Reconnect),
        (403, "Forbidden: bot was kicked from the channel chat", ScopeMissing),
        (403, "Forbidden: bot is not a member of the channel chat", ScopeMissing),
        (403, "Forbidden: not enough rights to send text messages", ContentRefused),
        (400, "Bad Request: chat not found", ScopeMissing),
        (400, "Bad Request: need administrator rights in the channel chat", ContentRefused),
        (400, "Bad Request: CHAT_RESTRICTED", ContentRefused),
        (400, "Bad Request: message is too long", ContentRefused),
        (400, "Bad Request: can't parse entities: Unsupported start tag", ContentRefused),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", MediaRefused),
        (400, "Bad Request: wrong file identifier/HTTP URL specified", MediaRefused),
        (413, "Request Entity Too Large", MediaRefused),
        (429, "Too Many Requests: retry after 7", RateLimited),
        (500, "Internal Server Error", OutcomeUnknown),
        (502, "Bad Gateway", OutcomeUnknown),
    ],
)
async def test_each_refusal_means_what_telegram_says(status: int, description: str, kind: type[PlatformError]) -> None:
    body = json.dumps({"ok": False, "error_code": status, "description": description}).encode()
    wire = HttpWire(CONNECTOR.spec, httpx.MockTransport(lambda _: httpx.Response(status, content=body)))
    with pytest.raises(kind) as caught:
        await CONNECTOR.publish(wire, CONNECTED, PREPARED, KEY)
    assert type(caught.value) is kind
    assert CONNECTED.tokens.access.reveal() not in repr(vars(caught.value))


async def test_a_chat_that_moved_while_it_was_posted_to_is_prepared_again() -> None:
    said = {"ok": False, "error_code": 400, "description": "Bad Request: group chat was upgraded to a supergroup chat"}
    body = json.dumps(said | {"parameters": {"migrate_to_chat_id": -1009}}).encode()
    wire = HttpWire(CONNECTOR.spec, httpx.MockTransport(lambda _: httpx.Response(400, content=body)))
    with pytest.raises(MaterialGone) as caught:
        await CONNECTOR.publish(wire, CONNECTED, PREPARED, KEY)
    assert caught.value.code == "migrate_to_chat_id:-1009"


async def test_files_go_whole_as_a_form_with_the_token_in_the_path() -> None:
    sent: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        await request.aread()
        sent.append(request)
        chat = {"id": -1001, "type": "channel", "title": "J", "username": "juniper"}
        messages = [{"message_id": 1, "chat": chat}, {"message_id": 2, "chat": chat}]
        album = request.url.path.endswith("sendMediaGroup")
        return httpx.Response(200, json={"ok": True, "result": messages if album else chat})

    wire = HttpWire(CONNECTOR.spec, httpx.MockTransport(answer))
    draft = typed(
        CONNECTOR.spec,
        Draft(
            text="<b>Two</b>",
            post_type="",
            attachments=(IMAGE, FILM),
            options={"format": "html", "spoiler": "true", "silent": "true"},
            due_at=NOW,
        ),
    )
    prepared = await CONNECTOR.prepare(wire, NOWHERE, CONNECTED, draft, KEY, None)
    await CONNECTOR.publish(wire, CONNECTED, prepared, KEY)
    album, body = sent[-1], sent[-1].content
    assert str(album.url) == f"https://api.telegram.org/bot{CONNECTED.tokens.access.reveal()}/sendMediaGroup"
    assert album.headers["content-length"] == str(len(body))
    assert body.count(PNG) == 2
    assert json.loads(body.split(b'name="media"\r\n\r\n')[1].split(b"\r\n")[0]) == [
        {
            "type": "photo",
            "media": "attach://file0",
            "has_spoiler": True,
            "caption": "<b>Two</b>",
            "parse_mode": "HTML",
        },
        {
            "type": "video",
            "media": "attach://file1",
            "width": 1000,
            "height": 1500,
            "duration": 10,
            "supports_streaming": True,
            "has_spoiler": True,
        },
    ]
    assert b'name="disable_notification"\r\n\r\ntrue\r\n' in body


@pytest.mark.parametrize(
    ("text", "how", "length"),
    [
        ("abc", "plain", 3),
        ("🌲", "plain", 2),
        ("👩‍👩‍👧‍👦", "plain", 11),
        ("  a b \n", "plain", 3),
        ("<b>a</b>", "plain", 8),
        ("<b>a</b>", "html", 1),
        ("<a href='https://x.example/?a&amp;b'>link</a> &lt;3 &#127794;", "html", 10),
        ("&copy; a", "html", 8),
    ],
)
def test_what_readers_see_is_counted_in_utf_16_units(text: str, how: str, length: int) -> None:
    assert units(shown(text, how)) == length


@given(st.lists(PIECES, max_size=10).map("".join))
def test_html_that_herald_takes_is_read_by_the_server_alike(text: str) -> None:
    if markup_problem(text) is not None:
        with pytest.raises(server.MarkupError):
            server.read_html(text)
    else:
        plain, _ = server.read_html(text)
        assert server.units(plain.strip()) == units(shown(text, "html"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<b>x", "<b> is not closed"),
        ("x</b>", "</b> closes nothing"),
        ("<b><i>x</b></i>", "</b> closes nothing"),
        ("<h1>x</h1>", "<h1> is not known there"),
        ("<a>x</a>", "<a> has no address"),
        ("1 < 2", "a < stands alone"),
    ],
)
def test_html_that_telegram_would_refuse_is_refused_before(text: str, problem: str) -> None:
    assert [message for message in problems(text=text, options={"format": "html"}) if problem in message]
    assert problems(text=text) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"options": {"format": "markdown"}}, "takes one of plain, html"),
        ({"text": "", "link": "https://a.example/"}, "a message needs a text"),
        ({"text": "<b> </b>", "options": {"format": "html"}}, "a message needs a text"),
        ({"options": {"silent": "yes"}}, "takes one of true, false"),
        ({"options": {"topic": "0"}}, "whole number from 1"),
        ({"options": {"spoiler": "true"}}, "no option 'spoiler'"),
        ({"options": {"preview": "none"}, "attachments": (IMAGE,)}, "no option 'preview'"),
        ({"options": {"poll": "a||b"}}, "has an empty choice"),
        ({"options": {"poll": "a|a"}}, "names a choice twice"),
        ({"options": {"poll": "a|b"}, "text": " "}, "a poll needs a text"),
        ({"options": {"poll": "a|b"}, "attachments": (IMAGE,)}, "a poll cannot stand beside media"),
        ({"options": {"poll_multiple": "true"}}, "no option 'poll_multiple'"),
        ({"link": "https://a.example/", "attachments": (IMAGE,)}, "makes its own link cards"),
        ({"attachments": (attachment(MediaKind.AUDIO), attachment(MediaKind.DOCUMENT))}, "an album of their own kind"),
        ({"attachments": (attachment(mime_type="image/avif"),)}, "is image/avif"),
    ],
)
def test_what_cannot_be_is_refused_by_a_sentence(changes: dict[str, object], sentence: str) -> None:
    assert [message for message in problems(**changes) if sentence in message]


def test_what_continues_a_poll_is_a_message() -> None:
    draft = typed(CONNECTOR.spec, Draft(text="x", post_type="", options={"poll": "a|b"}, due_at=NOW, part=1))
    assert draft.post_type == "telegram-message"


def test_files_may_go_as_they_are() -> None:
    large = attachment(size_bytes=49_000_000, width_px=20_000)
    assert problems(attachments=(large,))
    assert problems(attachments=(large,), options={"as_file": "true"}) == []


def test_an_own_server_takes_large_files_but_no_larger_photos() -> None:
    draft = typed(CONNECTOR.spec, Draft(text="", post_type="", attachments=(FILM,), due_at=NOW))
    rules = capabilities_of(CONNECTOR, {"own_server": True}, draft.post_type).media
    assert rules[MediaKind.VIDEO].max_bytes == 2_000_000_000
    assert (
        capabilities_of(CONNECTOR, {"own_server": True}, "telegram-photo").media[MediaKind.IMAGE].max_bytes
        == 10_000_000
    )


@pytest.mark.parametrize(
    ("body", "words", "until"),
    [
        ({"ok": False, "error_code": 400, "description": "Bad"}, ("400", "Bad"), None),
        (
            {"ok": False, "error_code": 429, "description": "Slow", "parameters": {"retry_after": 7}},
            ("429", "Slow"),
            NOW + timedelta(seconds=7),
        ),
        (
            {"ok": False, "error_code": 429, "parameters": {"retry_after": 10**9}},
            ("429", None),
            NOW + timedelta(days=1),
        ),
        ({"ok": True, "result": True}, (None, None), None),
        ({"error_code": 400}, (None, None), None),
        ([], (None, None), None),
    ],
)
def test_telegrams_words_are_read(body: object, words: tuple[str | None, str | None], until: datetime | None) -> None:
    answer = Answer(status=400, headers={}, body=json.dumps(body).encode())
    assert read_error(answer) == words
    assert read_reset(answer, NOW) == until


def test_the_page_of_documentation_names_every_setting() -> None:
    page = (Path(__file__).parents[3] / "docs/connectors/telegram.md").read_text()
    rules = [rule for one in CONNECTOR.spec.by_type.values() for rule in one.options]
    assert [rule.name for rule in rules if f"`{rule.name}`" not in page] == []
