"""A process that sends a file in pieces, as a connector does, and says how much memory that took.

Arguments: the file, the address, the bytes of a piece. Prints one JSON object: `idle_bytes`, `peak_bytes` (resident),
`told` (how often progress was heard) and `last` (the last that was heard).
"""

import asyncio
import json
import resource
import sys
from pathlib import Path

from platforms.addresses import Guard
from platforms.base import FilePart, Request
from platforms.http import HttpWire
from platforms.slices import slices
from platforms.transport import AiohttpTransport
from tests.platforms.toys import SPEC


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def main(path: Path, size_bytes: int, url: str, chunk_bytes: int) -> dict[str, object]:
    """Send it all."""
    told: list[tuple[int, int]] = []
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        await HttpWire(SPEC, transport).read(Request(operation="idle", method="GET", url=f"{url}/idle"))
        idle_bytes = _peak_bytes()
        for number, (offset, length) in enumerate(slices(size_bytes, chunk_bytes)):
            wire = HttpWire(SPEC, transport, progress=lambda _, done, whole: told.append((done, whole)))
            part = FilePart(path=path, mime_type="video/mp4", field="media", offset=offset, length=length)
            form = (("segment_index", str(number)),)
            await wire.prepare(Request(operation="append", method="POST", url=url, files=(part,), form=form))
    return {"idle_bytes": idle_bytes, "peak_bytes": _peak_bytes(), "told": len(told), "last": told[-1]}


if __name__ == "__main__":
    FILE = Path(sys.argv[1])
    sys.stdout.write(json.dumps(asyncio.run(main(FILE, FILE.stat().st_size, sys.argv[2], int(sys.argv[3])))))
