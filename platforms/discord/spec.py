"""Discord's webhooks as data: what they take, and what their errors mean."""

from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus

from bot.domain.capabilities import Capabilities, MediaRules, TextRules
from bot.domain.content import Draft, MediaKind
from bot.domain.gates import Allowance, Budget, Scope
from platforms.answers import as_object, identifier, object_of, text
from platforms.base import Answer, FindRules, JsonObject, LoginField, NumbersRules, Repeat, Spec
from platforms.discord import options
from platforms.discord.calls import API, PLATFORM
from platforms.errors import (
    ContentRefused,
    ErrorRule,
    LimitScope,
    MediaRefused,
    PlatformError,
    RateLimited,
    Reconnect,
    ScopeMissing,
)

READ = date(2026, 11, 21)
_DOCS = "https://docs.discord.com/developers"
_EXECUTE = f"{_DOCS}/resources/webhook#execute-webhook"
_CODES = f"{_DOCS}/topics/opcodes-and-status-codes#json"
_LIMITS = f"{_DOCS}/topics/rate-limits"
_FILES = f"{_DOCS}/reference#uploading-files"
TEXT_LIMIT = 2000
FILE_BYTES = 10 * 1024 * 1024
MOST_FILES = 10
REQUEST_BYTES = 25 * 1024 * 1024
_ROOM = 64 * 1024
"""For all of a request that is not files."""
BANNED_FOR = timedelta(minutes=10)
"""How long to stay away when it is not Discord's API that says 429, but what stands before it."""
_KINDS: dict[MediaKind, tuple[str, ...]] = {
    MediaKind.IMAGE: ("image/jpeg", "image/png", "image/webp"),
    MediaKind.GIF: ("image/gif",),
    MediaKind.VIDEO: ("video/mp4", "video/quicktime", "video/webm"),
    MediaKind.AUDIO: ("audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/x-wav", "audio/flac"),
    MediaKind.DOCUMENT: ("application/pdf",),
}


def _count(draft: Draft) -> int:
    """Code points; a poll's question is counted by its own rule."""
    return 0 if "poll" in draft.options else len(draft.text)


def _files_fit_together(draft: Draft) -> str | None:
    total = sum(attachment.media.size_bytes for attachment in draft.attachments)
    if total <= REQUEST_BYTES - _ROOM:
        return None
    most = (REQUEST_BYTES - _ROOM) / 1_000_000
    return f"all files together are {total / 1_000_000:.1f} MB, {most:.1f} MB allowed. Take some out."


CAPABILITIES = Capabilities(
    name="Discord",
    text=TextRules(limit=TEXT_LIMIT, unit="characters", count=_count, source=_EXECUTE, read=READ),
    media={
        kind: MediaRules(
            max_count=MOST_FILES,
            mime_types=frozenset(mimes),
            max_bytes=FILE_BYTES,
            alt_text_limit=1024,
            source=_FILES,
            read=READ,
        )
        for kind, mimes in _KINDS.items()
    },
    max_attachments=MOST_FILES,
    mixed_media=True,
    options=options.RULES,
    threads=True,
    extra_checks=(
        options.poll_stands_alone,
        options.an_embed_says_something,
        options.a_forum_or_a_thread,
        _files_fit_together,
    ),
)
"""Files are held to what a server without boosts takes."""


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """`code` and `message`; of a form that is wrong, what is wrong with its first field, and `files` for a file's.

    Source: https://docs.discord.com/developers/reference#error-messages, read 2026-11-21.
    """
    body = object_of(answer)
    code, message = identifier(body, "code"), text(body, "message")
    field, said = _first(as_object(body.get("errors")))
    if code == "50035" and field in {"files", "attachments"}:
        code = FILES
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS and (body.get("global") is True or _is_page(answer)):
        code = EVERYBODY
    return code, f"{message} ({field}: {said})" if message and said else message


FILES = "50035-files"
"""Our word for an invalid form whose files are what is wrong."""
EVERYBODY = "everybody"
"""Our word for a 429 that is about all calls from here: Discord's limit of a machine, or the guard before it."""


def _first(tree: JsonObject) -> tuple[str, str]:
    """The first field of a tree of errors, and what is said of it."""
    for name, below in tree.items():
        found = as_object(below)
        said = found.get("_errors")
        if isinstance(said, list) and said:
            return name, text(as_object(said[0]), "message") or ""  # pyright: ignore[reportUnknownArgumentType]  # checked by as_object
        deeper = _first(found)
        if deeper[1]:
            return name, deeper[1]
    return "", ""


def read_reset(answer: Answer, now: datetime) -> datetime | None:
    """When a 429 allows the next call: seconds, with a fraction, in its body or in a header.

    Source: https://docs.discord.com/developers/topics/rate-limits, read 2026-11-21.
    """
    wait = object_of(answer).get("retry_after")
    if isinstance(wait, int | float) and not isinstance(wait, bool) and wait >= 0:
        return now + timedelta(seconds=min(float(wait), 86_400.0))
    after = _seconds(answer, "x-ratelimit-reset-after") or _seconds(answer, "retry-after")
    if after is not None:
        return now + timedelta(seconds=after)
    return now + BANNED_FOR if _is_page(answer) else None


