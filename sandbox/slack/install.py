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
    ":root{color-scheme:light dark;--ink:#1b2733;--ink-2:#566370;--page:#fff;--soft:#f4f6f7;--line:#d9dfe4;"
    "--go:#0f6e66;--on-go:#fff}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6ebee;--ink-2:#a3b0ba;--page:#1e272d;--soft:#161d22;"
    "--line:#35424c;--go:#4fb3a5;--on-go:#06201d}}"
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;padding:48px 16px;color:var(--ink);background:var(--soft)}"
    "main{max-width:460px;margin:0 auto;padding:24px 28px;background:var(--page);border:1px solid var(--line);"
    "border-radius:12px}"
    "h1{font-size:22px;line-height:1.3;margin:0 0 12px}ul{padding:0;margin:0 0 20px;list-style:none}"
    "li{padding:10px 0;border-bottom:1px solid var(--line)}small,.soft{color:var(--ink-2);font-size:13px}"
    "small{display:block}code{font-size:12px}select{font:inherit;padding:6px 8px;border-radius:8px}"
    "button{font:inherit;font-weight:600;padding:8px 20px;margin:0 8px 0 0;border-radius:8px;"
    "border:1px solid var(--ink-2);background:none;color:inherit;cursor:pointer}"
    "button.yes{background:var(--go);border-color:var(--go);color:var(--on-go)}"
    ":focus-visible{outline:3px solid #b35c00;outline-offset:2px}"
)
MEANINGS = {
    "commands": "Add slash commands and shortcuts",
    "chat:write": "Write messages as itself",
    "chat:write.public": "Write in public channels it is not a member of",
    "users:read": "See who is in the workspace",
    "files:read": "Read the files you hand to it",
    "files:write": "Show you files of its own",
    "im:history": "Read what you write to it",
}


def _page(title: str, body: str, status: int = 200) -> web.Response:
    nonce = secrets.token_urlsafe(12)
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style nonce="{nonce}">{STYLE}</style>'
        f"<main><h1>{escape(title)}</h1>{body}</main></html>"
    )
    headers = {"Content-Security-Policy": POLICY.format(nonce=nonce), "Referrer-Policy": "no-referrer"}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def _meant(scope: str) -> str:
    code = f"<small><code>{escape(scope)}</code></small>"
    return f"{escape(MEANINGS[scope])}{code}" if scope in MEANINGS else escape(scope)


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
    listed = "".join(f"<li>{_meant(one)}</li>" for one in scopes)
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
        f'<p class="soft">A stand-in for Slack, on this computer alone.</p><p>{name} wants to:</p><ul>{listed}</ul>'
        f'<form method="post">{hidden}'
        f'<p><label>You are <select name="as">{choices}</select></label></p>'
        '<button class="yes" name="decision" value="allow">Allow</button>'
        '<button name="decision" value="cancel">Cancel</button>'
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
        world.note("allowed")
    raise web.HTTPFound(f"{back}?{urlencode(answer)}")
