"""Channels, videos, lists of uploads and comments, as the API shows them.

Source: https://developers.google.com/youtube/v3/docs and /youtube/analytics/reference/reports/query, 2026-11-21.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from aiohttp import web

from sandbox.networks.google import Refusal
from sandbox.networks.youtube.checks import part_of
from sandbox.networks.youtube.doors import ANALYTICS, FORCE, MANAGE, READ, channel_of, spend, video_of, world_of
from sandbox.networks.youtube.world import Channel, Comment, Video, World

MOST = 50
MOST_COMMENTS = 100
COMMENT_CHARACTERS = 10_000


def stamp(moment: datetime) -> str:
    """A time as YouTube writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def show(video: Video, world: World, parts: Sequence[str], request: web.Request) -> dict[str, object]:
    """A video with these parts."""
    known = {
        "snippet": {
            **video.snippet,
            "publishedAt": stamp(video.taken_at),
            "channelId": video.channel.id,
            "channelTitle": video.channel.title,
            "thumbnails": {"default": {"url": f"{request.scheme}://{request.host}/_thumbnails/{video.id}"}},
        },
        "status": _status(video, world),
        "processingDetails": {"processingStatus": "processing" if video.ready_at > world.now() else "succeeded"},
        "statistics": {
            "viewCount": str(world.numbers(video)["views"]),
            "likeCount": str(world.numbers(video)["likes"]),
            "favoriteCount": "0",
            "commentCount": str(world.numbers(video)["comments"]),
        },
        "paidProductPlacementDetails": {},
    }
    return {
        "kind": "youtube#video",
        "etag": "e",
        "id": video.id,
        **{name: known[name] for name in parts if name in known},
    }


def _status(video: Video, world: World) -> dict[str, object]:
    if video.ready_at > world.now():
        return {**video.status, "uploadStatus": "uploaded"}
    state, _, reason = video.becomes.partition(":")
    why = {"failed": "failureReason", "rejected": "rejectionReason"}.get(state)
    return {**video.status, "uploadStatus": state, **({why: reason} if why else {})}


def _page(kind: str, items: Sequence[object]) -> web.Response:
    info = {"totalResults": len(items), "resultsPerPage": len(items)}
    return web.json_response({"kind": f"youtube#{kind}ListResponse", "etag": "e", "pageInfo": info, "items": items})


def _parts(request: web.Request) -> list[str]:
    parts = [part for part in request.query.get("part", "").split(",") if part]
    if not parts:
        raise Refusal(400, "missingRequiredParameter", "No filter selected.")
    return parts


async def list_channels(request: web.Request) -> web.Response:
    """`GET /youtube/v3/channels?mine=true`: empty for a person without a channel."""
    world, parts = world_of(request), _parts(request)
    channel = world.channels.get(world.google.person_of(request, *READ))
    spend(world, 1)
    if request.query.get("mine") != "true":
        raise Refusal(400, "missingRequiredParameter", "No filter selected.")
    return _page("channel", [_show_channel(channel, world, parts, request)] if channel is not None else [])


def _show_channel(channel: Channel, world: World, parts: Sequence[str], request: web.Request) -> dict[str, object]:
    videos = world.of_channel(channel)
    known: dict[str, object] = {
        "snippet": {
            "title": channel.title,
            "customUrl": f"@{channel.person}",
            "thumbnails": {"default": {"url": f"{request.scheme}://{request.host}/_pictures/{channel.person}"}},
        },
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": channel.uploads}},
        "statistics": {
            "viewCount": str(sum(world.numbers(video)["views"] for video in videos)),
            "subscriberCount": "1230",
            "hiddenSubscriberCount": False,
            "videoCount": str(len(videos)),
        },
        "status": {"privacyStatus": "public", "longUploadsStatus": world.settings.long_uploads},
    }
    return {"kind": "youtube#channel", "id": channel.id, **{name: known[name] for name in parts if name in known}}


async def report(request: web.Request) -> web.Response:
    """`GET /v2/reports` of the Analytics API: of each day, no rows where nothing happened."""
    channel, query = channel_of(request, ANALYTICS), request.query
    try:
        first, last = (date.fromisoformat(query.get(name, "")) for name in ("startDate", "endDate"))
    except ValueError:
        raise Refusal(400, "badRequest", "The query is not supported.") from None
    metrics = query.get("metrics", "").split(",")
    if query.get("ids") != "channel==MINE" or query.get("dimensions") != "day" or "views" not in metrics:
        raise Refusal(400, "badRequest", "The query is not supported.")
    columns = [{"name": "day", "columnType": "DIMENSION", "dataType": "STRING"}]
    columns += [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in metrics]
    many = len(world_of(request).of_channel(channel))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    rows = [[day.isoformat(), *(many for _ in metrics)] for day in days] if many else None
    found = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": columns}
    return web.json_response(found if rows is None else found | {"rows": rows})


