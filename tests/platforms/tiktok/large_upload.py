"""A process that posts a film by TikTok's connector, and says how much memory that took.

Arguments: the film, the stand-in's address, an access token. Prints one JSON object: `idle_bytes` and `peak_bytes`
(resident, of this program alone), `last` (the last that was heard of the upload) and `post_id`.
"""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

from bot.domain.accounts import Secret, Tokens
from bot.domain.content import Attachment, Draft
from platforms.addresses import Guard
from platforms.base import Endpoints, Published
from platforms.http import Sender
from platforms.tiktok.auth import identify
from platforms.tiktok.prepare import prepare
from platforms.tiktok.publish import publish
from platforms.tiktok.spec import SPEC
from platforms.tiktok.status import poll
from platforms.transport import AiohttpTransport
from tests.platforms.tiktok.recorded import AT, CONNECTED, KEY, SMALL_FILM


def memory(figure: str) -> int:
    """Of /proc/self/status, in bytes: `VmRSS` is now, `VmHWM` the most since this program began."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    [line] = [line for line in lines if line.startswith(f"{figure}:")]
    return int(line.split()[1]) * 1024


async def main(path: Path, size_bytes: int, url: str, token: str) -> dict[str, object]:
    """Say who it is, prepare, publish, and ask until it is out."""
    told: list[tuple[int, int]] = []
    account = replace(CONNECTED.account, service_url=url)
    connected = replace(CONNECTED, account=account, tokens=Tokens(access=Secret(token)))
    media = replace(SMALL_FILM.media, size_bytes=size_bytes)
    draft = Draft(
        text="A long film",
        post_type="tiktok-video",
        attachments=(Attachment(media=media, path=path),),
        options={"privacy": "public"},
        due_at=AT,
    )
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        sender = Sender(transport)
        _ = await identify(sender.wire(SPEC), connected)
        idle_bytes = memory("VmRSS")
        wire = sender.wire(SPEC, progress=lambda _, done, whole: told.append((done, whole)))
        prepared = await prepare(wire, Endpoints(api=url), connected, draft, KEY, None)
        answer: object = await publish(wire, connected, prepared, KEY)
        while not isinstance(answer, Published):
            handle = {"publish_id": prepared.data["publish_id"], "public": True, "asked": 0}
            answer = await poll(wire, connected, handle, KEY)
    return {
        "idle_bytes": idle_bytes,
        "peak_bytes": memory("VmHWM"),
        "last": told[-1],
        "post_id": answer.platform_post_id,
    }


if __name__ == "__main__":
    FILM = Path(sys.argv[1])
    sys.stdout.write(json.dumps(asyncio.run(main(FILM, FILM.stat().st_size, sys.argv[2], sys.argv[3]))))
