"""A film's way to TikTok: the pieces it goes up in, and the request that carries one.

Source: https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide, read 2026-11-21. Pieces of 5 MB (of
either kind of megabyte) keep the last one, which is the creating call and has little time, below 10.5 MB.
"""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from bot.domain.accounts import Secret
from platforms.base import FilePart, Request
from platforms.slices import slices

CHUNK_BYTES = 5 * 1024**2
LARGEST_WHOLE_BYTES = 64_000_000
"""The largest film that may go up in one piece, in decimal megabytes to be sure."""
_PIECE_TIMEOUT_S = 300.0
UPLOAD = "PUT upload_url"
MORE, DONE = 206, 201
GONE_STATUSES = frozenset({400, 403, 404, 416})
"""An upload that TikTok does not take any further: the address is over an hour old, unknown, or has other bytes."""

Pieces = Sequence[tuple[int, int]]
"""(offset, length) of each."""


def pieces_of(size_bytes: int) -> Pieces:
    """The pieces of a film; what is left at its end is part of the last one."""
    return slices(size_bytes, CHUNK_BYTES, merge_below=CHUNK_BYTES)


def source_info(size_bytes: int, pieces: Pieces) -> dict[str, object]:
    """How the upload is announced."""
    return {
        "source": "FILE_UPLOAD",
        "video_size": size_bytes,
        "chunk_size": pieces[0][1] if len(pieces) > 1 else size_bytes,
        "total_chunk_count": len(pieces),
    }


def is_address(upload_url: str) -> bool:
    """Whether TikTok gave a web address to upload to."""
    parts = urlsplit(upload_url)
    return parts.scheme in {"https", "http"} and bool(parts.netloc)


def piece_request(upload_url: str, path: Path, mime_type: str, piece: tuple[int, int], size_bytes: int) -> Request:
    """The request that carries one piece. It needs no token; its address does, and keeps it out of every word."""
    offset, length = piece
    parts = urlsplit(upload_url)
    return Request(
        operation=UPLOAD,
        method="PUT",
        url=parts._replace(query="").geturl(),
        query=tuple((name, Secret(value)) for name, value in parse_qsl(parts.query, keep_blank_values=True)),
        headers={
            "content-type": mime_type,
            "content-range": f"bytes {offset}-{offset + length - 1}/{size_bytes}",
        },
        files=(FilePart(path=path, mime_type=mime_type, offset=offset, length=length),),
        whole_file=True,
        accept_status=GONE_STATUSES,
        timeout_s=_PIECE_TIMEOUT_S,
    )
