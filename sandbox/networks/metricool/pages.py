"""What people see of the stand-in: a brand's planner, and each post as its network would show it."""

from html import escape
from typing import TYPE_CHECKING, cast

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.metricool.world import Body, Plan
from sandbox.networks.pages import Author, Look, Picture, Shown

if TYPE_CHECKING:
    from sandbox.networks.metricool.world import World

LOOK = Look(title="Metricool", band="#1f2a44")


def _world(request: web.Request) -> "World":
    from sandbox.networks.metricool.app import WORLD  # noqa: PLC0415  # app makes the routes of this file

    return request.app[WORLD]


async def front(request: web.Request) -> web.Response:
    """The planner, the latest first."""
    world = _world(request)
    plans = sorted((plan for plan in world.plans.values() if not plan.deleted), key=lambda plan: plan.id, reverse=True)
    author = Author(name=f"{world.settings.brands[0]} in Metricool", handle=world.settings.brands[0], href="/")
    return pages.profile_page(
        LOOK, author, (("plan", len(plans)),), [_shown(world, plan) for plan in plans], world.network
    )


async def post(request: web.Request) -> web.Response:
    """One post."""
    world = _world(request)
    found = next((plan for plan in world.plans.values() if str(plan.id) == request.match_info["id"]), None)
    if found is None or world.status(found) != "PUBLISHED":
        return pages.missing_page(LOOK, "No such post here.")
    return pages.post_page(LOOK, [], _shown(world, found), [])


async def picture(request: web.Request) -> web.Response:
    """An uploaded file."""
    upload = _world(request).uploads.get(request.match_info["key"])
    if upload is None or not upload.done:
        return pages.missing_page(LOOK, "No such file here.")
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=upload.content, content_type=upload.content_type, headers=headers)


def _shown(world: "World", plan: Plan) -> Shown:
    network = ", ".join(str(one["network"]) for one in cast("list[Body]", plan.body["providers"]))
    brand, text = world.brands[plan.brand_id], str(plan.body["text"])
    alts = cast("list[str]", plan.body.get("mediaAltText") or [])
    media = cast("list[str]", plan.body.get("media") or [])
    pictures = tuple(
        Picture(src=url, alt=alts[number] if number < len(alts) else "") for number, url in enumerate(media)
    )
    return Shown(
        id=str(plan.id),
        href=f"/p/{plan.id}",
        author=Author(name=brand, handle=network, href="/"),
        text=text,
        html=escape(text).replace("\n", "<br>"),
        taken_at=plan.at,
        numbers=(),
        pictures=pictures,
        notes=(f"{network}: {world.status(plan).lower()}",),
    )
