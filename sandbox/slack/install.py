"""The consent page of an installation: which scopes, Allow or Cancel, and back to the app with a code."""

import secrets
import time
from html import escape
from urllib.parse import urlencode

from aiohttp import web

from sandbox.slack.state import Grant
from sandbox.slack.webapi import WORLD
from sandbox.slack.world import World

CODE_S = 600.0
POLICY = "default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'"
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:4rem auto;padding:0 1rem;color:#1b2733}"
    "button{font:inherit;padding:.4rem 1.2rem;margin-right:.6rem}code{background:#f4f6f7;padding:0 .3rem}"
)


def _page(title: str, body: str, status: int = 200) -> web.Response:
    nonce = secrets.token_urlsafe(12)
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style nonce="{nonce}">{STYLE}</style>'
        f"<h1>{escape(title)}</h1>{body}</html>"
    )
    headers = {"Content-Security-Policy": POLICY.format(nonce=nonce), "Referrer-Policy": "no-referrer"}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def _asked(world: World, given: dict[str, str]) -> tuple[tuple[str, ...], str] | str:
    """The scopes and the way back, or what is wrong with the question."""
    if given.get("client_id") != world.client_id:
        return "invalid_client_id"
    allowed = world.manifest.redirect_urls
    if world.settings.app_url:
        allowed += (f"{world.settings.app_url.rstrip('/')}/slack/oauth_redirect",)
    back = given.get("redirect_uri") or (allowed[-1] if allowed else "")
    if not any(back.startswith(one) for one in allowed):
        return "bad_redirect_uri"
    scopes = tuple(one for one in given.get("scope", "").replace(" ", ",").split(",") if one)
    if not scopes or set(scopes) - {*world.manifest.scopes, *world.manifest.optional_scopes}:
        return "invalid_scope"
    return scopes, back


async def ask(request: web.Request) -> web.StreamResponse:
    """The page on which somebody allows the app or not."""
    world = request.app[WORLD]
    given = dict(request.query)
    asked = _asked(world, given)
    if isinstance(asked, str):
        return _page("Something went wrong", f"<p>Slack would refuse this: <code>{asked}</code></p>", 400)
    scopes, _ = asked
    name = escape(world.manifest.name)
    listed = "".join(f"<li><code>{escape(one)}</code></li>" for one in scopes)
    hidden = "".join(
        f'<input type="hidden" name="{escape(key)}" value="{escape(value)}">' for key, value in given.items()
    )
    choices = "".join(
        f'<option value="{one.id}">{escape(one.real_name)}</option>'
        for one in world.people.values()
        if one.role in {"admin", "member"}
    )
    return _page(
        f"{world.manifest.name} asks for access to {world.team_name}",
        f'<p>{name} wants to:</p><ul>{listed}</ul><form method="post">{hidden}'
        f'<p><label>You are <select name="as">{choices}</select></label></p>'
        '<button name="decision" value="allow">Allow</button><button name="decision" value="cancel">Cancel</button>'
        "</form>",
    )


async def decide(request: web.Request) -> web.StreamResponse:
    """Allow or Cancel was pressed: back to the app."""
    world = request.app[WORLD]
    given = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    asked = _asked(world, given)
    if isinstance(asked, str):
        return _page("Something went wrong", f"<p>Slack would refuse this: <code>{asked}</code></p>", 400)
    scopes, back = asked
    answer = {"state": given.get("state", "")}
    if given.get("decision") != "allow":
        answer["error"] = "access_denied"
    else:
        user = given.get("as") or world.person_named("maya").id
        code = f"{secrets.randbelow(10**13)}.{secrets.token_hex(24)}"
        until = time.monotonic() + CODE_S
        world.grants[code] = Grant(user=user, scopes=scopes, redirect_uri=back, until=until)
        answer["code"] = code
    raise web.HTTPFound(f"{back}?{urlencode(answer)}")
