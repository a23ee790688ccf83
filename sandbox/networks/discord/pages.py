"""What people see of the stand-in: channels and messages at the addresses their permalinks have."""

from html import escape

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.discord.doors import as_list, as_object, world_of
from sandbox.networks.discord.world import File, Message, Webhook, World, reactions_of
from sandbox.networks.pages import Author, Look, Picture, Shown

LOOK = Look(title="Discord", band="#4752c4")
NO_POST, NO_CHANNEL = "No such message here.", "No such channel here."
_SILENT = 1 << 12


async def front(request: web.Request) -> web.Response:
    """The demo's own channel."""
    world = world_of(request)
    first = next(iter(world.webhooks.values()))
    raise web.HTTPFound(f"/channels/{world.guild_id}/{first.channel_id}")


async def channel(request: web.Request) -> web.Response:
    """A channel with its threads."""
    world, channel_id = world_of(request), request.match_info["channel"]
    parent = world.threads.get(channel_id, (channel_id, ""))[0]
    webhook = next((one for one in world.webhooks.values() if one.channel_id == parent), None)
    if webhook is None:
        return pages.missing_page(LOOK, NO_CHANNEL)
    inside = {one for one, (of, _) in world.threads.items() if of == channel_id} | {channel_id}
    here = [message for message in reversed(world.messages.values()) if message.channel_id in inside]
    facts = (("message", len(here)), ("thread", len(inside) - 1))
    author = _author(webhook, world, webhook.channel)
    return pages.profile_page(LOOK, author, facts, [_shown(world, one) for one in here], world.network)


async def message(request: web.Request) -> web.Response:
    """One message."""
    world = world_of(request)
    found = world.messages.get(request.match_info["message"])
    if found is None or found.channel_id != request.match_info["channel"]:
        return pages.missing_page(LOOK, NO_POST)
    others = [_shown(world, one) for one in world.messages.values() if one is not found]
    return pages.post_page(LOOK, (), _shown(world, found), others)


async def attachment(request: web.Request) -> web.Response:
    """An attached file."""
    files = (file for one in world_of(request).messages.values() for file in one.files)
    found = next((file for file in files if file.id == request.match_info["id"]), None)
    if found is None:
        raise web.HTTPNotFound
    return web.Response(body=found.content, content_type=found.mime_type)


def _author(webhook: Webhook, world: World, name: str) -> Author:
    return Author(name=name, handle=webhook.channel, href=f"/channels/{world.guild_id}/{webhook.channel_id}")


def _shown(world: World, found: Message) -> Shown:
    poll = as_object(found.body.get("poll"))
    question = str(as_object(poll.get("question")).get("text") or "")
    choices = [str(as_object(as_object(one).get("poll_media")).get("text")) for one in as_list(poll.get("answers"))]
    embeds = [as_object(one) for one in as_list(found.body.get("embeds"))]
    words = found.content or question
    return Shown(
        id=found.id,
        href=f"/channels/{world.guild_id}/{found.channel_id}/{found.id}",
        author=_author(found.webhook, world, found.username),
        text=words,
        html=escape(words).replace("\n", "<br>"),
        taken_at=found.created_at,
        numbers=tuple((f"{emoji}|{emoji}", count) for emoji, count in reactions_of(found, world).items()),
        pictures=tuple(_picture(file) for file in found.files),
        notes=tuple(_notes(world, found)),
        extra=(
            *(f"{embed.get('title', '')} — {embed.get('description', '')}" for embed in embeds),
            *(f"{choice} · 0 votes" for choice in choices),
        ),
    )


def _notes(world: World, found: Message) -> list[str]:
    thread = world.threads.get(found.channel_id)
    flags = found.body.get("flags", 0)
    silent = isinstance(flags, int) and bool(flags & _SILENT)
    return [*([f"In the thread {thread[1]}"] if thread else []), *(["Without a notification"] if silent else [])]


def _picture(file: File) -> Picture:
    kind = file.mime_type.partition("/")[0]
    return Picture(src=f"/attachments/{file.id}/{file.name}", alt=file.description, kind=kind)
