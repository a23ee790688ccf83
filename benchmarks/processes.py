"""Processes that are measured: started, spoken to line by line, and asked what they have used."""

import asyncio
import json
import resource
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import IO

from benchmarks.figures import Usage

_ANSWER_S = 60.0
_END_S = 60.0
_LONGEST_LINE = 16_000_000


class Child:
    """A `python -m benchmarks.<module>` that answers each line of its standard input with one of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self, timeout_s: float = _ANSWER_S) -> str:
        """Its next line. Raises RuntimeError when it ended instead, and TimeoutError."""
        assert self._process.stdout is not None  # noqa: S101  # started with a pipe
        async with asyncio.timeout(timeout_s):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("a measured process ended early")
        return line.decode().strip()

    async def ask(self, question: str = "", *, timeout_s: float = _ANSWER_S) -> str:
        """Send a line and return the answer."""
        assert self._process.stdin is not None  # noqa: S101  # started with a pipe
        self._process.stdin.write(question.encode() + b"\n")
        return await self.line(timeout_s)

    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None

    async def usage(self) -> Usage:
        """What it has used so far, from those that answer with it."""
        return Usage(**json.loads(await self.ask()))

    async def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self._process.kill()
        await self._process.wait()

    async def end(self) -> None:
        """Close its standard input and wait for its end; kill it when it does not come."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if not self.alive():
            return
        try:
            async with asyncio.timeout(_END_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def running(module: str, *arguments: str, log: Path | None = None) -> AsyncGenerator[Child]:
    """The module as a process of its own while the block runs; its complaints go to the log if there is one."""
    with nullcontext() if log is None else log.open("ab") as complaints:
        async with _started(module, arguments, complaints) as child:
            yield child


@asynccontextmanager
async def _started(module: str, arguments: Sequence[str], complaints: IO[bytes] | None) -> AsyncGenerator[Child]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"benchmarks.{module}", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=complaints,
        limit=_LONGEST_LINE,
    )  # fmt: skip
    child = Child(process)
    try:
        yield child
    finally:
        await child.end()


def usage_line() -> str:
    """This process's Usage as JSON."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return json.dumps({"cpu_s": used.ru_utime + used.ru_stime, "peak_mb": _peak_mb(used.ru_maxrss)})


def _peak_mb(maxrss: int) -> float:
    """The largest resident size. Linux counts the parent's into `ru_maxrss`, so it is read from /proc there."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
