"""What the log says of long uploads."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.content import Media, MediaKind
from bot.domain.ids import MediaId
from bot.services.publishing import claim
from bot.services.uploading import progress_of
from bot.services.working import join
from tests.toy_queue import Queue

FILM = Media(
    id=MediaId("med_1"),
    kind=MediaKind.VIDEO,
    mime_type="video/mp4",
    size_bytes=300_000_000,
    sha256="ab" * 32,
    file_name="film.mp4",
)


async def test_a_large_file_is_told_of_at_each_tenth_and_a_small_one_never(
    toy: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    await toy.post("With a film")
    job = (await claim(toy.deps, await join(toy.deps), limit=1))[0]
    assert progress_of(job.item) is None
    heard = progress_of(replace(job.item, media=((FILM, ""),)))
    assert heard is not None

    with caplog.at_level(logging.INFO, logger="bot.services.uploading"):
        for done in range(0, 300_000_001, 2_000_000):
            heard(Path("/media/film"), done, 300_000_000)
            heard(Path("/media/card.png"), done, 500_000)

    said = [record.__dict__["percent"] for record in caplog.records if record.message == "uploading"]
    assert said == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert {record.__dict__["item_id"] for record in caplog.records} == {job.item.id}
