"""Looking for a status that may have been made: among the account's own newest ones.

Uploaded media belong to one item alone, so a status that shows them is that item's: a proof. Without media the text,
the content warning, the poll, the parent and the time decide.

A server's clock is not ours. A status is taken for this item's when it is not older than the first attempt, but for
`CLOCK_MARGIN`; an equal one up to `CLOCK_DOUBT` older may be an earlier post or the work of a slow clock: nobody can
tell. Two equal ones are not told apart either. That the same status is not taken for two items is the caller's to see
to: it knows what was adopted.

A reply is looked for below its parent, too: that it is not there proves nothing, that it is does. So is, in the home
timeline, what not everybody may see, where a server is not known to list it to its own author: Takahē 0.11.0 and snac
2.94 do not (measured 2026-11-23). There, not to find it proves nothing.

Sources: docs.joinmastodon.org/methods/accounts/#statuses and /methods/statuses/#context, read 2026-11-21. The list has
every visibility for its owner.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from bot.domain.accounts import Connected
from platforms.answers import as_list, as_object, identifier, object_of, objects, text, texts
from platforms.base import Absent, Answer, CannotTell, JsonObject, Key, Prepared, Published, Request, Wire
from platforms.errors import Unavailable
from platforms.mastodon.limits import from_json
from platforms.mastodon.reading import moment, objects_of
from platforms.mastodon.servers import ways_of
from platforms.mastodon.text import comparable, plain_text, resembling

CLOCK_MARGIN = timedelta(seconds=5)
CLOCK_DOUBT = timedelta(minutes=15)
PAGE = 40
"""The most the server gives at once."""
MOST_PAGES = 25
"""More than the 300 requests of five minutes that a server allows by default can make in the time looked back over."""
_FOR_ALL = frozenset({"public", "unlisted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a status must show to be this item's."""

    text: str
    letters: frozenset[str]
    """Of its text, as those of a status that a server touched up are compared: with what looks like tags, and without,
    since some servers take them out (Pixelfed, older GoToSocial)."""
    spoiler: str
    parent: str | None
    poll: tuple[str, ...]
    media: frozenset[str]


async def find(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.find: no server tells a status' key
    since: datetime,
) -> Published | Absent | CannotTell:
    """Whether the prepared status is among those made since `since`. Raises PlatformError when it cannot be looked."""
    wanted = _wanted(prepared)
    recent = await _since(wire, connected, since - CLOCK_DOUBT)
    if recent is None:
        return CannotTell(reason=f"more than {PAGE * MOST_PAGES} statuses since then")
    found = _judge(recent, wanted, since)
    if isinstance(found, Absent) and wanted.parent is not None:
        found = _also(found, await _replies(wire, connected, wanted.parent), wanted, since)
    ways = ways_of(from_json(connected.account.limits).software)
    if isinstance(found, Absent) and not ways.lists_hidden and await _is_hidden(wire, connected, prepared):
        found = _also(found, await _at_home(wire, connected), wanted, since)
        if isinstance(found, Absent):
            return CannotTell(reason="this server may not list posts that only some people see")
    if isinstance(found, Absent) and not ways.keeps_words:
        return _without_proof(_new_there(recent, wanted, since), recent, "this server may have changed its words")
    return found


def _also(
    found: Absent, elsewhere: tuple[JsonObject, ...], wanted: Wanted, since: datetime
) -> Published | Absent | CannotTell:
    """The answer with another list that may show what the account's own left out."""
    there = _judge([one for one in elsewhere if _made(one) >= since - CLOCK_DOUBT], wanted, since)
    return found if isinstance(there, Absent) else there


def _judge(recent: list[JsonObject], wanted: Wanted, since: datetime) -> Published | Absent | CannotTell:
    """The answer of a list of the account's statuses."""
    for status in recent:
        if wanted.media & _media(status):
            return _published(status)
    if wanted.media:
        alike = [status for status in recent if _equals(status, wanted) or _may_have_lost_files(status, wanted, since)]
        return _without_proof(alike, recent, "the server shows other media ids")
    return _by_likeness(recent, wanted, since)


def _by_likeness(recent: list[JsonObject], wanted: Wanted, since: datetime) -> Published | Absent | CannotTell:
    """The answer where only text and time can tell."""
    equal = [status for status in recent if _equals(status, wanted)]
    certain = [status for status in equal if _made(status) >= since - CLOCK_MARGIN]
    if len(certain) == 1:
        return _published(certain[0])
    if certain:
        return CannotTell(reason=f"{len(certain)} equal statuses: {', '.join(_ids(certain))}")
    if equal:
        return CannotTell(reason=f"an equal status is a little older than the first attempt: {_ids(equal)[0]}")
    alike = [one for one in recent if _made(one) >= since - CLOCK_MARGIN and _resembles(one, wanted)]
    return _without_proof(alike, recent, "the server may have changed its text")


