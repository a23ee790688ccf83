"""Everything before the call that posts: what the creator is allowed, the post's settings, and all but a film's end.

A film is announced and gets a publish_id; nothing of it is posted before its last byte is there, so all that may be
repeated. Photos are fetched from us: for them nothing is prepared but the words of the one call.
Source: https://developers.tiktok.com/doc/content-posting-api-reference-direct-post, read 2026-11-21.
"""

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, Draft
from platforms.answers import number, text
from platforms.base import Endpoints, JsonObject, Key, Prepared, Wire
from platforms.errors import ContentRefused, MediaRefused, Unavailable
from platforms.tiktok.calls import api_call
from platforms.tiktok.creator import QUERY, Creator, ask_creator
from platforms.tiktok.errors import about, data_of, refused_by
from platforms.tiktok.options import DRAFTS, LEVELS, PHOTO_DRAFT, PHOTOS, VIDEO_DRAFT, promotes
from platforms.tiktok.status import progress_of
from platforms.tiktok.upload import LARGEST_WHOLE_BYTES, MORE, Pieces, is_address, piece_request, pieces_of, source_info

VIDEO_INIT, INBOX_INIT = "post/publish/video/init/", "post/publish/inbox/video/init/"
_BAD_PARAMETERS = frozenset({"invalid_params", "invalid_param"})


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.prepare
    connected: Connected,
    draft: Draft,
    key: Key,  # noqa: ARG001  # Connector.prepare: TikTok takes no key
    earlier: Prepared | None,
) -> Prepared:
    """Ask what the creator may do, freeze the settings, send all of a film but its last piece. Raises PlatformError."""
    if earlier is not None and not await _is_over(wire, connected, earlier.data):
        return Prepared(data=earlier.data)
    settings: dict[str, object] = {}
    if draft.post_type not in DRAFTS:
        creator = await ask_creator(wire, connected)
        _check(draft, creator, connected)
        settings = _settings(draft, creator)
    if draft.post_type in PHOTOS:
        return Prepared(data=_about(draft) | {"body": _photo_body(draft, settings)})
    return await _send_all_but_the_end(wire, connected, draft, settings)


async def _is_over(wire: Wire, connected: Connected, data: JsonObject) -> bool:
    """Whether what was prepared before can surely never become a post, so that it is prepared anew."""
    publish_id = text(data, "publish_id")
    if publish_id is None:
        return True
    return (await progress_of(wire, connected, publish_id)).is_over(number(data, "size"))


def _check(draft: Draft, creator: Creator, connected: Connected) -> None:
    request = api_call(connected, QUERY)
    if sentence := creator.privacy_problem(draft):
        raise about(ContentRefused, f"TikTok: {sentence}", request)
    if sentence := creator.duration_problem(draft):
        raise about(MediaRefused, sentence, request)


def _about(draft: Draft) -> dict[str, object]:
    return {"type": draft.post_type, "public": draft.options.get("privacy") == "public"}


# --- The settings --------------------------------------------------------------------------------------------------


def _settings(draft: Draft, creator: Creator) -> dict[str, object]:
    """`post_info`, but for the text, of what is published at once."""
    options = draft.options
    found: dict[str, object] = {
        "privacy_level": LEVELS[options["privacy"]],
        "disable_comment": options.get("allow_comments") == "false" or creator.no_comments,
        "brand_content_toggle": promotes(draft, "branded_content"),
        "brand_organic_toggle": promotes(draft, "own_brand"),
    }
    if draft.post_type in PHOTOS:
        return found | {"auto_add_music": options.get("auto_music") == "true"}
    found["disable_duet"] = options.get("allow_duet") == "false" or creator.no_duet
    found["disable_stitch"] = options.get("allow_stitch") == "false" or creator.no_stitch
    if "cover_at_s" in options:
        found["video_cover_timestamp_ms"] = round(float(options["cover_at_s"]) * 1000)
    if options.get("ai_generated") == "true":
        found["is_aigc"] = True
    return found


def _photo_body(draft: Draft, settings: JsonObject) -> dict[str, object]:
    title = {"title": draft.options["title"]} if "title" in draft.options else {}
    return {
        "media_type": "PHOTO",
        "post_mode": "MEDIA_UPLOAD" if draft.post_type == PHOTO_DRAFT else "DIRECT_POST",
        "post_info": {**title, "description": draft.text, **settings},
        "source_info": {
            "source": "PULL_FROM_URL",
            "photo_images": [attachment.url for attachment in draft.attachments],
            "photo_cover_index": int(draft.options.get("cover", "1")) - 1,
        },
    }


# --- A film --------------------------------------------------------------------------------------------------------


async def _send_all_but_the_end(wire: Wire, connected: Connected, draft: Draft, settings: JsonObject) -> Prepared:
    film = draft.attachments[0]
    size, mime_type = film.media.size_bytes, film.media.mime_type
    pieces, publish_id, upload_url = await _announce(wire, connected, draft, settings)
    for piece in pieces[:-1]:
        request = piece_request(upload_url, film.path, mime_type, piece, size)
        answer = await wire.prepare(request)
        if answer.status != MORE:
            safe = "TikTok did not take a piece of the video. Herald uploads it again."
            raise refused_by(answer, request) or about(Unavailable, safe, request, answer)
    end = {"publish_id": publish_id, "upload_url": upload_url, "last": list(pieces[-1])}
    return Prepared(data=_about(draft) | end | {"path": str(film.path), "mime_type": mime_type, "size": size})


async def _announce(wire: Wire, connected: Connected, draft: Draft, settings: JsonObject) -> tuple[Pieces, str, str]:
    """The pieces that TikTok agreed to, the publish_id, and where to send them. In one piece where several are refused.

    Several are refused to some apps since August 2026: github.com/DayMoonDevelopment/post-for-me/issues/327.
    """
    film = draft.attachments[0]
    pieces = pieces_of(film.media.size_bytes)
    try:
        return pieces, *await _init(wire, connected, draft, settings, pieces)
    except ContentRefused as refused:
        too_large = film.media.size_bytes > LARGEST_WHOLE_BYTES
        if len(pieces) == 1 or too_large or refused.code not in _BAD_PARAMETERS:
            raise
    whole = ((0, film.media.size_bytes),)
    return whole, *await _init(wire, connected, draft, settings, whole)


async def _init(
    wire: Wire, connected: Connected, draft: Draft, settings: JsonObject, pieces: Pieces
) -> tuple[str, str]:
    request = api_call(
        connected,
        INBOX_INIT if draft.post_type == VIDEO_DRAFT else VIDEO_INIT,
        _video_body(draft, draft.attachments[0], settings, pieces),
    )
    data = data_of(await wire.prepare(request), request)
    publish_id, upload_url = text(data, "publish_id"), text(data, "upload_url")
    if publish_id is None or upload_url is None or not is_address(upload_url):
        raise about(Unavailable, "TikTok did not say where to send the video.", request)
    return publish_id, upload_url


def _video_body(draft: Draft, film: Attachment, settings: JsonObject, pieces: Pieces) -> JsonObject:
    source = {"source_info": source_info(film.media.size_bytes, pieces)}
    return source if draft.post_type == VIDEO_DRAFT else {"post_info": {"title": draft.text, **settings}, **source}
