"""A TikTok post's settings: what a person may give, which kind of post it becomes, and what is wrong together.

Sources: https://developers.tiktok.com/doc/content-posting-api-reference-direct-post, …-photo-post, …-upload-video and
https://developers.tiktok.com/doc/content-sharing-guidelines, read 2026-11-21.
"""

import re

from bot.domain.capabilities import OptionRule, one_of
from bot.domain.content import Draft, MediaKind

VIDEO, VIDEO_DRAFT = "tiktok-video", "tiktok-video-draft"
PHOTO, PHOTO_DRAFT = "tiktok-photo", "tiktok-photo-draft"
DRAFTS = frozenset({VIDEO_DRAFT, PHOTO_DRAFT})
PHOTOS = frozenset({PHOTO, PHOTO_DRAFT})
LEVELS = {
    "public": "PUBLIC_TO_EVERYONE",
    "friends": "MUTUAL_FOLLOW_FRIENDS",
    "followers": "FOLLOWER_OF_CREATOR",
    "only_me": "SELF_ONLY",
}
_SEEN_BY = {
    "public": "Everyone",
    "followers": "Followers",
    "friends": "Followers who are followed back",
    "only_me": "Only the account itself",
}
PRIVACY = "privacy"
PROMOTION = "promotion"
_PROMOTES = {
    "none": "Nothing",
    "own_brand": "The creator's own business",
    "branded_content": "A paid partnership with somebody else",
    "both": "Both",
}
"""What a form asks once; other programs may say each of the two by its own setting."""
TITLE_LIMIT = 90
_SECONDS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3})?")
_TRUTH = one_of("true", "false")


def utf16_units(text: str) -> int:
    """The length as TikTok counts it: UTF-16 code units, an emoji mostly two."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def choose(draft: Draft) -> str:
    """The kind of post that a draft becomes."""
    kinds = {attachment.media.kind for attachment in draft.attachments}
    photos, waits = kinds == {MediaKind.IMAGE}, draft.options.get("mode") == "draft"
    if photos:
        return PHOTO_DRAFT if waits else PHOTO
    return VIDEO_DRAFT if waits else VIDEO


def _no_seconds(value: str) -> str | None:
    if _SECONDS.fullmatch(value):
        return None
    return f"is {value!r}; it takes seconds from the beginning, such as 2.5"


def _no_place(value: str) -> str | None:
    if value.isascii() and value.isdigit() and 1 <= int(value[:3]) <= MOST_PHOTOS:
        return None
    return f"is {value!r}; it takes a photo's place, from 1 to {MOST_PHOTOS}"


def _title_problem(value: str) -> str | None:
    units = utf16_units(value)
    if units > TITLE_LIMIT:
        return f"has {units} of {TITLE_LIMIT} characters, {units - TITLE_LIMIT} too many"
    return None if value.strip() else "is empty. Give a title or leave it out"


MOST_PHOTOS = 35
MODE = OptionRule(
    name="mode",
    meaning="post: published; draft: sent to the account's TikTok inbox, where a person finishes it",
    problem=one_of("post", "draft"),
)
TITLE = OptionRule(name="title", meaning="title above the photos", problem=_title_problem)
COVER = OptionRule(name="cover", meaning="which photo is the cover, from 1", problem=_no_place)
_DIRECT = (
    MODE,
    OptionRule(
        name=PRIVACY,
        meaning="who may see it; has to be chosen for each post",
        problem=one_of(*LEVELS),
        asked="who can see it",
        choices=_SEEN_BY,
    ),
    OptionRule(name="allow_comments", meaning="whether others may comment", problem=_TRUTH),
    OptionRule(
        name=PROMOTION,
        meaning="what it promotes; counts in place of own_brand and branded_content",
        problem=one_of(*_PROMOTES),
        asked="promotion?",
        choices=_PROMOTES,
    ),
    OptionRule(
        name="own_brand",
        meaning="whether it promotes the creator's own business",
        problem=_TRUTH,
        said_by=PROMOTION,
    ),
    OptionRule(
        name="branded_content",
        meaning="whether it is a paid partnership with somebody else",
        problem=_TRUTH,
        said_by=PROMOTION,
    ),
)
VIDEO_OPTIONS = (
    *_DIRECT,
    OptionRule(name="allow_duet", meaning="whether others may make duets with it", problem=_TRUTH),
    OptionRule(name="allow_stitch", meaning="whether others may stitch it", problem=_TRUTH),
    OptionRule(name="cover_at_s", meaning="the second whose picture is the cover", problem=_no_seconds),
    OptionRule(name="ai_generated", meaning="whether it is labelled as made by AI", problem=_TRUTH),
)
PHOTO_OPTIONS = (
    *_DIRECT,
    TITLE,
    COVER,
    OptionRule(name="auto_music", meaning="whether TikTok adds music", problem=_TRUTH),
)


def privacy_is_chosen(draft: Draft) -> str | None:
    """TikTok allows no default here: a person chooses for each post."""
    if draft.options.get("privacy"):
        return None
    return f"who may see the post has to be chosen. Set privacy to {', '.join(list(LEVELS)[:-1])} or only_me."


def promotes(draft: Draft, what: str) -> bool:
    """Whether it is declared as `own_brand` or as `branded_content`."""
    if said := draft.options.get(PROMOTION):
        return said in {what, "both"}
    return draft.options.get(what) == "true"


def branded_content_is_seen(draft: Draft) -> str | None:
    """A paid partnership cannot be for the creator alone."""
    if promotes(draft, "branded_content") and draft.options.get("privacy") == "only_me":
        return "branded content cannot be private. Choose another privacy than only_me."
    return None


def has_files(draft: Draft) -> str | None:
    """There are no posts of text alone."""
    return None if draft.attachments else "a post needs a video or photos. Add one."


def cover_is_there(draft: Draft) -> str | None:
    """The cover is one of the photos."""
    cover, count = draft.options.get("cover", ""), len(draft.attachments)
    if cover.isdigit() and int(cover) > count:
        return f"the cover is photo {cover}, and there are {count}. Choose one of them."
    return None
