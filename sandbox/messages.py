"""Whole HTTP/1.1 messages as bytes on the wire: read, and kept exactly as they came."""

import asyncio
from dataclasses import dataclass, field

_BODILESS = frozenset({204, 304})


@dataclass(kw_only=True)
class Message:
    """A whole request or answer, as bytes on the wire."""

    start: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    wire: bytes = field(default=b"", repr=False)
    """The message exactly as it came."""

    @property
    def method(self) -> str:
        """Of a request."""
        return self.start.split(" ")[0]

    @property
    def path(self) -> str:
        """Of a request, with its query."""
        return self.start.split(" ")[1]

    @property
    def status(self) -> int:
        """Of an answer."""
        return int(self.start.split(" ")[1])

    def header(self, name: str) -> str:
        """The header's value, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def closes(self) -> bool:
        """Whether the sender ends the connection after this."""
        return self.header("connection").lower() == "close" or self.start.endswith("HTTP/1.0")


async def read_message(
    reader: asyncio.StreamReader, *, head_only: bool = False, is_answer: bool = False
) -> Message | None:
    """The next whole message; None at a clean end. Raises IncompleteReadError when it is cut off."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise
    lines = head.decode("latin-1").split("\r\n")
    pairs = [line.partition(":") for line in lines[1:] if line]
    message = Message(start=lines[0], headers=[(name, value.strip()) for name, _, value in pairs])
    raw = b""
    if is_answer and 100 <= message.status < 200:  # noqa: PLR2004  # interim: the real answer follows
        return await read_message(reader, head_only=head_only, is_answer=True)
    if "chunked" in message.header("transfer-encoding").lower():
        raw, message.body = await _read_chunks(reader)
    elif length := message.header("content-length"):
        raw = b"" if head_only else await reader.readexactly(int(length))
        message.body = raw
    elif is_answer and not head_only and message.status not in _BODILESS:
        message.headers.append(("Connection", "close"))
        raw = message.body = await reader.read()
    message.wire = head + raw
    return message


async def _read_chunks(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The chunks as they came, and the body they make."""
    raw = body = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        piece = await reader.readexactly(size + 2)
        raw += line + piece
        body += piece[:-2]
        if size == 0:
            return raw, body
