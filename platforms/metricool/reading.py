"""Taking values out of Metricool's JSON, and the requests every function makes."""

from typing import cast

from bot.domain.accounts import Connected, Secret, Tokens
from platforms.answers import object_of, objects
from platforms.base import Answer, JsonObject, Request
from platforms.errors import Unavailable

USER = "user_id"
"""Its name among a token's extras."""


def listed(answer: Answer, operation: str) -> list[JsonObject]:
    """The objects of an answer whose data is a list. Raises Unavailable for any other."""
    data = data_of(answer, operation)
    if not isinstance(data, list):
        raise unreadable(operation)
    return list(objects(cast("list[object]", data)))


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
    query = (*user_query(connected.tokens), ("blogId", account_of(connected)[0]))
    extra = cast("tuple[tuple[str, str], ...]", more.pop("query", ()))
    return Request(
        operation=operation,
        method=method,
        url=f"{connected.account.service_url}{path}",
        query=(*query, *extra),
        secret_headers=token_header(connected.tokens.access),
        **more,  # pyright: ignore[reportArgumentType]  # fields of Request, named by each caller
    )


def user_query(tokens: Tokens) -> tuple[tuple[str, str], ...]:
    """The user's id, where it is known."""
    user = tokens.extra.get(USER)
    return () if user is None else (("userId", user.reveal()),)


def token_header(token: Secret) -> dict[str, Secret]:
    """How Metricool wants it."""
    return {"x-mc-auth": token}
