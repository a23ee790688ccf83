"""What people see of the stand-in: places and what stands on their profiles."""

from html import escape
from typing import cast

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.google_business_profile.doors import world_of
from sandbox.networks.google_business_profile.world import LOOK, LocalPost, Location, World
from sandbox.networks.pages import Author, Picture, Shown

_KINDS = {"EVENT": "Event", "OFFER": "Offer"}


async def front(request: web.Request) -> web.Response:
    """The demo's own place."""
    raise web.HTTPFound(f"/places/{world_of(request).locations[0].id}")


async def place(request: web.Request) -> web.Response:
    """A place's profile with its posts."""
    world = world_of(request)
    found = next((one for one in world.locations if one.id == request.match_info["id"]), None)
    if found is None:
        return pages.missing_page(LOOK, "No such place here.")
    shown = [_shown(one, world) for one in world.on(found)]
    return pages.profile_page(LOOK, _author(found, world), (("post", len(shown)),), shown, world.network)


async def post(request: web.Request) -> web.Response:
    """One post."""
    world, found = world_of(request), _post(request)
    if found is None or world.state(found) == "REJECTED":
        return pages.missing_page(LOOK, "No such post here.")
    others = [_shown(one, world) for one in world.on(found.location) if one is not found]
    return pages.post_page(LOOK, (), _shown(found, world), others)


async def picture(request: web.Request) -> web.Response:
    """A post's picture."""
    found = _post(request)
    if found is None or not found.picture:
        return pages.missing_page(LOOK, "No such picture here.")
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=found.picture, content_type=found.picture_type, headers=headers)


def _post(request: web.Request) -> LocalPost | None:
    wanted = request.match_info["id"]
    return next((one for name, one in world_of(request).posts.items() if name.endswith(f"/{wanted}")), None)


def _author(location: Location, world: World) -> Author:
    return Author(
        name=f"{location.title}, {world.settings.city}", handle=location.person, href=f"/places/{location.id}"
    )


def _part(body: dict[str, object], name: str) -> dict[str, object]:
    value = body.get(name)
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _shown(found: LocalPost, world: World) -> Shown:
    number, state = found.name.rpartition("/")[2], world.state(found)
    event, offer, action = (_part(found.body, name) for name in ("event", "offer", "callToAction"))
    title = str(event.get("title", ""))
    extra = [str(offer[name]) for name in ("couponCode", "redeemOnlineUrl", "termsConditions") if name in offer]
    if action:
        extra.append(
            f"{str(action.get('actionType', '')).replace('_', ' ').capitalize()} {action.get('url', '')}".strip()
        )
    kind = _KINDS.get(str(found.body.get("topicType")), "")
    heading = f"<p><b>{escape(title)}</b></p>" if title else ""
    return Shown(
        id=number,
        href=f"/posts/{number}",
        author=_author(found.location, world),
        text=found.summary,
        html=f"{heading}<p>{escape(found.summary)}</p>",
        taken_at=found.taken_at,
        numbers=(),
        pictures=(Picture(src=f"/_pictures/{number}", alt=""),) if found.picture else (),
        notes=tuple(filter(None, (kind, "" if state == "LIVE" else state.capitalize()))),
        language=str(found.body.get("languageCode", "")),
        extra=tuple(extra),
    )
