"""Another time for a planned post."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.composition import Form
from bot.domain.errors import Problem
from bot.domain.posts import PostView
from handlers.slack import blocks as b
from handlers.slack import names
from handlers.slack.blocks import Json
from handlers.slack.views import problems, when


def build(post: PostView, form: Form, *, brand_zone: str, reader_zone: str | None, now: datetime) -> Json:
    """Date, time and zone; the form holds the present ones, or what was chosen meanwhile."""
    blocks = [b.quote(post.text, 80)] if post.text.strip() else []
    blocks += when.time_blocks(form, brand_zone=brand_zone, reader_zone=reader_zone, now=now)
    return b.modal(
        names.MOVE_POST, "Move post", [_named(block, form) for block in blocks], submit="Move", metadata=_value(post)
    )


def _named(block: Json, form: Form) -> Json:
    return {**block, "block_id": problems.block_id(str(block["block_id"]), form)} if block["type"] == "input" else block


def _value(post: PostView) -> str:
    return f"{post.post_id}:{post.version}"


def read(view: Mapping[str, object], form: Form) -> Form:
    """The form with the time chosen."""
    return when.read_time(b.states(view), form)


def errors(found: Sequence[Problem], form: Form, view: Mapping[str, object]) -> dict[str, str]:
    """Problems at their inputs."""
    return problems.errors(found, form, view)
