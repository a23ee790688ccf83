"""Making, showing, listing and deleting pins, refused where Pinterest refuses them.

Source: developers.pinterest.com/docs/api/v5/pins-create, /pins-list, /pins-get and /pins-delete, 2026-11-21.
"""

import base64
import re
from collections.abc import Mapping
from typing import cast

from aiohttp import web

from sandbox.networks.pinterest.boards import board_of
from sandbox.networks.pinterest.doors import Refusal, Values, invalid, page_of, person_of, read_json, world_of
from sandbox.networks.pinterest.media import status_of
from sandbox.networks.pinterest.world import Pin, World

_LIMITS = {"title": 100, "description": 800, "link": 2048, "alt_text": 500}
_TAKEN = frozenset(
    {*_LIMITS, "board_id", "board_section_id", "media_source", "dominant_color", "parent_pin_id", "sponsor_id"}
)
_NUMBER = re.compile(r"[0-9]+")
_BASE64 = re.compile(r"[a-zA-Z0-9+/=]+")
_SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_MOST_IMAGE_BYTES = 20 * 1024 * 1024
_LEAST_ITEMS, _MOST_ITEMS = 2, 5
_SCOPES = ("boards:read", "boards:write", "pins:read", "pins:write")
_FAST_MINUTES = 20.0
Pictures = tuple[tuple[str, bytes], ...]


async def create(request: web.Request) -> web.Response:
    """`POST /v5/pins`: a second call with the same body makes a second pin."""
    person, world, values = person_of(request, *_SCOPES), world_of(request), await read_json(request)
    if world.settings.trial:
        raise Refusal(
            403,
            29,
            "Apps with Trial access may not create Pins in production. Use the sandbox: api-sandbox.pinterest.com",
        )
    if unknown := sorted(values.keys() - _TAKEN):
        raise invalid(f"Additional properties are not allowed ({', '.join(unknown)})")
    fields = {name: _text(values, name, limit) for name, limit in _LIMITS.items()}
    board = board_of(world, person, _id(values, "board_id"))
    if values.get("board_section_id") is not None:
        fields["board_section_id"] = _id(values, "board_section_id")
        if fields["board_section_id"] not in board.sections:
            raise Refusal(404, 100, "Board section not found.")
    media_type, pictures = _media(world, person, values.get("media_source"))
    pin = Pin(
        id=world.next_id(),
        owner=person,
        board=board,
        created_at=world.now(),
        media_type=media_type,
        pictures=pictures,
        fields=fields,
    )
    world.pins[pin.id] = pin
    world.network.published()
    return web.json_response(show(pin), status=201)


