"""A person's file on its way into the store."""

import os
import stat
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.content import MediaKind
from bot.domain.errors import InvalidContent
from storage.media import folder
from storage.media.folder import FolderStore
from storage.media.sniff import file_name


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "media")


def kept(store: FolderStore) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


def photo(path: Path, *, orientation: int = 1, format: str = "JPEG") -> Path:  # noqa: A002  # Pillow's word
    image = Image.effect_noise((60, 40), 50).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera of Maya"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    exif.get_ifd(0x8825)[1] = "N"
    image.save(path, format, exif=exif)
    return path


async def refusal(store: FolderStore, path: Path) -> str:
    with pytest.raises(InvalidContent) as caught:
        await store.take(path)
    assert kept(store) == []
    return caught.value.message


@pytest.mark.parametrize(
    ("format", "mime_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")],
)
async def test_an_image_is_known_by_its_bytes(store: FolderStore, tmp_path: Path, format: str, mime_type: str) -> None:  # noqa: A002
    path = tmp_path / "cup.txt"
    Image.new("RGB", (60, 40), "red").save(path, format)
    taken = await store.take(path)
    assert (taken.media.kind, taken.media.mime_type) == (MediaKind.IMAGE, mime_type)
    assert (taken.media.width_px, taken.media.height_px) == (60, 40)
    assert taken.media.file_name == "cup.txt"
    assert taken.path.stat().st_size == taken.media.size_bytes


async def test_a_photo_with_others_behind_it_is_the_first_of_them(store: FolderStore, tmp_path: Path) -> None:
    """As phones and cameras write them: with a map of how bright it is, or the other eye's picture."""
    shown, behind = (Image.effect_noise((60, 40), 50).convert("RGB") for _ in range(2))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    shown.save(tmp_path / "IMG_1.jpg", "MPO", save_all=True, append_images=[behind], exif=exif)

    taken = await store.take(tmp_path / "IMG_1.jpg")

    assert (taken.media.kind, taken.media.mime_type) == (MediaKind.IMAGE, "image/jpeg")
    assert (taken.media.width_px, taken.media.height_px) == (40, 60)
    with Image.open(taken.path) as cleaned:
        assert cleaned.format == "JPEG"
        assert dict(cleaned.getexif()) == {0x0112: 6}


