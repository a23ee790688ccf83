"""Requests to TikTok's API, version 2."""

from bot.domain.accounts import Connected
from platforms.answers import NOTHING
from platforms.base import JsonObject, Request, Wire
from platforms.tiktok.errors import data_of

VERSION = "v2"
"""Part of every path. Source: developers.tiktok.com/doc/content-posting-api-reference-direct-post, read 2026-11-21."""
JSON_TYPE = "application/json; charset=UTF-8"


def api_call(
    connected: Connected, path: str, body: JsonObject = NOTHING, *, query: tuple[tuple[str, str], ...] = ()
) -> Request:
    """A POST to the API; `path` follows the version."""
    return Request(
        operation=f"POST /{VERSION}/{path}",
        method="POST",
        url=f"{connected.account.service_url}/{VERSION}/{path}",
        query=query,
        headers={"content-type": JSON_TYPE},
        bearer=connected.tokens.access,
        json=body,
    )


async def ask(wire: Wire, request: Request) -> JsonObject:
    """The data of an answer to a question. Raises PlatformError."""
    return data_of(await wire.read(request), request)


async def user_info(wire: Wire, connected: Connected, fields: tuple[str, ...]) -> JsonObject:
    """These fields of the person whose token it is, under `user`. Raises PlatformError."""
    request = Request(
        operation=f"GET /{VERSION}/user/info/",
        method="GET",
        url=f"{connected.account.service_url}/{VERSION}/user/info/",
        query=(("fields", ",".join(fields)),),
        bearer=connected.tokens.access,
    )
    return data_of(await wire.read(request), request)
