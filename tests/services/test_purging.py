"""Which files' bytes go, and when."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select, update

from bot import clock
from bot.domain.errors import InvalidContent
from bot.domain.ids import PostId
from bot.domain.media_place import BucketPlace
from bot.domain.publication import State
from bot.services import purging, scheduling
from bot.services.composing import keep_upload
from bot.services.planning import NotYet, Wish
from storage.media.bucket import BucketStore
from storage.media.folder import FolderStore
from storage.media.rows import get_media
from storage.tables import MediaRow, PostItemRow, PostMediaRow
from tests import factories
from tests.toy_queue import Queue

LONG_AGO = timedelta(days=100)
NEEDED = frozenset(State) - {State.PUBLISHED, State.FAILED, State.MISSED, State.CANCELLED}


async def upload(toy: Queue, tmp_path: Path, name: str = "cup.png") -> str:
    """A picture, stored long ago."""
    path = tmp_path / name
    Image.effect_noise((20, 10), 50).convert("RGB").save(path)
    media_id = (await keep_upload(toy.deps, toy.workspace_id, path, name)).media_id
    await age(toy)
    return media_id


async def age(toy: Queue, by: timedelta = LONG_AGO) -> None:
    """Let all that was stored until now be that old, rows and files."""
    then = clock.now() - by
    async with toy.deps.database.transaction() as session:
        await session.execute(update(MediaRow).values(created_at=then, used_at=then))
        await session.execute(update(MediaRow).where(MediaRow.leaves_at.is_not(None)).values(leaves_at=then))
    assert isinstance(toy.deps.media, FolderStore)
    for path in toy.deps.media.root.glob("??/*"):
        os.utime(path, (then.timestamp(), then.timestamp()))


async def attach(toy: Queue, media_id: str, state: State | None, ended: timedelta = LONG_AGO) -> PostId:
    """A post with this file, its one item in that state; None for a draft that goes nowhere yet."""
    then = clock.now() - ended
    post_id = await factories.make_post(toy.deps.database, toy.brand)
    if state is not None:
        await factories.make_item(toy.deps.database, toy.account, post_id, state=state, due_at=then)
    async with toy.deps.database.transaction() as session:
        row = {"post_id": post_id, "position": 0, "workspace_id": toy.workspace_id, "media_id": media_id}
        session.add(PostMediaRow(**row, alt_text=""))
        await session.execute(update(PostItemRow).where(PostItemRow.post_id == post_id).values(missed_after=then))
    return post_id


async def purged(toy: Queue) -> int:
    """Two turns with the notice between them over."""
    assert await purging.purge_media(toy.deps) == 0
    async with toy.deps.database.transaction() as session:
        over = {"leaves_at": clock.now() - timedelta(seconds=1)}
        await session.execute(update(MediaRow).where(MediaRow.leaves_at.is_not(None)).values(over))
    return await purging.purge_media(toy.deps)


async def test_bytes_stay_known_while_the_store_is_away(toy: Queue, tmp_path: Path) -> None:
    media_id = await upload(toy, tmp_path)
    assert await purging.purge_media(toy.deps) == 0
    async with toy.deps.database.transaction() as session:
        await session.execute(update(MediaRow).values(leaves_at=clock.now() - timedelta(seconds=1)))
    place = BucketPlace(bucket="herald", prefix="", endpoint="http://127.0.0.1:1")
    away = replace(toy.deps, media=BucketStore(place, FolderStore(tmp_path / "copies")))

    assert await purging.purge_media(away) == 0
    assert await is_there(toy, media_id)
    assert await purging.purge_media(toy.deps) == 1
    assert not await is_there(toy, media_id)


async def is_there(toy: Queue, media_id: str) -> bool:
    async with toy.deps.database.reading() as session:
        sha256 = (await session.scalars(select(MediaRow.sha256).where(MediaRow.id == media_id))).one()
    return toy.deps.media.path_of(sha256).is_file()


async def test_a_file_that_no_post_ever_took_goes_and_its_numbers_stay(toy: Queue, tmp_path: Path) -> None:
    media_id = await upload(toy, tmp_path)

    assert await purged(toy) == 1

    assert not await is_there(toy, media_id)
    async with toy.deps.database.reading() as session:
        row = (await session.scalars(select(MediaRow))).one()
    assert (row.width_px, row.purged_at is not None) == (20, True)
    assert await purged(toy) == 0


@pytest.mark.parametrize("state", [None, *sorted(NEEDED)])
async def test_what_is_still_to_go_out_keeps_its_files(toy: Queue, tmp_path: Path, state: State | None) -> None:
    media_id = await upload(toy, tmp_path)
    await attach(toy, media_id, state)

    assert await purged(toy) == 0
    assert await is_there(toy, media_id)


async def test_what_ended_long_ago_keeps_none_and_what_ended_lately_does(toy: Queue, tmp_path: Path) -> None:
    old, new = await upload(toy, tmp_path, "old.png"), await upload(toy, tmp_path, "new.png")
    for state in (State.PUBLISHED, State.FAILED, State.MISSED, State.CANCELLED):
        await attach(toy, old, state)
    await attach(toy, new, State.PUBLISHED, ended=timedelta(days=80))

    assert await purged(toy) == 1
    assert (await is_there(toy, old), await is_there(toy, new)) == (False, True)


async def test_one_needed_again_between_notice_and_going_stays(toy: Queue, tmp_path: Path) -> None:
    taken, retried = await upload(toy, tmp_path, "a.png"), await upload(toy, tmp_path, "b.png")
    post_id = await attach(toy, retried, State.FAILED)
    assert await purging.purge_media(toy.deps) == 0

    async with toy.deps.database.reading() as session:
        media = await get_media(session, toy.workspace_id, taken)  # pyright: ignore[reportArgumentType]  # an id
    wish = Wish(brand=toy.brand, to=("toy",), text="x", when=NotYet(), media=((media.id, ""),), asked_by="tests")
    await scheduling.schedule_post(toy.deps, wish)
    async with toy.deps.database.transaction() as session:
        await session.execute(update(PostItemRow).where(PostItemRow.post_id == post_id).values(state="scheduled"))

    assert await purged(toy) == 0
    assert await is_there(toy, taken)
    assert await is_there(toy, retried)


async def test_a_file_another_workspace_still_needs_stays(toy: Queue, tmp_path: Path) -> None:
    media_id = await upload(toy, tmp_path)
    other = await factories.make_workspace(toy.deps.database)
    await keep_upload(toy.deps, other.id, tmp_path / "cup.png", "cup.png")

    assert await purged(toy) == 0
    assert await is_there(toy, media_id)


async def test_a_file_that_went_is_missing_to_a_new_post_until_it_is_added_again(toy: Queue, tmp_path: Path) -> None:
    media_id = await upload(toy, tmp_path)
    assert await purged(toy) == 1
    async with toy.deps.database.reading() as session:
        media = await get_media(session, toy.workspace_id, media_id)  # pyright: ignore[reportArgumentType]  # an id
    wish = Wish(brand=toy.brand, to=("toy",), text="x", when=NotYet(), media=((media.id, ""),), asked_by="tests")

    with pytest.raises(InvalidContent, match=r"cup\.png is missing\. Add it again\."):
        await scheduling.schedule_post(toy.deps, wish)
    again = await keep_upload(toy.deps, toy.workspace_id, tmp_path / "cup.png", "cup.png")
    await scheduling.schedule_post(toy.deps, wish)

    assert again.media_id == media_id
    assert await is_there(toy, media_id)


async def test_what_a_process_left_behind_while_taking_a_file_in_is_swept(toy: Queue, tmp_path: Path) -> None:
    await upload(toy, tmp_path)
    assert isinstance(toy.deps.media, FolderStore)
    left, lying = toy.deps.media.root / "aside" / "left", toy.deps.media.root / "aside" / "lying"
    for path in (left, lying):
        path.write_bytes(b"x")
    long_ago = (clock.machine() - timedelta(days=2)).timestamp()
    os.utime(left, (long_ago, long_ago))

    await purging.purge_media(toy.deps)

    assert (left.exists(), lying.exists()) == (False, True)
