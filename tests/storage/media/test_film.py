"""Videos and sounds on their way into the store."""

import random
from pathlib import Path

import av
import pytest

from bot.domain.content import MediaKind
from bot.domain.errors import InvalidContent
from storage.media.folder import FolderStore, Taken
from tests.storage.media.films import XYZ, film, sound, with_place, with_positions


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "media")


async def refusal(store: FolderStore, path: Path) -> str:
    with pytest.raises(InvalidContent) as caught:
        await store.take(path)
    assert [found for found in store.root.rglob("*") if found.is_file()] == []
    assert len(caught.value.problems) == 1
    return caught.value.message


def pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as opened:
        return [bytes(frame.planes[0]) for frame in opened.decode(video=0)]


async def test_a_video_says_what_it_is(store: FolderStore, tmp_path: Path) -> None:
    path = film(tmp_path / "cup.mp4", seconds=2, rate=25, sound="aac")

    media = (await store.take(path)).media

    assert (media.kind, media.mime_type) == (MediaKind.VIDEO, "video/mp4")
    assert (media.width_px, media.height_px) == (64, 48)
    assert media.duration_s == pytest.approx(2, abs=0.1)
    assert media.film is not None
    assert (media.film.video_codec, media.film.audio_codec, media.film.frame_rate) == ("mpeg4", "aac", 25)
    assert media.film.bit_rate
    assert (media.film.rotation, media.film.index_first) == (0, False)


async def test_an_index_in_front_is_seen(store: FolderStore, tmp_path: Path) -> None:
    path = film(tmp_path / "cup.mp4", options={"movflags": "faststart"})

    media = (await store.take(path)).media

    assert media.film is not None
    assert media.film.index_first is True


async def test_a_video_filmed_upright_is_as_high_as_people_see_it(store: FolderStore, tmp_path: Path) -> None:
    media = (await store.take(film(tmp_path / "cup.mp4", rotation=90))).media

    assert (media.width_px, media.height_px) == (48, 64)
    assert media.film is not None
    assert media.film.rotation in {90, 270}


@pytest.mark.parametrize(
    ("name", "codec", "mime_type"),
    [
        ("cup.mov", "mpeg4", "video/quicktime"),
        ("cup.webm", "libvpx-vp9", "video/webm"),
        ("cup.mkv", "mpeg4", "video/x-matroska"),
    ],
)
async def test_every_container_is_known(
    store: FolderStore, tmp_path: Path, name: str, codec: str, mime_type: str
) -> None:
    media = (await store.take(film(tmp_path / name, codec=codec))).media

    assert media.mime_type == mime_type
    assert media.film is not None
    assert media.film.video_codec == codec.removeprefix("libvpx-")
    assert media.duration_s == pytest.approx(1, abs=0.1)


async def test_a_recording_of_a_browser_that_names_no_duration_is_played_through(
    store: FolderStore, tmp_path: Path
) -> None:
    media = (await store.take(film(tmp_path / "cup.webm", codec="libvpx", options={"live": "1"}))).media

    assert media.duration_s == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("name", "codec", "mime_type"),
    [("a.mp3", "libmp3lame", "audio/mpeg"), ("a.flac", "flac", "audio/flac"), ("a.wav", "pcm_s16le", "audio/wav")],
)
async def test_sound_alone_is_sound(store: FolderStore, tmp_path: Path, name: str, codec: str, mime_type: str) -> None:
    media = (await store.take(sound(tmp_path / name, codec=codec))).media

    assert (media.kind, media.mime_type) == (MediaKind.AUDIO, mime_type)
    assert media.duration_s == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(("name", "codec"), [("cup.mp4", "mpeg4"), ("cup.mov", "mpeg4"), ("cup.webm", "libvpx")])
@pytest.mark.parametrize("share", [0.3, 0.9])
async def test_half_a_video_is_refused(store: FolderStore, tmp_path: Path, name: str, codec: str, share: float) -> None:
    path = film(tmp_path / name, codec=codec, options={"movflags": "faststart"} if codec == "mpeg4" else None)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])

    said = await refusal(store, path)

    assert said == f"{name} is cut off: a part of it is missing. Export or upload it again."


