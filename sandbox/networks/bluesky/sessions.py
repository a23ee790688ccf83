"""Logging in, renewing and ending sessions; whose token a request carries.

Source: packages/pds/src/auth-verifier.ts, account-manager/helpers/auth.ts and api/com/atproto/server in
github.com/bluesky-social/atproto, read 2026-11-21.
"""

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import cast

from aiohttp import web

from sandbox.networks.bluesky.consents import ProofRefusal
from sandbox.networks.bluesky.doors import Refusal, Values, asked, invalid, limit, read_input, world_of
from sandbox.networks.bluesky.identity import document, shown_did
from sandbox.networks.bluesky.world import Person, Refresh, World

ACCESS, REFRESH = "com.atproto.appPass", "com.atproto.refresh"
_FIVE_MINUTES_S, _DAY_S = 300, 86_400


async def create(request: web.Request) -> web.Response:
    """`com.atproto.server.createSession`."""
    values, world = await read_input(request, "identifier", "password"), world_of(request)
    who, settings = str(values["identifier"]), world.settings
    _ = limit(request, f"login day {who} {request.remote}", _DAY_S, settings.logins_per_day)
    headers = limit(request, f"login {who} {request.remote}", _FIVE_MINUTES_S, settings.logins_per_5_min)
    person = world.person(who)
    if person is None or values["password"] not in person.passwords:
        raise Refusal(401, "AuthenticationRequired", "Invalid identifier or password", headers)
    return web.json_response(_about(world, person) | _pair(world, person, _new_refresh(world, person)), headers=headers)


async def refresh(request: web.Request) -> web.Response:
    """`com.atproto.server.refreshSession`: a used token gives the same successor for a while."""
    world, payload = world_of(request), payload_of(request, REFRESH)
    known = world.refreshes.get(str(payload.get("jti")))
    person = world.person(str(payload.get("sub")))
    late = known and known.used_at and world.now() - known.used_at > timedelta(seconds=world.settings.grace_s)
    if known is None or known.revoked or late or person is None:
        raise Refusal(400, "ExpiredToken", "Token has been revoked")
    if known.successor is None:
        known.successor, known.used_at = _new_refresh(world, person), world.now()
    return web.json_response(_about(world, person) | _pair(world, person, known.successor))


async def show(request: web.Request) -> web.Response:
    """`com.atproto.server.getSession`."""
    return web.json_response(_about(world_of(request), person_of(request)))


async def delete(request: web.Request) -> web.Response:
    """`com.atproto.server.deleteSession`: fine also when it has ended before."""
    payload = payload_of(request, REFRESH, ended=True)
    known = world_of(request).refreshes.get(str(payload.get("jti")))
    while known is not None:
        known.revoked = True
        known = world_of(request).refreshes.get(known.successor or "")
    return web.Response()


async def create_account(request: web.Request) -> web.Response:
    """`com.atproto.server.createAccount`, open to everybody."""
    values, world = await read_input(request, "handle", "email", "password"), world_of(request)
    handle = str(values["handle"]).lower()
    if not handle.endswith(".test"):
        raise Refusal(400, "UnsupportedDomain", "Not a supported handle domain")
    if world.person(handle) is not None:
        raise Refusal(400, "HandleNotAvailable", f"Handle already taken: {handle}")
    person = world.join(
        handle, name=handle.partition(".")[0], email=str(values["email"]), password=str(values["password"])
    )
    return web.json_response(_about(world, person) | _pair(world, person, _new_refresh(world, person)))


async def create_app_password(request: web.Request) -> web.Response:
    """`com.atproto.server.createAppPassword`."""
    person, values = person_of(request), await read_input(request, "name")
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    person.passwords.add(password)
    made = {"name": values["name"], "password": password, "createdAt": world_of(request).now().isoformat()}
    return web.json_response(made)