def _is_page(answer: Answer) -> bool:
    """Whether it is not the API that answered, but what stands before it."""
    return answer.body.lstrip().startswith(b"<")


MESSAGES = Budget(name="messages", scope=Scope.ACCOUNT, amount=5, per_s=2.0, source=_LIMITS, read=READ)
"""What has been seen; the headers say what holds."""


def read_budget(answer: Answer, now: datetime) -> Allowance | None:
    """`X-RateLimit-Limit`, `-Remaining` and `-Reset-After`, of the webhook's own bucket."""
    limit, left = _seconds(answer, "x-ratelimit-limit"), _seconds(answer, "x-ratelimit-remaining")
    after = _seconds(answer, "x-ratelimit-reset-after")
    if not limit or left is None or after is None:
        return None
    ends = now + timedelta(seconds=after)
    return Allowance(budget=MESSAGES.name, limit=int(limit), remaining=int(left), resets_at=ends.astimezone(UTC))


def _seconds(answer: Answer, header: str) -> float | None:
    try:
        value = float(answer.headers.get(header, ""))
    except ValueError:
        return None
    return value if 0 <= value < 1e6 else None  # noqa: PLR2004  # anything else is a mistake


def _rule(  # noqa: PLR0913  # a line of the table
    raises: type[PlatformError],
    safe: str,
    *,
    status: int | None = None,
    code: str | None = None,
    quote: bool = False,
    match: str | None = None,
) -> ErrorRule:
    return ErrorRule(raises=raises, status=status, code=code, match=match, safe=safe, quote=quote, source=_CODES)


_GONE = "Discord no longer has this webhook. Make a new one in the channel's settings and connect it."
_NOT_HERE = "Discord does not let this webhook post there."
_MESSAGE = "Discord does not accept this message."

ERRORS = (
    _rule(Reconnect, _GONE, status=404, code="10015"),
    _rule(Reconnect, _GONE, status=401),
    *(_rule(ScopeMissing, _NOT_HERE, code=code, quote=True) for code in ("50001", "50013", "50008", "160005")),
    *(_rule(ScopeMissing, _NOT_HERE, code=code, quote=True) for code in ("10003", "10004")),
    _rule(ContentRefused, "Discord no longer has this message.", code="10008"),
    _rule(MediaRefused, "Discord does not take these files.", code=FILES, quote=True),
    _rule(MediaRefused, "Discord says that the files are too large.", code="40005"),
    _rule(MediaRefused, "Discord takes the picture for explicit.", code="20009"),
    _rule(
        ContentRefused,
        "This webhook posts to a forum. Give forum_title for a new post there, or thread for one that is there.",
        code="220001",
    ),
    *(_rule(ContentRefused, _MESSAGE, code=code, quote=True) for code in ("220002", "220003")),
    *(
        _rule(ContentRefused, "A filter of this Discord server stops this message.", code=code, quote=True)
        for code in ("200000", "200001", "240000")
    ),
    *(_rule(ContentRefused, _MESSAGE, code=code, quote=True) for code in ("50035", "50006", "50109")),
    ErrorRule(
        raises=RateLimited,
        status=429,
        code=EVERYBODY,
        scope=LimitScope.APP,
        safe="Discord takes no more calls from this machine for now.",
        source=_LIMITS,
    ),
    _rule(RateLimited, "Discord asks us to slow down.", status=429),
    _rule(ScopeMissing, _NOT_HERE, status=403, quote=True),
    _rule(ContentRefused, _MESSAGE, status=400, quote=True),
)
"""First match wins. 413 and 5xx mean here what they mean everywhere: the wire's own table."""

NUMBERS = NumbersRules(
    budgets=(Budget(name="looks", scope=Scope.ACCOUNT, amount=5, per_s=2.0, source=_LIMITS, read=READ),),
    apart=True,
    source=f"{_DOCS}/resources/webhook#get-webhook-message",
    read=READ,
)
"""Each route has a bucket of its own; what has been seen of the one for messages is taken for this one."""

SPEC = Spec(
    name=PLATFORM,
    title="Discord",
    post_types=("discord-message",),
    capabilities=CAPABILITIES,
    find=FindRules(repeat=Repeat.NEVER, tells=False, source=f"{_DOCS}/resources/webhook", read=READ),
    login=(LoginField(name="webhook", label="Webhook address", secret=True),),
    api_url=API,
    errors=ERRORS,
    read_error=read_error,
    read_reset=read_reset,
    request_id_header="cf-ray",
    budgets=(MESSAGES,),
    read_budget=read_budget,
    numbers=NUMBERS,
    prepare_lead_s=5.0,
)
"""A webhook can show a message whose number it is told, and list none: after a lost answer nobody but a person can
look."""
