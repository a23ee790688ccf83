"""What every route does first: who asks, with which channel, and what that costs of the day's quota."""

from aiohttp import web

from sandbox.networks.google import Refusal
from sandbox.networks.youtube.world import Channel, Video, World

WORLD = web.AppKey("world", World)
_SCOPE = "https://www.googleapis.com/auth/youtube"
FORCE = f"{_SCOPE}.force-ssl"
ANALYTICS = "https://www.googleapis.com/auth/yt-analytics.readonly"
CHANGE = (_SCOPE, FORCE, f"{_SCOPE}.upload")
MANAGE = (_SCOPE, FORCE)
READ = (_SCOPE, FORCE, f"{_SCOPE}.readonly")


def world_of(request: web.Request) -> World:
    """The world this request came to."""
    return request.app[WORLD]


def channel_of(request: web.Request, *scopes: str) -> Channel:
    """The channel of whoever asks. Raises 401, 403, and 401 for a person without a channel."""
    world = world_of(request)
    channel = world.channels.get(world.google.person_of(request, *scopes))
    if channel is None:
        raise Refusal(401, "youtubeSignupRequired", "Unauthorized", domain="youtube.header")
    return channel


def spend(world: World, units: int) -> None:
    """Take from the day's units."""
    if 0 < world.settings.units_a_day < world.spent["units"] + units:
        raise _spent()
    world.spent["units"] += units


def spend_upload(world: World, channel: Channel) -> None:
    """Take an upload from the project's bucket and from the channel's own."""
    settings, of_channel = world.settings, f"uploads {channel.id}"
    if 0 < settings.uploads_a_day <= world.spent["uploads"]:
        raise _spent()
    if 0 < settings.uploads_of_a_channel <= world.spent[of_channel]:
        said = "The user has exceeded the number of videos they may upload."
        raise Refusal(400, "uploadLimitExceeded", said, domain="youtube.video")
    world.spent["uploads"] += 1
    world.spent[of_channel] += 1


def _spent() -> Refusal:
    said = 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/quota">quota</a>.'
    return Refusal(403, "quotaExceeded", said, domain="youtube.quota")


def video_of(request: web.Request, video_id: str, owner: Channel | None = None) -> Video:
    """A video by its id. Raises 404, and 403 when it is somebody else's."""
    video = world_of(request).videos.get(video_id)
    if video is None:
        said = "The video that you are trying to find cannot be found."
        raise Refusal(404, "videoNotFound", said, domain="youtube.video")
    if owner is not None and video.channel is not owner:
        raise Refusal(403, "forbidden", "The request is not properly authorized.")
    return video