@pytest.mark.parametrize("format", ["GIF", "AVIF", "JPEG", "PNG", "WEBP"])
async def test_a_damaged_image_is_a_sentence_wherever_it_is_damaged(
    store: FolderStore,
    tmp_path: Path,
    format: str,  # noqa: A002
) -> None:
    frames = [Image.effect_noise((12, 8), 50), Image.effect_noise((12, 8), 20)]
    frames[0].save(tmp_path / "whole", format, save_all=format == "GIF", append_images=frames[1:])
    whole, path = (tmp_path / "whole").read_bytes(), tmp_path / "cup"
    for place in range(0, len(whole), max(len(whole) // 150, 1)):
        for damaged in (whole[:place], whole[:place] + bytes(2) + whole[place + 2 :]):
            path.write_bytes(damaged)
            try:
                await store.drop(await store.take(path))
            except InvalidContent as refused:
                assert refused.message.startswith("cup ")  # noqa: PT017  # most of them are refused, not all


async def test_an_animated_gif_is_a_kind_of_its_own(store: FolderStore, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (await store.take(tmp_path / "a.gif")).media.kind is MediaKind.GIF


async def test_the_same_bytes_are_kept_once(store: FolderStore, tmp_path: Path) -> None:
    Image.new("RGB", (6, 4)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes())
    first, second = await store.take(tmp_path / "a.png"), await store.take(tmp_path / "b.png")
    await store.keep(first)
    await store.keep(second)
    assert kept(store) == [store.path_of(first.media.sha256)]


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF"])
async def test_a_kept_file_is_on_the_disk_whole_and_under_its_name(
    store: FolderStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    format: str,  # noqa: A002
) -> None:
    taken = await store.take(photo(tmp_path / "cup", format=format))
    path = store.path_of(taken.media.sha256)
    written: dict[int, int | list[str]] = {}
    really = os.fsync

    def fsync(handle: int) -> None:
        there = os.fstat(handle)
        is_folder = stat.S_ISDIR(there.st_mode)
        written[there.st_ino] = os.listdir(handle) if is_folder else there.st_size
        really(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    await store.keep(taken)

    assert written[path.stat().st_ino] == taken.media.size_bytes
    assert written[path.parent.stat().st_ino] == [path.name]
    assert written[store.root.stat().st_ino] == [one.name for one in store.root.iterdir()]


async def test_the_store_can_be_tried_out(store: FolderStore, tmp_path: Path) -> None:
    assert await store.try_out() == str(store.root)
    assert kept(store) == []
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"):
        await FolderStore(tmp_path / "file" / "media").try_out()


async def test_a_dropped_file_leaves_nothing(store: FolderStore, tmp_path: Path) -> None:
    Image.new("RGB", (6, 4)).save(tmp_path / "a.png")
    await store.drop(await store.take(tmp_path / "a.png"))
    assert kept(store) == []


async def test_a_text_file_named_png_is_refused(store: FolderStore, tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_text("I am no picture")
    assert await refusal(store, tmp_path / "shot.png") == (
        "shot.png is not an image, video or sound Herald can read. Export it again."
    )


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
async def test_half_an_image_is_refused(store: FolderStore, tmp_path: Path, format: str) -> None:  # noqa: A002
    photo(tmp_path / "whole", format=format)
    whole = (tmp_path / "whole").read_bytes()
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    assert "is not an image, video or sound Herald can read" in await refusal(store, tmp_path / "half")


async def test_empty_missing_and_odd_files_are_refused(store: FolderStore, tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    os.mkfifo(tmp_path / "pipe.png")
    assert "empty.png is empty" in await refusal(store, tmp_path / "empty.png")
    assert "gone.png cannot be read" in await refusal(store, tmp_path / "gone.png")
    assert "is not a file" in await refusal(store, tmp_path / "pipe.png")
    assert "is not a file" in await refusal(store, tmp_path)
    assert "cannot be read" in await refusal(store, Path("nul\0byte.png"))


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
async def test_which_way_is_up_is_kept_in_every_format(store: FolderStore, tmp_path: Path, format: str) -> None:  # noqa: A002
    taken = await store.take(photo(tmp_path / "cup", orientation=6, format=format))
    assert (taken.media.width_px, taken.media.height_px) == (40, 60)
    with Image.open(taken.path) as cleaned:
        assert dict(cleaned.getexif()) == {0x0112: 6}


async def test_what_a_phone_hangs_behind_a_picture_is_left_out(store: FolderStore, tmp_path: Path) -> None:
    path = photo(tmp_path / "cup.jpg")
    whole = path.read_bytes()
    path.write_bytes(whole + b"\0\0\0\x18ftypmp42 a film with +52.5200+013.4050/ in it")

    taken = await store.take(path)

    stored = taken.path.read_bytes()
    assert b"+52.5200" not in stored
    assert stored.endswith(b"\xff\xd9")
    with Image.open(taken.path) as cleaned, Image.open(path) as original:
        assert cleaned.tobytes() == original.tobytes()


async def test_a_progressive_picture_stays_whole(store: FolderStore, tmp_path: Path) -> None:
    image = Image.effect_noise((300, 200), 90).convert("RGB")
    image.save(tmp_path / "cup.jpg", quality=95, progressive=True, comment=b"Maya")

    taken = await store.take(tmp_path / "cup.jpg")

    assert b"Maya" not in taken.path.read_bytes()
    with Image.open(taken.path) as cleaned, Image.open(tmp_path / "cup.jpg") as original:
        assert cleaned.tobytes() == original.tobytes()


async def test_what_an_animation_lasts_is_known(store: FolderStore, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (10, 90, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=400)
    media = (await store.take(tmp_path / "a.gif")).media
    assert (media.frames, media.duration_s) == (3, 1.2)


async def test_a_picture_of_a_phone_in_heif_is_refused_with_the_way_out(store: FolderStore, tmp_path: Path) -> None:
    (tmp_path / "cup.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500))
    assert await refusal(store, tmp_path / "cup.heic") == (
        "cup.heic is HEIC, which no network takes. Export it as JPEG."
    )


async def test_a_picture_that_would_fill_the_memory_is_not_decoded(store: FolderStore, tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )
    (tmp_path / "bomb.png").write_bytes(bomb)
    message = await refusal(store, tmp_path / "bomb.png")
    assert len(message) < 120


async def test_a_file_too_large_is_refused_while_it_is_copied(store: FolderStore, tmp_path: Path) -> None:
    with (tmp_path / "huge.mp4").open("wb") as file:
        file.write(b"\0\0\0\x18ftypisom")
        file.truncate(folder.MAX_BYTES + 1)
    assert await refusal(store, tmp_path / "huge.mp4") == "huge.mp4 is larger than 1,000 MB. Make it smaller."


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
async def test_what_a_photo_tells_besides_its_picture_is_left_out(
    store: FolderStore,
    tmp_path: Path,
    format: str,  # noqa: A002
) -> None:
    path = photo(tmp_path / "cup", format=format)
    taken = await store.take(path)
    stored = taken.path.read_bytes()
    assert b"Camera of Maya" in path.read_bytes()
    assert b"Camera of Maya" not in stored
    with Image.open(taken.path) as cleaned, Image.open(path) as original:
        assert not cleaned.getexif().get_ifd(0x8825)
        assert cleaned.tobytes() == original.tobytes()


async def test_which_way_is_up_is_kept(store: FolderStore, tmp_path: Path) -> None:
    taken = await store.take(photo(tmp_path / "cup.jpg", orientation=6))
    assert (taken.media.width_px, taken.media.height_px) == (40, 60)
    with Image.open(taken.path) as cleaned:
        assert dict(cleaned.getexif()) == {0x0112: 6}


async def test_a_place_that_cannot_be_removed_is_refused(store: FolderStore, tmp_path: Path) -> None:
    message = await refusal(store, photo(tmp_path / "cup.avif", format="AVIF"))
    assert message == "cup.avif says where it was taken. Export it as JPEG, which Herald can clean."


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\cup.png", "cup.png"),
        ("a\x1b[31mred\n.png", "a�[31mred�.png"),
        ("x" * 300 + ".png", "x" * 75 + "….png"),
        ("/", "file"),
    ],
)
def test_a_hostile_name_is_only_a_name(typed: str, shown: str) -> None:
    assert file_name(typed) == shown
