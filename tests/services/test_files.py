"""Files on their way into a post: from an address, and made to fit."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.capabilities import MediaRules
from bot.domain.content import MediaKind
from bot.domain.errors import InvalidContent
from bot.domain.fitting import fitted_text
from bot.services import scheduling
from bot.services.files import WebFile, entry_of
from bot.services.planning import Now, Wish, planned
from platforms.addresses import Guard
from platforms.transport import AiohttpTransport
from platforms.web import WebPages
from tests.platforms.raw import Peer, RawServer
from tests.toy_queue import Queue

RULES = MediaRules(
    max_count=1,
    mime_types=frozenset({"image/jpeg", "image/png"}),
    max_bytes=100_000,
    max_width_px=600,
    min_ratio=0.8,
    max_ratio=1.91,
    source="example.org",
    read=date(2026, 11, 21),
)


@pytest.fixture
def strict(toy: Queue) -> Queue:
    """A network with rules for images."""
    connector = toy.deps.connectors["toy"]
    takes = replace(connector.spec.capabilities, media={MediaKind.IMAGE: RULES}, max_attachments=4)
    strict = replace(connector, spec=replace(connector.spec, capabilities=takes))
    return replace(toy, deps=replace(toy.deps, connectors={"toy": strict}))


def noise(path: Path, size: tuple[int, int], mode: str = "RGB") -> Path:
    Image.effect_noise(size, 80).convert(mode).save(path)
    return path


def wish(toy: Queue, *media: Path | WebFile, fit: bool = True) -> Wish:
    entries = tuple((entry, "") for entry in media)
    return Wish(brand=toy.brand, to=("toy",), text="x", when=Now(), media=entries, fit=fit, asked_by="tests")


async def test_an_image_too_large_is_refused_unless_it_may_be_made_to_fit(strict: Queue, tmp_path: Path) -> None:
    path = noise(tmp_path / "cup.png", (1500, 1200))
    with pytest.raises(InvalidContent) as caught:
        await scheduling.check_post(strict.deps, wish(strict, path, fit=False))
    assert "1,500 px wide" in caught.value.message

    plan = await scheduling.check_post(strict.deps, wish(strict, path))

    media = plan.files[0].media
    assert (media.width_px or 0) <= 600
    assert media.size_bytes <= 100_000
    assert plan.files[0].fitted is not None
    said = fitted_text(plan.files[0].fitted)
    assert said.startswith("cup.png: 1,500 x 1,200 px, ")
    assert said.endswith(", for Toy")
    assert media.file_name == ("cup.png" if media.mime_type == "image/png" else "cup.jpg")


@pytest.mark.parametrize("size", [(300, 1200), (1200, 300)])
async def test_a_shape_the_network_does_not_take_gets_a_border_and_loses_nothing(
    strict: Queue, tmp_path: Path, size: tuple[int, int]
) -> None:
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, 0, 30, 30))
    image.paste("blue", (size[0] - 30, size[1] - 30, size[0], size[1]))
    image.save(tmp_path / "cup.png")

    async with planned(strict.deps, wish(strict, tmp_path / "cup.png")) as plan:
        with Image.open(plan.files[0].path) as opened:
            pixels = opened.convert("RGB")
        said = plan.files[0].fitted

    assert 0.79 <= pixels.width / pixels.height <= 1.92
    assert said is not None
    assert "with a border to" in fitted_text(said)
    assert pixels.getpixel((0, 0)) == (255, 255, 255)
    blue = pixels.getchannel("R").point([255 if red < 100 else 0 for red in range(256)]).getbbox()
    assert blue is not None
    assert (blue[2] - blue[0]) / (blue[3] - blue[1]) == pytest.approx(size[0] / size[1], rel=0.05)


async def test_an_image_that_fits_is_left_as_it_is(strict: Queue, tmp_path: Path) -> None:
    path = noise(tmp_path / "cup.jpg", (200, 200))

    plan = await scheduling.check_post(strict.deps, wish(strict, path))

    assert plan.files[0].fitted is None


async def test_a_photo_lying_on_its_side_stands_upright_after_it(strict: Queue, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.effect_noise((1200, 1000), 50).convert("RGB").save(tmp_path / "cup.jpg", exif=exif)

    media = (await scheduling.check_post(strict.deps, wish(strict, tmp_path / "cup.jpg"))).files[0].media

    assert media.width_px
    assert media.height_px
    assert media.width_px < media.height_px


async def test_greys_of_sixteen_bits_stay_what_they_are(strict: Queue, tmp_path: Path) -> None:
    ramp = Image.new("I;16", (1024, 800))
    ramp.putdata([column * 64 for _ in range(800) for column in range(1024)])
    ramp.save(tmp_path / "scan.png")

    async with planned(strict.deps, wish(strict, tmp_path / "scan.png")) as plan:
        assert plan.files[0].fitted is not None
        with Image.open(plan.files[0].path) as opened:
            shown = opened.convert("L")
    greys = [shown.getpixel((shown.width * part // 4, shown.height // 2)) for part in (1, 2, 3)]
    assert greys == pytest.approx([64, 128, 192], abs=4)


async def test_a_printers_picture_keeps_no_profile_of_its_inks(strict: Queue, tmp_path: Path) -> None:
    image = Image.effect_noise((1200, 900), 60).convert("CMYK")
    image.save(tmp_path / "ad.jpg", icc_profile=b"inks")

    async with planned(strict.deps, wish(strict, tmp_path / "ad.jpg")) as plan:
        assert plan.files[0].fitted is not None
        with Image.open(plan.files[0].path) as opened:
            assert (opened.mode, opened.info.get("icc_profile")) == ("RGB", None)


@pytest.mark.parametrize("ending", ["webp", "avif"])
async def test_a_picture_in_a_format_nobody_takes_becomes_one_they_do(
    strict: Queue, tmp_path: Path, ending: str
) -> None:
    Image.new("RGBA", (300, 300), (255, 0, 0, 90)).save(tmp_path / f"cup.{ending}")

    plan = await scheduling.check_post(strict.deps, wish(strict, tmp_path / f"cup.{ending}"))

    assert plan.files[0].media.mime_type in RULES.mime_types


async def test_what_cannot_be_made_small_enough_is_one_sentence(strict: Queue, tmp_path: Path) -> None:
    connector = strict.deps.connectors["toy"]
    takes = replace(connector.spec.capabilities, media={MediaKind.IMAGE: replace(RULES, max_bytes=300)})
    tiny = replace(connector, spec=replace(connector.spec, capabilities=takes))
    deps = replace(strict.deps, connectors={"toy": tiny})

    with pytest.raises(InvalidContent, match=r"cup\.png cannot be made small enough\. Choose another image\."):
        await scheduling.check_post(deps, wish(strict, noise(tmp_path / "cup.png", (600, 600))))


async def test_a_fitted_image_is_what_is_published_and_the_large_one_is_not_kept(strict: Queue, tmp_path: Path) -> None:
    await scheduling.schedule_post(strict.deps, wish(strict, noise(tmp_path / "cup.png", (1500, 1200))))

    kept = [path for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert kept[0].stat().st_size <= 100_000


async def test_a_network_that_fetches_needs_a_public_address(strict: Queue, tmp_path: Path) -> None:
    connector = strict.deps.connectors["toy"]
    takes = replace(connector.spec.capabilities, media={MediaKind.IMAGE: replace(RULES, fetched_by_url=True)})
    fetching = replace(connector, spec=replace(connector.spec, capabilities=takes))
    hidden = replace(strict.deps, connectors={"toy": fetching})
    wanted = wish(strict, noise(tmp_path / "cup.jpg", (200, 200)))

    with pytest.raises(InvalidContent) as caught:
        await scheduling.check_post(hidden, wanted)

    assert caught.value.message == (
        "Toy fetches media from a public address. Set HERALD_PUBLIC_URL to where the internet reaches Herald."
    )
    await scheduling.check_post(replace(hidden, public_url="https://herald.example"), wanted)


# --- By its address ---


class Web:
    """A site with one picture."""

    def __init__(self, picture: bytes) -> None:
        self.picture = picture

    async def serve(self, peer: Peer) -> None:
        while head := await peer.head():
            found = head.startswith("GET /a/cup.png?")
            body = self.picture if found else b""
            status = b"200 OK" if found else b"404 Gone"
            await peer.send(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))


@pytest.fixture
async def web(strict: Queue, tmp_path: Path) -> AsyncIterator[tuple[Queue, str]]:
    picture = noise(tmp_path / "shown.png", (60, 40)).read_bytes()
    async with RawServer(Web(picture).serve) as server, AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        yield replace(strict, deps=replace(strict.deps, web=WebPages(transport))), server.url


async def test_a_file_named_by_its_address_is_fetched_into_the_store(web: tuple[Queue, str], tmp_path: Path) -> None:
    toy, url = web

    await scheduling.schedule_post(toy.deps, replace(wish(toy, WebFile(url=f"{url}/a/cup.png?sig=x")), when=Now()))

    kept = [path for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/gone/cup.png?secret=x", "cup.png at 127.0.0.1 answers with status 404. Check its address."),
        ("", "127.0.0.1 at 127.0.0.1 answers with status 404. Check its address."),
    ],
)
async def test_what_cannot_be_fetched_is_one_sentence_without_the_query(
    web: tuple[Queue, str], path: str, sentence: str
) -> None:
    toy, url = web
    with pytest.raises(InvalidContent) as caught:
        await scheduling.check_post(toy.deps, wish(toy, WebFile(url=f"{url}{path}")))
    assert caught.value.message == sentence


def test_an_address_is_known_from_a_path() -> None:
    assert entry_of("https://example.org/a.png") == WebFile(url="https://example.org/a.png")
    assert entry_of("HTTP://example.org/a.png") == WebFile(url="HTTP://example.org/a.png")
    assert entry_of("a.png", folder=Path("/posts")) == Path("/posts/a.png")
    assert entry_of("file:///etc/passwd") == Path("file:///etc/passwd")
