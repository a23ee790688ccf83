"""Looking for a video that may have been made: its upload session says so itself, as long as there is one.

A session that waits for bytes has made no video: a proof. One that is complete answers with the video. When it is over
(YouTube keeps them for a limited time that it does not name) the channel's uploads are searched by title, description
and time; that list lags, so there not finding proves nothing.
"""

from datetime import datetime, timedelta

from bot.domain.accounts import Connected
from platforms.answers import as_object, text
from platforms.base import Absent, CannotTell, Key, Prepared, Published, Wire
from platforms.google import count, inside
from platforms.youtube.comments import find_comment
from platforms.youtube.session import Session, ask
from platforms.youtube.uploads import as_video, matching
from platforms.youtube.videos import NOT_KEPT, published

CLOCK_MARGIN = timedelta(seconds=5)


async def find(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.find: a video does not tell the key
    since: datetime,
) -> Published | Absent | CannotTell:
    """Whether the prepared video, or comment, is there. Raises PlatformError when it cannot be looked."""
    data = prepared.data
    if data.get("kind") == "comment":
        return await find_comment(wire, connected, data, since)
    size = count(as_object(data.get("film")), "size") or 0
    progress = await ask(wire, connected, Session.read(data.get("session")), size)
    if progress.video is not None:
        state = text(inside(progress.video, "status"), "uploadStatus")
        if state in NOT_KEPT:
            return CannotTell(reason=f"YouTube took the video and it was {state}: {text(progress.video, 'id')}")
        return published(progress.video, data)
    if progress.gone:
        return await _among_uploads(wire, connected, prepared, since)
    return Absent(evidence=f"the upload still waits for bytes: {progress.has:,} of {size:,} are there")


async def _among_uploads(
    wire: Wire, connected: Connected, prepared: Prepared, since: datetime
) -> Published | CannotTell:
    data = prepared.data
    like = await matching(wire, connected, data, since - CLOCK_MARGIN)
    if len(like) == 1:
        return published(as_video(like[0]), data)
    if like:
        return CannotTell(reason=f"the upload is over, and {len(like)} videos are like it")
    return CannotTell(reason="the upload is over, and the list of videos does not show it (yet)")
