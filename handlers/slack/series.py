"""What is said of posts that come again: on their cards, and in the brand's channel what keeps one from coming."""

from collections.abc import Mapping
from datetime import date, datetime

from bot.domain.repeats import Every, Repeat
from handlers.slack import blocks as b
from handlers.slack import names, times, wording
from handlers.slack.blocks import Message
from handlers.slack.facts import BrandLike, Names, mention

_MOST_DAYS = 5


def words(repeat: Repeat, first: date | None) -> str:
    """`repeats every Monday until 1 Mar`."""
    until = f"until {repeat.until.day} {repeat.until:%b}"
    match repeat.every:
        case Every.DAILY:
            return f"repeats every day {until}"
        case Every.WEEKDAYS:
            return f"repeats Monday to Friday {until}"
        case Every.WEEKLY:
            return f"repeats every {f'{first:%A}' if first is not None else 'week'} {until}"
        case Every.MONTHLY:
            return f"repeats every month{f' on day {first.day}' if first is not None else ''} {until}"


def line(brand: BrandLike, payload: Mapping[str, object], _called: Names) -> Message:
    """To the brand's channel: what did not come and why, and when the next one does."""
    which = f"the post {b.quoted(b.word(payload.get('text')) or '')}, which comes again"
    said = [*_skipped(payload), *_next(brand, payload)]
    asks = bool(payload.get("problem")) or bool(payload.get("ended"))
    mark = "⚠️ Please look:" if asks else "✅ Planned:"
    who = mention(b.word(payload.get("by"))) if asks else ""
    text = f"{mark} {f'{who}, ' if who else ''}{which}. {' '.join(said)}"
    blocks = [b.section(text)]
    if asks:
        value = f"{b.word(payload.get('post'))}:{payload.get('version')}"
        blocks.append(b.actions(b.button(wording.DUPLICATE, names.DUPLICATE, value)))
    return b.message(text, blocks)


def _skipped(payload: Mapping[str, object]) -> list[str]:
    days = [date.fromisoformat(str(day)) for day in b.sequence(payload.get("skipped"))]
    if not days:
        return []
    shown = ", ".join(f"{day:%a} {day.day} {day:%b}" for day in days[:_MOST_DAYS])
    more = f" and {len(days) - _MOST_DAYS} more" if len(days) > _MOST_DAYS else ""
    return [f"Nothing went out on {shown}{more}: that passed before it could be planned."]


def _next(brand: BrandLike, payload: Mapping[str, object]) -> list[str]:
    problem = b.inert(b.word(payload.get("problem")) or "", 300)
    at = b.word(payload.get("next_at"))
    if payload.get("ended"):
        return [problem, "It comes no more."] if problem else ["It comes no more: its last day is over."]
    when = times.spelled(datetime.fromisoformat(at), brand.timezone) if at else "its next day"
    if problem:
        return [f"The one of {when} cannot be planned. {problem} Herald tries again until then."]
    return [f"The next one goes out on {when}."]
