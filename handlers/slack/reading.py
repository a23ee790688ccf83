"""JSON that came back from Slack, read without trust in its shape."""

from collections.abc import Mapping, Sequence

from handlers.slack.markup import TEXT_LIMIT, cut, length


def mapping(value: object) -> Mapping[str, object]:
    """A JSON object, or an empty one."""
    return value if isinstance(value, Mapping) else {}  # pyright: ignore[reportUnknownVariableType]  # JSON's keys are texts


def sequence(value: object) -> Sequence[object]:
    """A JSON array, or an empty one."""
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]  # of anything


def word(value: object) -> str | None:
    """A JSON text, or None."""
    return value if isinstance(value, str) else None


def states(view: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """What stands in a view's inputs, by action id."""
    values = mapping(mapping(view.get("state")).get("values"))
    return {action: mapping(state) for block in values.values() for action, state in mapping(block).items()}


def typed(state: Mapping[str, object], before: str, limit: int = TEXT_LIMIT) -> str:
    """What stands in a box; a text that was too long to be shown whole, and was left alone, is still whole."""
    value = word(state.get("value")) or ""
    return before if too_long(before, limit) and value == cut(before, limit) else value


def too_long(text: str, limit: int = TEXT_LIMIT) -> bool:
    """Whether a box shows only the beginning."""
    return length(text) > limit


def chosen(state: Mapping[str, object]) -> str | None:
    """The value of the one option chosen."""
    return word(mapping(state.get("selected_option")).get("value"))


def all_chosen(state: Mapping[str, object]) -> tuple[str, ...]:
    """The values of the options chosen, in order."""
    values = (word(mapping(one).get("value")) for one in sequence(state.get("selected_options")))
    return tuple(value for value in values if value is not None)
