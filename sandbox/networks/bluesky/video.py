"""The service that makes films ready: takes one by a token the account's server signed, works, stores the result there.

It stores with the person's own server, which is this world's unless `Settings.store_films_at` names another, real one.
Source: https://docs.bsky.app/docs/tutorials/video, lexicons/app/bsky/video and packages/xrpc-server/src/auth.ts in
github.com/bluesky-social/atproto, read 2026-11-21.
"""

import json
import secrets
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import quote, urlsplit

import aiohttp
from aiohttp import web

from sandbox.networks.bluesky.cid import blob_cid
from sandbox.networks.bluesky.doors import Refusal, Values, asked, invalid, world_of
from sandbox.networks.bluesky.identity import shown_did
from sandbox.networks.bluesky.lexicon import VIDEO_BYTES
from sandbox.networks.bluesky.sessions import person_of, proved, signed
from sandbox.networks.bluesky.world import Blob, Film, World

_LIMITS, _UPLOAD, _STORE = "app.bsky.video.getUploadLimits", "app.bsky.video.uploadVideo", "com.atproto.repo.uploadBlob"
_HOUR_S, _MINUTE_S = 3600, 60
_CREATED, _ENCODING, _DONE, _FAILED = (f"JOB_STATE_{word}" for word in ("CREATED", "ENCODING", "COMPLETED", "FAILED"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """What a server signed for an account."""

    did: str
    text: str


async def service_auth(request: web.Request) -> web.Response:
    """`com.atproto.server.getServiceAuth`: with a method for an hour at most, without one for a minute."""
    world, person = world_of(request), person_of(request)
    audience, method, ends = asked(request, "aud"), request.query.get("lxm"), request.query.get("exp")
    if not audience.startswith("did:"):
        raise invalid("Error: aud must be a valid did")
    now = world.now().timestamp()
    until = int(ends) if ends and ends.isdigit() else int(now) + _MINUTE_S
    if until < now or until - now > (_HOUR_S if method else _MINUTE_S):
        raise Refusal(400, "BadExpiration", "expiration is in past or too far ahead")
    payload: Values = {"iss": person.did, "aud": audience, "exp": until, "jti": secrets.token_hex(8)}
    return web.json_response({"token": signed(world, "JWT", payload | ({"lxm": method} if method else {}))})


async def limits(request: web.Request) -> web.Response:
    """`app.bsky.video.getUploadLimits`."""
    world, token = world_of(request), _token_for(request, _LIMITS, own_did(request))
    left = _left(world, token.did)
    body: Values = {"canUpload": left > 0, "remainingDailyVideos": left, "remainingDailyBytes": left * VIDEO_BYTES}
    if left <= 0:
        body |= {"error": "DailyLimitExceeded", "message": "User has exceeded daily upload videos limit"}
    return web.json_response(body)


async def upload(request: web.Request) -> web.Response:
    """`app.bsky.video.uploadVideo`. A film that was made ready before is refused, and its job named."""
    world = world_of(request)
    token = _token_for(request, _STORE, None)
    if token.did != asked(request, "did") or not asked(request, "name"):
        raise Refusal(401, "AuthenticationRequired", "Token is for another account")
    if request.content_type != "video/mp4":
        raise Refusal(400, "UnsupportedContentType", "Unsupported content type")
    content = await request.read()
    if len(content) > VIDEO_BYTES:
        raise Refusal(400, "VideoTooLarge", "Video is too large")
    known = next((one for one in world.films.values() if (one.did, one.content) == (token.did, content)), None)
    if known is not None and known.stored is not None:
        return web.json_response(_status(world, known) | {"error": "already_exists", "blob": None}, status=409)
    if _left(world, token.did) <= 0:
        raise Refusal(429, "DailyLimitExceeded", "User has exceeded daily upload videos limit")
    job = secrets.token_hex(10)
    world.films[job] = Film(job=job, did=token.did, content=content, token=token.text, came_at=world.now())
    return web.json_response(_status(world, world.films[job]))


async def status(request: web.Request) -> web.Response:
    """`app.bsky.video.getJobStatus`. The film is stored once it is ready and somebody asks."""
    world = world_of(request)
    film = world.films.get(asked(request, "jobId"))
    if film is None:
        raise invalid("Job not found")
    if film.stored is None and not film.error and _ready_at(world, film) <= world.now():
        await _finish(world, film)
    return web.json_response({"jobStatus": _status(world, film)})


def own_did(request: web.Request) -> str:
    """The service's DID, by the address it is called at."""
    return f"did:web:{quote(request.host, safe='')}"


def _token_for(request: web.Request, method: str, audience: str | None) -> _Token:
    """The token in a request. Raises the refusals of one for something else.

    Those of a real server are signed by a key that only its directory knows; then what they say is taken as it is.
    """
    world = world_of(request)
    text = request.headers.get("Authorization", "").removeprefix("Bearer ")
    payload = _read(text) if world.settings.store_films_at else proved(world, text)
    if payload is None or not isinstance(payload.get("iss"), str):
        raise Refusal(401, "AuthenticationRequired", "Token could not be verified")
    if cast("float", payload.get("exp", 0)) <= world.now().timestamp():
        raise Refusal(401, "JwtExpired", "jwt expired")
    if payload.get("lxm") != method:
        raise Refusal(401, "BadJwtLexiconMethod", f'bad jwt lexicon method ("lxm"). must match: {method}')
    expected = audience or _store_did(world)
    if payload.get("aud") != expected:
        raise Refusal(401, "BadJwtAudience", f"jwt audience does not match {expected}")
    return _Token(did=str(payload["iss"]), text=text)


def _store_did(world: World) -> str:
    place = world.settings.store_films_at
    return f"did:web:{urlsplit(place).hostname}" if place else shown_did(world)


def _read(text: str) -> Values | None:
    try:
        body = text.split(".")[1]
        decoded = cast("object", json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4))))  # loads is typed Any
    except (IndexError, ValueError, Base64Error):
        return None
    return cast("Values", decoded) if isinstance(decoded, dict) else None


