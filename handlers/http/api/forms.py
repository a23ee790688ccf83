"""A body of `multipart/form-data` with one file: streamed to disk as it comes, never whole in memory."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request

from bot.services import receiving
from bot.services.deps import Deps
from handlers.http.api import reading
from handlers.http.api.endpoint import Form
from handlers.http.api.errors import Fault, Refusal

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_LONGEST_WAIT_S = 60.0
"""For the next bytes."""
_LONGEST_FIELD_BYTES = 10_000
_LONGEST_HEADERS_BYTES = 10_000
_MOST_PARTS = 20
_BESIDE_BYTES = 200_000
"""What a body may have beside its file."""
_LONGEST_NAME = 255
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """What came. The file lies at `path` while the call is served."""

    fields: Any
    """The Struct of what stands beside the file."""
    said: tuple[str, ...]
    """The same as it came, for telling calls apart."""
    path: Path
    file_name: str
    size_bytes: int
    sha256: str


@asynccontextmanager
async def uploaded(deps: Deps, request: Request, form: Form) -> AsyncGenerator[Uploaded]:
    """The body, read to its end. Raises Refusal and UserError."""
    boundary = _boundary(request)
    reading.check_length(request, form.longest_bytes + _BESIDE_BYTES)
    async with receiving.place(deps) as path:
        parts = _Parts(form)
        with await asyncio.to_thread(path.open, "xb") as file:
            await _read(request, boundary, parts, file)
        if parts.file_name is None:
            raise Refusal(Fault.INVALID, f"{form.file} is missing.", param=form.file)
        yield Uploaded(
            fields=reading.asked(QueryParams(parts.fields), form.fields),
            said=tuple(f"{name}={value}" for name, value in sorted(parts.fields.items())),
            path=path,
            file_name=parts.file_name,
            size_bytes=parts.size_bytes,
            sha256=parts.digest.hexdigest(),
        )


def _boundary(request: Request) -> bytes:
    from python_multipart.multipart import parse_options_header  # noqa: PLC0415  # only here

    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 70:  # noqa: PLR2004  # RFC 2046, section 5.1.1
        raise Refusal(Fault.INVALID, "Send the file as multipart/form-data.", param="Content-Type")
    return boundary


async def _read(request: Request, boundary: bytes, parts: "_Parts", file: BinaryIO) -> None:
    from python_multipart.exceptions import FormParserError  # noqa: PLC0415  # only here
    from python_multipart.multipart import MultipartParser  # noqa: PLC0415

    parser = MultipartParser(boundary, parts.callbacks())
    try:
        chunks = request.stream()
        while True:
            async with asyncio.timeout(_LONGEST_WAIT_S):
                chunk = await anext(chunks, None)
            if chunk is None:
                break
            parser.write(chunk)
            if len(parts.pending) >= _BLOCK_BYTES:
                await asyncio.to_thread(file.write, parts.take())
        await asyncio.to_thread(file.write, parts.take())
        parser.finalize()
    except TimeoutError:
        raise Refusal(Fault.INVALID, f"Nothing of the body came for {_LONGEST_WAIT_S:.0f} seconds.") from None
    except (FormParserError, ClientDisconnect):
        raise Refusal(Fault.INVALID, "The body is no multipart/form-data, or was cut off.") from None
    if not parts.ended:
        raise Refusal(Fault.INVALID, "The body is no multipart/form-data, or was cut off.")


@dataclass(slots=True)
class _Parts:
    """What the parser found so far."""

    form: Form
    fields: dict[str, str] = field(default_factory=dict[str, str])
    file_name: str | None = None
    size_bytes: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    pending: bytearray = field(default_factory=bytearray)
    """Bytes of the file that are not written yet."""
    ended: bool = False
    _count: int = 0
    _header: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _disposition: bytes = b""
    _headers_bytes: int = 0
    _name: str = ""
    _in_file: bool = False
    _text: bytearray = field(default_factory=bytearray)

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_done,
            "on_part_data": self._data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def take(self) -> bytes:
        """What is to be written now."""
        block = bytes(self.pending)
        self.pending.clear()
        return block

    def _begin(self) -> None:
        self._count += 1
        if self._count > _MOST_PARTS:
            raise Refusal(Fault.INVALID, f"A form has at most {_MOST_PARTS} fields.")
        self._disposition, self._headers_bytes, self._in_file = b"", 0, False
        self._text.clear()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._measure(end - start)
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._measure(end - start)
        self._value += data[start:end]

    def _measure(self, more: int) -> None:
        self._headers_bytes += more
        if self._headers_bytes > _LONGEST_HEADERS_BYTES:
            raise Refusal(Fault.INVALID, "The headers of a part of the form are too long.")

    def _header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _headers_done(self) -> None:
        from python_multipart.multipart import parse_options_header  # noqa: PLC0415  # only here

        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode(errors="replace")
        self._in_file = self._name == self.form.file
        if not self._in_file:
            return
        if b"filename" not in options:
            raise Refusal(Fault.INVALID, f"{self.form.file} is not a file.", param=self.form.file)
        if self.file_name is not None:
            raise Refusal(Fault.INVALID, f"There are several files. Send one {self.form.file}.", param=self.form.file)
        called = options[b"filename"].decode(errors="replace")
        self.file_name = "".join(letter for letter in called if letter.isprintable())[:_LONGEST_NAME] or "file"

    def _data(self, data: bytes, start: int, end: int) -> None:
        if not self._in_file:
            self._text += data[start:end]
            if len(self._text) > _LONGEST_FIELD_BYTES:
                raise Refusal(Fault.INVALID, f"{self._name[:60]} is too long.", param=self._name[:60])
            return
        piece = data[start:end]
        self.size_bytes += len(piece)
        longest = self.form.longest_of(self.fields)
        if self.size_bytes > longest:
            message = f"A file of this type has at most {longest // 1_000_000} MB. Make it smaller."
            raise Refusal(Fault.TOO_LARGE, message, param=self.form.file)
        self.digest.update(piece)
        self.pending += piece

    def _part_end(self) -> None:
        if not self._in_file:
            self.fields[self._name] = self._text.decode(errors="replace")

    def _end(self) -> None:
        self.ended = True
