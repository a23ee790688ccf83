"""What people see of the stand-in: profiles and statuses at the addresses the API gives, and the page that asks."""

from collections.abc import Sequence
from html import escape
from typing import cast

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.mastodon import text
from sandbox.networks.mastodon.doors import base_url, local_domain, world_of
from sandbox.networks.mastodon.statuses import numbers_of
from sandbox.networks.mastodon.world import Application, MediaFile, Person, Status, World
from sandbox.networks.pages import Author, Look, Picture, Shown

LOOK = Look(title="Mastodon", band="#5a49b8")
NO_POST, NO_ACCOUNT = "No such post here.", "No such account here."
_OPEN = {"public", "unlisted"}
_MEANINGS = {
    "read": "Read everything of your account",
    "write": "Change everything of your account",
    "profile": "See who you are",
    "read:accounts": "See your account",
    "read:statuses": "See your posts",
    "write:statuses": "Publish and delete posts as you",
    "write:media": "Upload pictures and videos for your posts",
}


async def front(request: web.Request) -> web.Response:
    """The demo's own profile."""
    raise web.HTTPFound(f"/@{next(iter(world_of(request).people))}")


async def profile(request: web.Request) -> web.Response:
    """A profile; replies stand below what they reply to."""
    world = world_of(request)
    person = world.people.get(request.match_info["username"].partition("@")[0])
    if person is None:
        return pages.missing_page(LOOK, NO_ACCOUNT)
    mine = _visible(world, person)
    ids = {status.id for status in mine}
    roots = [status for status in mine if status.in_reply_to_id not in ids]
    facts = (("post", len(mine)), ("follower", 12), ("following|following", 3))
    shown = [_shown(request, status) for status in roots]
    return pages.profile_page(LOOK, _author(request, person), facts, shown, world.network)


async def status(request: web.Request) -> web.Response:
    """One status, by the address its permalink has."""
    world = world_of(request)
    found = world.statuses.get(request.match_info["id"])
    named = request.match_info["username"].partition("@")[0]
    if found is None or found.visibility not in _OPEN or found.person.username != named:
        return pages.missing_page(LOOK, NO_POST)
    others = [_shown(request, one, deep=False) for one in _visible(world, found.person) if one is not found]
    return pages.post_page(LOOK, _above(request, found), _shown(request, found), others)


async def tagged(request: web.Request) -> web.Response:
    """Statuses with a hashtag."""
    tag, world = request.match_info["tag"].lower(), world_of(request)
    everyone = [one for person in world.people.values() for one in _visible(world, person)]
    found = [_shown(request, one) for one in everyone if tag in text.hashtags(one.text)]
    return pages.list_page(LOOK, f"#{tag}", found, empty=f"No post has #{tag} yet.")


async def picture(request: web.Request) -> web.Response:
    """An uploaded file."""
    file = world_of(request).media.get(request.match_info["id"])
    if file is None or file.kind not in {"image", "gifv"}:
        return pages.missing_page(LOOK, "No such file here.")
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=file.content, content_type=file.mime_type, headers=headers)


def consent_page(request: web.Request, application: Application, scopes: Sequence[str]) -> web.Response:
    """Which person allows this application to do these things, or nobody."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in request.query.items()
    )
    wishes = "".join(f"<li>{escape(_MEANINGS.get(scope, scope))}</li>" for scope in scopes)
    domain = local_domain(request)
    people = "".join(
        _choice(person, domain, first=at == 0) for at, person in enumerate(world_of(request).people.values())
    )
    body = (
        f'<div class="panel"><h1>{escape(application.name)} asks for access</h1>'
        f'<p class="soft">If you allow it, {escape(application.name)} may:</p><ul>{wishes}</ul>'
        f'<form method="post" action="/oauth/authorize">{hidden}<fieldset><legend>Allow as</legend>{people}</fieldset>'
        '<div class="answers"><button class="yes" name="decision" value="yes">Allow</button>'
        '<button name="decision" value="no">Deny</button></div></form></div>'
    )
    return pages.card_page(LOOK, f"{application.name} asks for access", body)


def code_page(code: str) -> web.Response:
    """The code to copy, for applications without an address to return to."""
    said = f"<h1>Allowed</h1><p>Copy this code into the application:</p><p><code>{escape(code)}</code></p>"
    denied = "<h1>Denied</h1><p>The application got no access. You can close this page.</p>"
    return pages.card_page(LOOK, "Code", f'<div class="panel">{said if code else denied}</div>')


def _choice(person: Person, domain: str, *, first: bool) -> str:
    initials, checked = escape(person.display_name[:1].upper()), " checked" if first else ""
    return (
        f'<label class="choice"><input type="radio" name="username" value="{escape(person.username)}"{checked}>'
        f'<span class="avatar" aria-hidden="true">{initials}</span><span><b>{escape(person.display_name)}</b><br>'
        f'<span class="soft">@{escape(person.username)}@{escape(domain)}</span></span></label>'
    )


def _visible(world: World, person: Person) -> list[Status]:
    mine = [one for one in world.statuses.values() if one.person is person and one.visibility in _OPEN]
    return sorted(mine, key=lambda one: int(one.id), reverse=True)


def _author(request: web.Request, person: Person) -> Author:
    handle = f"{person.username}@{local_domain(request)}"
    return Author(name=person.display_name, handle=handle, href=f"/@{person.username}")


def _above(request: web.Request, found: Status) -> list[Shown]:
    parent = world_of(request).statuses.get(found.in_reply_to_id or "")
    if parent is None or parent.visibility not in _OPEN:
        return []
    return [*_above(request, parent), _shown(request, parent, deep=False)]


def _shown(request: web.Request, found: Status, *, deep: bool = True) -> Shown:
    world = world_of(request)
    html = text.to_html(
        found.text, base_url=base_url(request), usernames=world.people.keys(), local_domain=local_domain(request)
    )
    below = [one for one in world.statuses.values() if one.in_reply_to_id == found.id and one.visibility in _OPEN]
    options = cast("list[str]", (found.poll or {}).get("options", []))
    return Shown(
        id=found.id,
        href=f"/@{found.person.username}/{found.id}",
        author=_author(request, found.person),
        text=found.text,
        html=html,
        taken_at=found.created_at,
        numbers=numbers_of(found, world),
        pictures=tuple(_picture(world.media[one]) for one in found.media_ids),
        notes=(f"Content warning: {found.spoiler_text}",) if found.spoiler_text else (),
        extra=tuple(f"{option} · 0 votes" for option in options),
        language=found.language or "",
        replies=tuple(_shown(request, one) for one in sorted(below, key=lambda one: int(one.id))) if deep else (),
    )


def _picture(file: MediaFile) -> Picture:
    kind = "image" if file.kind in {"image", "gifv"} else file.kind
    return Picture(src=f"/media/{file.id}", alt=file.description or "", kind=kind)
