"""Consent from the command line: print the link, wait for the person to come back."""

import asyncio
from contextlib import AsyncExitStack, nullcontext
from typing import TYPE_CHECKING

import click
from rich.console import Console

from bot import wiring
from bot.cli.running import ACTOR
from bot.domain.errors import Conflict
from bot.services import connecting

if TYPE_CHECKING:
    from bot.domain.accounts import Account
    from bot.wiring import Herald
    from storage.brands import Brand

_LOOK_EVERY_S = 0.5


async def ask(herald: "Herald", brand: "Brand", platform: str, server: str) -> "Account":
    """Send a person to the platform and wait until they agreed. Raises Conflict when they did not.

    The answer comes to `/oauth/callback` of the running web process, or of this command when none is running.
    """
    redirect_uri = f"{herald.public_url}/oauth/callback"
    asked = await connecting.ask_consent(
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
            return await _answer(herald, asked)


async def _answer(herald: "Herald", asked: connecting.Asked) -> "Account":
    try:
        async with asyncio.timeout(connecting.CONSENT_FOR.total_seconds()):
            while True:
                account = await connecting.consent_outcome(herald.deps, asked)
                if account is not None:
                    return account
                await asyncio.sleep(_LOOK_EVERY_S)
    except TimeoutError:
        raise Conflict("Nobody agreed within 10 minutes, so nothing changed. Start again.") from None
