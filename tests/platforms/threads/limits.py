"""Every limit of Threads: a draft that just fits, and one that is one too many."""

from dataclasses import replace

from tests.platforms.contract import Limit
from tests.platforms.threads.conftest import DRAFT, film, image

MANY = " ".join(f"https://example.com/{number}" for number in range(5))
LIMITS = (
    Limit(name="text", fits=replace(DRAFT, text="x" * 500), over=replace(DRAFT, text="x" * 501)),
    Limit(name="emoji", fits=replace(DRAFT, text="🌲" * 125), over=replace(DRAFT, text="🌲" * 125 + "x")),
    Limit(
        name="links",
        fits=replace(DRAFT, text=MANY),
        over=replace(DRAFT, text=MANY, link="https://example.com/another"),
    ),
    Limit(
        name="files",
        fits=replace(DRAFT, attachments=(image(),) * 20),
        over=replace(DRAFT, attachments=(image(),) * 21),
    ),
    Limit(
        name="description",
        fits=replace(DRAFT, attachments=(image("x" * 1000),)),
        over=replace(DRAFT, attachments=(image("x" * 1001),)),
    ),
    Limit(
        name="image bytes",
        fits=replace(DRAFT, attachments=(image(size_bytes=8_388_608),)),
        over=replace(DRAFT, attachments=(image(size_bytes=8_388_609),)),
    ),
    Limit(
        name="image shape",
        fits=replace(DRAFT, attachments=(image(width_px=1000, height_px=100),)),
        over=replace(DRAFT, attachments=(image(width_px=1100, height_px=100),)),
    ),
    Limit(
        name="video bytes",
        fits=replace(DRAFT, attachments=(film(size_bytes=1_073_741_824),)),
        over=replace(DRAFT, attachments=(film(size_bytes=1_073_741_825),)),
    ),
    Limit(
        name="video length",
        fits=replace(DRAFT, attachments=(film(duration_s=300.0),)),
        over=replace(DRAFT, attachments=(film(duration_s=301.0),)),
    ),
    Limit(
        name="video width",
        fits=replace(DRAFT, attachments=(film(width_px=1920),)),
        over=replace(DRAFT, attachments=(film(width_px=1921),)),
    ),
    Limit(
        name="frame rate",
        fits=replace(DRAFT, attachments=(film(frame_rate=60.0),)),
        over=replace(DRAFT, attachments=(film(frame_rate=61.0),)),
    ),
    Limit(
        name="slow films",
        fits=replace(DRAFT, attachments=(film(frame_rate=23.0),)),
        over=replace(DRAFT, attachments=(film(frame_rate=22.0),)),
    ),
    Limit(
        name="bit rate",
        fits=replace(DRAFT, attachments=(film(bit_rate=100_000_000),)),
        over=replace(DRAFT, attachments=(film(bit_rate=100_000_001),)),
    ),
    Limit(
        name="codec",
        fits=replace(DRAFT, attachments=(film(video_codec="hevc"),)),
        over=replace(DRAFT, attachments=(film(video_codec="vp9"),)),
    ),
    Limit(
        name="index in front",
        fits=replace(DRAFT, attachments=(film(),)),
        over=replace(DRAFT, attachments=(film(index_first=False),)),
    ),
    Limit(
        name="a public address",
        fits=replace(DRAFT, attachments=(image(),)),
        over=replace(DRAFT, attachments=(replace(image(), url=None),)),
    ),
    Limit(
        name="topic tag",
        fits=replace(DRAFT, options={"topic_tag": "x" * 50}),
        over=replace(DRAFT, options={"topic_tag": "x" * 51}),
    ),
    Limit(
        name="choices",
        fits=replace(DRAFT, options={"poll": "a|b|c|" + "d" * 25}),
        over=replace(DRAFT, options={"poll": "a|b|c|" + "d" * 26}),
    ),
    Limit(
        name="long text",
        fits=replace(DRAFT, options={"long_text": "x" * 10_000}),
        over=replace(DRAFT, options={"long_text": "x" * 10_001}),
    ),
)