async def list_videos(request: web.Request) -> web.Response:
    """`GET /youtube/v3/videos?id=`: those which exist and which whoever asks may see."""
    channel, world, parts = channel_of(request, *READ), world_of(request), _parts(request)
    spend(world, 1)
    wanted = request.query.get("id", "").split(",")
    if len(wanted) > MOST:
        raise Refusal(400, "invalidFilters", "The request specifies too many ids.")
    found = [world.videos[one] for one in wanted if one in world.videos]
    seen = [one for one in found if one.channel is channel or one.status["privacyStatus"] != "private"]
    return _page("video", [show(one, world, parts, request) for one in seen])


async def delete_video(request: web.Request) -> web.Response:
    """`DELETE /youtube/v3/videos?id=`."""
    channel, world = channel_of(request, *MANAGE), world_of(request)
    video = video_of(request, request.query.get("id", ""), channel)
    spend(world, 50)
    del world.videos[video.id]
    return web.Response(status=204)


async def list_playlist(request: web.Request) -> web.Response:
    """`GET /youtube/v3/playlistItems?playlistId=UU…`: a channel's uploads, newest first, after a while."""
    channel, world = channel_of(request, *READ), world_of(request)
    spend(world, 1)
    if request.query.get("playlistId") != channel.uploads:
        said = "The playlist identified with the request's playlistId parameter cannot be found."
        raise Refusal(404, "playlistNotFound", said, domain="youtube.playlistItem")
    until = world.now() - timedelta(seconds=world.settings.list_lag_s)
    shown = [_show_item(one, channel) for one in world.of_channel(channel) if one.taken_at <= until]
    return _page("playlistItem", shown[: int(request.query.get("maxResults", "5"))])


def _show_item(video: Video, channel: Channel) -> dict[str, object]:
    return {
        "kind": "youtube#playlistItem",
        "id": f"UU{video.id}",
        "snippet": {
            "publishedAt": stamp(video.taken_at),
            "channelId": channel.id,
            "title": video.title,
            "description": video.snippet.get("description", ""),
            "resourceId": {"kind": "youtube#video", "videoId": video.id},
        },
        "contentDetails": {"videoId": video.id, "videoPublishedAt": stamp(video.taken_at)},
        "status": {"privacyStatus": video.status["privacyStatus"]},
    }


async def comment(request: web.Request) -> web.Response:
    """`POST /youtube/v3/commentThreads?part=snippet`."""
    channel, world = channel_of(request, FORCE), world_of(request)
    try:
        body: dict[str, object] = await request.json()
    except ValueError:
        raise Refusal(400, "parseError", "Parse Error") from None
    snippet = part_of(body, "snippet")
    words = part_of(part_of(snippet, "topLevelComment"), "snippet").get("textOriginal")
    video = video_of(request, str(snippet.get("videoId", "")))
    if not isinstance(words, str) or not words.strip():
        raise Refusal(400, "commentTextRequired", "The comment has no text.", domain="youtube.commentThread")
    if len(words) > COMMENT_CHARACTERS:
        raise Refusal(400, "commentTextTooLong", "The comment is too long.", domain="youtube.commentThread")
    spend(world, 50)
    return web.json_response(_show_comment(world.add_comment(video, channel, words)))


async def list_comments(request: web.Request) -> web.Response:
    """`GET /youtube/v3/commentThreads?videoId=`, newest first."""
    channel_of(request, FORCE)
    world = world_of(request)
    spend(world, 1)
    video = video_of(request, request.query.get("videoId", ""))
    most = min(int(request.query.get("maxResults", "20")), MOST_COMMENTS)
    return _page("commentThread", [_show_comment(one) for one in world.below(video.id)[:most]])


def _show_comment(one: Comment) -> dict[str, object]:
    inner = {
        "textDisplay": one.text,
        "textOriginal": one.text,
        "authorDisplayName": f"@{one.channel.person}",
        "authorChannelId": {"value": one.channel.id},
        "publishedAt": stamp(one.taken_at),
        "updatedAt": stamp(one.taken_at),
    }
    return {
        "kind": "youtube#commentThread",
        "id": one.id,
        "snippet": {
            "videoId": one.video_id,
            "topLevelComment": {"kind": "youtube#comment", "id": one.id, "snippet": inner},
            "totalReplyCount": 0,
        },
    }


async def delete_comment(request: web.Request) -> web.Response:
    """`DELETE /youtube/v3/comments?id=`."""
    channel, world = channel_of(request, FORCE), world_of(request)
    found = world.comments.get(request.query.get("id", ""))
    if found is None:
        raise Refusal(404, "commentNotFound", "The comment cannot be found.", domain="youtube.comment")
    if found.channel is not channel:
        raise Refusal(403, "forbidden", "The request is not properly authorized.")
    spend(world, 50)
    del world.comments[found.id]
    return web.Response(status=204)
