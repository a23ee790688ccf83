"""`prepare`: the files into the store, and the whole creating call frozen.

Sources: https://www.reddit.com/dev/api#POST_api_submit, #POST_api_comment, and for galleries and polls praw 8.0.3's
praw/models/reddit/subreddit/subreddit.py, read 2026-11-21.
"""

from dataclasses import dataclass, field

from bot.domain.accounts import Connected
from bot.domain.content import Draft, MediaKind
from platforms.base import Endpoints, JsonObject, Key, Prepared, Wire
from platforms.reddit.calls import Parameters
from platforms.reddit.media import upload, upload_poster
from platforms.reddit.options import POLL_DAYS, crossposted, place_of, poll_choices, truth
from platforms.reddit.spec import COMMENT, CROSSPOST, GALLERY, IMAGE, LINK, POLL, VIDEO

SUBMIT, COMMENT_PATH = "api/submit", "api/comment"
GALLERY_PATH, POLL_PATH = "api/submit_gallery_post.json", "api/submit_poll_post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The creating call, and what the post will show."""

    path: str
    form: Parameters = ()
    body: JsonObject | None = None
    media: tuple[str, ...] = ()
    """Reddit's names of the files of a gallery."""
    shown: JsonObject = field(default_factory=dict[str, object])

    def to_json(self) -> JsonObject:
        """For storing."""
        form = [list(pair) for pair in self.form]
        return {"path": self.path, "form": form, "body": self.body, "shown": {**self.shown, "media": list(self.media)}}


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,
    endpoints: Endpoints,
    connected: Connected,
    draft: Draft,
    key: Key,  # noqa: ARG001  # Connector.prepare: Reddit has no keys
    earlier: Prepared | None,  # noqa: ARG001  # Connector.prepare: nothing of it is kept when files are gone
) -> Prepared:
    """Upload the files and freeze the call. A post of words alone needs no request. Raises PlatformError."""
    return Prepared(data=(await _made(wire, endpoints, connected, draft)).to_json())


async def _made(wire: Wire, endpoints: Endpoints, connected: Connected, draft: Draft) -> Material:
    kind, shown = draft.post_type, _shown(draft)
    if kind == COMMENT:
        parent = draft.parent.platform_post_id if draft.parent is not None else ""
        return Material(path=COMMENT_PATH, form=(("thing_id", parent), ("text", draft.text)), shown=shown)
    if kind == GALLERY:
        uploaded = [await upload(wire, endpoints, connected, one) for one in draft.attachments]
        names = tuple(one.asset_id for one in uploaded)
        items = [{"media_id": name, "caption": "", "outbound_url": ""} for name in names]
        text = {"text": draft.text} if draft.text else {}
        body = {**_common_json(draft), "items": items, "show_error_list": True, **text}
        return Material(path=GALLERY_PATH, body=body, media=names, shown=shown)
    if kind == POLL:
        days = int(draft.options.get("poll_days", POLL_DAYS))
        poll = {"options": list(poll_choices(draft.options["poll"])), "duration": days, "text": draft.text}
        return Material(path=POLL_PATH, body={**_common_json(draft), **poll}, shown=shown)
    form = (*await _kind(wire, endpoints, connected, draft), *_common(draft))
    return Material(path=SUBMIT, form=form, shown=shown)


async def _kind(wire: Wire, endpoints: Endpoints, connected: Connected, draft: Draft) -> Parameters:
    """What tells one kind of submission from another."""
    text: Parameters = (("text", draft.text),) if draft.text else ()
    match draft.post_type:
        case kind if kind == LINK:
            return (("kind", "link"), ("url", draft.link or ""), *text)
        case kind if kind == CROSSPOST:
            return (("kind", "crosspost"), ("crosspost_fullname", crossposted(draft.link) or ""))
        case kind if kind == IMAGE:
            picture = await upload(wire, endpoints, connected, draft.attachments[0])
            return (("kind", "image"), ("url", picture.url), *text)
        case kind if kind == VIDEO:
            return (*await _film(wire, endpoints, connected, draft), *text)
        case _:
            return (("kind", "self"), ("text", draft.text))


async def _film(wire: Wire, endpoints: Endpoints, connected: Connected, draft: Draft) -> Parameters:
    """The film and the picture that stands for it: the one that was given, or a plain one."""
    films = [one for one in draft.attachments if one.media.kind is MediaKind.VIDEO]
    pictures = [one for one in draft.attachments if one.media.kind is not MediaKind.VIDEO]
    film = await upload(wire, endpoints, connected, films[0])
    if pictures:
        poster = await upload(wire, endpoints, connected, pictures[0])
    else:
        poster = await upload_poster(wire, endpoints, connected)
    return (("kind", "video"), ("url", film.url), ("video_poster_url", poster.url))


def _common(draft: Draft) -> Parameters:
    flags = {name: str(value).lower() for name, value in _flags(draft).items()}
    return (("sr", _place(draft)), ("title", _title(draft)), *flags.items(), *_flair(draft))


def _common_json(draft: Draft) -> dict[str, object]:
    return {"sr": _place(draft), "title": _title(draft), **_flags(draft), **dict(_flair(draft))}


def _flags(draft: Draft) -> dict[str, bool]:
    options = draft.options
    return {
        "nsfw": truth(options, "nsfw", otherwise=False),
        "spoiler": truth(options, "spoiler", otherwise=False),
        "sendreplies": truth(options, "replies", otherwise=True),
        "resubmit": draft.post_type != LINK or truth(options, "resubmit", otherwise=False),
        "validate_on_submit": True,
    }


def _flair(draft: Draft) -> Parameters:
    return tuple((name, draft.options[name]) for name in ("flair_id", "flair_text") if name in draft.options)


def _place(draft: Draft) -> str:
    return place_of(draft.options.get("subreddit", "")) or ""


def _title(draft: Draft) -> str:
    return draft.options.get("title", "").strip()


def _shown(draft: Draft) -> JsonObject:
    """What `find` needs to know the post again."""
    crosspost = crossposted(draft.link) if draft.post_type == CROSSPOST else None
    return {
        "kind": draft.post_type,
        "subreddit": _place(draft),
        "title": _title(draft),
        "text": draft.text,
        "link": draft.link if draft.post_type == LINK else None,
        "crosspost": crosspost,
        "parent": draft.parent.platform_post_id if draft.parent is not None else None,
    }
