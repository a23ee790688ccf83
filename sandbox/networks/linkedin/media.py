"""Uploading images, documents and videos, and asking how far their processing is.

Source: learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api, /videos-api and
/documents-api, read 2026-11-21.
"""

import secrets
from datetime import timedelta

from aiohttp import web

from sandbox.networks.linkedin.doors import (
    Refusal,
    asker_of,
    author_called,
    denied,
    illegal,
    inside,
    not_found,
    values_of,
    world_of,
)
from sandbox.networks.linkedin.world import Asset, World

_LEAST_VIDEO, _MOST_VIDEO = 75 * 1024, 500 * 1024 * 1024
_MOST_DOCUMENT = 100 * 1024 * 1024
_SIGNATURES = {
    "image": (b"\xff\xd8\xff", b"\x89PNG", b"GIF8"),
    "document": (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"),
}
_QUICK = 5
"""Other files than videos take that much less time."""


async def act(request: web.Request) -> web.Response:
    """`POST /rest/{images|videos|documents}?action=…`."""
    kind = request.match_info["kind"].removesuffix("s")
    action, values = request.query.get("action"), await values_of(request)
    if action == "initializeUpload":
        return _begin(request, kind, inside(values, "initializeUploadRequest"))
    if action == "finalizeUpload" and kind == "video":
        return _finalize(request, inside(values, "finalizeUploadRequest"))
    raise illegal(f"Action {action} is not known")


def _begin(request: web.Request, kind: str, wishes: dict[str, object]) -> web.Response:
    world, asker = world_of(request), asker_of(request)
    owner = author_called(request, wishes.get("owner"))
    if not asker.may_post_for(owner):
        raise denied(f"{kind}s.ACTION-initializeUpload.NO_VERSION")
    urn = f"urn:li:{kind}:C4E{world.next_id()}"
    sizes = _sizes(world, wishes) if kind == "video" else ()
    asset = Asset(urn=urn, kind=kind, owner=owner.urn, parts=[None] * max(1, len(sizes)), sizes=sizes)
    world.assets[urn] = asset
    address = f"{request.scheme}://{request.host}/dms-uploads/{urn.rpartition(':')[2]}"
    ends = int((world.now() + timedelta(hours=24)).timestamp() * 1000)
    if kind != "video":
        return web.json_response({"value": {"uploadUrlExpiresAt": ends, "uploadUrl": f"{address}/0", kind: urn}})
    asset.token = secrets.token_urlsafe(8) if len(sizes) > 1 else ""
    instructions = [
        {"uploadUrl": f"{address}/{number}", "firstByte": sum(sizes[:number]), "lastByte": sum(sizes[: number + 1]) - 1}
        for number in range(len(sizes))
    ]
    value = {
        "uploadUrlsExpireAt": ends,
        "video": urn,
        "uploadInstructions": instructions,
        "uploadToken": asset.token,
    }
    return web.json_response({"value": value})


def _sizes(world: World, wishes: dict[str, object]) -> tuple[int, ...]:
    size = wishes.get("fileSizeBytes")
    if not isinstance(size, int) or not _LEAST_VIDEO <= size <= _MOST_VIDEO:
        raise illegal(f"fileSizeBytes: {size} is not within {_LEAST_VIDEO} and {_MOST_VIDEO}")
    step = world.settings.part_bytes
    return tuple(min(step, size - start) for start in range(0, size, step))


async def take(request: web.Request) -> web.Response:
    """`PUT` at an upload's address: a whole image or document, or one part of a video."""
    world, number = world_of(request), int(request.match_info["part"])
    asset = next((one for urn, one in world.assets.items() if urn.endswith(f":{request.match_info['id']}")), None)
    if asset is None or number >= len(asset.parts):
        return web.Response(status=404, text="Not Found")
    if asset.kind != "video":
        asker_of(request)
    content = await request.read()
    if asset.sizes and len(content) != asset.sizes[number]:
        return web.Response(status=400, text="The part has another size")
    asset.parts[number] = content
    if asset.kind == "video":
        return web.Response(status=200, headers={"ETag": f'"{_etag(asset, number)}"'})
    known = any(content.startswith(signature) for signature in _SIGNATURES[asset.kind])
    asset.failed = not known or (asset.kind == "document" and len(content) > _MOST_DOCUMENT)
    asset.ready_at = world.now() + timedelta(seconds=world.settings.processing_s / _QUICK)
    return web.Response(status=201)


def _etag(asset: Asset, number: int) -> str:
    return f"/ambry-video/{asset.urn.rpartition(':')[2]}-{number}"


def _finalize(request: web.Request, wishes: dict[str, object]) -> web.Response:
    world, asker = world_of(request), asker_of(request)
    asset = world.assets.get(str(wishes.get("video")))
    if asset is None or not asker.may_post_for(world.authors[asset.owner]):
        raise not_found(str(wishes.get("video")))
    if wishes.get("uploadToken") != asset.token:
        raise illegal("uploadToken: does not match")
    if wishes.get("uploadedPartIds") != [_etag(asset, number) for number in range(len(asset.parts))]:
        raise illegal("uploadedPartIds: do not match the parts")
    asset.failed = asset.content[4:8] != b"ftyp"
    asset.ready_at = world.now() + timedelta(seconds=world.settings.processing_s)
    return web.Response(status=200)


async def show(request: web.Request) -> web.Response:
    """`GET /rest/{kind}s/{urn}`: only with the permission to read the owner's posts."""
    world, asset = world_of(request), world_of(request).assets.get(request.match_info["urn"])
    if asset is None:
        raise not_found(request.match_info["urn"])
    if not asker_of(request).may_read(world.authors[asset.owner]):
        raise denied(f"{asset.kind}s.GET.NO_VERSION")
    body: dict[str, object] = {"id": asset.urn, "owner": asset.owner, "status": status_of(world, asset)}
    if asset.failed:
        body["processingFailureReason"] = "FORMAT_NOT_SUPPORTED"
    return web.json_response(body)


def status_of(world: World, asset: Asset) -> str:
    """How far it is."""
    if asset.ready_at is None:
        return "WAITING_UPLOAD"
    if asset.ready_at > world.now():
        return "PROCESSING"
    return "PROCESSING_FAILED" if asset.failed else "AVAILABLE"


def usable(world: World, urn: object, owner: str, kinds: tuple[str, ...]) -> None:
    """Raises the refusal of a post that is to show this file, unless it may."""
    asset = world.assets.get(str(urn))
    if asset is None or asset.owner != owner or asset.kind not in kinds:
        raise illegal(f"content: {urn} is not among the author's files")
    status = status_of(world, asset)
    if status == "PROCESSING_FAILED":
        raise Refusal(400, "MEDIA_ASSET_PROCESSING_FAILED", f"Media asset {urn} failed processing")
    if status != "AVAILABLE":
        raise Refusal(400, "MEDIA_ASSET_WAITING_UPLOAD", f"Media asset {urn} is waiting for upload")
