"""Own texts per network, pushed onto the composer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.composition import Form
from handlers.slack import blocks as b
from handlers.slack import names, wording
from handlers.slack.blocks import Json
from handlers.slack.facts import Names

_MOST = 90


def build(
    form: Form, platforms: Sequence[str], *, composition_id: str, called: Names, limits: Mapping[str, int]
) -> Json:
    """One box per network chosen; `limits` are the networks' own, by platform."""
    blocks = [_box(platform, form, called, limits.get(platform)) for platform in platforms[:_MOST]]
    if len(platforms) > _MOST:
        blocks.append(b.context(f"and {len(platforms) - _MOST} more, which take the main text"))
    if not blocks:
        blocks.append(b.section("Choose accounts first; each network then has its box here."))
    return b.modal(
        names.OWN_TEXTS,
        "Text per network",
        blocks,
        submit="Keep",
        close="Back",
        metadata=json.dumps({"composition": composition_id}),
    )


def _box(platform: str, form: Form, called: Names, limit: int | None) -> Json:
    name = block_id(platform)
    label = b.bare(called.title(platform)) + (f" ({limit:,})" if limit else "")
    box = b.text_input(name, form.variants.get(platform, ""), multiline=True, placeholder=wording.SAME_AS_MAIN)
    return b.field(name, label, box, hint=wording.OWN_TEXT_KEPT, optional=True)


def block_id(platform: str) -> str:
    """The block and action id of a network's box."""
    return f"{names.OWN_TEXT}:{platform}"[:255]


def read(view: Mapping[str, object], form: Form) -> Form:
    """The form with the texts of the boxes shown; an empty box means the main text."""
    variants = dict(form.variants)
    for action, state in b.states(view).items():
        kind, _, platform = action.partition(":")
        if kind != names.OWN_TEXT:
            continue
        text = b.typed(state, variants.get(platform, ""))
        if text.strip():
            variants[platform] = text
        else:
            variants.pop(platform, None)
    return replace(form, variants=variants)
