"""Files on their way: what the log says of long uploads, and what becomes of posts whose files are not there."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.accounts import Secret
from bot.domain.content import Media, MediaKind
from bot.domain.ids import MediaId
from bot.domain.items import ErrorClass, Outcome
from bot.domain.media_place import BucketPlace
from bot.domain.publication import Event
from bot.services.composing import keep_upload
from bot.services.publishing import claim, prepare
from bot.services.uploading import progress_of
from bot.services.working import join
from storage.media.bucket import BucketStore
from storage.media.folder import FolderStore
from storage.media.rows import get_media
from tests.ports import free_ports
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


async def test_a_media_store_that_is_away_ends_no_post_and_is_no_fault_of_the_networks(
    toy: Queue, tmp_path: Path
) -> None:
    (nobody,) = free_ports(1)
    place = BucketPlace(
        bucket="media",
        prefix="",
        endpoint=f"http://127.0.0.1:{nobody}",
        region="us-east-1",
        key_id="herald",
        secret=Secret("hush"),
    )
    deps = replace(toy.deps, media=BucketStore(place, FolderStore(tmp_path / "copies")))
    await toy.post("With a film")
    (job,) = await claim(deps, await join(deps), limit=1)

    outcome = await prepare(deps, replace(job, item=replace(job.item, media=((FILM, ""),), tries=9)))

    assert isinstance(outcome, Outcome)
    assert outcome.trouble is not None
    assert (outcome.event, outcome.trouble.kind) == (Event.RELEASE, ErrorClass.UNAVAILABLE)
    assert "media store does not give out film.mp4" in outcome.trouble.message
    assert outcome.learned is None or outcome.learned.answered is None


async def test_a_file_that_should_be_there_ends_no_post_and_the_log_names_it(
    toy: Queue, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The folder is not mounted, or the bucket is the wrong one: what was kept is somewhere else."""
    Image.effect_noise((60, 40), 50).convert("RGB").save(tmp_path / "cup.png")
    kept = await keep_upload(toy.deps, toy.workspace_id, tmp_path / "cup.png", "cup.png")
    async with toy.deps.database.reading() as session:
        media = await get_media(session, toy.workspace_id, MediaId(kept.media_id))
    place = toy.deps.media.path_of(media.sha256)
    place.rename(tmp_path / "elsewhere")
    await toy.post("With a cup")
    (job,) = await claim(toy.deps, await join(toy.deps), limit=1)
    job = replace(job, item=replace(job.item, media=((media, ""),), tries=9))

    outcome = await prepare(toy.deps, job)

    assert isinstance(outcome, Outcome)
    assert outcome.trouble is not None
    assert (outcome.event, outcome.trouble.kind) == (Event.RELEASE, ErrorClass.UNAVAILABLE)
    assert "cup.png is not in Herald's media store, where it should be." in outcome.trouble.message
    assert outcome.learned is None or outcome.learned.answered is None
    assert [record.__dict__["sha256"] for record in caplog.records if "not in the media" in record.message] == [
        media.sha256
    ]
    (tmp_path / "elsewhere").rename(place)
    assert not isinstance(await prepare(toy.deps, job), Outcome)


async def test_a_file_that_was_deleted_ends_its_post(toy: Queue) -> None:
    await toy.post("With a film")
    (job,) = await claim(toy.deps, await join(toy.deps), limit=1)

    outcome = await prepare(toy.deps, replace(job, item=replace(job.item, media=((FILM, ""),))))

    assert isinstance(outcome, Outcome)
    assert outcome.trouble is not None
    assert (outcome.event, outcome.trouble.kind) == (Event.REFUSED, ErrorClass.MEDIA)
    assert outcome.trouble.message == "film.mp4 is no longer there. Add it again."
