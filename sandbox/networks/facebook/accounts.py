"""Who somebody is, which Pages they have, what they allowed.

Sources: developers.facebook.com/docs/graph-api/reference/user/accounts and /docs/permissions, read 2026-11-21.
"""

from aiohttp import web

from sandbox.networks.facebook.world import Page, World, page_of, user_of, world_of
from sandbox.networks.grants import Token
from sandbox.networks.graph import Body, GraphError, fields_of, listed, picked, token_of, values_of


async def me(request: web.Request) -> web.Response:
    """`GET /me`: the person, or the Page of a Page's token."""
    values, world = await values_of(request), world_of(request)
    fields = fields_of(values, "id,name")
    if token_of(request, values) in world.page_tokens:
        return web.json_response(picked(shown(world, page_of(request, values), None), fields))
    token = user_of(request, values)
    person = token.grant.person
    return web.json_response(picked({"id": f"90{world.settings.people.index(person)}", "name": person}, fields))


async def permissions(request: web.Request) -> web.Response:
    """`GET /me/permissions`."""
    values, world = await values_of(request), world_of(request)
    scopes, declined = user_of(request, values).grant.scopes, world.settings.declined
    rows: list[Body] = [
        {"permission": scope, "status": "declined" if scope in declined else "granted"} for scope in scopes
    ]
    return listed(request, values, rows)


async def forget(request: web.Request) -> web.Response:
    """`DELETE /me/permissions`: the consent is over."""
    user_of(request, await values_of(request)).grant.ended = True
    return web.json_response({"success": True})


async def own(request: web.Request) -> web.Response:
    """`GET /me/accounts`: without those that a business holds."""
    return await _pages(request, "pages_show_list", "")


async def businesses(request: web.Request) -> web.Response:
    """`GET /me/businesses`."""
    values, world = await values_of(request), world_of(request)
    token = _allowed(world, user_of(request, values), "business_management")
    mine = {page.business for page in world.pages.values() if page.business and token.grant.person in page.tasks}
    return listed(request, values, [picked({"id": one, "name": "Juniper Ltd"}, fields_of(values)) for one in mine])


async def owned(request: web.Request) -> web.Response:
    """`GET /{business}/owned_pages`."""
    return await _pages(request, "business_management", request.match_info["id"])


async def client(request: web.Request) -> web.Response:
    """`GET /{business}/client_pages`: none here."""
    values = await values_of(request)
    _allowed(world_of(request), user_of(request, values), "business_management")
    return listed(request, values, [])


async def _pages(request: web.Request, scope: str, business: str) -> web.Response:
    values, world = await values_of(request), world_of(request)
    token = _allowed(world, user_of(request, values), scope)
    fields = fields_of(values, "id,name,access_token,tasks")
    mine = [page for page in world.pages.values() if token.grant.person in page.tasks and page.business == business]
    return listed(request, values, [picked(shown(world, page, token), fields) for page in mine])


def _allowed(world: World, token: Token, scope: str) -> Token:
    if scope not in token.grant.scopes or scope in world.settings.declined:
        raise GraphError(code=200, words=f"Requires the permission {scope}")
    return token


def shown(world: World, page: Page, token: Token | None) -> Body:
    """A Page; with its token where a person asks who may have it."""
    body: Body = {
        "id": page.id,
        "name": page.name,
        "username": page.username,
        "picture": {"data": {"url": f"https://pictures.example/{page.username}.png", "height": 50, "width": 50}},
        "followers_count": page.followers,
        "fan_count": page.followers - 5,
    }
    if token is not None:
        body["tasks"] = list(page.tasks[token.grant.person])
        body["access_token"] = world.give_page_token(page, token.grant)
    return body
