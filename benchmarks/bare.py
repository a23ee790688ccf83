"""The limit: the same POSTs over the same transport with no queue at all.

Run as `python -m benchmarks.bare SINK_URL POSTS IN_FLIGHT`. It says "ready" and answers an empty line with its usage.
A line with an instant, in seconds since 1970, starts the posting then; its answer is the instant of the last answer.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator

from benchmarks.content import TOKEN, json_of
from benchmarks.processes import usage_line
from platforms.addresses import Guard
from platforms.transport import AiohttpTransport, Outgoing


async def serve(sink_url: str, posts: int, in_flight: int) -> None:
    """Do as told, line by line."""
    async with AiohttpTransport(guard=Guard(allow_loopback=True), max_in_flight=in_flight) as transport:
        await transport.warm(sink_url, in_flight)
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            if not line.strip():
                print(usage_line(), flush=True)
                continue
            await asyncio.sleep(float(line) - time.time())
            await post_all(transport, sink_url, posts, in_flight)
            print(time.time(), flush=True)


async def post_all(transport: AiohttpTransport, sink_url: str, posts: int, in_flight: int) -> None:
    """Send them all, at most `in_flight` at a time, and read every answer."""
    numbers = iter(range(posts))
    async with asyncio.TaskGroup() as group:
        for _ in range(min(in_flight, posts)):
            group.create_task(_post_some(transport, f"{sink_url}/posts", numbers))


async def _post_some(transport: AiohttpTransport, url: str, numbers: Iterator[int]) -> None:
    for number in numbers:
        headers = [("content-type", "application/json"), ("authorization", f"Bearer {TOKEN}")]
        request = Outgoing(method="POST", url=url, headers=headers, body=json_of(number).encode(), timeout_s=30.0)
        json.loads((await transport.exchange(request)).body)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
