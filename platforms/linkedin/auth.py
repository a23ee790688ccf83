"""Who agreed, and what they may publish to: their own profile, and the pages they manage.

Which of it a consent shows depends on the app: `openid` and `profile` name the member to self-serve apps,
`r_basicprofile` to apps of the Community Management API, which alone see pages.

Sources: https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2 and
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role,
read 2026-11-21.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from http import HTTPStatus

from bot.domain.accounts import Account, Connected
from platforms.base import Choice, Endpoints, Identity, JsonObject, Request, Wire
from platforms.errors import Reconnect, Unavailable
from platforms.linkedin.calls import (
    ORGANIZATION,
    PERSON,
    elements_of,
    encoded,
    headers,
    is_page,
    may,
    object_of,
    text,
    unreadable,
)

_ROLES = frozenset({"ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN"})
"""Those that may post for a page; documents spell the second one in two ways."""
_PAGE, _MOST_PAGES = 100, 10
_ACLS = "GET /rest/organizationAcls"


async def choices(wire: Wire, endpoints: Endpoints, connected: Connected) -> tuple[Choice, ...]:
    """The member's own profile and their pages, as far as the consent reaches. Raises PlatformError."""
    here = replace(connected, account=replace(connected.account, service_url=endpoints.api))
    found: list[Choice] = []
    if may(here, "w_member_social"):
        found += await _profile(wire, here)
    if may(here, "w_organization_social"):
        found += [await _page(wire, here, urn) async for urn in _managed(wire, here)]
    return tuple(found)


async def identify(wire: Wire, connected: Connected) -> Identity:
    """Whether the account may still be published to: the member is the same, the page still theirs.

    Raises Reconnect when not, and other PlatformErrors.
    """
    account = connected.account
    if is_page(account):
        async for urn in _managed(wire, connected, refused_is_none=False):
            if urn == account.platform_account_id:
                return _same(account, author="organization")
        raise _gone(f"You may no longer post for {account.display_name} on LinkedIn. Connect it again.")
    profile = await _profile(wire, connected)
    if not profile:
        raise Unavailable("LinkedIn does not tell whose sign-in this is.", platform="linkedin", operation="who")
    found = profile[0].identity
    if found.platform_account_id != account.platform_account_id:
        raise _gone("This sign-in belongs to another LinkedIn member. Connect the account again.")
    return found


def _same(account: Account, *, author: str) -> Identity:
    return Identity(
        platform_account_id=account.platform_account_id,
        handle=account.handle,
        display_name=account.display_name,
        service_url=account.service_url,
        limits={"author": author},
    )


def _gone(safe: str) -> Reconnect:
    return Reconnect(safe, platform="linkedin", operation="who")


# --- The member ----------------------------------------------------------------------------------------------------


async def _profile(wire: Wire, connected: Connected) -> list[Choice]:
    """The member, by whichever call the consent covers; empty when it covers none."""
    if may(connected, "openid") and (found := await _ask(wire, connected, "userinfo")) is not None:
        return [_member(connected, text(found, "sub"), text(found, "name"), None, text(found, "picture"))]
    if may(connected, "r_basicprofile") and (found := await _ask(wire, connected, "me")) is not None:
        names = (text(found, "localizedFirstName"), text(found, "localizedLastName"))
        name = " ".join(part for part in names if part)
        return [_member(connected, text(found, "id"), name, text(found, "vanityName"), None)]
    return []


async def _ask(wire: Wire, connected: Connected, what: str) -> JsonObject | None:
    answer = await wire.read(
        Request(
            operation=f"GET /v2/{what}",
            method="GET",
            url=f"{connected.account.service_url}/v2/{what}",
            bearer=connected.tokens.access,
            accept_status=frozenset({HTTPStatus.FORBIDDEN}),
        )
    )
    if answer.status == HTTPStatus.FORBIDDEN:
        return None
    found = object_of(answer)
    if text(found, "sub" if what == "userinfo" else "id") is None:
        raise unreadable(f"GET /v2/{what}", answer)
    return found


def _member(
    connected: Connected, member_id: str | None, name: str | None, vanity: str | None, picture: str | None
) -> Choice:
    """A member has no user name that every app may see: then people know them by their name."""
    shown = name or "LinkedIn member"
    identity = Identity(
        platform_account_id=f"{PERSON}{member_id}",
        handle=vanity or shown,
        display_name=shown,
        service_url=connected.account.service_url,
        limits={"author": "person"},
    )
    return Choice(identity=identity, kind="Your profile", picture_url=picture)


# --- Pages ---------------------------------------------------------------------------------------------------------


async def _managed(wire: Wire, connected: Connected, *, refused_is_none: bool = True) -> AsyncIterator[str]:
    """The URNs of pages this member may post for, each once."""
    known: set[str] = set()
    for number in range(_MOST_PAGES):
        query = f"q=roleAssignee&state=APPROVED&count={_PAGE}&start={number * _PAGE}"
        answer = await wire.read(
            Request(
                operation=_ACLS,
                method="GET",
                url=f"{connected.account.service_url}/rest/organizationAcls?{query}",
                headers=headers("FINDER"),
                bearer=connected.tokens.access,
                accept_status=frozenset({HTTPStatus.FORBIDDEN}) if refused_is_none else frozenset(),
            )
        )
        if answer.status == HTTPStatus.FORBIDDEN:
            return
        entries = elements_of(answer, _ACLS)
        for urn in filter(None, map(_organization, entries)):
            if urn not in known:
                known.add(urn)
                yield urn
        if len(entries) < _PAGE:
            return


def _organization(entry: JsonObject) -> str | None:
    """Whose page an entry is about, when it lets the member post; the field has had several names."""
    if text(entry, "role") not in _ROLES or (text(entry, "state") or "APPROVED") != "APPROVED":
        return None
    names = ("organization", "organizationTarget", "organizationalTarget")
    urn = next((found for name in names if (found := text(entry, name))), "")
    return urn if urn.startswith(ORGANIZATION) else None


async def _page(wire: Wire, connected: Connected, urn: str) -> Choice:
    number = urn.removeprefix(ORGANIZATION)
    answer = await wire.read(
        Request(
            operation="GET /rest/organizations/:id",
            method="GET",
            url=f"{connected.account.service_url}/rest/organizations/{encoded(number)}",
            headers=headers(),
            bearer=connected.tokens.access,
            accept_status=frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}),
        )
    )
    found = object_of(answer)
    name = text(found, "localizedName") or f"Page {number}"
    identity = Identity(
        platform_account_id=urn,
        handle=text(found, "vanityName") or number,
        display_name=name,
        service_url=connected.account.service_url,
        limits={"author": "organization"},
    )
    return Choice(identity=identity, kind="Page")
