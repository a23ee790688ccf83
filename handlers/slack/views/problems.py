"""Problems of a post, each at the input it belongs to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.composition import Form, When
from bot.domain.errors import Problem
from handlers.slack import blocks as b
from handlers.slack import names, wording
from handlers.slack.views import asked
from handlers.slack.views.when import doubled_hour

_MOST = 3
_LONGEST = 200
_MARK = re.compile(r"(?::\d+|\+)*")
_PLACES = {
    "to": (names.ACCOUNTS_INPUT,),
    "brand": (names.BRAND_INPUT, names.ACCOUNTS_INPUT),
    "media": (names.FILES_INPUT, names.KEPT_INPUT),
    "alt": (names.FILES_INPUT, names.KEPT_INPUT),
    "fit": (names.FIT_INPUT,),
    "at": (names.TIME_INPUT, names.DATE_INPUT, names.WHEN_INPUT),
    "zone": (names.ZONE_INPUT, names.WHEN_INPUT),
    "fold": (names.FOLD_INPUT, names.TIME_INPUT, names.WHEN_INPUT),
}


def errors(problems: Sequence[Problem], form: Form, view: Mapping[str, object] | None = None) -> dict[str, str]:
    """All problems by block id, at most three in a place and then a count.

    With the view that was submitted, only inputs it has are named, by the ids they have there.
    """
    there = input_ids(view) if view is not None else _expected(form)
    return _placed([_asked(problem, form, there) for problem in problems], there, names.TEXT_INPUT)


def _asked(problem: Problem, form: Form, there: Mapping[str, str]) -> Problem:
    """What has its own place in the modal is asked for there: a setting, a time that happens twice."""
    if problem.field == "option" and (own := asked.place(problem, there)) is not None:
        return replace(problem, field=own)
    if problem.field == "option":
        return replace(problem, message=f"{problem.message} Set it under “{wording.PER_NETWORK}”.")
    if problem.field in {"part", "link", "mission_id"}:
        return replace(problem, message=f"{problem.message} It stands under “{wording.MORE_OPTIONS}”.")
    if problem.field != "at" or form.fold is not None or doubled_hour(form) is None:
        return problem
    return Problem(field="fold", message=f"Choose the first or the second {str(form.time)[:5]}.")


def placed(problems: Sequence[Problem], view: Mapping[str, object], *, otherwise: str) -> dict[str, str]:
    """The same for any view whose inputs are called as the fields; `otherwise` takes what fits nowhere."""
    return _placed(problems, input_ids(view), otherwise)


def _placed(problems: Sequence[Problem], there: Mapping[str, str], otherwise: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for problem in problems:
        if (place := _place(problem, there, otherwise)) is not None:
            found.setdefault(place, []).append(problem.message)
    return {place: _said(list(dict.fromkeys(sentences))) for place, sentences in found.items()}


def input_ids(view: Mapping[str, object]) -> dict[str, str]:
    """The block ids of a view's inputs, by action id."""
    found: dict[str, str] = {}
    for block in map(b.mapping, b.sequence(view.get("blocks"))):
        action = b.word(b.mapping(block.get("element")).get("action_id"))
        named = b.word(block.get("block_id"))
        if block.get("type") == "input" and action and named:
            found[action] = named
    return found


def _expected(form: Form) -> dict[str, str]:
    always = [names.ACCOUNTS_INPUT, names.TEXT_INPUT, names.FILES_INPUT, names.WHEN_INPUT]
    timed = [names.DATE_INPUT, names.TIME_INPUT, names.ZONE_INPUT] if form.when is When.AT else []
    return {name: block_id(name, form) for name in always + timed}


def block_id(name: str, form: Form, mark: str = "") -> str:
    """An input's block id. What was typed survives while the id stays; a new mark makes Slack take our value.

    The accounts and the zone belong to a brand, so another brand is another input.
    """
    own = f":{form.brand_id or ''}" if name in {names.ACCOUNTS_INPUT, names.ZONE_INPUT} else ""
    return name + mark + own


def marks(view: Mapping[str, object]) -> dict[str, str]:
    """What the inputs of an open view are marked with, by action id: to change it and lose nothing, mark them so again.

    A mark is a version (`text:7`), or a plus for each time that a late answer renewed the upload input (`files+`).
    """
    behind = {action: named.removeprefix(action) for action, named in input_ids(view).items()}
    found = {action: _MARK.match(rest) for action, rest in behind.items()}
    return {action: mark[0] for action, mark in found.items() if mark is not None and mark[0]}


def _place(problem: Problem, there: Mapping[str, str], otherwise: str) -> str | None:
    wanted = [*_PLACES.get(problem.field, ()), problem.field, otherwise]
    return next((there[name] for name in wanted if name in there), next(iter(there.values()), None))


def _said(sentences: Sequence[str]) -> str:
    if len(sentences) == 1:
        return b.one_line(sentences[0], _LONGEST)
    more = f" and {len(sentences) - _MOST} more" if len(sentences) > _MOST else ""
    shown = sentences[:_MOST]
    room = (_LONGEST - len(more)) // len(shown) - 1
    whole = " ".join(b.one_line(sentence, _LONGEST) for sentence in shown) + more
    return whole if len(whole) <= _LONGEST else " ".join(b.one_line(one, room) for one in shown) + more