async def test_a_video_whose_index_never_came_is_refused(store: FolderStore, tmp_path: Path) -> None:
    path = film(tmp_path / "cup.mp4")
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"moov") - 4])

    assert "is cut off" in await refusal(store, path)


async def test_a_head_of_a_video_before_anything_else_is_refused(store: FolderStore, tmp_path: Path) -> None:
    path = tmp_path / "cup.mp4"
    path.write_bytes(b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + b"<script>alert(1)</script>" * 40)

    assert "cup.mp4 is" in await refusal(store, path)


async def test_a_playlist_that_names_files_here_is_none_of_our_videos(store: FolderStore, tmp_path: Path) -> None:
    path = tmp_path / "list.mp4"
    path.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")

    said = await refusal(store, path)
    assert said == "list.mp4 is not an image, video or sound Herald can read. Export it again."


@pytest.mark.parametrize("seed", range(12))
async def test_a_damaged_film_is_one_sentence_or_a_film(store: FolderStore, tmp_path: Path, seed: int) -> None:
    path = film(tmp_path / "cup.mp4", sound="aac")
    chance, data = random.Random(seed), bytearray(path.read_bytes())  # noqa: S311  # no secret
    for _ in range(40):
        data[chance.randrange(24, len(data))] = chance.randrange(256)
    path.write_bytes(data)

    try:
        taken = await store.take(path)
    except InvalidContent as refused:
        assert len(refused.problems) == 1  # noqa: PT017  # either way is right
    else:
        await store.drop(taken)


async def test_a_video_under_a_pictures_name_is_refused(store: FolderStore, tmp_path: Path) -> None:
    film(tmp_path / "cup.mp4").rename(tmp_path / "cup.jpg")

    said = await refusal(store, tmp_path / "cup.jpg")
    assert said == "cup.jpg is not what its name says: it is video/mp4. Export it again."


async def taken_clean(store: FolderStore, path: Path) -> Taken:
    taken = await store.take(path)
    assert pictures(taken.path) == pictures(path)
    return taken


async def test_where_a_video_was_taken_is_blanked_and_every_picture_stays(store: FolderStore, tmp_path: Path) -> None:
    path = with_place(film(tmp_path / "cup.mp4", sound="aac", metadata={"comment": "Camera of Maya"}))
    original = path.read_bytes()
    assert original.count(XYZ) == 2

    taken = await taken_clean(store, path)

    stored = taken.path.read_bytes()
    assert len(stored) == len(original)
    assert XYZ not in stored
    assert b"Camera of Maya" in original
    assert b"Camera of Maya" not in stored


async def test_the_positions_of_an_action_camera_are_blanked_sample_by_sample(
    store: FolderStore, tmp_path: Path
) -> None:
    path = with_positions(tmp_path / "ride.mp4")
    assert path.read_bytes().count(b"N52.5200E013.4050") == 3

    taken = await taken_clean(store, path)

    assert b"N52.5200" not in taken.path.read_bytes()
    with av.open(str(taken.path)) as opened:
        assert [stream.type for stream in opened.streams] == ["video"]


async def test_the_tags_of_a_webm_are_blanked(store: FolderStore, tmp_path: Path) -> None:
    path = film(tmp_path / "cup.webm", codec="libvpx", metadata={"location": "Berlin, Maya's kitchen"})
    assert b"Maya's kitchen" in path.read_bytes()

    taken = await taken_clean(store, path)

    assert b"Maya's kitchen" not in taken.path.read_bytes()


async def test_a_whole_document_is_taken_and_half_of_one_is_not(store: FolderStore, tmp_path: Path) -> None:
    whole = b"%PDF-1.7\n" + b"1 0 obj << >> endobj\n" * 300 + b"trailer\n%%EOF\n"
    (tmp_path / "deck.pdf").write_bytes(whole)
    media = (await store.take(tmp_path / "deck.pdf")).media
    assert (media.kind, media.mime_type) == (MediaKind.DOCUMENT, "application/pdf")

    (tmp_path / "half.pdf").write_bytes(whole[:4000])
    with pytest.raises(InvalidContent, match=r"half\.pdf is cut off"):
        await store.take(tmp_path / "half.pdf")
