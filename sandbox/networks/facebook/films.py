"""Films: in pieces at `videos`, whole at the upload address for reels and stories; processed; then out.

Sources: developers.facebook.com/docs/graph-api/guides/upload, /docs/video-api/guides/reels-publishing and
/docs/page-stories-api, read 2026-11-21.
"""

from aiohttp import web
from aiohttp.web_request import FileField

from sandbox.networks.facebook.world import (
    VERSION,
    Film,
    Page,
    Post,
    World,
    after,
    named_page,
    page_of,
    world_of,
)
from sandbox.networks.graph import Body, GraphError, Values, base_of, gone, missing, values_of, word

REELS_A_DAY = 30
CREATING = web.RequestKey("creating", bool)
"""A note on the request, for conditions: the world sees what came of it."""


async def videos(request: web.Request) -> web.Response:
    """`POST /{page}/videos`, in its three phases."""
    values, world = await values_of(request), world_of(request)
    page = named_page(request, values, "pages_manage_posts")
    phase = word(values, "upload_phase")
    if phase == "start":
        size = int(word(values, "file_size") or 0)
        if size <= 0:
            raise missing("file_size")
        film = _begin(world, page, "videos", size)
        body: Body = {"upload_session_id": film.session, "video_id": film.id}
        return web.json_response(body | _wanted(world, film))
    film = _by_session(world, page, word(values, "upload_session_id"))
    if phase == "transfer":
        return web.json_response(_take(world, film, values))
    if phase != "finish":
        raise missing("upload_phase")
    _finish(request, world, film, values)
    return web.json_response({"success": True})


async def upright(request: web.Request) -> web.Response:
    """`POST /{page}/video_reels` and `/video_stories`: start and finish."""
    values, world = await values_of(request), world_of(request)
    page = named_page(request, values, "pages_manage_posts")
    edge = request.path.rpartition("/")[2]
    if word(values, "upload_phase") == "start":
        film = _begin(world, page, edge, None)
        url = f"{base_of(request)}/video-upload/{VERSION}/{film.id}"
        return web.json_response({"video_id": film.id, "upload_url": url})
    film = world.films.get(word(values, "video_id"))
    if film is None or film.page is not page or film.edge != edge:
        raise gone(word(values, "video_id"))
    if word(values, "upload_phase") != "finish":
        raise missing("upload_phase")
    if edge == "video_reels" and word(values, "video_state") != "PUBLISHED":
        raise missing("video_state")
    _finish(request, world, film, values)
    body: Body = {"success": True}
    return web.json_response(body | ({"post_id": film.post} if edge == "video_stories" else {}))


async def upload(request: web.Request) -> web.Response:
    """`POST /video-upload/{version}/{video}`: the bytes themselves; errors have a form of their own."""
    world = world_of(request)
    try:
        page = page_of(request, {})
    except GraphError as refusal:
        return _debug("NotAuthorizedError", refusal.words)
    if not request.headers.get("Authorization", "").startswith("OAuth "):
        return _debug("NotAuthorizedError", "The token has to come as OAuth.")
    film = world.films.get(request.match_info["id"])
    content = await request.read()
    offset, size = request.headers.get("offset", ""), request.headers.get("file_size", "")
    if film is None or film.page is not page or not (offset.isdecimal() and size.isdecimal()):
        return _debug("ProcessingFailedError", "No such upload, or its headers are missing.")
    if int(offset) > film.received or int(offset) + len(content) != int(size) or not content:
        return _debug("OffsetInvalidError", f"{film.received} bytes are here.")
    film.size = film.received = int(size)
    return web.json_response({"success": True, "message": "Video upload successful"})


def _debug(kind: str, words: str) -> web.Response:
    return web.json_response({"debug_info": {"retriable": False, "type": kind, "message": words}}, status=400)


def _begin(world: World, page: Page, edge: str, size: int | None) -> Film:
    film = Film(id=world.next_id(), page=page, edge=edge, size=size, session=world.next_id())
    world.films[film.id] = film
    return film


def _by_session(world: World, page: Page, session: str) -> Film:
    found = next((film for film in world.films.values() if film.session == session and film.page is page), None)
    if found is None:
        raise GraphError(code=6000, subcode=1363019, words="There was a problem uploading your video file.")
    return found


def _wanted(world: World, film: Film) -> Body:
    until = min((film.size or 0), film.received + world.settings.chunk_bytes)
    return {"start_offset": str(film.received), "end_offset": str(until)}


def _take(world: World, film: Film, values: Values) -> Body:
    chunk = values.get("video_file_chunk")
    if not isinstance(chunk, FileField):
        raise missing("video_file_chunk")
    length = len(chunk.file.read())
    if word(values, "start_offset") != str(film.received) or film.received + length > (film.size or 0):
        raise GraphError(
            code=6001, subcode=1363037, words="There was a problem uploading your video.", data=_wanted(world, film)
        )
    film.received += length
    return _wanted(world, film)


def _finish(request: web.Request, world: World, film: Film, values: Values) -> None:
    if film.size is None or film.received < film.size:
        raise GraphError(code=6000, subcode=1363055, words="The video file is not complete.")
    if film.finished_at is not None:
        raise GraphError(code=6000, subcode=1363019, words="This upload is finished already.")
    reels = [
        one for one in world.films.values() if one.edge == "video_reels" and one.finished_at and one.page is film.page
    ]
    if film.edge == "video_reels" and len(reels) >= REELS_A_DAY:
        raise GraphError(code=80001, words="There have been too many reels from this Page.")
    film.finished_at = world.now()
    film.post = f"{film.page.id}_{world.next_id()}" if film.edge != "video_stories" else world.next_id()
    request[CREATING] = True
    if world.settings.films_fail:
        return
    post = Post(
        id=film.post,
        page=film.page,
        message=word(values, "description"),
        title=word(values, "title"),
        created_at=film.finished_at,
        kind="story" if film.edge == "video_stories" else "film",
        film=film.id,
    )
    world.published(post)


def is_ready(world: World, film: Film) -> bool:
    """Whether its processing is over."""
    ends = film.finished_at and after(film.finished_at, world.settings.processing_s)
    return ends is not None and ends <= world.now()


def shown(world: World, film: Film) -> Body:
    """A film and how far it is."""
    complete = film.size is not None and film.received >= film.size
    ready = is_ready(world, film)
    failed = ready and world.settings.films_fail
    finished = film.finished_at is not None
    said = "upload_complete" if complete else "uploading"
    if finished:
        said = "error" if failed else "ready" if ready else "processing"
    processing: Body = {"status": ("error" if failed else "complete") if ready else _under_way(begun=finished)}
    if failed:
        processing["errors"] = [{"code": 1363128, "message": "The film cannot be read."}]
    out = ready and not failed
    return {
        "id": film.id,
        "status": {
            "video_status": said,
            "uploading_phase": {"status": "complete" if complete else "in_progress", "bytes_transfered": film.received},
            "processing_phase": processing,
            "publishing_phase": {
                "status": "complete" if out else "not_started",
                **({"publish_status": "published"} if out else {}),
            },
        },
        "post_id": film.post.rpartition("_")[2] if out else None,
        "permalink_url": f"/reel/{film.id}/" if film.edge != "video_stories" else None,
        "published": out,
    }


def _under_way(*, begun: bool) -> str:
    return "in_progress" if begun else "not_started"
