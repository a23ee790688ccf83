"""An account's numbers of each day.

Source: https://developers.pinterest.com/docs/api/v5/user_account-analytics/, 2026-11-21. Days are UTC; those whose
numbers are not final yet (`data_status`) are left out.
"""

from collections.abc import Iterator
from datetime import date

from bot.domain.accounts import Connected
from platforms.answers import as_object, number, object_of, objects, text
from platforms.base import AccountDay, Answer, Endpoints, Request, Wire
from platforms.errors import Unavailable
from platforms.pinterest.spec import V5

_TYPES = "IMPRESSION,SAVE,OUTBOUND_CLICK,PIN_CLICK,ENGAGEMENT"
_OPERATION = "user_account/analytics"
_FINAL = "READY"


async def history(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.history
    connected: Connected,
    first: date,
    last: date,
) -> tuple[AccountDay, ...]:
    """What the days from `first` to `last` added. Raises PlatformError."""
    answer = await wire.read(
        Request(
            operation=_OPERATION,
            method="GET",
            url=f"{connected.account.service_url}{V5}/{_OPERATION}",
            query=(("start_date", first.isoformat()), ("end_date", last.isoformat()), ("metric_types", _TYPES)),
            bearer=connected.tokens.access,
        )
    )
    daily = as_object(object_of(answer).get("all")).get("daily_metrics")
    if not isinstance(daily, list):
        raise Unavailable(
            "Pinterest's numbers cannot be read.", platform="pinterest", operation=_OPERATION, status=answer.status
        )
    return tuple(_days(answer))


def _days(answer: Answer) -> Iterator[AccountDay]:
    for one in objects(as_object(object_of(answer).get("all")).get("daily_metrics")):
        told = as_object(one.get("metrics"))
        try:
            day = date.fromisoformat(text(one, "date") or "")
        except ValueError:
            continue
        if text(one, "data_status") == _FINAL:
            yield AccountDay(
                day=day,
                views=number(told, "IMPRESSION"),
                saves=number(told, "SAVE"),
                clicks=number(told, "OUTBOUND_CLICK"),
                raw=told,
            )