def _id(values: Values, name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise invalid(rf"{name} {value!r} does not match '^\d+$'")
    return value


def _text(values: Values, name: str, limit: int) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(f"{name} is not of type 'string'")
    if len(value) > limit:
        raise invalid(f"{name} is too long (constraint: maxLength {limit})")
    return value or None


def _media(world: World, person: str, source: object) -> tuple[str, Pictures]:
    if not isinstance(source, dict):
        raise invalid("media_source is required")
    given = cast("Values", source)
    kind = given.get("source_type")
    if kind == "image_base64":
        return "image", (_picture(given),)
    if kind == "multiple_image_base64":
        items = given.get("items")
        many = cast("list[Values]", items) if isinstance(items, list) else []
        if not _LEAST_ITEMS <= len(many) <= _MOST_ITEMS:
            raise invalid(f"items has {len(many)} elements (constraint: minItems 2, maxItems 5)")
        return "multiple_images", tuple(_picture(one) for one in many)
    if kind == "video_id":
        _check_video(world, person, given)
        return "video", ()
    raise invalid(f"source_type {kind!r} is not supported here")


def _picture(given: Values) -> tuple[str, bytes]:
    kind, data = given.get("content_type"), given.get("data")
    if kind not in _SIGNATURES:
        raise invalid(f"content_type {kind!r} is none of {', '.join(_SIGNATURES)}")
    if not isinstance(data, str) or not _BASE64.fullmatch(data):
        raise invalid("data does not match '^[a-zA-Z0-9+/=]+$'")
    content = base64.b64decode(data)
    if not content.startswith(_SIGNATURES[str(kind)]):
        raise Refusal(400, 235, "Sorry, this image is invalid or unsupported.")
    if len(content) > _MOST_IMAGE_BYTES:
        raise Refusal(400, 235, "Sorry, the image is too large.")
    return str(kind), content


def _check_video(world: World, person: str, given: Values) -> None:
    video = world.videos.get(str(given.get("media_id")))
    if video is None or video.owner != person:
        raise Refusal(404, 100, "Media not found.")
    covers = [name for name in ("cover_image_url", "cover_image_data") if given.get(name)]
    at = given.get("cover_image_key_frame_time")
    if not covers and (not isinstance(at, int) or at < 0):
        raise invalid("cover_image_url, cover_image_data or cover_image_key_frame_time is required for a video")
    if (status := status_of(video, world)) != "succeeded":
        raise Refusal(400, 1, f"The media is not processed: its status is {status}.")


async def listed(request: web.Request) -> web.Response:
    """`GET /v5/pins`, newest first."""
    person, world = person_of(request, "boards:read", "pins:read"), world_of(request)
    return page_of(request, [show(pin) for pin in world.listed(person)])


async def on_board(request: web.Request) -> web.Response:
    """`GET /v5/boards/{board_id}/pins`."""
    person, world = person_of(request, "boards:read", "pins:read"), world_of(request)
    board = board_of(world, person, request.match_info["board_id"])
    return page_of(request, [show(pin) for pin in world.listed(person) if pin.board is board])


async def one(request: web.Request) -> web.Response:
    """`GET /v5/pins/{pin_id}`, with its numbers on request."""
    person, world = person_of(request, "boards:read", "pins:read"), world_of(request)
    pin = _mine(world, person, request.match_info["pin_id"])
    shown = show(pin)
    if request.query.get("pin_metrics") == "true":
        lifetime = dict(numbers_of(pin, world))
        recent = {name: lifetime[name] for name in ("impression", "pin_click", "clickthrough")}
        shown["pin_metrics"] = {"90d": recent, "lifetime_metrics": lifetime}
    return web.json_response(shown)


async def delete(request: web.Request) -> web.Response:
    """`DELETE /v5/pins/{pin_id}`."""
    person, world = person_of(request, *_SCOPES), world_of(request)
    del world.pins[_mine(world, person, request.match_info["pin_id"]).id]
    return web.Response(status=204)


def _mine(world: World, person: str, pin_id: str) -> Pin:
    pin = world.pins.get(pin_id)
    if pin is None:
        raise Refusal(404, 50, "Pin not found.")
    if pin.owner != person:
        raise Refusal(403, 29, "You are not permitted to access that Pin.")
    return pin


def numbers_of(pin: Pin, world: World) -> Mapping[str, int]:
    """What people did with it."""
    minutes = (world.now() - pin.created_at).total_seconds() / 60 if world.settings.grow_numbers else 0
    grown = min(minutes, _FAST_MINUTES) + max(0.0, minutes - _FAST_MINUTES) / 200
    return {
        "impression": int(grown * 20),
        "pin_click": int(grown * 2),
        "clickthrough": int(grown),
        "save": int(grown * 2),
        "reaction": int(grown * 3),
        "comment": int(grown / 2),
    }


def show(pin: Pin) -> Values:
    """A pin as the API shows it. Its time has no offset and is UTC."""
    return {
        "id": pin.id,
        "created_at": f"{pin.created_at:%Y-%m-%dT%H:%M:%S}",
        "title": None,
        "description": None,
        "link": None,
        "alt_text": None,
        "board_section_id": None,
        **pin.fields,
        "board_id": pin.board.id,
        "board_owner": {"username": pin.owner},
        "creative_type": {"video": "VIDEO", "multiple_images": "CAROUSEL"}.get(pin.media_type, "REGULAR"),
        "dominant_color": "#6E7874",
        "has_been_promoted": False,
        "is_owner": True,
        "is_standard": True,
        "media": {"media_type": pin.media_type},
        "parent_pin_id": None,
        "pin_metrics": None,
    }
