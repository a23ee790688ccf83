"""herald posts create --fit: what becomes of pictures is told, and shown, before anything is scheduled."""

from pathlib import Path

from PIL import Image

from tests.cli.desk import Desk
from tests.cli.test_posts import AT, BASE, picture


def noise(path: Path, size: tuple[int, int] = (1000, 800)) -> str:
    """A picture that no format makes small."""
    Image.merge("RGB", [Image.effect_noise(size, 90) for _ in range(3)]).save(path)
    return str(path)


def test_fitting_is_told_and_shown_before_anything_is_scheduled(juniper: Desk, tmp_path: Path) -> None:
    before, folder = juniper.rows(), tmp_path / "look" / "here"
    media = ("--media", noise(tmp_path / "harbour.png"), "--media", picture(tmp_path / "cup.png"))
    fitted = (*BASE, "--now", "Dawn", *media, "--fit", "--dry-run", "--preview", str(folder))
    said = juniper.herald(*fitted)
    assert said.code == 0, said.err
    first, second, look = said.err.strip().splitlines()
    assert first.startswith("harbour.png: 1,000 x 800 px, 2.")
    assert first.endswith(" MB JPEG, for Bluesky")
    assert second == "cup.png: fits as it is"
    (shown,) = folder.iterdir()
    assert look == f"Look at {shown}"
    assert shown.name == "1-harbour-1000-by-800-for-Bluesky.jpg"
    with Image.open(shown) as image:
        assert (image.format, image.size) == ("JPEG", (1000, 800))
    assert shown.stat().st_size <= 2_000_000
    assert (juniper.rows(), juniper.files()) == (before, [])

    (one,) = juniper.good(*fitted)["fitted"]
    assert one["networks"] == ["Bluesky"]
    assert one["before"]["file_name"] == "harbour.png"
    assert one["after"]["size_bytes"] == shown.stat().st_size


def test_what_was_previewed_is_what_is_scheduled(juniper: Desk, tmp_path: Path) -> None:
    path, folder = noise(tmp_path / "harbour.png"), tmp_path / "look"
    juniper.good(*BASE, "--at", AT, "Dawn", "--media", path, "--fit", "--preview", str(folder))
    (kept,), (shown,) = juniper.files(), folder.iterdir()
    assert (juniper.folder / "data" / "media" / kept).read_bytes() == shown.read_bytes()


def test_a_folder_that_cannot_be_written_keeps_the_post_back(juniper: Desk, tmp_path: Path) -> None:
    path, before = picture(tmp_path / "cup.png"), juniper.rows()
    for folder, why in ((path, "File exists"), (f"{path}/look", "Not a directory")):
        said = juniper.herald(*BASE, "--now", "Dawn", "--media", path, "--fit", "--preview", folder)
        assert said.code == 1
        assert said.err.strip() == f"Herald cannot write into {folder}: {why}. Name another folder."
    assert juniper.rows() == before
    said = juniper.herald(*BASE, "--now", "Dawn", "--media", path, "--preview", str(tmp_path))
    assert said.code == 2
    assert "--preview goes with --fit alone." in said.err


def test_a_preview_of_nothing_says_so(juniper: Desk, tmp_path: Path) -> None:
    folder, media = tmp_path / "look", picture(tmp_path / "cup.png")
    said = juniper.herald(*BASE, "--now", "Cup", "--media", media, "--fit", "--dry-run", "--preview", str(folder))
    assert f"Nothing is written to {folder}: no image had to be made to fit." in said.err
    assert list(folder.iterdir()) == []
