"""What a person may say of a pin besides its text, and what is wrong with it.

Limits: https://developers.pinterest.com/docs/api/v5/pins-create/ (schema PinCreate), 2026-11-21.
"""

from urllib.parse import urlsplit

from bot.domain.capabilities import OptionRule
from bot.domain.content import Draft, MediaKind

TITLE_LIMIT = 100
LINK_LIMIT = 2048
ALT_TEXT_LIMIT = 500
CAROUSEL_LEAST, CAROUSEL_MOST = 2, 5
_LONGEST_FILM_S = 900
PIN, CAROUSEL, VIDEO = "pinterest-pin", "pinterest-carousel", "pinterest-video"


def choose(draft: Draft) -> str:
    """A film makes a video pin, several pictures a carousel."""
    if any(file.media.kind is MediaKind.VIDEO for file in draft.attachments):
        return VIDEO
    return CAROUSEL if len(draft.attachments) >= CAROUSEL_LEAST else PIN


def _title_problem(value: str) -> str | None:
    if not value.strip():
        return "is empty. Write one or leave it out"
    over = len(value) - TITLE_LIMIT
    return f"has {len(value)} characters, {TITLE_LIMIT} allowed" if over > 0 else None


def _name_problem(value: str) -> str | None:
    return None if value.strip() else "is empty. Give a name or a number"


def _second_problem(value: str) -> str | None:
    if value.isascii() and value.isdigit() and int(value[:9]) <= _LONGEST_FILM_S:
        return None
    return f"is {value!r}; it takes a whole number of seconds from the start of the video"


BOARD = OptionRule(name="board", meaning="the board's name or number", problem=_name_problem, asked="board")
SECTION = OptionRule(name="section", meaning="the name or number of a section of the board", problem=_name_problem)
TITLE = OptionRule(name="title", meaning="shown above the text", problem=_title_problem)
COVER_AT = OptionRule(
    name="cover_at", meaning="the second of the video that is its cover; 0 without it", problem=_second_problem
)


def needs_board(draft: Draft) -> str | None:
    """Every pin stands on a board."""
    if draft.options.get("board"):
        return None
    return "a pin goes on a board. Say which one: board=NAME, or its number."


def needs_file(draft: Draft) -> str | None:
    """There are no pins of text alone."""
    return None if draft.attachments else "a pin needs a picture or a video. Add one."


def link_problem(draft: Draft) -> str | None:
    """Where a pin leads is a web address."""
    if draft.link is None:
        return None
    if len(draft.link) > LINK_LIMIT:
        return f"the link has {len(draft.link):,} characters, {LINK_LIMIT:,} allowed."
    try:
        parts = urlsplit(draft.link)
    except ValueError:
        return "the link is not a web address."
    return None if parts.scheme in {"http", "https"} and parts.netloc else "the link is not a web address."


def same_size(draft: Draft) -> str | None:
    """The pictures of a carousel have one size.

    Source: https://help.pinterest.com/en/business/article/create-a-carousel-pin, 2026-11-21.
    """
    sizes = {(file.media.width_px, file.media.height_px) for file in draft.attachments}
    known = {size for size in sizes if None not in size}
    if len(known) <= 1:
        return None
    shown = ", ".join(f"{width} x {height}" for width, height in sorted(known, key=str))
    return f"the pictures of a carousel must have the same size; these have {shown} px. Crop them alike."


def descriptions_fit(draft: Draft) -> str | None:
    """A pin has one description: those of a carousel's pictures together."""
    size = len(alt_text(draft))
    if size <= ALT_TEXT_LIMIT or any(len(file.alt_text) > ALT_TEXT_LIMIT for file in draft.attachments):
        return None
    return f"the descriptions of the pictures have {size} characters together, {ALT_TEXT_LIMIT} allowed. Shorten them."


def alt_text(draft: Draft) -> str:
    """The description of all files, a line each."""
    return "\n".join(file.alt_text for file in draft.attachments if file.alt_text)
