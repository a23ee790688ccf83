"""A post's settings: what a person may give, what is wrong with it, and the local post that they make.

Source: https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts, 2026-11-21.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from bot.domain.capabilities import OptionRule, one_of
from bot.domain.content import Draft

UPDATE, EVENT, OFFER = "update", "event", "offer"
TYPES = (UPDATE, EVENT, OFFER)
TOPICS = {UPDATE: "STANDARD", EVENT: "EVENT", OFFER: "OFFER"}
TITLE_LIMIT = 58
BUTTONS = ("book", "order", "shop", "learn_more", "sign_up", "call")
DEFAULT_BUTTON, CALL = "learn_more", "call"
DEFAULT_LANGUAGE = "en"
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_TIMES = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")


def topic_type(options: Mapping[str, str]) -> str:
    """Which of the types the settings ask for; an unknown one is an update."""
    asked = options.get("type", UPDATE)
    return asked if asked in TYPES else UPDATE


def _when(value: str) -> datetime | None:
    """A day, or a day and a time, at the place itself."""
    for form in _TIMES:
        try:
            return datetime.strptime(value.strip(), form)  # noqa: DTZ007  # the wall time of the place
        except ValueError:
            continue
    return None


def _time_problem(value: str) -> str | None:
    return None if _when(value) else f"is {value!r}; it takes a day such as 2026-12-01, or 2026-12-01 18:00"


def _title_problem(value: str) -> str | None:
    if not value.strip():
        return "is empty. Give it a title"
    too_long = f"has {len(value)} characters, {TITLE_LIMIT} allowed. Shorten it"
    return too_long if len(value) > TITLE_LIMIT else None


def _language_problem(value: str) -> str | None:
    return None if _LANGUAGE.fullmatch(value) else f"is {value!r}; it takes a code such as en or pt-BR"


def _blank(value: str) -> str | None:
    return None if value.strip() else "is empty. Give it or leave it out"


_EVERY = (
    OptionRule(name="type", meaning="update (the default), event or offer", problem=one_of(*TYPES)),
    OptionRule(name="language", meaning="language of the text, as en or pt-BR", problem=_language_problem),
)
_BUTTON = OptionRule(
    name="button", meaning="what the button with the post's link says; call has no link", problem=one_of(*BUTTONS)
)
_TIMED = (
    OptionRule(name="title", meaning="title of the event or offer; needed", problem=_title_problem),
    OptionRule(name="starts", meaning="its first day, or day and time at the place; needed", problem=_time_problem),
    OptionRule(name="ends", meaning="its last day, or day and time at the place; needed", problem=_time_problem),
)
_OFFERED = (
    OptionRule(name="coupon", meaning="the code of the offer", problem=_blank),
    OptionRule(name="terms", meaning="conditions of the offer", problem=_blank, long=True),
)
OPTIONS: Mapping[str, tuple[OptionRule, ...]] = {
    UPDATE: (*_EVERY, _BUTTON),
    EVENT: (*_EVERY, _BUTTON, *_TIMED),
    OFFER: (*_EVERY, *_TIMED, *_OFFERED),
}


def button_has_link(draft: Draft) -> str | None:
    """Every button but *call* leads somewhere."""
    button = draft.options.get("button")
    if button == CALL and draft.link is not None:
        return "a call button takes no link. Leave one of them out."
    if button in {None, CALL} or draft.link is not None:
        return None
    return f"the button {button!r} needs a link. Give one."


def has_time(draft: Draft) -> str | None:
    """Events and offers have a title, a beginning and an end after it."""
    missing = [name for name in ("title", "starts", "ends") if name not in draft.options]
    if missing:
        return f"an event or offer needs {', '.join(missing)}. Add it."
    starts, ends = _when(draft.options["starts"]), _when(draft.options["ends"])
    return "it ends before it starts. Correct the times." if starts and ends and ends < starts else None


def local_post(draft: Draft) -> dict[str, object]:
    """The post as `localPosts.create` takes it."""
    options, kind = draft.options, topic_type(draft.options)
    body: dict[str, object] = {
        "languageCode": options.get("language", DEFAULT_LANGUAGE),
        "summary": draft.text,
        "topicType": TOPICS[kind],
    }
    if kind != UPDATE:
        body["event"] = {"title": options["title"].strip(), "schedule": _schedule(options)}
    if kind == OFFER:
        body["offer"] = _offer(draft)
    elif draft.link is not None or options.get("button") == CALL:
        button = options.get("button", DEFAULT_BUTTON).upper()
        body["callToAction"] = {"actionType": button} | ({"url": draft.link} if draft.link is not None else {})
    pictures = [{"mediaFormat": "PHOTO", "sourceUrl": one.url} for one in draft.attachments]
    return body | ({"media": pictures} if pictures else {})


def _schedule(options: Mapping[str, str]) -> dict[str, object]:
    schedule: dict[str, object] = {}
    for name, word in (("starts", "start"), ("ends", "end")):
        when = _when(options[name])
        if when is None:
            continue
        schedule[f"{word}Date"] = {"year": when.year, "month": when.month, "day": when.day}
        if ":" in options[name]:
            schedule[f"{word}Time"] = {"hours": when.hour, "minutes": when.minute}
    return schedule


def _offer(draft: Draft) -> dict[str, object]:
    given = {
        "couponCode": draft.options.get("coupon"),
        "redeemOnlineUrl": draft.link,
        "termsConditions": draft.options.get("terms"),
    }
    return {name: value for name, value in given.items() if value is not None}
