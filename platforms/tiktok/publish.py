"""The one call that posts: a film's last piece, or the order to fetch the photos.

Sources: https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide and
https://developers.tiktok.com/doc/content-posting-api-reference-photo-post, read 2026-11-21.
"""

from pathlib import Path
from typing import cast

from bot.domain.accounts import Connected
from platforms.answers import as_object, number, text
from platforms.base import Answer, JsonObject, Key, Pending, Prepared, Request, Wire
from platforms.errors import MaterialGone, OutcomeUnknown, PlatformError
from platforms.tiktok.calls import api_call
from platforms.tiktok.errors import about, data_of, refused_by
from platforms.tiktok.status import pending, progress_of
from platforms.tiktok.upload import DONE, GONE_STATUSES, piece_request

PHOTO_INIT = "post/publish/content/init/"
_DOUBT = "TikTok did not say that it has the whole video. The post may be live."


async def publish(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Pending:  # noqa: ARG001  # Connector.publish
    """Send what makes TikTok post. Raises PlatformError; MaterialGone when a film has to be sent from its beginning."""
    if text(prepared.data, "publish_id") is not None:
        return await _send_the_end(wire, connected, prepared.data)
    request = api_call(connected, PHOTO_INIT, as_object(prepared.data.get("body")))
    answer = await wire.create(request)
    publish_id = text(data_of(answer, request, creates=True), "publish_id")
    if publish_id is None:
        raise about(OutcomeUnknown, "TikTok gave an answer that cannot be read. The post may be live.", request, answer)
    return pending(publish_id, prepared.data)


async def _send_the_end(wire: Wire, connected: Connected, data: JsonObject) -> Pending:
    """The last piece of a film. The same piece of the same publish_id may be sent twice: it becomes one post."""
    path, size = Path(text(data, "path") or ""), number(data, "size") or 0
    offset, length = cast("list[int]", data["last"])
    mime_type = text(data, "mime_type") or ""
    request = piece_request(text(data, "upload_url") or "", path, mime_type, (offset, length), size)
    if not path.is_file():  # noqa: ASYNC240  # one look at a local folder
        raise about(MaterialGone, "The video is not on this machine. Herald sends it from the beginning.", request)
    answer = await wire.create(request)
    if answer.status == DONE:
        return pending(text(data, "publish_id") or "", data)
    if answer.status in GONE_STATUSES:
        return await _after_a_refusal(wire, connected, data, request, answer)
    raise about(OutcomeUnknown, _DOUBT, request, answer)


async def _after_a_refusal(
    wire: Wire, connected: Connected, data: JsonObject, request: Request, answer: Answer
) -> Pending:
    """The upload is over: because an earlier try had sent it all, or because it took too long. The status tells which.

    A new upload is a second post if the first one is whole after all: only what TikTok surely lacks is begun anew.
    """
    if (said := refused_by(answer, request)) is not None:
        raise said
    publish_id = text(data, "publish_id") or ""
    try:
        progress = await progress_of(wire, connected, publish_id)
    except PlatformError as error:
        raise about(OutcomeUnknown, _DOUBT, request, answer) from error
    if progress.is_over(number(data, "size")):
        safe = "TikTok no longer takes the rest of this upload. Herald sends it from the beginning."
        raise about(MaterialGone, safe, request, answer)
    return pending(publish_id, data)
