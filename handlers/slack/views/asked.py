"""What a chosen network demands: an input for each, that opens with the network's name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from bot.domain.capabilities import OptionRule
from bot.domain.composition import Form, When
from bot.domain.errors import Problem
from handlers.slack import blocks as b
from handlers.slack import names, wording
from handlers.slack.blocks import Json
from handlers.slack.facts import handle_of

_LONGEST = 300


class AskedLike(Protocol):
    """A setting of a network that no post goes without."""

    @property
    def platform(self) -> str:
        """The network."""
        ...

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    @property
    def rule(self) -> OptionRule:
        """The setting."""
        ...

    @property
    def whose(self) -> tuple[str, ...]:
        """The handles of the accounts it is asked for."""
        ...


def blocks(form: Form, asked: Sequence[AskedLike]) -> Iterator[Json]:
    """The inputs. A draft may do without."""
    for one in asked:
        name, value = _action(one.platform, one.rule.name), form.options.get(one.platform, {}).get(one.rule.name, "")
        element: Json
        if one.rule.choices:
            options = [b.option(words, of) for of, words in one.rule.choices.items()]
            element = b.choice("static_select", name, options, value)
            element["placeholder"] = b.plain("Choose", 150)
            hint = f"As {wording.joined([b.bare(handle_of(handle)) for handle in one.whose])}." if one.whose else None
        else:
            element, hint = b.text_input(name, value, limit=_LONGEST), sentence(one.rule.meaning)
        label = f"{b.bare(one.title)}: {one.rule.asked}"
        yield b.field(name, label, element, hint=hint, optional=form.when is When.DRAFT)


def sentence(words: str) -> str:
    """What a setting means, as a hint."""
    return f"{words[:1].upper()}{words[1:]}."


def _action(platform: str, name: str) -> str:
    return f"{names.ASKED}:{platform}.{name}"


def read(states: Mapping[str, Mapping[str, object]], form: Form) -> Form:
    """The form with what the inputs hold; an empty one is a setting that is not given."""
    options = {platform: dict(chosen) for platform, chosen in form.options.items()}
    for action, state in states.items():
        kind, _, rest = action.partition(":")
        platform, dot, name = rest.partition(".")
        if kind != names.ASKED or not dot:
            continue
        of_platform = options.setdefault(platform, {})
        value = b.chosen(state) or b.typed(state, of_platform.get(name, ""), _LONGEST)
        if value.strip():
            of_platform[name] = value.strip()
        else:
            of_platform.pop(name, None)
    return replace(form, options={platform: chosen for platform, chosen in options.items() if chosen})


def place(problem: Problem, there: Mapping[str, str]) -> str | None:
    """The input that a problem with a setting is about, by its action id; None: it is about none of them."""
    said = problem.message.casefold()
    for action in there:
        kind, _, rest = action.partition(":")
        platform, _, name = rest.partition(".")
        mine = kind == names.ASKED and said.startswith(platform.replace("_", " ").casefold())
        if mine and re.search(rf"\b{re.escape(name)}\b", said):
            return action
    return None


def others(options: Mapping[str, str], asked: Sequence[AskedLike], platform: str) -> dict[str, str]:
    """A network's settings that have no input of their own."""
    own = {one.rule.name for one in asked if one.platform == platform}
    return {name: value for name, value in options.items() if name not in own}


def free(
    rules: Sequence[OptionRule], options: Mapping[str, str], asked: Sequence[AskedLike], platform: str
) -> list[OptionRule]:
    """Those of a network's settings. What it demands of another kind of post is among them only where it is set."""
    own = {one.rule.name for one in asked if one.platform == platform}
    plain = {rule.name for rule in rules if rule.asked is None and rule.said_by not in own}
    return [rule for rule in rules if rule.name not in own and (rule.name in plain or rule.name in options)]
