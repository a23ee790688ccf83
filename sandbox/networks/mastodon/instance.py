"""What the server says of itself and of the person who asks.

Source: docs.joinmastodon.org/entities/Instance, /entities/V1_Instance and /entities/Account, read 2026-11-21.
"""

from aiohttp import web

from sandbox.networks.mastodon.doors import base_url, local_domain, not_found, person_of, play, world_of
from sandbox.networks.mastodon.media import IMAGES, SOUNDS, VIDEOS
from sandbox.networks.mastodon.world import Person


def _configuration(request: web.Request) -> dict[str, object]:
    settings = world_of(request).settings
    return {
        "statuses": {
            "max_characters": settings.max_characters,
            "max_media_attachments": settings.max_media_attachments,
            "characters_reserved_per_url": settings.characters_reserved_per_url,
        },
        "media_attachments": {
            "description_limit": settings.description_limit,
            "supported_mime_types": [*IMAGES, *VIDEOS, *SOUNDS],
            "image_size_limit": settings.image_size_limit,
            "image_matrix_limit": 33_177_600,
            "video_size_limit": settings.video_size_limit,
            "video_frame_rate_limit": 120,
            "video_matrix_limit": 8_294_400,
        },
        "polls": {
            "max_options": settings.poll_max_options,
            "max_characters_per_option": settings.poll_max_characters,
            "min_expiration": settings.poll_min_expiration_s,
            "max_expiration": settings.poll_max_expiration_s,
        },
    }


async def instance_v2(request: web.Request) -> web.Response:
    """`GET /api/v2/instance`; 404 where the settings say that this server is an old one."""
    settings = world_of(request).settings
    if not settings.v2_instance:
        raise not_found()
    return web.json_response(
        {
            "domain": local_domain(request),
            "title": "Sandbox",
            "version": settings.version,
            "source_url": settings.source_url,
            "description": "A stand-in server",
            "languages": ["en"],
            "api_versions": {"mastodon": 6},
            "configuration": _configuration(request),
            "registrations": {"enabled": False, "approval_required": False, "message": None},
            "contact": {"email": "", "account": None},
            "rules": [],
        }
    )


async def instance_v1(request: web.Request) -> web.Response:
    """`GET /api/v1/instance`."""
    settings = world_of(request).settings
    return web.json_response(
        {
            "uri": local_domain(request),
            "title": "Sandbox",
            "version": settings.version,
            "configuration": _configuration(request),
            "urls": {},
            "stats": {"user_count": len(settings.people), "status_count": len(world_of(request).statuses)},
        }
    )


def show_person(person: Person, request: web.Request) -> dict[str, object]:
    """A local account as the API shows it."""
    mine = [status for status in world_of(request).statuses.values() if status.person is person]
    return {
        "id": person.id,
        "username": person.username,
        "acct": person.username,
        "display_name": person.display_name,
        "locked": False,
        "bot": False,
        "created_at": "2026-01-01T00:00:00.000Z",
        "note": "",
        "url": f"{base_url(request)}/@{person.username}",
        "uri": f"{base_url(request)}/users/{person.username}",
        "avatar": f"{base_url(request)}/avatars/original/missing.png",
        "followers_count": 12,
        "following_count": 3,
        "statuses_count": len(mine),
        "emojis": [],
        "fields": [],
    }


async def verify_credentials(request: web.Request) -> web.Response:
    """`GET /api/v1/accounts/verify_credentials`."""
    scopes = ("read:accounts", "profile") if world_of(request).settings.fine_scopes else ("read",)
    person = person_of(request, *scopes)
    await play(request, "verify_credentials")
    source: dict[str, object] = {"privacy": "public", "sensitive": False, "language": None, "note": "", "fields": []}
    return web.json_response(show_person(person, request) | {"source": source})
