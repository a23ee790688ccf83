"""Consent from the command line: print the link, wait for the person to come back, ask which account is meant."""

import asyncio
import sys
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack, nullcontext
from typing import TYPE_CHECKING

import click
from rich.console import Console

from bot import wiring
from bot.cli.output import printable
from bot.cli.running import ACTOR
from bot.domain.errors import Conflict, InvalidContent, invalid
from bot.services import consenting
from bot.services.consenting import Choosing, Offered

if TYPE_CHECKING:
    from bot.domain.accounts import Account
    from bot.wiring import Herald
    from storage.brands import Brand

_LOOK_EVERY_S = 0.5


async def ask(
    herald: "Herald", brand: "Brand", platform: str, server: str, *, picks: Collection[str] = ()
) -> "Sequence[Account]":
    """Send a person to the platform and wait until they agreed. Raises Conflict when they did not.

    The answer comes to `/oauth/callback` of the running web process, or of this command when none is running. Of
    several accounts those named by `picks` are connected; without them the person is asked.
    """
    redirect_uri = f"{herald.public_url}/oauth/callback"
    asked = await consenting.ask_consent(
        herald.deps, brand, platform, server, redirect_uri=redirect_uri, asked_by=ACTOR
    )
    async with AsyncExitStack() as stack:
        try:
            listener = wiring.listening(herald.settings)
        except Conflict:
            pass  # the web process has the address, and hears the answer for us
        else:
            stack.enter_context(listener)
            await stack.enter_async_context(wiring.web(herald, listener))
        click.echo("Open this link and agree. It works for 10 minutes:", err=True)
        click.echo(asked.url, err=True)
        console = Console(stderr=True)
        with console.status("Waiting for your answer…") if console.is_terminal else nullcontext():
            answer = await _answer(herald, asked)
        return await _picked(herald, answer, picks) if isinstance(answer, Choosing) else [answer]


async def _answer(herald: "Herald", asked: consenting.Asked) -> "Account | Choosing":
    try:
        async with asyncio.timeout(consenting.CONSENT_FOR.total_seconds()):
            while True:
                answer = await consenting.consent_outcome(herald.deps, asked)
                if answer is not None:
                    return answer
                await asyncio.sleep(_LOOK_EVERY_S)
    except TimeoutError:
        raise Conflict("Nobody agreed within 10 minutes, so nothing changed. Start again.") from None


async def _picked(herald: "Herald", choosing: Choosing, picks: Collection[str]) -> "Sequence[Account]":
    if picks or not sys.stdin.isatty():
        ids = named(choosing.offered, picks)
        return (await consenting.pick(herald.deps, choosing.state, ids)).accounts
    click.echo(f"{choosing.title} lets Herald publish to several:", err=True)
    for number, offered in enumerate(choosing.offered, start=1):
        click.echo(f"{number:>3}  {_shown(offered)}", err=True)
    while True:
        typed = str(await asyncio.to_thread(click.prompt, "Which? Numbers, with commas between them", err=True))
        try:
            ids = numbered(choosing.offered, typed)
            return (await consenting.pick(herald.deps, choosing.state, ids)).accounts
        except InvalidContent as error:
            click.echo(error.message, err=True)


def named(offered: Sequence[Offered], picks: Collection[str]) -> set[str]:
    """The ids of those with these handles or ids. Raises InvalidContent that lists what there is."""
    found: set[str] = set()
    there = ", ".join(f"{one.handle or one.id}" for one in offered)
    if not picks:
        raise invalid("pick", f"Several accounts fit. Say which with --pick: {there}.")
    for pick in picks:
        wanted = pick.removeprefix("@").casefold()
        fits = [one.id for one in offered if wanted in {one.id.casefold(), one.handle.casefold()}]
        if len(fits) != 1:
            raise invalid("pick", f"{pick[:60]!r} names {'several' if fits else 'none'} of: {there}.")
        found.update(fits)
    return found


def numbered(offered: Sequence[Offered], typed: str) -> set[str]:
    """The ids of the numbers a person typed. Raises InvalidContent."""
    words = typed.replace(",", " ").split()
    if not words or not all(word.isdecimal() and 1 <= int(word) <= len(offered) for word in words):
        raise invalid("pick", f"Type numbers from 1 to {len(offered)}.")
    return {offered[int(word) - 1].id for word in words}


def _shown(offered: Offered) -> str:
    handle = f"@{offered.handle}" if offered.handle else ""
    taken = f"already in {offered.taken_by}" if offered.taken_by is not None else ""
    return printable(" · ".join(part for part in (offered.display_name, handle, offered.kind, taken) if part))
