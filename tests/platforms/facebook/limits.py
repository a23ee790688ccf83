"""Two drafts around each limit."""

from dataclasses import replace

from platforms.facebook.kinds import COMMENT, REEL, STORY, VIDEO
from tests.platforms.contract import Limit
from tests.platforms.facebook.pieces import (
    DRAFT,
    film,
    limit,
    of_type,
    picture,
)

LIMITS = (
    Limit(name="text", fits=replace(DRAFT, text="x" * 63_206), over=replace(DRAFT, text="x" * 63_207)),
    Limit(
        name="emoji count twice",
        fits=replace(DRAFT, text="😀" * 31_603),
        over=replace(DRAFT, text="😀" * 31_604),
    ),
    Limit(
        name="comment",
        fits=of_type(COMMENT, part=1, text="x" * 8_000),
        over=of_type(COMMENT, part=1, text="x" * 8_001),
    ),
    Limit(
        name="photos",
        fits=replace(DRAFT, attachments=(picture(),) * 10),
        over=replace(DRAFT, attachments=(picture(),) * 11),
    ),
    limit("photo size", DRAFT, picture(size_bytes=4_194_304), picture(size_bytes=4_194_305)),
    limit("description", DRAFT, replace(picture(), alt_text="x" * 1_000), replace(picture(), alt_text="x" * 1_001)),
    limit("film length", of_type(VIDEO), film(duration_s=14_400.0), film(duration_s=14_401.0)),
    limit("film size", of_type(VIDEO), film(size_bytes=10_737_418_240), film(size_bytes=10_737_418_241)),
    limit("reel length", of_type(REEL, options={"type": "reel"}), film(duration_s=90.0), film(duration_s=90.5)),
    limit(
        "reel shape",
        of_type(REEL, options={"type": "reel"}),
        film(width_px=540, height_px=960),
        film(width_px=530, height_px=942),
    ),
    limit("reel is upright", of_type(REEL, options={"type": "reel"}), film(), film(width_px=1920)),
    limit(
        "story length",
        of_type(STORY, text="", options={"type": "story"}),
        film(duration_s=60.0),
        film(duration_s=60.5),
    ),
    Limit(
        name="a reel is a film",
        fits=of_type(REEL, attachments=(film(),), options={"type": "reel"}),
        over=of_type(REEL, options={"type": "reel"}),
    ),
    Limit(
        name="a story has no text",
        fits=of_type(STORY, text="", attachments=(picture(),), options={"type": "story"}),
        over=of_type(STORY, text="x", attachments=(picture(),), options={"type": "story"}),
    ),
    Limit(
        name="a card stands alone",
        fits=replace(DRAFT, link="https://a.example"),
        over=replace(DRAFT, link="https://a.example", attachments=(picture(),)),
    ),
    Limit(
        name="a story takes no comment",
        fits=of_type(COMMENT, part=1),
        over=of_type(COMMENT, part=1, options={"type": "story"}),
    ),
    Limit(
        name="a title belongs to films",
        fits=of_type(VIDEO, attachments=(film(),), options={"title": "x"}),
        over=replace(DRAFT, options={"title": "x"}),
    ),
    Limit(
        name="a title says something",
        fits=of_type(VIDEO, attachments=(film(),), options={"title": "x"}),
        over=of_type(VIDEO, attachments=(film(),), options={"title": " "}),
    ),
)
