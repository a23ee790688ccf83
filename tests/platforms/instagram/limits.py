"""Two drafts around each limit."""

from dataclasses import replace

from bot.domain.content import Attachment, Draft, Film
from platforms.instagram.kinds import CAROUSEL, COMMENT, REEL, STORY
from tests.platforms.contract import Limit
from tests.platforms.instagram.pieces import DRAFT, film, of_type, picture

REEL_DRAFT = of_type(REEL)
STORY_DRAFT = of_type(STORY, text="", options={"type": "story"})
MIB = 1_048_576


def limit(name: str, draft: Draft, fits: Attachment, over: Attachment) -> Limit:
    """One about a file."""
    return Limit(name=name, fits=replace(draft, attachments=(fits,)), over=replace(draft, attachments=(over,)))


def text(name: str, fits: str, over: str) -> Limit:
    """One about the caption."""
    return Limit(name=name, fits=replace(DRAFT, text=fits), over=replace(DRAFT, text=over))


def moving(**changes: object) -> Attachment:
    """A film with another inside."""
    facts: dict[str, object] = {"video_codec": "h264", "audio_codec": "aac", "frame_rate": 30.0}
    return film(film=Film(**(facts | changes)))  # pyright: ignore[reportArgumentType]  # fields of Film


LIMITS = (
    text("caption", "x" * 2_200, "x" * 2_201),
    text("emoji count twice", "😀" * 1_100, "😀" * 1_101),
    text("hashtags", " ".join(f"#tag{n}" for n in range(30)), " ".join(f"#tag{n}" for n in range(31))),
    text("mentions", " ".join(f"@person{n}" for n in range(20)), " ".join(f"@person{n}" for n in range(21))),
    Limit(
        name="comment",
        fits=of_type(COMMENT, part=1, attachments=(), text="x" * 2_200),
        over=of_type(COMMENT, part=1, attachments=(), text="x" * 2_201),
    ),
    limit("picture size", DRAFT, picture(size_bytes=8 * MIB), picture(size_bytes=8 * MIB + 1)),
    limit("picture is a JPEG", DRAFT, picture(), picture(mime_type="image/png")),
    limit("picture width", DRAFT, picture(width_px=320, height_px=320), picture(width_px=319, height_px=319)),
    limit("tall picture", DRAFT, picture(height_px=1350), picture(height_px=1400)),
    limit("wide picture", DRAFT, picture(width_px=1910, height_px=1000), picture(width_px=2000, height_px=1000)),
    limit("description", DRAFT, picture("x" * 1_000), picture("x" * 1_001)),
    limit("address", DRAFT, picture(), replace(picture(), url=None)),
    limit("short reel", REEL_DRAFT, film(duration_s=3.0), film(duration_s=2.5)),
    limit("long reel", REEL_DRAFT, film(duration_s=900.0), film(duration_s=901.0)),
    limit("reel size", REEL_DRAFT, film(size_bytes=300 * MIB), film(size_bytes=300 * MIB + 1)),
    limit("reel width", REEL_DRAFT, film(width_px=1920), film(width_px=1921)),
    limit("reel codec", REEL_DRAFT, moving(video_codec="hevc"), moving(video_codec="vp9")),
    limit("reel sound", REEL_DRAFT, moving(audio_codec=None), moving(audio_codec="opus")),
    limit("reel rate", REEL_DRAFT, moving(frame_rate=60.0), moving(frame_rate=61.0)),
    limit("slow reel", REEL_DRAFT, moving(frame_rate=23.0), moving(frame_rate=22.0)),
    limit("reel bit rate", REEL_DRAFT, moving(bit_rate=25_000_000), moving(bit_rate=25_000_001)),
    limit("index first", REEL_DRAFT, moving(index_first=True), moving(index_first=False)),
    limit("story length", STORY_DRAFT, film(duration_s=60.0), film(duration_s=60.5)),
    limit("story size", STORY_DRAFT, film(size_bytes=100 * MIB), film(size_bytes=100 * MIB + 1)),
    Limit(
        name="carousel",
        fits=of_type(CAROUSEL, attachments=(picture(), film()) * 5),
        over=of_type(CAROUSEL, attachments=(picture(),) * 11),
    ),
    Limit(name="a post has a file", fits=DRAFT, over=replace(DRAFT, attachments=())),
    Limit(
        name="a reel has a film",
        fits=of_type(REEL, attachments=(film(),), options={"type": "reel"}),
        over=of_type(REEL, attachments=(), options={"type": "reel"}),
    ),
    Limit(
        name="a story has a file",
        fits=replace(STORY_DRAFT, attachments=(picture(),)),
        over=replace(STORY_DRAFT, attachments=()),
    ),
    Limit(
        name="a story has no text",
        fits=replace(STORY_DRAFT, attachments=(picture(),)),
        over=replace(STORY_DRAFT, attachments=(picture(),), text="x"),
    ),
    Limit(
        name="a story takes no comment",
        fits=of_type(COMMENT, part=1, attachments=()),
        over=of_type(COMMENT, part=1, attachments=(), options={"type": "story"}),
    ),
    Limit(
        name="a cover is a number",
        fits=of_type(REEL, attachments=(film(),), options={"thumb_offset": "1500"}),
        over=of_type(REEL, attachments=(film(),), options={"thumb_offset": "soon"}),
    ),
    Limit(
        name="a sound has a name",
        fits=of_type(REEL, attachments=(film(),), options={"audio_name": "x"}),
        over=of_type(REEL, attachments=(film(),), options={"audio_name": " "}),
    ),
    Limit(name="no cards", fits=DRAFT, over=replace(DRAFT, link="https://a.example")),
)
