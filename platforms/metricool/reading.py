"""Taking values out of Metricool's JSON, and the requests every function makes."""

from collections.abc import Iterator, Mapping
from typing import cast

from bot.domain.accounts import Connected, Secret
from platforms.base import Answer, JsonObject, Request
from platforms.errors import Unavailable

NOTHING: JsonObject = {}


def object_of(answer: Answer) -> JsonObject:
    """The answer's JSON object; empty when the body is something else."""
    try:
        return as_object(answer.json())
    except ValueError:
        return NOTHING


def as_object(value: object) -> JsonObject:
    """The value when it is a JSON object, else an empty one."""
    return cast("JsonObject", value) if isinstance(value, Mapping) else NOTHING


def objects(value: object) -> Iterator[JsonObject]:
    """The objects in a JSON list."""
    if isinstance(value, list):
        yield from (cast("JsonObject", one) for one in cast("list[object]", value) if isinstance(one, Mapping))


def listed(answer: Answer, operation: str) -> list[JsonObject]:
    """The objects of an answer whose data is a list. Raises Unavailable for any other."""
    data = data_of(answer, operation)
    if not isinstance(data, list):
        raise unreadable(operation)
    return list(objects(cast("list[object]", data)))


def texts(value: object) -> list[str]:
    """The texts in a JSON list."""
    return [one for one in cast("list[object]", value) if isinstance(one, str)] if isinstance(value, list) else []


def text(values: JsonObject, name: str) -> str | None:
    """A text that is not empty."""
    value = values.get(name)
    return value if isinstance(value, str) and value else None


def identifier(values: JsonObject, name: str = "id") -> str | None:
    """An id as text."""
    value = values.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def data_of(answer: Answer, operation: str) -> object:
    """What is in the envelope of version 2. Raises Unavailable when there is none."""
    body = object_of(answer)
    if "data" not in body:
        raise unreadable(operation)
    return body["data"]


def unreadable(operation: str) -> Unavailable:
    """The error for an answer of another shape."""
    return Unavailable(
        "Metricool gave an answer that cannot be read.", platform="metricool", operation=operation, code="shape"
    )


def account_of(connected: Connected) -> tuple[str, str]:
    """The brand's id and the network's word: what an account's id is made of."""
    brand, _, network = connected.account.platform_account_id.partition(":")
    return brand, network


def request(connected: Connected, method: str, path: str, operation: str, **more: object) -> Request:
    """A request for one brand. The token is a header, for as a query it would end up in logs.

    Source: https://app.metricool.com/resources/apidocs, read 2026-11-21.
    """
    user = connected.tokens.extra.get("user_id")
    query = (("userId", user.reveal() if user is not None else ""), ("blogId", account_of(connected)[0]))
    extra = cast("tuple[tuple[str, str], ...]", more.pop("query", ()))
    return Request(
        operation=operation,
        method=method,
        url=f"{connected.account.service_url}{path}",
        query=(*query, *extra),
        secret_headers=token_header(connected.tokens.access),
        **more,  # pyright: ignore[reportArgumentType]  # fields of Request, named by each caller
    )


def token_header(token: Secret) -> dict[str, Secret]:
    """How Metricool wants it."""
    return {"x-mc-auth": token}
