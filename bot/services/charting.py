"""Charts as pictures, drawn by a process of their own that ends: what draws them is never loaded into this one."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

_WITHIN_S = 30.0
_PROGRAM = "bot.services.drawing"
_MOST_BYTES = 5_000_000
_one_at_a_time = asyncio.Semaphore(1)


class CannotDraw(Exception):
    """The picture could not be drawn, for this reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars with their labels; None: unknown."""

    title: str
    bars: Sequence[tuple[str, int | None]]


async def draw(chart: Chart) -> bytes:
    """The chart as PNG. Raises CannotDraw."""
    async with _one_at_a_time:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _PROGRAM,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(_WITHIN_S):
                drawn, said = await process.communicate(json.dumps(asdict(chart)).encode())
        except TimeoutError as error:
            reason = f"drawing took longer than {_WITHIN_S:g} s"
            raise CannotDraw(reason) from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode or not drawn.startswith(b"\x89PNG") or len(drawn) > _MOST_BYTES:
        raise CannotDraw(said.decode(errors="replace").strip()[-300:] or "nothing was drawn")
    return drawn
