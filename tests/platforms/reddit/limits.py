"""Every limit of Reddit: a draft that just fits, and one that is one too many."""

from dataclasses import replace

from tests.platforms.contract import Limit
from tests.platforms.reddit.conftest import DRAFT, PLACE, file, film

LIMITS = (
    Limit(name="text", fits=replace(DRAFT, text="x" * 40_000), over=replace(DRAFT, text="x" * 40_001)),
    Limit(
        name="comment",
        fits=replace(DRAFT, text="x" * 10_000, part=1, options={}),
        over=replace(DRAFT, text="x" * 10_001, part=1, options={}),
    ),
    Limit(
        name="title",
        fits=replace(DRAFT, options={**PLACE, "title": "x" * 300}),
        over=replace(DRAFT, options={**PLACE, "title": "x" * 301}),
    ),
    Limit(name="a title", fits=DRAFT, over=replace(DRAFT, options={"subreddit": "test"})),
    Limit(name="a subreddit", fits=DRAFT, over=replace(DRAFT, options={"title": "x"})),
    Limit(
        name="files",
        fits=replace(DRAFT, attachments=(file(),) * 20),
        over=replace(DRAFT, attachments=(file(),) * 21),
    ),
    Limit(
        name="image bytes",
        fits=replace(DRAFT, attachments=(file(size_bytes=20_971_520),)),
        over=replace(DRAFT, attachments=(file(size_bytes=20_971_521),)),
    ),
    Limit(
        name="films",
        fits=replace(DRAFT, attachments=(film(), file())),
        over=replace(DRAFT, attachments=(film(), film())),
    ),
    Limit(
        name="film bytes",
        fits=replace(DRAFT, attachments=(film(size_bytes=1_073_741_824),)),
        over=replace(DRAFT, attachments=(film(size_bytes=1_073_741_825),)),
    ),
    Limit(
        name="film length",
        fits=replace(DRAFT, attachments=(film(duration_s=900.0),)),
        over=replace(DRAFT, attachments=(film(duration_s=901.0),)),
    ),
    Limit(
        name="choices",
        fits=replace(DRAFT, options={**PLACE, "poll": "a|b|c|d|e|f"}),
        over=replace(DRAFT, options={**PLACE, "poll": "a|b|c|d|e|f|g"}),
    ),
    Limit(
        name="days",
        fits=replace(DRAFT, options={**PLACE, "poll": "a|b", "poll_days": "7"}),
        over=replace(DRAFT, options={**PLACE, "poll": "a|b", "poll_days": "8"}),
    ),
)
