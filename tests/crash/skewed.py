"""A worker on a machine whose clock is wrong, or is set while it runs: `python -m tests.crash.skewed SETTINGS SKEW`.

SKEW is a file with the seconds by which the machine's clock is ahead, read whenever somebody asks what time it is.
"""

import asyncio
import datetime as dt
import json
import logging
import sys
from pathlib import Path

from apscheduler.schedulers import base as apscheduler

from bot import clock
from tests.crash.worker import Settings, run


def set_clock(skew: Path) -> None:
    """From now on the machine's clock is that far ahead, for Herald and for APScheduler; the boot clock is not."""

    class Machine(dt.datetime):
        """The clock of that machine."""

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return dt.datetime.now(tz) + dt.timedelta(seconds=float(skew.read_text()))

    clock.datetime = Machine  # pyright: ignore[reportPrivateImportUsage]
    apscheduler.datetime = Machine
    clock.correct(clock.machine() - clock.now())


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    set_clock(Path(sys.argv[2]))
    asyncio.run(run(Settings(**json.loads(sys.argv[1]))))
