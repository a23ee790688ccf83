"""What Google finds wrong with a local post.

Source: https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts, 2026-11-21.
"""

from collections.abc import Mapping
from typing import cast

from sandbox.networks.google import Refusal

SUMMARY_LIMIT, TITLE_LIMIT = 1_500, 58
FIELDS = frozenset(
    {"languageCode", "summary", "callToAction", "event", "media", "topicType", "alertType", "offer", "recurrenceInfo"}
)
_TOPICS = frozenset({"STANDARD", "EVENT", "OFFER", "ALERT"})
_ACTIONS = frozenset({"BOOK", "ORDER", "SHOP", "LEARN_MORE", "SIGN_UP", "CALL"})
Values = Mapping[str, object]


def check_post(body: Values) -> str | None:
    """Refuse what breaks a rule; the address of its picture, if it has one."""
    for name in body:
        if name not in FIELDS:
            raise _invalid(name, f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
    topic = body.get("topicType")
    if topic not in _TOPICS:
        raise _invalid("topic_type", "A topic type is required.")
    if len(str(body.get("summary", ""))) > SUMMARY_LIMIT:
        raise _invalid("summary", "The summary is too long.")
    if topic in {"EVENT", "OFFER"}:
        _check_event(_part(body, "event"))
    _check_action(_part(body, "callToAction"), offer=topic == "OFFER")
    picture = _picture_of(body)
    if not body.get("summary") and picture is None:
        raise _invalid("summary", "A post needs a summary or media.")
    return picture


def _part(body: Values, name: str) -> Values:
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise _invalid(name, f"Invalid value at '{name}'.")
    return cast("Values", value)


def _check_event(event: Values) -> None:
    title, schedule = event.get("title"), _part(event, "schedule")
    if not isinstance(title, str) or not title or len(title) > TITLE_LIMIT:
        raise _invalid("event.title", "The event's title is missing or too long.")
    dates = [_part(schedule, name) for name in ("startDate", "endDate")]
    if not all(isinstance(date.get(name), int) for date in dates for name in ("year", "month", "day")):
        raise _invalid("event.schedule", "The event's schedule is missing a date.")


def _check_action(action: Values, *, offer: bool) -> None:
    if not action:
        return
    kind, url = action.get("actionType"), action.get("url")
    if offer:
        raise _invalid("call_to_action", "A call to action is not allowed in an offer.")
    if kind not in _ACTIONS:
        raise _invalid("call_to_action.action_type", "The action type is unknown.")
    if (kind == "CALL") == bool(url):
        raise _invalid("call_to_action.url", "The URL is missing, or is not allowed with CALL.")


def _picture_of(body: Values) -> str | None:
    media = body.get("media", [])
    if not isinstance(media, list) or len(cast("list[object]", media)) > 1:
        raise _invalid("media", "At most one media item is allowed.")
    for one in cast("list[object]", media):
        item = cast("Values", one) if isinstance(one, dict) else {}
        url = item.get("sourceUrl")
        if (
            item.get("mediaFormat") != "PHOTO"
            or not isinstance(url, str)
            or not url.startswith(("https://", "http://"))
        ):
            raise _invalid("media.source_url", "The media item is not a photo with a public source URL.")
        return url
    return None


def _invalid(field: str, message: str) -> Refusal:
    detail = {
        "@type": "type.googleapis.com/google.mybusiness.v4.ValidationError",
        "errorDetails": [{"code": 3, "field": field, "message": message}],
    }
    said = f"Request contains an invalid argument: {field}."
    return Refusal(400, "", said, details=[detail])
