"""Every limit: what just fits, and what does not."""

from dataclasses import replace

from bot.domain.content import Attachment, Draft, MediaKind, Reference
from tests.platforms.contract import Limit
from tests.platforms.linkedin.samples import DRAFT, IMAGE, LINK, PDF, POLL, POST, VIDEO, with_media


def words(count: int) -> Draft:
    """A text of so many characters, some of them reserved."""
    return replace(DRAFT, text="(" * count)


def filmed(**facts: object) -> Draft:
    """A post of a video with these facts."""
    return replace(DRAFT, attachments=(with_media(VIDEO, **{"duration_s": 60.0, **facts}),))


def pictured(*files: Attachment) -> Draft:
    """A post of these files."""
    return replace(DRAFT, attachments=files)


def polled(**options: str) -> Draft:
    """A post with a poll."""
    return replace(DRAFT, options={**POLL, **options})


def remark(text: str) -> Draft:
    """A first comment."""
    return replace(DRAFT, text=text, part=1, parent=Reference(platform_post_id=POST))


GIF = with_media(IMAGE, kind=MediaKind.GIF, mime_type="image/gif")
MB = 1024 * 1024
LIMITS = (
    Limit(name="text", fits=words(3000), over=words(3001)),
    Limit(
        name="astral characters count twice",
        fits=replace(DRAFT, text="😀" * 1500),
        over=replace(DRAFT, text="😀" * 1501),
    ),
    Limit(name="comment", fits=remark("x" * 1250), over=remark("x" * 1251)),
    Limit(name="images", fits=pictured(*[IMAGE] * 20), over=pictured(*[IMAGE] * 21)),
    Limit(
        name="pixels",
        fits=pictured(with_media(IMAGE, width_px=36_152_319, height_px=1)),
        over=pictured(with_media(IMAGE, width_px=36_152_320, height_px=1)),
    ),
    Limit(name="frames", fits=pictured(with_media(GIF, frames=250)), over=pictured(with_media(GIF, frames=251))),
    Limit(
        name="description",
        fits=pictured(replace(IMAGE, alt_text="x" * 4086)),
        over=pictured(replace(IMAGE, alt_text="x" * 4087)),
    ),
    Limit(name="types of images", fits=pictured(IMAGE), over=pictured(with_media(IMAGE, mime_type="image/webp"))),
    Limit(name="short videos", fits=filmed(duration_s=3.0), over=filmed(duration_s=2.9)),
    Limit(name="long videos", fits=filmed(duration_s=1800.0), over=filmed(duration_s=1800.1)),
    Limit(name="small videos", fits=filmed(size_bytes=75 * 1024), over=filmed(size_bytes=75 * 1024 - 1)),
    Limit(name="large videos", fits=filmed(size_bytes=500 * MB), over=filmed(size_bytes=500 * MB + 1)),
    Limit(name="types of videos", fits=filmed(), over=filmed(mime_type="video/quicktime")),
    Limit(
        name="large documents",
        fits=replace(pictured(with_media(PDF, size_bytes=100 * MB)), options={"title": "Boats"}),
        over=replace(pictured(with_media(PDF, size_bytes=100 * MB + 1)), options={"title": "Boats"}),
    ),
    Limit(name="documents have a title", fits=replace(pictured(PDF), options={"title": "Boats"}), over=pictured(PDF)),
    Limit(name="a video stands alone", fits=filmed(), over=pictured(VIDEO, IMAGE)),
    Limit(name="a GIF may stand beside an image", fits=pictured(IMAGE, GIF), over=pictured(GIF, VIDEO)),
    Limit(name="a card stands alone", fits=replace(DRAFT, link=LINK), over=replace(pictured(IMAGE), link=LINK)),
    Limit(
        name="only what has a title has one",
        fits=replace(DRAFT, link=LINK, options={"title": "News"}),
        over=replace(DRAFT, options={"title": "News"}),
    ),
    Limit(
        name="titles are not empty",
        fits=replace(DRAFT, link=LINK),
        over=replace(DRAFT, link=LINK, options={"title": " "}),
    ),
    Limit(name="question", fits=polled(poll_question="x" * 140), over=polled(poll_question="x" * 141)),
    Limit(name="polls ask something", fits=polled(), over=polled(poll_question=" ")),
    Limit(name="choices", fits=polled(poll="a|b|c|d"), over=polled(poll="a|b|c|d|e")),
    Limit(name="choice", fits=polled(poll=f"a|{'x' * 30}"), over=polled(poll=f"a|{'x' * 31}")),
    Limit(name="two choices", fits=polled(poll="a|b"), over=polled(poll="a")),
    Limit(name="choices differ", fits=polled(poll="a|b"), over=polled(poll="a|a")),
    Limit(name="days", fits=polled(poll_days="14"), over=polled(poll_days="2")),
    Limit(name="a poll has a question", fits=polled(), over=replace(DRAFT, options={"poll": "a|b"})),
    Limit(name="a poll stands alone", fits=polled(), over=replace(polled(), attachments=(IMAGE,))),
    Limit(name="no poll, no question", fits=DRAFT, over=replace(DRAFT, options={"poll_question": "Why?"})),
    Limit(
        name="a page has no connections",
        fits=replace(DRAFT, options={"visibility": "public"}),
        over=replace(DRAFT, options={"visibility": "connections"}),
    ),
)
