"""What people see of the stand-in: a profile, its pins, and their pictures."""

from html import escape

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.pages import Author, Card, Picture, Shown
from sandbox.networks.pinterest.doors import world_of
from sandbox.networks.pinterest.pins import numbers_of
from sandbox.networks.pinterest.world import LOOK, Pin, World


async def front(request: web.Request) -> web.Response:
    """The demo's own profile."""
    raise web.HTTPFound(f"/{world_of(request).settings.people[0]}/")


async def profile(request: web.Request) -> web.Response:
    """A profile."""
    world, person = world_of(request), request.match_info["person"]
    if person not in world.people:
        return pages.missing_page(LOOK, "No such account here.")
    mine = [_shown(pin, world) for pin in world.listed(person)]
    facts = (("pin", len(mine)), ("follower", 12))
    return pages.profile_page(LOOK, _author(world, person), facts, mine, world.network)


async def pin(request: web.Request) -> web.Response:
    """One pin, at the end of its permalink."""
    world = world_of(request)
    found = world.pins.get(request.match_info["id"])
    if found is None or found.board.privacy == "SECRET":
        return pages.missing_page(LOOK, "No such pin here.")
    others = [_shown(one, world) for one in world.listed(found.owner) if one is not found]
    return pages.post_page(LOOK, (), _shown(found, world), others)


async def picture(request: web.Request) -> web.Response:
    """A picture of a pin."""
    found, number = world_of(request).pins.get(request.match_info["id"]), int(request.match_info["number"])
    if found is None or number >= len(found.pictures):
        return pages.missing_page(LOOK, "No such picture here.")
    kind, content = found.pictures[number]
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=content, content_type=kind, headers=headers)


def _author(world: World, person: str) -> Author:
    return Author(name=world.name_of(person), handle=person, href=f"/{person}/")


def _shown(found: Pin, world: World) -> Shown:
    title, said, link = (found.fields.get(name) or "" for name in ("title", "description", "link"))
    alt = found.fields.get("alt_text") or ""
    pictures = tuple(
        Picture(src=f"/_pictures/{found.id}/{number}", alt=alt if number == 0 else "")
        for number in range(len(found.pictures))
    )
    numbers = numbers_of(found, world)
    head = f"<b>{escape(title)}</b><br>" if title else ""
    section = found.board.sections.get(found.fields.get("board_section_id") or "")
    return Shown(
        id=found.id,
        href=f"/pin/{found.id}/",
        author=_author(world, found.owner),
        text=f"{title}\n{said}".strip(),
        html=head + escape(said).replace("\n", "<br>"),
        taken_at=found.created_at,
        numbers=(("impression", numbers["impression"]), ("save", numbers["save"]), ("reaction", numbers["reaction"])),
        pictures=pictures or (Picture(src="", alt=alt, kind="video"),),
        card=Card(href=link, title="Visit", description="", picture=None) if link else None,
        notes=(f"On the board {found.board.name}" + (f", {section}" if section else ""),),
    )
