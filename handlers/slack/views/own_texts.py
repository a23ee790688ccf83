"""Own texts per network and the way to its settings, pushed onto the composer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.capabilities import OptionRule
from bot.domain.composition import Form
from handlers.slack import blocks as b
from handlers.slack import names, wording
from handlers.slack.blocks import Json
from handlers.slack.facts import Names
from handlers.slack.views.asked import AskedLike, free, others

_MOST = 45


def build(  # noqa: PLR0913  # what the modal needs, by name
    form: Form,
    platforms: Sequence[str],
    *,
    composition_id: str,
    called: Names,
    limits: Mapping[str, int],
    settings: Mapping[str, Sequence[OptionRule]],
    asked: Sequence[AskedLike] = (),
    marks: Mapping[str, str] | None = None,
) -> Json:
    """A box per network chosen, and a button to its settings; `limits` are the networks' own, by platform.

    What is `asked` in the composer itself has no place here. `marks` are those of the composer below it.
    """
    blocks: list[Json] = []
    for platform in platforms[:_MOST]:
        blocks.append(_box(platform, form, called, limits.get(platform)))
        options = others(form.options.get(platform, {}), asked, platform)
        if options or free(settings.get(platform, ()), options, asked, platform):
            blocks.append(_settings_row(platform, len(options), called))
    if len(platforms) > _MOST:
        blocks.append(b.context(f"and {len(platforms) - _MOST} more, which take the main text"))
    if not blocks:
        blocks.append(b.section("Choose accounts first; each network then has its box here."))
    return b.modal(
        names.OWN_TEXTS,
        wording.PER_NETWORK,
        blocks,
        submit="Keep",
        close="Back",
        metadata=metadata(composition_id, marks),
    )


def metadata(composition_id: str, marks: Mapping[str, str] | None, **more: str) -> str:
    """What a modal that lies above the composer remembers: whose it is, and how the composer's inputs are marked."""
    return json.dumps({"composition": composition_id} | ({"marks": marks} if marks else {}) | more)


def remembered(view: Mapping[str, object]) -> Mapping[str, object]:
    """The same, read back."""
    try:
        said: object = json.loads(b.word(view.get("private_metadata")) or "{}")
    except ValueError:
        return {}
    return b.mapping(said)


def marks_below(view: Mapping[str, object]) -> dict[str, str]:
    """What the composer's inputs were marked with when this modal was laid over it."""
    marks = b.mapping(remembered(view).get("marks"))
    return {action: mark for action, mark in marks.items() if isinstance(mark, str)}


def _box(platform: str, form: Form, called: Names, limit: int | None) -> Json:
    name = block_id(platform)
    label = b.bare(called.title(platform)) + (f" ({limit:,})" if limit else "")
    box = b.text_input(name, form.variants.get(platform, ""), multiline=True, placeholder=wording.SAME_AS_MAIN)
    return b.field(name, label, box, hint=wording.OWN_TEXT_KEPT, optional=True)


def _settings_row(platform: str, many: int, called: Names) -> Json:
    label = f"{b.bare(called.title(platform))} settings" + (f": {many} set" if many else "")
    button = b.button(label, names.NETWORK_SETTINGS_BUTTON, platform)
    return b.actions(button, block_id=block_id(platform, names.OWN_SETTINGS))


def block_id(platform: str, kind: str = names.OWN_TEXT) -> str:
    """The block and action id of a network's box."""
    return f"{kind}:{platform}"[:255]


def read(view: Mapping[str, object], form: Form) -> Form:
    """The form with what is in the boxes shown; an empty box means the main text."""
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
