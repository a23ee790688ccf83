"""What people see of the stand-in: a channel, its messages, and their files."""

from html import escape

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.pages import Author, Picture, Shown
from sandbox.networks.telegram.doors import WORLD
from sandbox.networks.telegram.world import LOOK, Chat, Message, World


async def front(request: web.Request) -> web.Response:
    """The demo's own channel."""
    raise web.HTTPFound(f"/{request.app[WORLD].channel.username}")


async def channel(request: web.Request) -> web.Response:
    """A channel; an album stands as one."""
    world, chat = request.app[WORLD], _chat(request)
    if chat is None:
        return pages.missing_page(LOOK, "No such channel here.")
    shown = [_shown(one, world) for one in _heads(world, chat)]
    facts = (("message", len(shown)), ("subscriber", chat.members))
    return pages.profile_page(LOOK, _author(chat), facts, shown, world.network)


async def message(request: web.Request) -> web.Response:
    """One message, by the address its permalink has."""
    world, chat = request.app[WORLD], _chat(request)
    found = None if chat is None else world.messages.get((chat.id, int(request.match_info["id"])))
    if chat is None or found is None:
        return pages.missing_page(LOOK, "No such message here.")
    others = [_shown(one, world) for one in _heads(world, chat) if one is not found]
    return pages.post_page(LOOK, (), _shown(found, world), others)


async def file(request: web.Request) -> web.Response:
    """An uploaded picture."""
    world = request.app[WORLD]
    for one in (file for message in world.messages.values() for file in message.files):
        if one.id == request.match_info["id"] and one.kind == "photo":
            headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
            return web.Response(body=one.content, content_type=one.mime_type, headers=headers)
    return pages.missing_page(LOOK, "No such file here.")


def _chat(request: web.Request) -> Chat | None:
    name = request.match_info["name"]
    return next((chat for chat in request.app[WORLD].chats.values() if chat.username == name), None)


def _heads(world: World, chat: Chat) -> list[Message]:
    """Its messages, newest first, of each album the first one alone."""
    firsts: dict[str, int] = {}
    for one in reversed(world.in_chat(chat)):
        _ = firsts.setdefault(one.group or f"alone-{one.id}", one.id)
    return [one for one in world.in_chat(chat) if one.id in set(firsts.values())]


def _author(chat: Chat) -> Author:
    return Author(name=chat.title, handle=chat.username or str(chat.id), href=f"/{chat.username}")


def _shown(found: Message, world: World) -> Shown:
    together = (
        [found] if found.group is None else [one for one in world.in_chat(found.chat) if one.group == found.group]
    )
    files = [file for one in reversed(together) for file in one.files]
    notes = [f"In reply to message {found.reply_to}"] if found.reply_to else []
    return Shown(
        id=str(found.id),
        href=f"/{found.chat.username}/{found.id}",
        author=_author(found.chat),
        text=found.text,
        html=escape(found.text).replace("\n", "<br>"),
        taken_at=found.sent_at,
        numbers=(),
        pictures=tuple(
            Picture(src=f"/_files/{one.id}", alt="", kind="image" if one.kind == "photo" else one.name) for one in files
        ),
        notes=tuple(notes),
        extra=tuple(f"{choice} · 0 votes" for choice in found.choices),
    )
