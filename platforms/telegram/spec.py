"""Telegram as data: the Bot API, of which 10.1 was read in full. Its addresses carry no version."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain.capabilities import Capabilities, OptionRule, TextRules
from bot.domain.content import MediaKind
from bot.domain.gates import Budget, Scope
from bot.domain.media_rules import MediaRules
from platforms.answers import as_object, identifier, number, object_of, text
from platforms.base import Answer, FindRules, JsonObject, LoginField, NumbersRules, Repeat, Spec
from platforms.errors import ContentRefused, ErrorRule, MaterialGone, MediaRefused, RateLimited, Reconnect, ScopeMissing
from platforms.telegram import options
from platforms.telegram.calls import MOVED, PLATFORM

READ = date(2026, 11, 21)
API = "https://core.telegram.org/bots/api"
_FAQ = "https://core.telegram.org/bots/faq"
_SENDING_FILES = f"{API}#sending-files"
_OWN_SERVER_BYTES = 2_000_000_000
_FILE_BYTES, _PHOTO_BYTES = 50_000_000, 10_000_000
_ANY = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/gif",
        "video/mp4",
        "video/quicktime",
        "video/webm",
        "video/x-matroska",
        "video/ogg",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
        "audio/flac",
        "audio/wav",
        "audio/webm",
        "application/pdf",
    }
)
"""What Herald takes in; Telegram takes any file as a document."""


def _rules(mime_types: frozenset[str], most: int, max_bytes: int = _FILE_BYTES) -> MediaRules:
    return MediaRules(max_count=most, mime_types=mime_types, max_bytes=max_bytes, source=_SENDING_FILES, read=READ)


def _photo(most: int) -> MediaRules:
    """Width and height together 10,000 at most, and neither 20 times the other."""
    return MediaRules(
        max_count=most,
        mime_types=frozenset({"image/jpeg", "image/png", "image/webp"}),
        max_bytes=_PHOTO_BYTES,
        max_width_plus_height_px=10_000,
        min_ratio=1 / 20,
        max_ratio=20.0,
        source=f"{API}#sendphoto",
        read=READ,
    )


def _media(most: int) -> dict[MediaKind, MediaRules]:
    return {
        MediaKind.IMAGE: _photo(most),
        MediaKind.VIDEO: _rules(frozenset({"video/mp4"}), most),
        MediaKind.GIF: _rules(frozenset({"image/gif"}), 1),
        MediaKind.AUDIO: _rules(frozenset({"audio/mpeg", "audio/mp4"}), most),
        MediaKind.DOCUMENT: _rules(frozenset({"application/pdf"}), most),
    }


def _text(limit: int, source: str) -> TextRules:
    return TextRules(limit=limit, unit="UTF-16 units", count=options.length, source=source, read=READ)


_MESSAGE_TEXT = _text(4096, f"{API}#sendmessage")
_CAPTION = _text(1024, f"{API}#sendphoto")
_MARKUP = (options.markup_is_good,)


def _single(kind: MediaKind, *more: OptionRule) -> Capabilities:
    return Capabilities(
        name="Telegram",
        text=_CAPTION,
        media={kind: _media(1)[kind]},
        max_attachments=1,
        options=(*options.EVERYWHERE, options.AS_FILE, *more),
        threads=True,
        extra_checks=_MARKUP,
    )


CAPABILITIES = Capabilities(
    name="Telegram",
    text=_MESSAGE_TEXT,
    media=_media(options.ALBUM_MOST),
    max_attachments=options.ALBUM_MOST,
    mixed_media=True,
    options=(*options.EVERYWHERE, options.PREVIEW, options.AS_FILE),
    threads=True,
    link_card=True,
    extra_checks=_MARKUP,
)
_VISIBLE = (options.SPOILER, options.TEXT_ABOVE)
BY_TYPE = {
    options.MESSAGE: replace(
        CAPABILITIES, media={}, max_attachments=0, extra_checks=(*_MARKUP, options.message_has_text)
    ),
    options.PHOTO: _single(MediaKind.IMAGE, *_VISIBLE),
    options.VIDEO: _single(MediaKind.VIDEO, *_VISIBLE),
    options.ANIMATION: _single(MediaKind.GIF, *_VISIBLE),
    options.AUDIO: _single(MediaKind.AUDIO),
    options.DOCUMENT: replace(_single(MediaKind.DOCUMENT), media={kind: _rules(_ANY, 1) for kind in MediaKind}),
    options.ALBUM: Capabilities(
        name="Telegram",
        text=_CAPTION,
        media=_media(options.ALBUM_MOST),
        max_attachments=options.ALBUM_MOST,
        mixed_media=True,
        options=(*options.EVERYWHERE, options.AS_FILE, *_VISIBLE),
        threads=True,
        extra_checks=(*_MARKUP, options.album_goes_together),
    ),
    options.POLL: Capabilities(
        name="Telegram",
        text=_text(options.QUESTION_LIMIT, f"{API}#sendpoll"),
        media={},
        max_attachments=0,
        options=options.OF_POLLS,
        threads=True,
        extra_checks=(options.poll_stands_alone,),
    ),
}


def adapt(base: Capabilities, stored: JsonObject) -> Capabilities:
    """An own Bot API server takes files of 2,000 MB, photos as everywhere.

    Source: https://core.telegram.org/bots/api#using-a-local-bot-api-server, 2026-11-21.
    """
    if stored.get("own_server") is not True:
        return base
    media = {
        kind: rules if rules.max_bytes == _PHOTO_BYTES else replace(rules, max_bytes=_OWN_SERVER_BYTES)
        for kind, rules in base.media.items()
    }
    return replace(base, media=media)


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """`{"ok": false, "error_code": 400, "description": "…"}`; the code is a chat's new id where it moved."""
    body = object_of(answer)
    if body.get("ok") is not False:
        return None, None
    moved = identifier(as_object(body.get("parameters")), "migrate_to_chat_id")
    return MOVED + moved if moved else identifier(body, "error_code"), text(body, "description")


