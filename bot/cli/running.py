"""How a command gets at Herald: settings from the environment, everything opened, one task, everything closed."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click

from bot.domain.accounts import Secret
from bot.domain.errors import invalid

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.wiring import Herald

T = TypeVar("T")

ACTOR = "cli"
"""Who the journal names for what is done on the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the command."""

    environ: Mapping[str, str]


def settings() -> "Settings":
    """What the environment says. Raises ConfigurationError."""
    from bot.config import read_settings  # noqa: PLC0415  # only commands that need it load it
    from platforms import REGISTER  # noqa: PLC0415

    call = click.get_current_context().find_object(Call)
    return read_settings(call.environ if call is not None else {}, tuple(REGISTER))


def run(use: "Callable[[Herald], Awaitable[T]]", *, check_schema: bool = True, wait_s: float = 0.0) -> T:
    """Open everything, do this, close everything. For a database server that is not there yet it waits so long."""
    from bot.wiring import opened  # noqa: PLC0415  # as above

    chosen = settings()

    async def whole() -> T:
        async with opened(chosen, check_schema=check_schema, wait_s=wait_s) as herald:
            return await use(herald)

    return asyncio.run(whole())


def read_secret(label: str, field: str) -> Secret:
    """A secret from standard input, or from a person without showing it. Raises InvalidContent when there is none."""
    typed = str(click.prompt(label, hide_input=True, err=True)) if sys.stdin.isatty() else sys.stdin.readline()
    typed = typed.strip()
    if not typed:
        raise invalid(field, f"The {field} is missing. Give it on standard input.")
    return Secret(typed)
