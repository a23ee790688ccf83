"""Whether a post comes again: the two inputs that ask for it, and how it is said."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from itertools import islice

from bot.domain.composition import Form, When
from bot.domain.repeats import Every, Pattern, Repeat, days_after, instant_of, pattern_of
from bot.domain.slots import Moment
from handlers.slack import blocks as b
from handlers.slack import names, times
from handlers.slack.blocks import Json
from handlers.slack.series import words
from handlers.slack.views.when import moment_of

_NEVER = "never"
_CHOICES = {
    _NEVER: "Never",
    Every.DAILY.value: "Every day",
    Every.WEEKDAYS.value: "Monday to Friday",
    Every.WEEKLY.value: "Every week",
    Every.MONTHLY.value: "Every month",
}
_SHOWN = 3


def build(form: Form, now: datetime) -> Iterator[Json]:
    """How often and until when; and, where that is known, the next days it comes to."""
    options = [b.option(word, value) for value, word in _CHOICES.items()]
    chosen = form.every.value if form.every is not None else _NEVER
    select = b.choice("static_select", names.REPEAT_INPUT, options, chosen)
    yield b.field(names.REPEAT_INPUT, "Repeat", select)
    picker: Json = {"type": "datepicker", "action_id": names.UNTIL_INPUT}
    if form.until:
        picker["initial_date"] = form.until
    hint = "The last day; needed if it repeats. Each next post gets its card when the one before it was due."
    yield b.field(names.UNTIL_INPUT, "Until", picker, hint=hint, optional=True)
    if said := _next(form, now):
        yield b.context(said)


def read(states: Mapping[str, Mapping[str, object]], form: Form) -> Form:
    """The form with what the two inputs hold."""
    if names.REPEAT_INPUT not in states:
        return form
    said = b.chosen(states[names.REPEAT_INPUT])
    until = b.word(states.get(names.UNTIL_INPUT, {}).get("selected_date"))
    return replace(form, every=Every(said) if said in set(Every) else None, until=until if _day(until) else None)


def of_form(form: Form, now: datetime) -> str | None:
    """`repeats every Monday until 1 Mar`; None when it does not."""
    if form.repeat is None:
        return None
    moment = moment_of(form, now) if form.when is When.AT else None
    pattern = pattern_of(moment.at, form.zone or "UTC") if isinstance(moment, Moment) else None
    return words(form.repeat, pattern.first if pattern is not None else None)


def _next(form: Form, now: datetime) -> str | None:
    """`Next: 7 Dec, 14 Dec, 21 Dec, 09:00 Berlin each, also after the clock change`."""
    moment = moment_of(form, now) if form.when is When.AT else None
    if form.repeat is None or not isinstance(moment, Moment):
        return None
    pattern = pattern_of(moment.at, form.zone or "UTC")
    days = list(islice(days_after(pattern.first, form.repeat, pattern), _SHOWN))
    if not days:
        return None
    said = ", ".join(f"{day.day} {day:%b}" for day in days)
    changes = _changes(pattern, form.repeat)
    each = f"{pattern.time:%H:%M} {times.place(pattern.zone)}" + (" each" if days[1:] else "")
    return f"Next: {said}, {each}" + (", also after the clock change" if changes else "")


def _changes(pattern: Pattern, repeat: Repeat) -> bool:
    """Whether clocks change while it repeats."""
    first, last = instant_of(pattern.first, pattern), instant_of(repeat.until, pattern)
    return (last - first).seconds != 0


def _day(text: str | None) -> bool:
    try:
        return text is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False
