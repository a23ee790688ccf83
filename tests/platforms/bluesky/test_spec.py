"""Bluesky's rules held against drafts, and its headers read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.capabilities import check
from bot.domain.content import Draft, MediaKind
from platforms import REGISTER
from platforms.base import Answer
from platforms.bluesky import CONNECTOR
from platforms.bluesky.spec import CAPABILITIES, SPEC, read_error, read_reset
from tests.platforms.bluesky.world import draft, picture

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
FAMILY = "👩‍👩‍👧‍👦"


def _said(given: Draft) -> str:
    return " ".join(problem.message for problem in check(given, CAPABILITIES))


def test_the_register_knows_it_by_its_name() -> None:
    assert REGISTER["bluesky"] is CONNECTOR
    assert SPEC.name == "bluesky"


@pytest.mark.parametrize("text", ["x" * 300, "e\u0301" * 300, FAMILY * 112 + "x" * 188, "日" * 300])
def test_three_hundred_graphemes_pass(text: str) -> None:
    assert _said(draft(text)) == ""


@pytest.mark.parametrize("text", ["x" * 301, "e\u0301" * 301])
def test_one_more_is_too_many(text: str) -> None:
    assert "301 of 300 characters, 1 too many" in _said(draft(text))


def test_few_graphemes_may_still_be_too_many_bytes() -> None:
    assert len((FAMILY * 121).encode()) == 3025
    assert "3,025 bytes, 3,000 allowed" in _said(draft(FAMILY * 121))


def test_four_images_pass_and_five_do_not(tmp_path: Path) -> None:
    images = tuple(picture(tmp_path, f"{number}.png") for number in range(5))
    assert _said(draft("", attachments=images[:4])) == ""
    assert "5 files, 4 allowed" in _said(draft("", attachments=images))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"size_bytes": 2_000_000}, ""),
        ({"size_bytes": 2_000_001}, "2.0 MB"),
        ({"mime_type": "image/heic"}, "takes JPEG, PNG, WEBP"),
        ({"kind": MediaKind.VIDEO, "mime_type": "video/mp4", "duration_s": 180.0}, ""),
        ({"kind": MediaKind.VIDEO, "mime_type": "video/mp4", "duration_s": 180.5}, "takes up to 180 s"),
        ({"kind": MediaKind.VIDEO, "mime_type": "video/mp4", "size_bytes": 300_000_001}, "takes up to 300.0 MB"),
        ({"kind": MediaKind.VIDEO, "mime_type": "video/quicktime"}, "takes MP4"),
        ({"kind": MediaKind.GIF, "mime_type": "image/gif"}, "takes no gif here"),
    ],
)
def test_each_file_is_held_against_the_rules(tmp_path: Path, change: dict[str, object], sentence: str) -> None:
    image = picture(tmp_path, "a.png")
    changed = replace(image, media=replace(image.media, **change))
    said = _said(draft("x", attachments=(changed,)))
    assert (sentence in said) if sentence else said == ""


def test_images_and_a_card_exclude_each_other(tmp_path: Path) -> None:
    given = draft("x", attachments=(picture(tmp_path, "a.png"),), link="https://example.com")
    assert "either files or a link card" in _said(given)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"langs": "en"}, ""),
        ({"langs": "en, pt-BR,zh-Hant-TW"}, ""),
        ({"langs": "en,de,fr,it"}, "names 4 languages"),
        ({"langs": "english please"}, "it takes language codes"),
        ({"langs": ""}, "it takes language codes"),
        ({"labels": "nudity, graphic-media"}, ""),
        ({"labels": "nsfw"}, "it takes one or more of sexual, nudity, porn, graphic-media"),
        ({"labels": ","}, "it takes one or more of"),
        ({"visibility": "private"}, "no option 'visibility'. It has: labels, langs"),
    ],
)
def test_options_are_held_against_the_rules(options: dict[str, str], sentence: str) -> None:
    said = _said(draft("x", options=options))
    assert (sentence in said) if sentence else said == ""


def _answer(headers: dict[str, str] | None = None, body: bytes = b"{}") -> Answer:
    return Answer(status=429, headers=headers or {}, body=body)


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({"retry-after": "30"}, NOW + timedelta(seconds=30)),
        ({"retry-after": "30", "ratelimit-reset": "1"}, NOW + timedelta(seconds=30)),
        ({"retry-after": "Tue, 01 Dec 2026 09:01:00 GMT"}, NOW + timedelta(minutes=1)),
        ({"retry-after": "9" * 30}, NOW + timedelta(days=1)),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 60)}, NOW + timedelta(minutes=1)),
        ({"retry-after": "later", "ratelimit-reset": "soon"}, None),
        ({"ratelimit-reset": "9" * 30}, None),
        ({"ratelimit-reset": "٣"}, None),
        ({}, None),
    ],
)
def test_the_end_of_a_limit_is_read_from_the_headers(headers: dict[str, str], until: datetime | None) -> None:
    assert read_reset(_answer(headers), NOW) == until


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"error": "InvalidSwap", "message": "Record was at x"}', ("InvalidSwap", "Record was at x")),
        (b'{"error": "InvalidSwap"}', ("InvalidSwap", None)),
        (b'{"error": 7, "message": []}', (None, None)),
        (b"<html>", (None, None)),
        (b"\xff", (None, None)),
        (b"[]", (None, None)),
    ],
)
def test_an_error_is_read_only_in_the_vendors_form(body: bytes, read: tuple[str | None, str | None]) -> None:
    assert read_error(_answer(body=body)) == read


def test_every_fact_says_where_it_was_read() -> None:
    assert all(rule.source.startswith("https://") for rule in SPEC.errors)
    assert SPEC.find.source.startswith("https://")
    assert CAPABILITIES.text.source.startswith("https://")
