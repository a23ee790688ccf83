"""A platform that does not exist, for tests of the wire and of the contract."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from bot.domain.capabilities import Capabilities, TextRules
from platforms.base import Answer, FindRules, Repeat, Spec
from platforms.errors import ContentRefused, DuplicateRefused, ErrorRule, RateLimited, Unavailable

READ_ON = date(2026, 11, 21)
SOURCE = "https://toy.example/docs"


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """The toy answers errors with {"code": …, "message": …}."""
    try:
        body = cast("dict[str, str]", answer.json())
        return body["code"], body["message"]
    except (ValueError, KeyError, TypeError):
        return None, None


def read_reset(answer: Answer, came: datetime) -> datetime | None:
    """Seconds to wait, in Retry-After."""
    wait = answer.headers.get("retry-after", "")
    return came + timedelta(seconds=int(wait)) if wait.lstrip("-").isdigit() else None


SPEC = Spec(
    name="toy",
    title="Toy",
    post_types=("toy-post",),
    capabilities=Capabilities(
        name="Toy",
        text=TextRules(limit=20, unit="characters", count=lambda draft: len(draft.text), source=SOURCE, read=READ_ON),
        media={},
        max_attachments=0,
    ),
    find=FindRules(repeat=Repeat.NEVER, source=SOURCE, read=READ_ON),
    api_url="https://toy.example",
    errors=(
        ErrorRule(raises=DuplicateRefused, code="duplicate", safe="Toy has this already.", source=SOURCE),
        ErrorRule(raises=Unavailable, status=503, code="maintenance", safe="Toy is being repaired.", source=SOURCE),
        ErrorRule(raises=ContentRefused, status=500, code="poison", safe="Toy choked on it.", source=SOURCE),
        ErrorRule(raises=Unavailable, match="come back later", safe="Toy is busy.", source=SOURCE),
        ErrorRule(raises=RateLimited, code="quota", safe="Toy's quota is spent.", source=SOURCE),
        ErrorRule(raises=ContentRefused, match="too rude", safe="Toy did not like it.", quote=True, source=SOURCE),
    ),
    read_error=read_error,
    read_reset=read_reset,
    request_id_header="X-Request-Id",
)


def spec(**changes: Any) -> Spec:  # noqa: ANN401  # fields of Spec
    """The toy's spec with some fields changed."""
    return replace(SPEC, **changes)


def error_body(code: str, message: str = "") -> bytes:
    """An error as the toy writes it."""
    return json.dumps({"code": code, "message": message}).encode()


AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
