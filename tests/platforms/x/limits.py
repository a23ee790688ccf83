"""Drafts around each limit of X: one that just fits, one that is too much."""

from dataclasses import replace

from bot.domain.content import Draft, Film
from tests.platforms.contract import Limit
from tests.platforms.x.material import DRAFT, GIF, IMAGE, VIDEO


def poll(choices: str, **more: str) -> Draft:
    """A post with a poll."""
    return replace(DRAFT, options={"poll": choices, **more})


LIMITS = (
    Limit(name="text", fits=replace(DRAFT, text="x" * 280), over=replace(DRAFT, text="x" * 281)),
    Limit(name="CJK counts twice", fits=replace(DRAFT, text="茶" * 140), over=replace(DRAFT, text="茶" * 141)),
    Limit(
        name="a link counts 23",
        fits=replace(DRAFT, text="x" * 256 + " https://example.com/" + "y" * 200),
        over=replace(DRAFT, text="x" * 257 + " a.co"),
    ),
    Limit(
        name="pictures",
        fits=replace(DRAFT, attachments=(IMAGE,) * 4),
        over=replace(DRAFT, attachments=(IMAGE,) * 5),
    ),
    Limit(name="one video", fits=replace(DRAFT, attachments=(VIDEO,)), over=replace(DRAFT, attachments=(VIDEO,) * 2)),
    Limit(name="one GIF", fits=replace(DRAFT, attachments=(GIF,)), over=replace(DRAFT, attachments=(GIF,) * 2)),
    Limit(
        name="one kind",
        fits=replace(DRAFT, attachments=(IMAGE,)),
        over=replace(DRAFT, attachments=(IMAGE, VIDEO)),
    ),
    Limit(
        name="description",
        fits=replace(DRAFT, attachments=(replace(IMAGE, alt_text="x" * 1000),)),
        over=replace(DRAFT, attachments=(replace(IMAGE, alt_text="x" * 1001),)),
    ),
    Limit(
        name="a picture's bytes",
        fits=replace(DRAFT, attachments=(replace(IMAGE, media=replace(IMAGE.media, size_bytes=5_242_880)),)),
        over=replace(DRAFT, attachments=(replace(IMAGE, media=replace(IMAGE.media, size_bytes=5_242_881)),)),
    ),
    Limit(
        name="a GIF's bytes",
        fits=replace(DRAFT, attachments=(replace(GIF, media=replace(GIF.media, size_bytes=15_728_640)),)),
        over=replace(DRAFT, attachments=(replace(GIF, media=replace(GIF.media, size_bytes=15_728_641)),)),
    ),
    Limit(
        name="a GIF's pixels",
        fits=replace(DRAFT, attachments=(replace(GIF, media=replace(GIF.media, frames=217)),)),
        over=replace(DRAFT, attachments=(replace(GIF, media=replace(GIF.media, frames=218)),)),
    ),
    Limit(
        name="a GIF's pictures",
        fits=replace(DRAFT, attachments=(replace(GIF, media=replace(GIF.media, width_px=100, frames=350)),)),
        over=replace(DRAFT, attachments=(replace(GIF, media=replace(GIF.media, width_px=100, frames=351)),)),
    ),
    Limit(
        name="a GIF's width",
        fits=replace(DRAFT, attachments=(replace(GIF, media=replace(GIF.media, width_px=1280)),)),
        over=replace(DRAFT, attachments=(replace(GIF, media=replace(GIF.media, width_px=1281)),)),
    ),
    Limit(
        name="a video's duration",
        fits=replace(DRAFT, attachments=(VIDEO,)),
        over=replace(DRAFT, attachments=(replace(VIDEO, media=replace(VIDEO.media, duration_s=1200.5)),)),
    ),
    Limit(
        name="a video's shortness",
        fits=replace(DRAFT, attachments=(replace(VIDEO, media=replace(VIDEO.media, duration_s=0.5)),)),
        over=replace(DRAFT, attachments=(replace(VIDEO, media=replace(VIDEO.media, duration_s=0.4)),)),
    ),
    Limit(
        name="a video's bytes",
        fits=replace(DRAFT, attachments=(replace(VIDEO, media=replace(VIDEO.media, size_bytes=4_194_304_000)),)),
        over=replace(DRAFT, attachments=(replace(VIDEO, media=replace(VIDEO.media, size_bytes=4_194_304_001)),)),
    ),
    Limit(
        name="a video's shape",
        fits=replace(DRAFT, attachments=(replace(VIDEO, media=replace(VIDEO.media, width_px=640)),)),
        over=replace(DRAFT, attachments=(replace(VIDEO, media=replace(VIDEO.media, width_px=600)),)),
    ),
    Limit(
        name="a video's codec",
        fits=replace(DRAFT, attachments=(VIDEO,)),
        over=replace(DRAFT, attachments=(replace(VIDEO, media=replace(VIDEO.media, film=Film(video_codec="hevc"))),)),
    ),
    Limit(name="four choices", fits=poll("a|b|c|d"), over=poll("a|b|c|d|e")),
    Limit(name="two choices", fits=poll("a|b"), over=poll("a")),
    Limit(name="a choice's length", fits=poll("a|" + "x" * 25), over=poll("a|" + "x" * 26)),
    Limit(name="a poll's shortness", fits=poll("a|b", poll_minutes="5"), over=poll("a|b", poll_minutes="4")),
    Limit(name="a poll's length", fits=poll("a|b", poll_minutes="10080"), over=poll("a|b", poll_minutes="10081")),
    Limit(name="a poll alone", fits=poll("a|b"), over=replace(poll("a|b"), attachments=(IMAGE,))),
    Limit(name="a poll with a text", fits=poll("a|b"), over=replace(poll("a|b"), text="")),
)
