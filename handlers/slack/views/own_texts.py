"""Own texts and settings per network, pushed onto the composer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.capabilities import OptionRule
from bot.domain.composition import Form
from handlers.slack import blocks as b
from handlers.slack import names, wording
from handlers.slack.blocks import Json
from handlers.slack.facts import Names
from handlers.slack.views.asked import AskedLike, others

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
    """A box per network chosen, and one for its settings; `limits` are the networks' own, by platform.

    What is `asked` in the composer itself has no place here. `marks` are those of the composer below it.
    """
    blocks: list[Json] = []
    for platform in platforms[:_MOST]:
        blocks.append(_box(platform, form, called, limits.get(platform)))
        own = {one.rule.name for one in asked if one.platform == platform}
        if rules := [rule for rule in settings.get(platform, ()) if rule.name not in own]:
            options = others(form.options.get(platform, {}), asked, platform)
            blocks.append(_settings_box(platform, options, called, rules))
    if len(platforms) > _MOST:
        blocks.append(b.context(f"and {len(platforms) - _MOST} more, which take the main text"))
    if not blocks:
        blocks.append(b.section("Choose accounts first; each network then has its box here."))
    return b.modal(
        names.OWN_TEXTS,
        "Per network",
        blocks,
        submit="Keep",
        close="Back",
        metadata=metadata(composition_id, marks),
    )


def metadata(composition_id: str, marks: Mapping[str, str] | None) -> str:
    """What a modal that lies above the composer remembers: whose it is, and how the composer's inputs are marked."""
    return json.dumps({"composition": composition_id} | ({"marks": marks} if marks else {}))


def marks_below(view: Mapping[str, object]) -> dict[str, str]:
    """What the composer's inputs were marked with when this modal was laid over it."""
    try:
        said: object = json.loads(b.word(view.get("private_metadata")) or "{}")
    except ValueError:
        return {}
    marks = b.mapping(b.mapping(said).get("marks"))
    return {action: mark for action, mark in marks.items() if isinstance(mark, str)}


def _box(platform: str, form: Form, called: Names, limit: int | None) -> Json:
    name = block_id(platform)
    label = b.bare(called.title(platform)) + (f" ({limit:,})" if limit else "")
    box = b.text_input(name, form.variants.get(platform, ""), multiline=True, placeholder=wording.SAME_AS_MAIN)
    return b.field(name, label, box, hint=wording.OWN_TEXT_KEPT, optional=True)


def _settings_box(platform: str, options: Mapping[str, str], called: Names, rules: Sequence[OptionRule]) -> Json:
    name = block_id(platform, names.OWN_SETTINGS)
    box = b.text_input(name, _lines(options), multiline=True, placeholder=f"{rules[0].name}=VALUE")
    known = "; ".join(f"{rule.name}: {rule.meaning}" for rule in rules)
    label = f"{b.bare(called.title(platform))} settings"
    return b.field(name, label, box, hint=f"NAME=VALUE, one a line. {known}.", optional=True)


def _lines(options: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={' '.join(value.split())}" for name, value in options.items())


def block_id(platform: str, kind: str = names.OWN_TEXT) -> str:
    """The block and action id of a network's box."""
    return f"{kind}:{platform}"[:255]


def errors(view: Mapping[str, object]) -> dict[str, str]:
    """What no setting can be read from, by block id."""
    return {
        action: f"Write NAME=VALUE, one a line: “{b.one_line(line, 60)}” has no “=”."
        for action, state in b.states(view).items()
        if action.partition(":")[0] == names.OWN_SETTINGS
        for line in (b.word(state.get("value")) or "").splitlines()
        if line.strip() and not line.partition("=")[1]
    }


def read(view: Mapping[str, object], form: Form, asked: Sequence[AskedLike] = ()) -> Form:
    """The form with what is in the boxes shown; an empty box means the main text, or no settings but those `asked`."""
    variants, options = dict(form.variants), dict(form.options)
    for action, state in b.states(view).items():
        kind, _, platform = action.partition(":")
        if kind == names.OWN_SETTINGS:
            before = options.get(platform, {})
            free = others(before, asked, platform)
            typed = _settings(b.word(state.get("value")) or "", free)
            options[platform] = {name: value for name, value in before.items() if name not in free} | typed
        if kind != names.OWN_TEXT:
            continue
        text = b.typed(state, variants.get(platform, ""))
        if text.strip():
            variants[platform] = text
        else:
            variants.pop(platform, None)
    return replace(form, variants=variants, options={name: chosen for name, chosen in options.items() if chosen})


def _settings(text: str, before: Mapping[str, str]) -> dict[str, str]:
    """What is typed in place of what was; a box left alone changes nothing, however long a value is."""
    if text == b.cut(_lines(before), b.TEXT_LIMIT):
        return dict(before)
    pairs = [line.partition("=") for line in text.splitlines() if "=" in line]
    return {name.strip().casefold(): value.strip() for name, _, value in pairs if name.strip()}