def _left(world: World, did: str) -> int:
    day: datetime = world.now() - timedelta(days=1)
    return world.settings.films_per_day - sum(film.did == did and film.came_at > day for film in world.films.values())


def _ready_at(world: World, film: Film) -> datetime:
    return film.came_at + timedelta(seconds=world.settings.film_s)


async def _finish(world: World, film: Film) -> None:
    if film.content[4:8] != b"ftyp":
        film.error = ("validation_failure", "The video could not be read")
        return
    if world.settings.store_films_at:
        film.stored = await _store_elsewhere(world.settings.store_films_at, film)
        return
    person = world.people[film.did]
    blob = Blob(cid=blob_cid(film.content), mime_type="video/mp4", content=film.content)
    person.blobs[blob.cid] = blob
    film.stored = {"$type": "blob", "ref": {"$link": blob.cid}, "mimeType": "video/mp4", "size": len(film.content)}


async def _store_elsewhere(place: str, film: Film) -> Values | None:
    headers = {"Authorization": f"Bearer {film.token}", "Content-Type": "video/mp4"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{place}/xrpc/{_STORE}", data=film.content, headers=headers) as answer,
    ):
        if answer.status != web.HTTPOk.status_code:
            film.error = ("pds_upload_failure", await answer.text())
            return None
        return cast("Values", (await answer.json())["blob"])


def _status(world: World, film: Film) -> Values:
    age = world.now() - film.came_at
    state = _CREATED if age < timedelta(seconds=world.settings.film_s / 4) else _ENCODING
    body: Values = {"jobId": film.job, "did": film.did, "state": state}
    if film.error:
        return body | {"state": _FAILED, "error": film.error[0], "message": film.error[1]}
    return body if film.stored is None else body | {"state": _DONE, "progress": 100, "blob": film.stored}
