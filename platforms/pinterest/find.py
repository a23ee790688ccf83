"""Looking for a pin that may have been made: among the account's own newest ones.

Pinterest knows no key and refuses no duplicate. A pin is taken for this item's when it stands on the same board, shows
the texts that were sent, and is not older than the first attempt but for `CLOCK_MARGIN`. One that is a little older,
one whose texts were touched up, and any on that board where no text was sent, may be another's: nobody can tell.

Source: https://developers.pinterest.com/docs/api/v5/pins-list/, 2026-11-21.
"""

import html
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.accounts import Connected
from platforms.answers import as_list, as_object, identifier, moment, object_of, objects, text
from platforms.base import Absent, CannotTell, JsonObject, Key, Prepared, Published, Request, Wire
from platforms.errors import Unavailable
from platforms.pinterest.publish import permalink
from platforms.pinterest.spec import SPEC, V5

CLOCK_MARGIN = timedelta(seconds=5)
"""Pinterest's times are whole seconds, and its clock is not ours."""
CLOCK_DOUBT = timedelta(minutes=15)
PAGE = 100
MOST_PAGES = 20
"""More pins than the 100 writes a minute make in the time that is looked back over."""
_PAGE_BYTES = 8_000_000
_WORDS = ("title", "description", "alt_text")
_LIST = "pins/list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a pin must show to be this item's."""

    board: str
    words: tuple[tuple[str, str], ...]
    """What was sent of its texts, by their fields."""
    link: str | None


async def find(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.find: Pinterest takes none
    since: datetime,
) -> Published | Absent | CannotTell:
    """Whether the prepared pin is among those made since `since`. Raises PlatformError when it cannot be looked."""
    body = as_object(prepared.data.get("body"))
    words = tuple((name, said) for name in _WORDS if (said := text(body, name)))
    wanted = Wanted(board=text(body, "board_id") or "", words=words, link=text(body, "link"))
    recent = await _since(wire, connected, since - CLOCK_DOUBT)
    if recent is None:
        return CannotTell(reason=f"more than {PAGE * MOST_PAGES} pins since then")
    return _judge(connected, [pin for pin in recent if _board(pin) in {wanted.board, None}], wanted, since)


def _judge(
    connected: Connected, there: list[JsonObject], wanted: Wanted, since: datetime
) -> Published | Absent | CannotTell:
    """`there` are the newest pins on the board."""
    timely = [pin for pin in there if _made(pin) >= since - CLOCK_MARGIN]
    equal = [pin for pin in there if wanted.words and _equals(pin, wanted)]
    certain = [pin for pin in equal if pin in timely]
    if len(certain) == 1:
        pin_id = identifier(certain[0]) or ""
        return Published(platform_post_id=pin_id, permalink=permalink(connected, pin_id))
    if certain:
        return CannotTell(reason=f"{len(certain)} equal pins: {', '.join(identifier(pin) or '?' for pin in certain)}")
    if equal:
        return CannotTell(reason=f"an equal pin is a little older than the first attempt: {identifier(equal[0])}")
    alike = [pin for pin in timely if not wanted.words or _resembles(pin, wanted)]
    if alike:
        doubt = "Pinterest may have changed it" if wanted.words else "it has no text to tell them apart"
        return CannotTell(reason=f"{identifier(alike[0])} may be this pin; {doubt}")
    return Absent(evidence=f"not among the {len(there)} newest pins of the board")


async def _since(wire: Wire, connected: Connected, oldest: datetime) -> list[JsonObject] | None:
    """The account's pins made at `oldest` or later, newest first; None when there are too many to read."""
    found: list[JsonObject] = []
    bookmark: str | None = None
    for _ in range(MOST_PAGES):
        pins, bookmark = await _page(wire, connected, bookmark)
        new = [pin for pin in pins if _made(pin) >= oldest]
        found += new
        if bookmark is None or (pins and not new):
            return found
    return None


async def _page(wire: Wire, connected: Connected, bookmark: str | None) -> tuple[list[JsonObject], str | None]:
    query = (("page_size", str(PAGE)), ("include_protected_pins", "true"))
    answer = await wire.read(
        Request(
            operation=_LIST,
            method="GET",
            url=f"{connected.account.service_url}{V5}/pins",
            query=(*query, ("bookmark", bookmark)) if bookmark else query,
            bearer=connected.tokens.access,
            max_answer_bytes=_PAGE_BYTES,
        )
    )
    page = object_of(answer)
    listed, pins = as_list(page.get("items")), list(objects(page.get("items")))
    whole = listed is not None and len(pins) == len(listed)
    if not whole or any(moment(pin.get("created_at")) is None or not identifier(pin) for pin in pins):
        raise Unavailable(
            "Pinterest's list of pins cannot be read.", platform=SPEC.name, operation=_LIST, status=answer.status
        )
    return pins, text(page, "bookmark")


def _made(pin: JsonObject) -> datetime:
    made = moment(pin.get("created_at"))
    if made is None:
        raise ValueError("a pin without a time passed the reading")
    return made


def _board(pin: JsonObject) -> str | None:
    return identifier(pin, "board_id")


def _comparable(words: str) -> str:
    """One kind of white space, composed characters, no HTML."""
    return " ".join(unicodedata.normalize("NFC", html.unescape(words)).split())


def _letters(words: str) -> str:
    return "".join(character for character in _comparable(words).casefold() if character.isalnum())


def _equals(pin: JsonObject, wanted: Wanted) -> bool:
    """Whether it shows what was sent. A description of the picture may be Pinterest's own where none was sent."""
    if _board(pin) is None:
        return False
    shown = text(pin, "link")
    same_link = shown is None or wanted.link is None or shown.rstrip("/") == wanted.link.rstrip("/")
    sent = {"title": "", "description": "", **dict(wanted.words)}
    return same_link and all(_comparable(text(pin, name) or "") == _comparable(said) for name, said in sent.items())


def _resembles(pin: JsonObject, wanted: Wanted) -> bool:
    """Whether its texts have the same letters. Many pins may show one picture with one description of it."""
    said = [(name, words) for name, words in wanted.words if name != "alt_text"] or list(wanted.words)
    return all(_letters(text(pin, name) or "") == _letters(words) for name, words in said)
