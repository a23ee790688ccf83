"""A person's repository: putting, making, reading, listing and deleting records, and uploading files.

Source: packages/pds/src/api/com/atproto/repo and packages/pds/src/actor-store in github.com/bluesky-social/atproto,
read 2026-11-21.
"""

from typing import cast

from aiohttp import web

from sandbox.networks.bluesky import lexicon
from sandbox.networks.bluesky.cid import blob_cid, record_cid
from sandbox.networks.bluesky.doors import (
    Refusal,
    Values,
    asked,
    asked_number,
    invalid,
    limit,
    read_input,
    world_of,
)
from sandbox.networks.bluesky.sessions import person_of
from sandbox.networks.bluesky.world import POST, Blob, Person, Record, World

CREATE_POINTS, UPDATE_POINTS, DELETE_POINTS = 3, 2, 1
_HOUR_S, _DAY_S = 3600, 86_400
_SIGNATURES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF8", "image/gif"))


async def put(request: web.Request) -> web.Response:
    """`com.atproto.repo.putRecord`: the same content again changes nothing, and comes before any look at the swap."""
    person = person_of(request)
    values = await read_input(request, "repo", "collection", "rkey")
    collection, rkey = _place(request, person, values)
    record, verdict = _record(values, collection)
    current = person.records[collection].get(rkey)
    _spend(request, person, UPDATE_POINTS if current else CREATE_POINTS)
    cid = _cid(record)
    if current is not None and current.cid == cid:
        return web.json_response({"uri": current.uri, "cid": cid, **_status(verdict)})
    if "swapRecord" in values and values["swapRecord"] != (current.cid if current else None):
        raise Refusal(400, "InvalidSwap", f"Record was at {current.cid if current else 'null'}")
    return _written(request, person, collection, rkey, record, verdict=verdict)


async def create(request: web.Request) -> web.Response:
    """`com.atproto.repo.createRecord`; a key that is taken is the server's own error, as at the real one."""
    person = person_of(request)
    values = await read_input(request, "repo", "collection")
    values.setdefault("rkey", world_of(request).next_tid())
    collection, rkey = _place(request, person, values)
    record, verdict = _record(values, collection)
    _spend(request, person, CREATE_POINTS)
    if rkey in person.records[collection]:
        raise Refusal(500, "InternalServerError", "Internal Server Error")
    return _written(request, person, collection, rkey, record, verdict=verdict)


async def get(request: web.Request) -> web.Response:
    """`com.atproto.repo.getRecord`, open to everybody."""
    person = _repo(world_of(request), asked(request, "repo"))
    collection, rkey = asked(request, "collection"), asked(request, "rkey")
    found, cid = person.records[collection].get(rkey), request.query.get("cid")
    if found is None or (cid and cid != found.cid):
        uri = f"at://{person.did}/{collection}/{rkey}"
        raise Refusal(400, "RecordNotFound", f"Could not locate record: {uri}")
    return web.json_response({"uri": found.uri, "cid": found.cid, "value": found.value})


async def list_all(request: web.Request) -> web.Response:
    """`com.atproto.repo.listRecords`, by record key, newest first unless `reverse`."""
    person = _repo(world_of(request), asked(request, "repo"))
    most = asked_number(request, "limit", default=50, most=100)
    oldest_first, cursor = request.query.get("reverse") == "true", request.query.get("cursor", "")
    records = sorted(person.records[asked(request, "collection")].values(), key=lambda one: one.rkey)
    if not oldest_first:
        records.reverse()
    if cursor:
        records = [one for one in records if (one.rkey > cursor if oldest_first else one.rkey < cursor)]
    page = records[:most]
    answer: Values = {"records": [{"uri": one.uri, "cid": one.cid, "value": one.value} for one in page]}
    if page:
        answer["cursor"] = page[-1].rkey
    return web.json_response(answer)


async def delete(request: web.Request) -> web.Response:
    """`com.atproto.repo.deleteRecord`: fine also when there is none."""
    person = person_of(request)
    values = await read_input(request, "repo", "collection", "rkey")
    collection, rkey = _place(request, person, values)
    _spend(request, person, DELETE_POINTS)
    current = person.records[collection].get(rkey)
    if "swapRecord" in values and values["swapRecord"] != (current.cid if current else None):
        raise Refusal(400, "InvalidSwap", f"Record was at {current.cid if current else 'null'}")
    _ = person.records[collection].pop(rkey, None)
    return web.json_response({"commit": _commit(world_of(request), rkey)} if current else {})


async def describe(request: web.Request) -> web.Response:
    """`com.atproto.repo.describeRepo`."""
    person = _repo(world_of(request), asked(request, "repo"))
    collections = [name for name, records in person.records.items() if records]
    return web.json_response(
        {
            "handle": person.handle,
            "did": person.did,
            "didDoc": {},
            "collections": collections,
            "handleIsCorrect": True,
        }
    )


