"""What the stand-in refuses, in the words and with the statuses of the real server."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.networks.bluesky.app import Server, running
from sandbox.networks.bluesky.cid import blob_cid, record_cid
from sandbox.networks.bluesky.world import POST, Settings

Json = dict[str, object]
RKEY = "3kabcdefghijk"
FAMILY = "👩‍👩‍👧‍👦"
IMAGES = "app.bsky.embed.images"


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def http(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """Calls as the first person."""
    async with httpx.AsyncClient(base_url=f"{server.url}/xrpc/") as client:
        await _sign_in(client, server)
        yield client


async def _sign_in(client: httpx.AsyncClient, server: Server) -> Json:
    login = {"identifier": server.identifier, "password": server.password}
    session = (await client.post("com.atproto.server.createSession", json=login)).json()
    client.headers["Authorization"] = f"Bearer {session['accessJwt']}"
    return dict(session)


def _post(**fields: object) -> Json:
    return {"$type": POST, "text": "Hello", "createdAt": "2026-12-01T09:00:00.000Z", **fields}


async def _put(http: httpx.AsyncClient, record: Json, **fields: object) -> httpx.Response:
    body = {"repo": "junipercoffee.test", "collection": POST, "rkey": RKEY, "record": record, **fields}
    return await http.post("com.atproto.repo.putRecord", json=body)


def _facet(start: object, end: object) -> Json:
    feature = {"$type": "app.bsky.richtext.facet#tag", "tag": "x"}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def _images(
    count: int, content: bytes = b"x", mime_type: str = "image/png", *, size_said: int | None = None, **fields: object
) -> Json:
    ref = {"$link": blob_cid(content)}
    image = {
        "image": {"$type": "blob", "ref": ref, "mimeType": mime_type, "size": size_said or len(content)},
        "alt": "",
        **fields,
    }
    return {"$type": IMAGES, "images": [image] * count}


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (_post(text="e\u0301" * 301), "grapheme too big (maximum 300, got 301) at $.record.text"),
        (_post(text=FAMILY * 121), "string too big (maximum 3000, got 3025) at $.record.text"),
        (_post(text=7), "Expected string value type (got 7) at $.record.text"),
        ({"$type": POST, "createdAt": "2026-12-01T09:00:00Z"}, 'Missing required key "text" at $.record'),
        (_post(createdAt="2026-12-01 09:00"), 'Invalid datetime (got "2026-12-01 09:00") at $.record.createdAt'),
        (_post(createdAt="2026-13-01T09:00:00Z"), 'Invalid datetime (got "2026-13-01T09:00:00Z")'),
        (_post(langs=["en", "de", "fr", "it"]), "array too big (maximum 3, got 4) at $.record.langs"),
        (_post(langs=["german!"]), 'Invalid language (got "german!") at $.record.langs[0]'),
        (_post(tags=["x" * 65]), "grapheme too big (maximum 64, got 65) at $.record.tags[0]"),
        (_post(facets=[_facet(-1, 2)]), "integer too small (minimum 0, got -1) at $.record.facets[0].index.byteStart"),
        (_post(facets=[_facet(0, "2")]), 'Expected integer value type (got "2") at $.record.facets[0].index.byteEnd'),
        (_post(facets=[_facet(0, 6)]), "facet outside the text (0 to 6 of 5 bytes)"),
        (_post(facets=[_facet(3, 3)]), "facet outside the text (3 to 3 of 5 bytes)"),
        (_post(text="ü", facets=[_facet(0, 1)]), "facet cuts a character (0 to 1)"),
        (_post(embed=_images(5)), "array too big (maximum 4, got 5) at $.record.embed.images"),
        (_post(embed=_images(1, alt=None)), "Expected string value type (got null) at $.record.embed.images[0].alt"),
        (
            _post(embed=_images(1, aspectRatio={"width": 0, "height": 1})),
            "integer too small (minimum 1, got 0) at $.record.embed.images[0].aspectRatio.width",
        ),
        (_post(embed={"$type": IMAGES, "images": [{"image": "x", "alt": ""}]}), 'Expected blob value type (got "x")'),
        (_post(embed=_images(1, bytes(2_000_001))), "blob too big (maximum 2000000, got 2000001)"),
        (_post(embed=_images(1, mime_type="text/plain")), 'Expected "image/*" (got "text/plain")'),
        (
            _post(embed={"$type": "app.bsky.embed.external", "external": {"uri": "no uri"}}),
            'Invalid uri (got "no uri") at $.record.embed.external.uri',
        ),
        (
            _post(reply={"root": {"uri": "at://x", "cid": "y"}}),
            'Invalid at-uri (got "at://x") at $.record.reply.root.uri',
        ),
    ],
)
async def test_a_record_against_its_schema_is_refused(http: httpx.AsyncClient, record: Json, says: str) -> None:
    answer = await _put(http, record)
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    assert answer.json()["message"].startswith("Invalid app.bsky.feed.post record: ")
    assert says in answer.json()["message"]


async def test_a_record_of_another_kind_is_refused(http: httpx.AsyncClient) -> None:
    answer = await _put(http, {**_post(), "$type": "app.bsky.feed.like"})
    assert answer.json()["message"] == f"Invalid $type: expected {POST}, got app.bsky.feed.like"


async def test_the_last_allowed_length_is_taken(http: httpx.AsyncClient) -> None:
    assert (await _put(http, _post(text=FAMILY * 120))).status_code == 200


async def test_the_same_record_again_changes_nothing_and_another_one_is_a_swap(http: httpx.AsyncClient) -> None:
    first = await _put(http, _post(), swapRecord=None)
    again = await _put(http, dict(reversed(_post().items())), swapRecord=None)
    other = await _put(http, _post(text="Other"), swapRecord=None)
    cid = record_cid(_post())
    assert [first.json()["cid"], again.json()["cid"]] == [cid, cid]
    assert ("commit" in first.json(), "commit" in again.json()) == (True, False)
    assert (other.status_code, other.json()) == (400, {"error": "InvalidSwap", "message": f"Record was at {cid}"})
    assert (await _put(http, _post(text="Other"), swapRecord=cid)).status_code == 200


async def test_making_at_a_key_that_is_taken_is_the_servers_own_error(http: httpx.AsyncClient) -> None:
    body = {"repo": "junipercoffee.test", "collection": POST, "rkey": RKEY, "record": _post()}
    assert (await http.post("com.atproto.repo.createRecord", json=body)).status_code == 200
    again = await http.post("com.atproto.repo.createRecord", json=body)
    assert (again.status_code, again.json()["error"]) == (500, "InternalServerError")


@pytest.mark.parametrize("rkey", ["short", "zzzzzzzzzzzzz", "3KABCDEFGHIJK"])
async def test_a_key_that_is_no_timestamp_is_refused(http: httpx.AsyncClient, rkey: str) -> None:
    assert (await _put(http, _post(), rkey=rkey)).json()["error"] == "InvalidRequest"


async def test_nobody_writes_for_somebody_else(http: httpx.AsyncClient) -> None:
    answer = await _put(http, _post(), repo="rowan.test")
    assert (answer.status_code, answer.json()["error"]) == (401, "AuthenticationRequired")


@pytest.mark.parametrize(
    ("token", "status", "error"),
    [(None, 401, "AuthMissing"), ("Bearer a.b.c", 400, "InvalidToken"), ("Basic x", 400, "InvalidToken")],
)
async def test_a_strange_token_is_refused(http: httpx.AsyncClient, token: str | None, status: int, error: str) -> None:
    del http.headers["Authorization"]
    if token:
        http.headers["Authorization"] = token
    answer = await _put(http, _post())
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("settings", [Settings(access_s=-1)])
async def test_an_old_token_is_refused_with_400_and_renewed(http: httpx.AsyncClient, server: Server) -> None:
    session = await _sign_in(http, server)
    answer = await http.get("com.atproto.server.getSession")
    assert (answer.status_code, answer.json()["error"]) == (400, "ExpiredToken")
    http.headers["Authorization"] = f"Bearer {session['refreshJwt']}"
    wrong = await http.get("com.atproto.server.getSession")
    assert (wrong.status_code, wrong.json()["message"]) == (400, "Invalid token type")
    first, second = [(await http.post("com.atproto.server.refreshSession")).json() for _ in range(2)]
    assert first["refreshJwt"] != session["refreshJwt"]
    assert first["did"] == second["did"]


async def test_a_file_must_be_there_fit_and_be_what_it_is_said_to_be(http: httpx.AsyncClient) -> None:
    png, big = b"\x89PNG\r\n\x1a\n" + bytes(8), b"\x89PNG\r\n\x1a\n" + bytes(2_000_000)
    for content in (png, big, b"hello"):
        headers = {"Content-Type": "text/plain"}
        blob = (await http.post("com.atproto.repo.uploadBlob", content=content, headers=headers)).json()["blob"]
        assert blob["ref"]["$link"] == blob_cid(content)
        assert blob["mimeType"] == ("text/plain" if content == b"hello" else "image/png")
    tries = {
        "BlobNotFound": _images(1, b"never"),
        "BlobTooLarge": _images(1, big, size_said=7),
        "InvalidMimeType": _images(1, b"hello", "image/png"),
    }
    for error, embed in tries.items():
        assert (await _put(http, _post(embed=embed))).json()["error"] == error
    assert (await _put(http, _post(embed=_images(1, png, "image/jpeg")))).json()["error"] == "InvalidMimeType"
    assert (await _put(http, _post(embed=_images(4, png)))).status_code == 200


@pytest.mark.parametrize("settings", [Settings(blob_limit=10)])
async def test_a_file_beyond_the_servers_limit_is_413(http: httpx.AsyncClient) -> None:
    answer = await http.post("com.atproto.repo.uploadBlob", content=bytes(11), headers={"Content-Type": "image/png"})
    assert (answer.status_code, answer.json()["error"]) == (413, "PayloadTooLarge")


@pytest.mark.parametrize("settings", [Settings(points_per_hour=5)])
async def test_writes_are_paid_for_in_points(http: httpx.AsyncClient) -> None:
    first = await _put(http, _post())
    second = await _put(http, _post(text="Other"))
    third = await _put(http, _post(text="Third"))
    assert [one.status_code for one in (first, second, third)] == [200, 200, 429]
    assert third.headers["RateLimit-Policy"] == "5;w=3600"


@pytest.mark.parametrize(
    ("method", "call", "status", "error"),
    [
        ("GET", "com.example.nothing", 501, "MethodNotImplemented"),
        ("GET", "com.atproto.repo.putRecord", 400, "InvalidRequest"),
        ("GET", "com.atproto.repo.getRecord", 400, "InvalidRequest"),
        (
            "GET",
            f"com.atproto.repo.getRecord?repo=rowan.test&collection={POST}&rkey={RKEY}",
            400,
            "RecordNotFound",
        ),
        ("GET", "com.atproto.repo.listRecords?repo=nobody.test&collection=x", 400, "RepoNotFound"),
        ("GET", "com.atproto.repo.listRecords?repo=rowan.test&collection=x&limit=101", 400, "InvalidRequest"),
        ("GET", "com.atproto.identity.resolveHandle?handle=nobody.test", 400, "InvalidRequest"),
        ("GET", "app.bsky.feed.getPosts?" + "&".join(["uris=at://x/y/z"] * 26), 400, "InvalidRequest"),
        ("GET", "app.bsky.feed.getPostThread?uri=at://x/y/z", 400, "NotFound"),
        ("GET", "app.bsky.actor.getProfile?actor=nobody.test", 400, "InvalidRequest"),
    ],
)
async def test_wrong_calls_are_told_in_the_form_of_xrpc(
    http: httpx.AsyncClient, method: str, call: str, status: int, error: str
) -> None:
    answer = await http.request(method, call)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_records_are_listed_page_by_page(http: httpx.AsyncClient, server: Server) -> None:
    keys = [f"3kabcdefghij{letter}" for letter in "abc"]
    for rkey in keys:
        await _put(http, _post(text=rkey), rkey=rkey)
    listed, query = list[str](), {"repo": server.identifier, "collection": POST, "limit": "2"}
    while True:
        page = (await http.get("com.atproto.repo.listRecords", params=query)).json()
        if not page["records"]:
            break
        listed += [record["value"]["text"] for record in page["records"]]
        query["cursor"] = page["cursor"]
    assert listed == keys[::-1]


async def test_what_was_stored_unchecked_is_kept_but_not_shown(http: httpx.AsyncClient, server: Server) -> None:
    made = (await _put(http, _post(facets="nonsense"), validate=False)).json()
    assert "validationStatus" not in made
    query = {"repo": server.identifier, "collection": POST, "rkey": RKEY}
    held = (await http.get("com.atproto.repo.getRecord", params=query)).json()
    assert held["value"]["facets"] == "nonsense"
    shown = await http.get("app.bsky.feed.getPosts", params={"uris": made["uri"]})
    assert shown.json() == {"posts": []}
    profile = await http.get(server.world.network.open_url)
    assert "has posted nothing yet" in profile.text
