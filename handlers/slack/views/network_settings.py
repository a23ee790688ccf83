"""A network's settings, pushed onto its texts: an input for each, with what is set."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.domain.capabilities import OptionRule
from bot.domain.composition import Form
from bot.domain.errors import Problem
from handlers.slack import blocks as b
from handlers.slack import names
from handlers.slack.blocks import Json
from handlers.slack.views.asked import AskedLike, free, others, sentence
from handlers.slack.views.own_texts import metadata, remembered
from handlers.slack.views.problems import placed

_LONGEST_TITLE = 24
_LONGEST_ID = 255
_USUAL, _AS_IT_IS = "-", "="
"""The value of the option that sets nothing, and of the one for what is set and is none of the words."""
_TRUTHS = {"true": "Yes", "false": "No"}
_SPELLED = {
    "ai": "AI",
    "gif": "GIF",
    "html": "HTML",
    "id": "ID",
    "langs": "languages",
    "nsfw": "NSFW",
    "s": "(seconds)",
    "url": "URL",
}
"""Parts of names that people write otherwise."""


def build(  # noqa: PLR0913  # what the modal needs, by name
    form: Form,
    platform: str,
    rules: Sequence[OptionRule],
    *,
    title: str,
    composition_id: str,
    composer_id: str = "",
    asked: Sequence[AskedLike] = (),
    marks: Mapping[str, str] | None = None,
) -> Json:
    """An input for each setting but those `asked` in the composer; `title` is the network's, inert.

    `composer_id` is the view of the composer, `marks` are those of its inputs.
    """
    options = others(form.options.get(platform, {}), asked, platform)
    known = free(rules, options, asked, platform)
    unknown = sorted(options.keys() - {rule.name for rule in known})
    called = f"{b.bare(title)} settings"
    return b.modal(
        names.NETWORK_SETTINGS,
        called if b.length(called) <= _LONGEST_TITLE else "Settings",
        [
            b.context(f"What is left as usual or empty, {title} decides."),
            *(_input(platform, rule, options.get(rule.name, "")) for rule in known),
            *_set_elsewhere(platform, {name: options[name] for name in unknown}),
        ],
        submit="Keep",
        close="Back",
        metadata=metadata(composition_id, marks, platform=platform, composer=composer_id),
    )


def _input(platform: str, rule: OptionRule, value: str) -> Json:
    name = action_id(platform, rule.name)
    element = _select(name, rule, value) if rule.words else _box(name, value, long=rule.long)
    return b.field(name, _called(rule.name), element, hint=sentence(rule.meaning), optional=True)


def _select(name: str, rule: OptionRule, value: str) -> Json:
    options = [b.option("As usual", _USUAL), *(b.option(_said(rule, word), word) for word in rule.words)]
    if not value:
        return b.choice("static_select", name, options, _USUAL)
    if value in rule.words:
        return b.choice("static_select", name, options, value)
    return b.choice("static_select", name, [*options, b.option(value, _AS_IT_IS)], _AS_IT_IS)


def _box(name: str, value: str, *, long: bool = False) -> Json:
    return b.text_input(name, value, multiline=long or len(value.splitlines()) > 1)


def _set_elsewhere(platform: str, options: Mapping[str, str]) -> Iterator[Json]:
    """What is set, on a command line perhaps, and is no setting that people are asked for here."""
    for setting, value in options.items():
        name = action_id(platform, setting)
        if setting.isprintable() and b.length(name) <= _LONGEST_ID:
            yield b.field(name, setting, _box(name, value), hint="Set elsewhere. Empty takes it out.", optional=True)


def _said(rule: OptionRule, word: str) -> str:
    """A word a setting takes, for people."""
    return rule.choices.get(word) or _TRUTHS.get(word) or _called(word)


def _called(name: str) -> str:
    words = " ".join(_SPELLED.get(part, part) for part in name.split("_"))
    return words[:1].upper() + words[1:]


def action_id(platform: str, setting: str) -> str:
    """The block and action id of a setting's input."""
    return f"{names.OWN_SETTINGS}:{platform}.{setting}"


def platform_of(view: Mapping[str, object]) -> str:
    """Whose settings a modal shows."""
    return b.word(remembered(view).get("platform")) or ""


def composer_below(view: Mapping[str, object]) -> str:
    """The view of the composer it belongs to; empty where that is not known."""
    return b.word(remembered(view).get("composer")) or ""


def read(view: Mapping[str, object], form: Form) -> Form:
    """The form with what the inputs hold. Settings that have none stay as they are."""
    platform = platform_of(view)
    options, ours = dict(form.options.get(platform, {})), action_id(platform, "")
    for action, state in b.states(view).items():
        if not action.startswith(ours):
            continue
        name = action.removeprefix(ours)
        if value := _value(state, options.get(name, "")):
            options[name] = value
        else:
            options.pop(name, None)
    chosen = {**form.options, platform: options}
    return replace(form, options={name: of for name, of in chosen.items() if of})


def _value(state: Mapping[str, object], before: str) -> str:
    if state.get("type") == "static_select":
        value = b.chosen(state)
        return before if value == _AS_IT_IS else "" if value in {None, _USUAL} else value or ""
    typed = b.typed(state, before)
    return typed if typed == before else typed.strip()


def errors(problems: Sequence[Problem], view: Mapping[str, object]) -> dict[str, str]:
    """What the network does not take, each at the input of the setting its `field` names."""
    platform = platform_of(view)
    there = [replace(problem, field=action_id(platform, problem.field)) for problem in problems]
    return placed(there, view, otherwise="")