async def upload(request: web.Request) -> web.Response:
    """`com.atproto.repo.uploadBlob`: the bytes decide what it is, the header only where they say nothing."""
    person, most = person_of(request), world_of(request).settings.blob_limit
    if request.content_length is not None and request.content_length > most:
        raise Refusal(413, "PayloadTooLarge", "request entity too large")
    content = await request.read()
    if len(content) > most:
        raise Refusal(413, "PayloadTooLarge", "request entity too large")
    if not request.headers.get("Content-Type"):
        raise invalid("Request encoding (Content-Type) required but not provided")
    blob = Blob(cid=blob_cid(content), mime_type=_sniffed(content) or request.content_type, content=content)
    person.blobs[blob.cid] = blob
    named = {"$type": "blob", "ref": {"$link": blob.cid}, "mimeType": blob.mime_type, "size": len(content)}
    return web.json_response({"blob": named})


async def get_blob(request: web.Request) -> web.Response:
    """`com.atproto.sync.getBlob`, open to everybody."""
    person = _repo(world_of(request), asked(request, "did"))
    blob = person.blobs.get(asked(request, "cid"))
    if blob is None:
        raise invalid("Blob not found")
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=blob.content, content_type=blob.mime_type, headers=headers)


def _repo(world: World, who: str) -> Person:
    person = world.person(who)
    if person is None or "@" in who:
        raise Refusal(400, "RepoNotFound", f"Could not find repo: {who}")
    return person


def _place(request: web.Request, person: Person, values: Values) -> tuple[str, str]:
    """Collection and key, of the asker's own repository. Raises the refusals of another's and of a wrong key."""
    whose = world_of(request).person(str(values["repo"]))
    if whose is None:
        raise Refusal(403, "AccountNotFound", "Account not found")
    if whose is not person:
        raise Refusal(401, "AuthenticationRequired", "Authentication Required")
    collection, rkey = str(values["collection"]), str(values["rkey"])
    try:
        lexicon.check_rkey(collection, rkey)
    except lexicon.WrongRecord as error:
        raise invalid(str(error)) from None
    return collection, rkey


def _record(values: Values, collection: str) -> tuple[Values, str | None]:
    if not isinstance(values.get("record"), dict):
        raise invalid("Expected object value type at $.record")
    if not isinstance(values.get("validate", True), bool):
        raise invalid(f'Expected boolean value type (got "{values["validate"]}") at $.validate')
    record = {"$type": collection, **cast("Values", values["record"])}
    if values.get("validate") is False:
        return record, None
    try:
        return record, "valid" if lexicon.check(collection, record) else "unknown"
    except lexicon.WrongRecord as error:
        raise invalid(str(error)) from None


def _cid(record: Values) -> str:
    try:
        return record_cid(record)
    except ValueError as error:
        raise invalid(f"Expected another value type ({error}) at $.record") from None


def _status(verdict: str | None) -> Values:
    return {} if verdict is None else {"validationStatus": verdict}


def _spend(request: web.Request, person: Person, points: int) -> None:
    settings = world_of(request).settings
    _ = limit(request, f"writes day {person.did}", _DAY_S, settings.points_per_day, points)
    _ = limit(request, f"writes {person.did}", _HOUR_S, settings.points_per_hour, points)


def _written(  # noqa: PLR0913  # one record and where it goes
    request: web.Request, person: Person, collection: str, rkey: str, record: Values, *, verdict: str | None
) -> web.Response:
    world = world_of(request)
    for use in lexicon.blobs_of(record) if verdict == "valid" else ():
        _check_blob(person, use)
    made = Record(
        uri=f"at://{person.did}/{collection}/{rkey}",
        cid=_cid(record),
        rkey=rkey,
        value=record,
        taken_at=world.now(),
        is_shown=verdict == "valid" or collection != POST,
    )
    is_new = rkey not in person.records[collection]
    person.records[collection][rkey] = made
    if is_new and collection == POST:
        world.network.published()
    commit = _commit(world, rkey)
    return web.json_response({"uri": made.uri, "cid": made.cid, "commit": commit, **_status(verdict)})


def _commit(world: World, about: str) -> Values:
    rev = world.next_tid()
    return {"cid": record_cid({"rev": rev, "about": about}), "rev": rev}


def _check_blob(person: Person, use: lexicon.BlobUse) -> None:
    blob = person.blobs.get(use.cid)
    if blob is None:
        raise Refusal(400, "BlobNotFound", f"Could not find blob: {use.cid}")
    if len(blob.content) > use.most_bytes:
        held, most = (f"{size / 1_000_000:.1f}MB" for size in (len(blob.content), use.most_bytes))
        raise Refusal(400, "BlobTooLarge", f"This file is too large. It is {held} but the maximum size is {most}.")
    if blob.mime_type != use.mime_type:
        said = f"Expected: {blob.mime_type}, Got: {use.mime_type}"
        raise Refusal(400, "InvalidMimeType", f"Referenced Mimetype does not match stored blob. {said}")
    if not blob.mime_type.startswith(use.accept):
        said = f"It is {blob.mime_type} but it must match {use.accept}*."
        raise Refusal(400, "InvalidMimeType", f"Wrong type of file. {said}")


def _sniffed(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp":
        return "video/quicktime" if content[8:10] == b"qt" else "video/mp4"
    return next((mime_type for signature, mime_type in _SIGNATURES if content.startswith(signature)), None)
