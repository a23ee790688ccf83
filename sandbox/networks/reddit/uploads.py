"""The lease of a place in the file store, and the store: a form with its fields first and the file last.

Source: praw 8.0.3's praw/models/media.py, read 2026-11-21.
"""

from html import escape

from aiohttp import BodyPartReader, web

from sandbox.networks.reddit.doors import form_of, person_of, world_of
from sandbox.networks.reddit.world import Asset

MIME_TYPES = {"image/png", "image/jpeg", "image/gif", "video/mp4", "video/quicktime"}
_POLICY = "eyJzYW5kYm94Ijp0cnVlfQ=="
_SIGNATURES = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}


async def lease(request: web.Request) -> web.Response:
    """`POST /api/media/asset.json`."""
    person, form, world = person_of(request, "submit"), await form_of(request), world_of(request)
    mime_type, name = form.get("mimetype", ""), form.get("filepath", "")
    if mime_type not in MIME_TYPES or not name:
        return web.json_response({"message": "Bad Request", "error": 400, "reason": "INVALID_MIMETYPE"}, status=400)
    asset_id = world.next_id()
    asset = Asset(id=asset_id, key=f"rte_images/{asset_id}", person=person, mime_type=mime_type)
    world.assets[asset.id] = asset
    fields = [
        {"name": "acl", "value": "private"},
        {"name": "key", "value": asset.key},
        {"name": "Content-Type", "value": mime_type},
        {"name": "policy", "value": _POLICY},
    ]
    host = world.url.partition("//")[2]
    return web.json_response(
        {
            "args": {"action": f"//{host}/store", "fields": fields},
            "asset": {
                "asset_id": asset.id,
                "processing_state": "incomplete",
                "payload": {"filepath": name},
                "websocket_url": f"ws://{host}/ws/{asset.id}",
            },
        }
    )


async def store(request: web.Request) -> web.Response:
    """The file store: 201, or an error in XML."""
    fields, content = await _read(request)
    world = world_of(request)
    asset = next((one for one in world.assets.values() if one.key == fields.get("key")), None)
    if asset is None or fields.get("policy") != _POLICY or content is None:
        return _error(403, "AccessDenied", "Invalid according to Policy")
    if len(content) > world.settings.most_bytes:
        sizes = (
            f"<ProposedSize>{len(content)}</ProposedSize><MaxSizeAllowed>{world.settings.most_bytes}</MaxSizeAllowed>"
        )
        return _error(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", sizes)
    if not content.startswith(_SIGNATURES.get(asset.mime_type, b"")):
        return _error(400, "InvalidArgument", "The file is not what it says")
    asset.content = content
    xml = (
        f"<PostResponse><Location>{escape(world.url)}/store/{asset.key}</Location><Key>{asset.key}</Key></PostResponse>"
    )
    return web.Response(status=201, text=xml, content_type="application/xml")


async def _read(request: web.Request) -> tuple[dict[str, str], bytes | None]:
    """The fields before the file, and the file."""
    fields: dict[str, str] = {}
    if not request.content_type.startswith("multipart/"):
        return fields, None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "file":
            return fields, bytes(await part.read())
        fields[part.name or ""] = await part.text()
    return fields, None


def _error(status: int, code: str, message: str, more: str = "") -> web.Response:
    xml = f"<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>"
    return web.Response(status=status, text=xml, content_type="application/xml")