async def has_media(wire: Wire, connected: Connected, media: tuple[str, ...]) -> bool:
    """Whether one of the account's newest statuses shows one of these uploads. Raises PlatformError."""
    newest = await _page(wire, connected, None)
    return any(_media(status) & frozenset(media) for status in newest)


def media_ids(prepared: Prepared) -> tuple[str, ...]:
    """The uploads which a prepared status attaches, in their order."""
    return texts(as_object(prepared.data.get("body")).get("media_ids"))


def _without_proof(candidates: list[JsonObject], recent: list[JsonObject], doubt: str) -> Absent | CannotTell:
    if candidates:
        return CannotTell(reason=f"{_ids(candidates)[0]} may be it: {doubt}")
    return Absent(evidence=f"not among the {len(recent)} statuses since then")


def _wanted(prepared: Prepared) -> Wanted:
    body = as_object(prepared.data.get("body"))
    words, spoiler = (text(body, "status") or "").strip(), (text(body, "spoiler_text") or "").strip()
    if not words:
        # Mastodon makes a content warning without a text the text, other servers leave it: both are read so.
        words, spoiler = spoiler, ""
    return Wanted(
        text=comparable(words),
        letters=_letters(words),
        spoiler=comparable(spoiler),
        parent=text(body, "in_reply_to_id"),
        poll=texts(as_object(body.get("poll")).get("options")),
        media=frozenset(media_ids(prepared)),
    )


def _letters(sent: str) -> frozenset[str]:
    """What a text may be like once a server touched it up: with what looks like tags, and without."""
    return frozenset({resembling(sent), resembling(plain_text(sent))})


async def _since(wire: Wire, connected: Connected, oldest: datetime) -> list[JsonObject] | None:
    """The account's statuses made at `oldest` or later, newest first; None when there are too many to read."""
    found: list[JsonObject] = []
    before: str | None = None
    for _ in range(MOST_PAGES):
        page = await _page(wire, connected, before)
        found += [status for status in page if _made(status) >= oldest]
        before = identifier(page[-1]) if page else None
        if before is None or _made(page[-1]) < oldest:
            return found
    return None


async def _page(wire: Wire, connected: Connected, before: str | None) -> tuple[JsonObject, ...]:
    account = connected.account
    request = Request(
        operation="GET /api/v1/accounts/:id/statuses",
        method="GET",
        url=f"{account.service_url}/api/v1/accounts/{account.platform_account_id}/statuses",
        query=(("limit", str(PAGE)), ("exclude_reblogs", "true"), *((("max_id", before),) if before else ())),
        bearer=connected.tokens.access,
    )
    answer = await wire.read(request)
    return _readable(request, answer, objects_of(answer))


async def _replies(wire: Wire, connected: Connected, parent: str) -> tuple[JsonObject, ...]:
    """The account's own replies to a status: some servers leave them out of its list (Pixelfed). None is no proof."""
    account = connected.account
    request = Request(
        operation="GET /api/v1/statuses/:id/context",
        method="GET",
        url=f"{account.service_url}/api/v1/statuses/{parent}/context",
        bearer=connected.tokens.access,
        accept_status=frozenset({HTTPStatus.NOT_FOUND}),
    )
    answer = await wire.read(request)
    if answer.status == HTTPStatus.NOT_FOUND:
        return ()
    below = as_list(object_of(answer).get("descendants"))
    return _readable(request, answer, None if below is None else _own(connected, objects(below)))


async def _at_home(wire: Wire, connected: Connected) -> tuple[JsonObject, ...]:
    """The account's own statuses among the newest of its home timeline, whoever may see them."""
    request = Request(
        operation="GET /api/v1/timelines/home",
        method="GET",
        url=f"{connected.account.service_url}/api/v1/timelines/home",
        query=(("limit", str(PAGE)),),
        bearer=connected.tokens.access,
    )
    answer = await wire.read(request)
    shown = objects_of(answer)
    return _readable(request, answer, None if shown is None else _own(connected, shown))


async def _is_hidden(wire: Wire, connected: Connected, prepared: Prepared) -> bool:
    """Whether not everybody would see the wanted status."""
    visibility = text(as_object(prepared.data.get("body")), "visibility")
    return (visibility or await _usual_visibility(wire, connected)) not in _FOR_ALL


async def _usual_visibility(wire: Wire, connected: Connected) -> str | None:
    """Who sees what the account posts without saying; None where the server does not tell."""
    request = Request(
        operation="GET /api/v1/accounts/verify_credentials",
        method="GET",
        url=f"{connected.account.service_url}/api/v1/accounts/verify_credentials",
        bearer=connected.tokens.access,
    )
    return text(as_object(object_of(await wire.read(request)).get("source")), "privacy")


