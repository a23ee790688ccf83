"""Media in a bucket of a real S3-compatible server that checks signatures."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.errors import Conflict
from bot.domain.media_place import BucketPlace
from storage.media.bucket import BucketStore
from storage.media.folder import FolderStore
from tests.ports import free_ports

_KEY, _SECRET = "herald-test", "not-a-secret-of-anyone"
_WEED = shutil.which("weed") or shutil.which("weed", path=Path(sys.executable).parent)


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BucketPlace]:
    """A running server with an empty bucket."""
    if _WEED is None:
        pytest.skip("seaweedfs is not installed: NOTHING WAS TESTED ON S3")
    folder = tmp_path_factory.mktemp("s3")
    identity = {
        "name": "herald",
        "credentials": [{"accessKey": _KEY, "secretKey": _SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "identities.json").write_text(json.dumps({"identities": [identity]}))
    master, volume, filer, s3_port = free_ports(4)  # it adds 10,000 for its own calls
    command = [_WEED, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}", "-s3", "-volume.max=20"]
    command += [f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}", f"-s3.port={s3_port}"]
    command += [f"-s3.config={folder / 'identities.json'}", "-master.volumeSizeLimitMB=64"]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]  # at fixed ports else, where one server alone has room
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})  # noqa: S603  # ours
    place = BucketPlace(
        bucket="media",
        prefix="herald",
        endpoint=f"http://127.0.0.1:{s3_port}",
        region="us-east-1",
        key_id=_KEY,
        secret=Secret(_SECRET),
    )
    try:
        _wait_until_it_stores(place, process, folder)
        yield place
    finally:
        process.kill()
        process.wait()


def _wait_until_it_stores(place: BucketPlace, process: subprocess.Popen[bytes], folder: Path) -> None:
    import obstore  # noqa: PLC0415  # only where there is a server
    from obstore.exceptions import BaseError  # noqa: PLC0415

    from storage.media import bucket  # noqa: PLC0415

    until = time.monotonic() + 60
    while True:
        try:
            store = BucketStore(place, FolderStore(folder / "probe"))
            obstore.put(store._bucket, "probe", b"x")
        except (BaseError, OSError):
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail((folder / "log").read_text(errors="replace")[-3000:])
            time.sleep(0.2)
        else:
            assert bucket
            return


@pytest.fixture
def store(s3: BucketPlace, tmp_path: Path) -> BucketStore:
    return BucketStore(s3, FolderStore(tmp_path / "here"))


@pytest.fixture
def elsewhere(s3: BucketPlace, tmp_path: Path) -> BucketStore:
    """The same bucket, seen by another machine."""
    return BucketStore(s3, FolderStore(tmp_path / "there"))


def picture(path: Path) -> Path:
    Image.effect_noise((60, 40), 50).convert("RGB").save(path)
    return path


async def test_a_file_kept_by_one_machine_is_fetched_by_another(
    store: BucketStore, elsewhere: BucketStore, tmp_path: Path
) -> None:
    taken = await store.take(picture(tmp_path / "cup.png"))
    await store.keep(taken)
    await store.drop(taken)

    paths = await asyncio.gather(*(elsewhere.fetch(taken.media.sha256) for _ in range(5)))

    assert set(paths) == {elsewhere.path_of(taken.media.sha256)}
    assert paths[0].read_bytes() == store.path_of(taken.media.sha256).read_bytes()
    assert list((tmp_path / "there" / "aside").iterdir()) == []


async def test_a_large_file_goes_up_in_parts_and_comes_back_whole(
    store: BucketStore, elsewhere: BucketStore, tmp_path: Path
) -> None:
    (tmp_path / "deck.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(17_000_000) + b"\n%%EOF\n")
    taken = await store.take(tmp_path / "deck.pdf")
    await store.keep(taken)

    path = await elsewhere.fetch(taken.media.sha256)

    assert path.stat().st_size == taken.media.size_bytes


async def test_the_store_can_be_tried_out(store: BucketStore) -> None:
    assert await store.try_out() == "s3://media/herald"


async def test_what_is_not_there_is_not_found(store: BucketStore) -> None:
    with pytest.raises(FileNotFoundError):
        await store.fetch("ab" * 32)
    assert not await store.has("ab" * 32)


async def test_a_removed_file_is_gone_unless_it_was_kept_again(
    store: BucketStore, elsewhere: BucketStore, tmp_path: Path
) -> None:
    taken = await store.take(picture(tmp_path / "cup.png"))
    await store.keep(taken)
    sha256 = taken.media.sha256

    await store.remove(sha256, unless_kept_since=clock.machine() - timedelta(hours=1))
    assert await store.has(sha256)
    await elsewhere.fetch(sha256)
    await store.remove(sha256, unless_kept_since=clock.machine() + timedelta(hours=1))

    assert not store.path_of(sha256).exists()
    with pytest.raises(FileNotFoundError):
        await store.fetch(sha256)


async def test_copies_not_used_for_long_make_room(s3: BucketPlace, tmp_path: Path) -> None:
    store = BucketStore(s3, FolderStore(tmp_path / "here"), most_bytes=1)
    hashes: list[str] = []
    for number in range(3):
        taken = await store.take(picture(tmp_path / f"{number}.png"))
        await store.keep(taken)
        hashes.append(taken.media.sha256)
    long_ago = time.time() - 7200
    os.utime(store.path_of(hashes[0]), (long_ago, long_ago))
    store.path_of(hashes[2]).unlink()

    await store.fetch(hashes[2])

    assert [store.path_of(one).exists() for one in hashes] == [False, True, True]


def test_copies_that_go_while_room_is_made_are_no_reason_to_lose_a_post(tmp_path: Path) -> None:
    nowhere = BucketPlace(bucket="media", prefix="", endpoint="http://127.0.0.1:9", region="us-east-1")
    store = BucketStore(nowhere, FolderStore(tmp_path), most_bytes=1)
    coming_and_going = [tmp_path / "ab" / f"{number:064x}" for number in range(20)]
    coming_and_going[0].parent.mkdir()
    over = threading.Event()

    def clean() -> None:
        while not over.is_set():
            for path in coming_and_going:
                path.write_bytes(b"x")
            for path in coming_and_going:
                path.unlink(missing_ok=True)

    cleaner = threading.Thread(target=clean)
    cleaner.start()
    try:
        for _ in range(1_000):
            store._make_room()
    finally:
        over.set()
        cleaner.join()


async def test_wrong_keys_are_a_sentence_and_no_secret(s3: BucketPlace, tmp_path: Path) -> None:
    store = BucketStore(replace(s3, secret=Secret("guessed-wrongly")), FolderStore(tmp_path / "here"))
    taken = await store.take(picture(tmp_path / "cup.png"))

    with pytest.raises(Conflict):
        await store.try_out()
    with pytest.raises(Conflict) as caught:
        await store.keep(taken)

    assert caught.value.message == "The media store refuses Herald's keys. Whoever runs Herald has to mend that."
    assert "guessed-wrongly" not in repr(caught.value.__cause__)