async def describe(request: web.Request) -> web.Response:
    """`com.atproto.server.describeServer`."""
    return web.json_response(
        {
            "did": shown_did(world_of(request)),
            "availableUserDomains": [".test"],
            "inviteCodeRequired": False,
            "phoneVerificationRequired": False,
            "links": {},
            "contact": {},
        }
    )


async def resolve_handle(request: web.Request) -> web.Response:
    """`com.atproto.identity.resolveHandle`."""
    person = world_of(request).person(asked(request, "handle"))
    if person is None:
        raise invalid("Unable to resolve handle")
    return web.json_response({"did": person.did})


def person_of(request: web.Request) -> Person:
    """Whose access token it is. Raises the refusals of a missing, strange or old one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "dpop" and token:
        person = _by_consent(request, token)
    else:
        person = world_of(request).person(str(payload_of(request, ACCESS).get("sub")))
    if person is None:
        raise Refusal(403, "AccountNotFound", "Account not found")
    return person


def _by_consent(request: web.Request, token: str) -> Person | None:
    """Whose consent it is, proved by its key. Raises the refusals of a resource server (RFC 9449, 7 and 9)."""
    world = world_of(request)
    try:
        return world.people.get(world.consents.person_of(request, token))
    except ProofRefusal as refusal:
        said = f'DPoP error="{refusal.code}", error_description="{refusal.words.replace(chr(34), chr(39))}"'
        raise Refusal(401, refusal.code, refusal.words, {"WWW-Authenticate": said}) from None


def payload_of(request: web.Request, scope: str, *, ended: bool = False) -> Values:
    """What the token says, once it is proved. With `ended` an expired one is taken, too."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if not token:
        raise Refusal(401, "AuthMissing", "Authentication Required")
    if kind.lower() != "bearer":
        raise Refusal(400, "InvalidToken", "Unexpected authorization type")
    payload = proved(world_of(request), token)
    if payload is None:
        raise Refusal(400, "InvalidToken", "Token could not be verified")
    if payload.get("scope") != scope:
        raise Refusal(400, "InvalidToken", "Invalid token type")
    if not ended and cast("float", payload["exp"]) <= world_of(request).now().timestamp():
        raise Refusal(400, "ExpiredToken", "Token has expired")
    return payload


def _about(world: World, person: Person) -> Values:
    return {
        "did": person.did,
        "handle": person.handle,
        "didDoc": document(world, person),
        "email": person.email,
        "emailConfirmed": True,
        "emailAuthFactor": False,
        "active": True,
    }


def _new_refresh(world: World, person: Person) -> str:
    name = secrets.token_urlsafe(24)
    world.refreshes[name] = Refresh(did=person.did)
    return name


def _pair(world: World, person: Person, refresh_id: str) -> Values:
    settings, now = world.settings, world.now().timestamp()
    access = {"scope": ACCESS, "jti": secrets.token_hex(8), "exp": int(now + settings.access_s)}
    again = {"scope": REFRESH, "jti": refresh_id, "exp": int(now + settings.refresh_s)}
    whose = {"sub": person.did, "aud": shown_did(world), "iat": int(now)}
    return {
        "accessJwt": signed(world, "at+jwt", access | whose),
        "refreshJwt": signed(world, "refresh+jwt", again | whose),
    }


def signed(world: World, kind: str, payload: Mapping[str, object]) -> str:
    """A token of this server."""
    parts = [_packed(json.dumps(part).encode()) for part in ({"typ": kind, "alg": "HS256"}, payload)]
    return ".".join([*parts, _signature(world, ".".join(parts))])


def _signature(world: World, text: str) -> str:
    return _packed(hmac.digest(world.signing_key, text.encode(errors="replace"), "sha256"))


def _packed(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def proved(world: World, token: str) -> Values | None:
    """What a token of this server says; None for any other."""
    text, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(world, text).encode(), signature.encode(errors="replace")):
        return None
    body = text.partition(".")[2]
    decoded = cast("object", json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4))))  # loads is typed Any
    return cast("Values", decoded)
