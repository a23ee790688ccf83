"""Which Pages a consent lets Herald publish to, and whether a Page's own token still lets in.

A Page's token comes from a long-lived one of a person and does not end by itself.
Sources: developers.facebook.com/docs/pages-api/overview and /docs/graph-api/reference/user/accounts, read 2026-11-21.
"""

from collections.abc import Iterator
from dataclasses import replace

from bot.domain.accounts import Connected, Secret, Tokens
from platforms.answers import as_object, identifier, object_of, text, texts
from platforms.base import Answer, Choice, Endpoints, Identity, JsonObject, Request, Wire
from platforms.errors import AccountError, Reconnect, Refused, ScopeMissing, Unavailable
from platforms.facebook.spec import NEEDED
from platforms.meta import after_of, graph, rows_of

CREATE = "CREATE_CONTENT"
"""The task a person needs on a Page."""
MOST_PAGES = 20
"""Lists of a hundred read at most."""
_FIELDS = "id,name,username,access_token,tasks,picture{url}"


async def choices(wire: Wire, endpoints: Endpoints, connected: Connected) -> tuple[Choice, ...]:
    """The Pages of this person and of their businesses. Raises ScopeMissing when they allowed too little."""
    there = replace(connected, account=replace(connected.account, service_url=endpoints.api))
    await _check_allowed(wire, there)
    pages = list(await _list(wire, there, "me/accounts", _FIELDS))
    for business in await _list_if_allowed(wire, there, "me/businesses", "id"):
        for edge in ("owned_pages", "client_pages"):
            pages += await _list_if_allowed(wire, there, f"{identifier(business)}/{edge}", _FIELDS)
    return tuple(_each_once(pages, there))


async def identify(wire: Wire, connected: Connected) -> Identity:
    """The Page this token is for. Raises Reconnect when it is another one."""
    answer = await _get(wire, connected, "me", (("fields", "id,name,username"),))
    page = object_of(answer)
    page_id = identifier(page)
    if page_id is None:
        raise _unreadable("GET /me", answer)
    if page_id != connected.account.platform_account_id:
        raise Reconnect("Facebook says this access is for another Page. Connect it again.", platform="facebook")
    return _identity(page, page_id, connected.account.service_url)


async def _check_allowed(wire: Wire, connected: Connected) -> None:
    allowed = await _list(wire, connected, "me/permissions", "permission,status")
    refused = {text(one, "permission") for one in allowed if text(one, "status") != "granted"}
    missing = [scope for scope in NEEDED if scope in refused]
    if missing:
        raise ScopeMissing(
            f"Facebook was allowed less than Herald needs ({', '.join(missing)}). Connect again and leave every box"
            " ticked.",
            platform="facebook",
            operation="GET /me/permissions",
        )


async def _list_if_allowed(wire: Wire, connected: Connected, edge: str, fields: str) -> tuple[JsonObject, ...]:
    """Businesses are extra: many people have none, and apps may lack the permission."""
    try:
        return await _list(wire, connected, edge, fields)
    except (AccountError, Refused):
        return ()


async def _list(wire: Wire, connected: Connected, edge: str, fields: str) -> tuple[JsonObject, ...]:
    found: list[JsonObject] = []
    after: str | None = None
    for _ in range(MOST_PAGES):
        query = (("fields", fields), ("limit", "100"), *((("after", after),) if after else ()))
        answer = await _get(wire, connected, edge, query)
        rows = rows_of(answer)
        if rows is None:
            raise _unreadable(f"GET /{edge}", answer)
        found += rows
        after = after_of(answer)
        if after is None:
            break
    return tuple(found)


async def _get(wire: Wire, connected: Connected, path: str, query: tuple[tuple[str, str], ...]) -> Answer:
    return await wire.read(
        Request(
            operation=f"GET /{path}",
            method="GET",
            url=graph(connected, path),
            query=query,
            bearer=connected.tokens.access,
        )
    )


def _unreadable(operation: str, answer: Answer) -> Unavailable:
    return Unavailable(
        "Facebook gave an answer that cannot be read.", platform="facebook", operation=operation, status=answer.status
    )


def _each_once(pages: list[JsonObject], connected: Connected) -> Iterator[Choice]:
    seen: set[str] = set()
    for page in pages:
        page_id, token = identifier(page), text(page, "access_token")
        tasks = texts(page.get("tasks"))
        if page_id is None or token is None or page_id in seen or (tasks and CREATE not in tasks):
            continue
        seen.add(page_id)
        yield Choice(
            identity=_identity(page, page_id, connected.account.service_url),
            kind="Page",
            picture_url=_picture(page),
            tokens=Tokens(access=Secret(token), scopes=connected.tokens.scopes),
        )


def _picture(page: JsonObject) -> str | None:
    return text(as_object(as_object(page.get("picture")).get("data")), "url")


def _identity(page: JsonObject, page_id: str, service_url: str) -> Identity:
    name = text(page, "name") or page_id
    return Identity(
        platform_account_id=page_id,
        handle=text(page, "username") or page_id,
        display_name=name,
        service_url=service_url,
    )
