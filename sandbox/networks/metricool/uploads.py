"""The store for files: announced with sizes and hashes, put to signed addresses in parts, then made whole."""

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING, cast

from aiohttp import web

from sandbox.networks.metricool.world import Body, Upload

if TYPE_CHECKING:
    from sandbox.networks.metricool.world import World

_SIMPLE_BELOW = 5 * 1024 * 1024


def routes(path: str) -> list[web.RouteDef]:
    """The transactions, and the addresses that take the bytes."""
    return [web.put(path, begin), web.patch(path, finish), web.put("/s3/{key}/{part}", put)]


def _world(request: web.Request) -> "World":
    from sandbox.networks.metricool.app import WORLD  # noqa: PLC0415  # app makes the routes of this file

    return request.app[WORLD]


async def begin(request: web.Request) -> web.Response:
    """Announce a file."""
    world, body = _world(request), cast("Body", await request.json())
    parts = cast("list[dict[str, int | str]]", body.get("parts") or [])
    if body.get("resourceType") != "planner" or not parts:
        return web.json_response({"status": "BAD_REQUEST", "code": "400", "detail": "media: wrong parts"}, status=400)
    upload = Upload(key=secrets.token_hex(8), content_type=str(body.get("contentType")))
    upload.wanted = {number: (int(one["size"]), str(one["hash"])) for number, one in enumerate(parts, 1)}
    world.uploads[upload.key] = upload
    if len(parts) == 1 and int(parts[0]["size"]) < _SIMPLE_BELOW:
        answer: Body = {
            "uploadType": "SIMPLE",
            "presignedUrl": f"{world.url}/s3/{upload.key}/1",
            "fileUrl": _address(world, upload),
        }
        return web.json_response({"data": answer})
    places = [
        {"partNumber": number, "presignedUrl": f"{world.url}/s3/{upload.key}/{number}"} for number in upload.wanted
    ]
    answer = {
        "uploadType": "MULTIPART",
        "uploadId": f"u{upload.key}",
        "key": upload.key,
        "bucket": "b",
        "parts": places,
    }
    return web.json_response({"data": answer})


async def put(request: web.Request) -> web.Response:
    """The bytes of a part, which have to be those announced."""
    upload, number = _world(request).uploads.get(request.match_info["key"]), int(request.match_info["part"])
    content = await request.read()
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    if upload is None or number not in upload.wanted:
        return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
    if upload.wanted[number] != (len(content), digest) or request.headers.get("x-amz-checksum-sha256") != digest:
        return web.Response(status=400, text="<Error><Code>BadDigest</Code></Error>")
    upload.parts[number] = content
    return web.Response(headers={"ETag": f'"{digest[:16]}"'})


async def finish(request: web.Request) -> web.Response:
    """Make the file whole."""
    world, body = _world(request), cast("dict[str, Body]", await request.json())
    if "simple" in body:
        key = str(body["simple"].get("fileUrl")).rsplit("/", 1)[-1]
    else:
        key = str(body.get("multipart", {}).get("key"))
    upload = world.uploads.get(key)
    if upload is None or set(upload.parts) != set(upload.wanted):
        return web.json_response({"status": "BAD_REQUEST", "code": "400", "detail": "media: parts missing"}, status=400)
    upload.done = True
    return web.json_response({"data": {"fileUrl": _address(world, upload)}})


def _address(world: "World", upload: Upload) -> str:
    return f"{world.url}/files/{upload.key}"