def _own(connected: Connected, statuses: Iterable[JsonObject]) -> tuple[JsonObject, ...]:
    """What the account wrote itself, without what it boosted."""
    mine = connected.account.platform_account_id
    written = (one for one in statuses if not as_object(one.get("reblog")))
    return tuple(one for one in written if identifier(as_object(one.get("account"))) == mine)


def _readable(request: Request, answer: Answer, statuses: tuple[JsonObject, ...] | None) -> tuple[JsonObject, ...]:
    """The statuses, each with a time and an id. Raises Unavailable when that is not what came."""
    if statuses is None or any(moment(one.get("created_at")) is None or not identifier(one) for one in statuses):
        raise Unavailable(
            "Mastodon's list of posts cannot be read.",
            platform="mastodon",
            operation=request.operation,
            status=answer.status,
        )
    return statuses


def _made(status: JsonObject) -> datetime:
    made = moment(status.get("created_at"))
    if made is None:
        raise ValueError("a status without a time passed the reading")
    return made


def _media(status: JsonObject) -> frozenset[str]:
    return frozenset(one for file in objects(status.get("media_attachments")) if (one := identifier(file)))


def _ids(statuses: list[JsonObject]) -> list[str]:
    return [identifier(status) or "?" for status in statuses]


def _shown(status: JsonObject) -> tuple[tuple[str, ...], str]:
    """How the text may be read, and the content warning as it came."""
    words, spoiler = plain_text(text(status, "content") or ""), (text(status, "spoiler_text") or "").strip()
    return ((words,), spoiler) if words else (_readings(spoiler), "")


def _equals(status: JsonObject, wanted: Wanted) -> bool:
    words, spoiler = _shown(status)
    return (
        wanted.text in set(map(comparable, words))
        and wanted.spoiler in set(map(comparable, _readings(spoiler)))
        and _frame_equals(status, wanted)
    )


def _resembles(status: JsonObject, wanted: Wanted) -> bool:
    """Much the same: what a server touches up in a text it touches up in a warning and in a poll's choices, too.

    A warning or a poll that is not there at all may have been left out (snac 2.94 takes no poll, 2026-11-23).
    """
    spoiler, choices = _shown(status)[1], _choices(status)
    return (
        _reads_like(status, wanted)
        and (not spoiler or _alike(spoiler, wanted.spoiler))
        and (not choices or (len(choices) == len(wanted.poll) and all(map(_alike, choices, wanted.poll))))
        and len(_media(status)) == len(wanted.media)
    )


def _alike(shown: str, sent: str) -> bool:
    return resembling(plain_text(shown)) in _letters(sent)


def _may_have_lost_files(status: JsonObject, wanted: Wanted, since: datetime) -> bool:
    """The text with fewer or more files: servers leave out files they took, and content warnings (Pixelfed).

    A text without letters says nothing.
    """
    return "" not in wanted.letters and _made(status) >= since - CLOCK_MARGIN and _reads_like(status, wanted)


def _new_there(recent: list[JsonObject], wanted: Wanted, since: datetime) -> list[JsonObject]:
    """What was said in its place since then, whatever it says."""
    there = (one for one in recent if identifier(one, "in_reply_to_id") == wanted.parent)
    return [one for one in there if _made(one) >= since - CLOCK_MARGIN]


def _reads_like(status: JsonObject, wanted: Wanted) -> bool:
    same_place = identifier(status, "in_reply_to_id") == wanted.parent
    return same_place and not wanted.letters.isdisjoint(map(resembling, _shown(status)[0]))


def _frame_equals(status: JsonObject, wanted: Wanted) -> bool:
    """Everything but what is said: parent, poll, number of files."""
    return (
        identifier(status, "in_reply_to_id") == wanted.parent
        and len(_choices(status)) == len(wanted.poll)
        and all(sent in _readings(shown) for shown, sent in zip(_choices(status), wanted.poll, strict=True))
        and len(_media(status)) == len(wanted.media)
    )


def _readings(shown: str) -> tuple[str, str]:
    """A warning or a choice as it is, and as HTML: GoToSocial shows them so, other servers as text."""
    return shown, plain_text(shown)


def _choices(status: JsonObject) -> tuple[str, ...]:
    options = objects(as_object(status.get("poll")).get("options"))
    return tuple((text(option, "title") or "").strip() for option in options)


def _published(status: JsonObject) -> Published:
    return Published(
        platform_post_id=identifier(status) or "",
        permalink=text(status, "url"),
        extra={"id": identifier(status), "media": len(_media(status))},
    )
