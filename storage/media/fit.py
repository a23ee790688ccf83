"""Making an image what a network takes. The whole picture stays: it shrinks, is compressed, gets a border."""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageOps

from bot.domain.errors import invalid
from bot.domain.fitting import Goal

_QUALITIES = (92, 86, 80, 72, 64)
_STEP = 0.85
_SMALLEST_PX = 200
"""Below that a picture says nothing any more: better to ask."""
_WHITE = (255, 255, 255)
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_SHOWN_AS_RGB = frozenset({"RGB", "RGBA", "P"})
"""Of other pictures (greys, printers' colours) the profile is not one for what they become."""
_READ = (*_FORMATS.values(), "AVIF")


def fit(source: Path, target: Path, goal: Goal, called: str) -> str:
    """Write `source` as the goal says to `target`; returns its type now. Blocks: call it in a thread.

    Raises InvalidContent.
    """
    with Image.open(source, formats=_READ) as opened:
        profile = opened.info.get("icc_profile") if opened.mode in _SHOWN_AS_RGB else None
        upright = _in_eight_bits(ImageOps.exif_transpose(opened))
        see_through = upright.has_transparency_data
        image = upright.convert("RGBA" if see_through else "RGB")
    for canvas in _canvases(image, goal):
        for mime_type in goal.mime_types:
            for options in _settings(mime_type):
                flat = _flat(canvas) if mime_type == "image/jpeg" else canvas
                flat.save(target, _FORMATS[mime_type], icc_profile=profile, **options)
                if target.stat().st_size <= goal.max_bytes:
                    return mime_type
    target.unlink()
    raise invalid("media", f"{called} cannot be made small enough. Choose another image.")


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Greys of 16 bits brought to 8; Pillow by itself makes white of all but the darkest."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda grey: grey * (1 / 256) + 0).convert("L")  # Pillow takes no other form


def _canvases(image: Image.Image, goal: Goal) -> Iterator[Image.Image]:
    """The image as the goal says, and then ever smaller."""
    scale = 1.0
    while min(goal.picture_px) * scale >= min(_SMALLEST_PX, *goal.picture_px):
        size = _scaled(goal.picture_px, scale)
        picture = image.resize(size, Image.Resampling.LANCZOS)  # pyright: ignore[reportUnknownMemberType]  # numpy's
        yield _framed(picture, _scaled(goal.canvas_px, scale)) if goal.has_border else picture
        scale *= _STEP


def _framed(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    canvas = Image.new("RGB", size, _WHITE)
    canvas.paste(_flat(picture), ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
    return canvas


def _flat(picture: Image.Image) -> Image.Image:
    """On white, where something shone through."""
    if picture.mode == "RGB":
        return picture
    white = Image.new("RGBA", picture.size, _WHITE)
    return Image.alpha_composite(white, picture).convert("RGB")


def _settings(mime_type: str) -> Iterator[dict[str, int | bool]]:
    if mime_type == "image/png":
        yield {"optimize": True}
        return
    for quality in _QUALITIES:
        yield {"quality": quality, "optimize": True} if mime_type == "image/jpeg" else {"quality": quality}


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
