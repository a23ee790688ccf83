"""Two posts around each of TikTok's limits: one that just fits, and one that does not."""

from dataclasses import replace

from bot.domain.content import Film
from tests.platforms.contract import Limit
from tests.platforms.tiktok.recorded import PHOTOS, SMALL_FILM, VIDEO, film, photo

LIMITS = (
    Limit(
        name="caption",
        fits=replace(VIDEO, text="x" * 2198 + "☕☕"),
        over=replace(VIDEO, text="x" * 2199 + "☕☕"),
    ),
    Limit(name="emoji", fits=replace(VIDEO, text="😀" * 1100), over=replace(VIDEO, text="😀" * 1100 + "x")),
    Limit(name="description", fits=replace(PHOTOS, text="x" * 4000), over=replace(PHOTOS, text="x" * 4001)),
    Limit(
        name="title",
        fits=replace(PHOTOS, options={**PHOTOS.options, "title": "😀" * 45}),
        over=replace(PHOTOS, options={**PHOTOS.options, "title": "😀" * 45 + "x"}),
    ),
    Limit(
        name="photos",
        fits=replace(PHOTOS, attachments=tuple(photo(number) for number in range(35))),
        over=replace(PHOTOS, attachments=tuple(photo(number) for number in range(36))),
    ),
    Limit(
        name="films",
        fits=VIDEO,
        over=replace(VIDEO, attachments=(SMALL_FILM, SMALL_FILM)),
    ),
    *(
        Limit(
            name=name,
            fits=replace(VIDEO, attachments=(film("facts.mp4", 64, **fits),)),
            over=replace(VIDEO, attachments=(film("facts.mp4", 64, **over),)),
        )
        for name, fits, over in (
            ("bytes of a film", {"size_bytes": 4 * 1024**3}, {"size_bytes": 4 * 1024**3 + 1}),
            ("narrowest film", {"width_px": 360}, {"width_px": 359}),
            ("highest film", {"height_px": 4096}, {"height_px": 4097}),
            ("duration", {"duration_s": 600.0}, {"duration_s": 600.1}),
            ("widest film", {"width_px": 4096}, {"width_px": 4097}),
            ("lowest film", {"height_px": 360}, {"height_px": 359}),
            ("slowest film", {"film": Film(frame_rate=23.0)}, {"film": Film(frame_rate=22.0)}),
            ("fastest film", {"film": Film(frame_rate=60.0)}, {"film": Film(frame_rate=61.0)}),
            ("codec of a film", {"film": Film(video_codec="vp9")}, {"film": Film(video_codec="av1")}),
            ("kind of film", {"mime_type": "video/webm"}, {"mime_type": "video/ogg"}),
        )
    ),
    *(
        Limit(
            name=name,
            fits=replace(PHOTOS, attachments=(photo(), photo(1, **fits))),
            over=replace(PHOTOS, attachments=(photo(), photo(1, **over))),
        )
        for name, fits, over in (
            ("bytes of a photo", {"size_bytes": 20 * 1024**2}, {"size_bytes": 20 * 1024**2 + 1}),
            (
                "short side of a photo",
                {"width_px": 1080, "height_px": 1920},
                {"width_px": 1081, "height_px": 1920},
            ),
            ("kind of photo", {"mime_type": "image/webp"}, {"mime_type": "image/png"}),
        )
    ),
    Limit(
        name="photos need an address",
        fits=PHOTOS,
        over=replace(PHOTOS, attachments=(replace(photo(), url=None), photo(2))),
    ),
    Limit(name="privacy is chosen", fits=VIDEO, over=replace(VIDEO, options={})),
    Limit(
        name="branded content is seen",
        fits=replace(VIDEO, options={"privacy": "only_me", "own_brand": "true"}),
        over=replace(VIDEO, options={"privacy": "only_me", "branded_content": "true"}),
    ),
    Limit(
        name="a promotion that is seen",
        fits=replace(VIDEO, options={"privacy": "only_me", "promotion": "own_brand", "branded_content": "true"}),
        over=replace(VIDEO, options={"privacy": "only_me", "promotion": "both"}),
    ),
    Limit(name="a file is needed", fits=VIDEO, over=replace(VIDEO, attachments=())),
    Limit(
        name="cover",
        fits=replace(PHOTOS, options={"privacy": "public", "cover": "2"}),
        over=replace(PHOTOS, options={"privacy": "public", "cover": "3"}),
    ),
    Limit(
        name="cover of a film",
        fits=replace(VIDEO, options={"privacy": "public", "cover_at_s": "12.125"}),
        over=replace(VIDEO, options={"privacy": "public", "cover_at_s": "soon"}),
    ),
)