def read_reset(answer: Answer, now: datetime) -> datetime | None:
    """`parameters.retry_after`, in seconds. Source: https://core.telegram.org/bots/api#responseparameters."""
    wait_s = number(as_object(object_of(answer).get("parameters")), "retry_after")
    return None if wait_s is None else now + timedelta(seconds=min(wait_s, _DAY_S))


_DAY_S = 86_400
MESSAGES = Budget(name="messages", scope=Scope.ACCOUNT, amount=20, per_s=60.0, source=_FAQ, read=READ)
"""To one group; channels are reported to be alike. Each picture of an album counts there, which is not counted here."""

_NO_ACCESS = "Telegram no longer accepts this bot's token. Connect the channel again, with a token from @BotFather."
_OUT = "The bot is not in this chat, or the chat is gone. Add it as an administrator who may post, and connect again."
_NO_RIGHTS = (
    r"not enough rights|administrator rights|chat_write_forbidden|chat_restricted|chat_admin_required"
    r"|have no rights|not allowed to send|can't send messages"
)
_BAD_FILE = (
    r"wrong file identifier|failed to get http url|wrong type of the web page|photo_invalid_dimensions"
    r"|image_process_failed|webpage_media_empty|webpage_curl_failed|photo_|video_|media_|file is too big"
    r"|file must be non-empty|can't parse inputmedia|wrong remote file"
)
ERRORS = (
    ErrorRule(
        raises=MaterialGone,
        status=400,
        match=r"upgraded to a supergroup",
        safe="This group became a supergroup; Herald follows it.",
        source=f"{API}#responseparameters",
    ),
    ErrorRule(raises=Reconnect, status=401, safe=_NO_ACCESS, source=API),
    ErrorRule(raises=Reconnect, status=404, safe=_NO_ACCESS, source=API),
    ErrorRule(
        raises=ContentRefused,
        status=403,
        match=_NO_RIGHTS,
        safe="The bot may not post this here at present. See its rights in the channel, and try again.",
        quote=True,
        source=API,
    ),
    ErrorRule(raises=ScopeMissing, status=403, safe=_OUT, quote=True, source=API),
    ErrorRule(raises=ScopeMissing, status=400, match="chat not found|chat_id is empty", safe=_OUT, source=API),
    ErrorRule(
        raises=ContentRefused,
        status=400,
        match=_NO_RIGHTS,
        safe="The bot may not post this here at present. See its rights in the channel, and try again.",
        quote=True,
        source="https://github.com/tdlib/telegram-bot-api/issues/863",
    ),
    ErrorRule(
        raises=MediaRefused,
        status=400,
        match=_BAD_FILE,
        safe="Telegram does not take this file.",
        quote=True,
        source=_SENDING_FILES,
    ),
    ErrorRule(raises=ContentRefused, status=400, safe="Telegram does not accept this message.", quote=True, source=API),
    ErrorRule(
        raises=MediaRefused,
        status=413,
        safe="Telegram says this file is too large.",
        source=_SENDING_FILES,
    ),
    ErrorRule(raises=RateLimited, status=429, safe="Telegram asks us to slow down.", source=_FAQ),
)
"""First match wins. Missing rights end the post and not the account: Telegram has refused all bots by mistake before,
for hours. Descriptions are no contract, so they are matched loosely and without regard to case."""

NUMBERS = NumbersRules(own_requests=2, budgets=(MESSAGES,), source=f"{API}#getchatmembercount", read=READ)
"""Of posts bots are told nothing."""

SPEC = Spec(
    name=PLATFORM,
    title="Telegram",
    post_types=(
        options.MESSAGE,
        options.PHOTO,
        options.VIDEO,
        options.ANIMATION,
        options.AUDIO,
        options.DOCUMENT,
        options.ALBUM,
        options.POLL,
    ),
    choose=options.choose,
    capabilities=CAPABILITIES,
    by_type=BY_TYPE,
    find=FindRules(repeat=Repeat.NEVER, tells=False, source=API, read=READ),
    login=(
        LoginField(name="chat", label="Channel or group, such as @name or -1001234567890"),
        LoginField(name="token", label="Bot token from @BotFather", secret=True),
    ),
    api_url="https://api.telegram.org",
    errors=ERRORS,
    read_error=read_error,
    read_reset=read_reset,
    budgets=(MESSAGES,),
    numbers=NUMBERS,
)
