"""What people see of the stand-in: channels and their videos with what stands below them."""

from html import escape

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.pages import Author, Picture, Shown
from sandbox.networks.youtube.doors import world_of
from sandbox.networks.youtube.world import LOOK, Channel, Comment, Video, World


async def front(request: web.Request) -> web.Response:
    """The demo's own channel."""
    raise web.HTTPFound(f"/@{world_of(request).settings.people[0]}")


async def channel(request: web.Request) -> web.Response:
    """A channel and all its videos; its owner would see the private ones, too."""
    world = world_of(request)
    found = world.channels.get(request.match_info["person"])
    if found is None:
        return pages.missing_page(LOOK, "No such channel here.")
    shown = [_shown(one, world) for one in world.of_channel(found)]
    facts = (("video", len(shown)), ("subscriber", 1230))
    return pages.profile_page(LOOK, _author(found), facts, shown, world.network)


async def watch(request: web.Request) -> web.Response:
    """One video, by the address people know: `/watch?v=` or `/shorts/`."""
    world = world_of(request)
    video = world.videos.get(request.match_info.get("id") or request.query.get("v", ""))
    if video is None or video.status["privacyStatus"] == "private":
        return pages.missing_page(LOOK, "This video is not available.")
    others = [_shown(one, world) for one in world.of_channel(video.channel) if one is not video]
    return pages.post_page(LOOK, (), _shown(video, world), others)


async def thumbnail(request: web.Request) -> web.Response:
    """A video's own thumbnail."""
    video = world_of(request).videos.get(request.match_info["id"])
    if video is None or not video.thumbnail:
        return pages.missing_page(LOOK, "No such picture here.")
    return web.Response(body=video.thumbnail, content_type=video.thumbnail_type)


def _author(found: Channel) -> Author:
    return Author(name=found.title, handle=found.person, href=f"/@{found.person}")


def _shown(video: Video, world: World) -> Shown:
    numbers = world.numbers(video)
    state = "" if video.ready_at <= world.now() else "Still being processed"
    privacy = str(video.status["privacyStatus"])
    notes = tuple(filter(None, (state, "" if privacy == "public" else privacy.capitalize())))
    description = str(video.snippet.get("description", ""))
    picture = Picture(src=f"/_thumbnails/{video.id}", alt=video.title, kind="image" if video.thumbnail else "video")
    return Shown(
        id=video.id,
        href=f"/watch?v={video.id}",
        author=_author(video.channel),
        text=f"{video.title}\n{description}".strip(),
        html=f"<p><b>{escape(video.title)}</b></p><p>{escape(description)}</p>",
        taken_at=video.taken_at,
        numbers=(("view", numbers["views"]), ("like", numbers["likes"]), ("comment", numbers["comments"])),
        pictures=(picture,),
        notes=notes,
        replies=tuple(_comment(one) for one in reversed(world.below(video.id))),
    )


def _comment(one: Comment) -> Shown:
    return Shown(
        id=one.id,
        href=f"/watch?v={one.video_id}",
        author=_author(one.channel),
        text=one.text,
        html=f"<p>{escape(one.text)}</p>",
        taken_at=one.taken_at,
        numbers=(),
    )
