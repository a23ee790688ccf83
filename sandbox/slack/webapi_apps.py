"""auth.*, oauth.v2.access, apps.*: what lives and dies with the app's installation."""

import secrets
import time

from sandbox.slack.deliver import tell
from sandbox.slack.errors import SlackError
from sandbox.slack.settings import Json
from sandbox.slack.webapi import Request, method
from sandbox.slack.world import World


@method("auth.test", tier=4)
async def test(call: Request) -> Json:
    """Whose token this is."""
    world = call.world
    return {
        "url": f"{world.url}/",
        "team": world.team_name,
        "user": world.manifest.bot_name.lower(),
        "team_id": world.team_id,
        "user_id": world.bot_user_id,
        "bot_id": world.bot_id,
        "is_enterprise_install": False,
    }


@method("auth.revoke")
async def revoke(call: Request) -> Json:
    """Let this token die."""
    if call.flag("test"):
        return {"revoked": False}
    if call.token:
        call.token.dead = "token_revoked"
    call.world.changed()
    return {"revoked": True}


@method("apps.connections.open", tier=2, kind="app")
async def open_connection(call: Request) -> Json:
    """Where a socket may be opened, once. Its tier is 1, with bursts tolerated: reconnecting must work."""
    world = call.world
    if not world.manifest.socket_mode:
        raise SlackError("socket_mode_not_enabled")
    call.allow("connections:write")
    ticket = secrets.token_hex(16)
    world.tickets.add(ticket)
    return {"url": f"{world.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={world.app_id}"}


@method("oauth.v2.access", tier=4, kind=None)
async def access(call: Request) -> Json:
    """Exchange a code for a bot token. Source: docs.slack.dev/reference/methods/oauth.v2.access, 2026-11-21."""
    world = call.world
    if call.text("client_id") != world.client_id:
        raise SlackError("invalid_client_id")
    if not secrets.compare_digest(call.text("client_secret"), world.client_secret):
        raise SlackError("bad_client_secret")
    grant = world.grants.pop(call.text("code"), None)
    if grant is None or time.monotonic() > grant.until:
        raise SlackError("invalid_code")
    if call.text("redirect_uri") and call.text("redirect_uri") != grant.redirect_uri:
        raise SlackError("bad_redirect_uri")
    token = world.install(grant.scopes)
    return {
        "app_id": world.app_id,
        "authed_user": {"id": grant.user},
        "scope": ",".join(grant.scopes),
        "token_type": "bot",
        "access_token": token.value,
        "bot_user_id": world.bot_user_id,
        "team": {"id": world.team_id, "name": world.team_name},
        "enterprise": None,
        "is_enterprise_install": False,
    }


@method("apps.uninstall")
async def uninstall(call: Request) -> Json:
    """Take the app out of the workspace, by its own wish."""
    world = call.world
    given = call.text("client_id"), call.text("client_secret")
    if given != (world.client_id, world.client_secret):
        raise SlackError("bad_client_secret" if given[0] == world.client_id else "invalid_client_id")
    leave(world)
    return {}


def leave(world: World) -> None:
    """Uninstall the app and tell it so."""
    world.uninstall()
    tell(world, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [world.bot_user_id]}})
    tell(world, {"type": "app_uninstalled"})
