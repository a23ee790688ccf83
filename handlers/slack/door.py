"""Slack's door: what is configured is opened, announced and kept open; the rest of Herald runs without it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError

from bot.domain.accounts import Secret
from bot.services import installing
from bot.services.deps import Deps
from handlers.slack import listeners
from handlers.slack.api import UNREACHABLE, Api, error_of, opened
from handlers.slack.app import Desk
from handlers.slack.installs import introduce
from handlers.slack.limits import Pace
from handlers.slack.notifier import SlackNotifier
from handlers.slack.oauth import OAuth
from handlers.slack.people import People
from handlers.slack.sockets import Socket
from handlers.slack.speech import Words
from handlers.slack.web import Hatch

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What Slack gave the operator. Which of them are there decides how Herald is reached."""

    api_url: str
    bot_token: Secret | None = None
    app_token: Secret | None = None
    signing_secret: Secret | None = None
    client_id: str | None = None
    client_secret: Secret | None = None

    @property
    def any(self) -> bool:
        """Whether Slack is configured at all."""
        return self.bot_token is not None or self.client_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Herald in Slack, open."""

    desk: Desk
    hatch: Hatch | None
    """For requests over HTTP; None without a signing secret."""
    oauth: OAuth | None
    """For installing from a browser; None without a client id."""
    socket: Socket | None
    """For Socket Mode; None without an app token."""


@asynccontextmanager
async def opening(
    deps: Deps, keys: Keys, *, public_url: str, register: Callable[[Desk], None] = listeners.register
) -> AsyncGenerator[Door, None]:
    """The door, open while the block runs. Slack being away is no failure: what it takes is tried until it is back."""
    async with opened(keys.api_url) as api:
        desk = Desk(deps, api, People(api), public_url=public_url)
        register(desk)
        door = Door(
            desk=desk,
            hatch=Hatch(desk, keys.signing_secret) if keys.signing_secret is not None else None,
            oauth=_oauth(deps, api, keys, public_url),
            socket=Socket(desk, keys.app_token) if keys.app_token is not None else None,
        )
        tasks = [asyncio.create_task(announce(deps, api, keys.bot_token))] if keys.bot_token is not None else []
        if door.socket is not None:
            tasks.append(asyncio.create_task(door.socket.run()))
        try:
            yield door
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await desk.close()


@asynccontextmanager
async def speaking(deps: Deps, keys: Keys, *, pace: Pace | None = None) -> AsyncGenerator[SlackNotifier, None]:
    """Who brings cards and notices to Slack, while the block runs. Needs no door: a worker alone has one too."""
    async with opened(keys.api_url) as api:
        yield SlackNotifier(deps, api, Words(deps, People(api)), pace=pace)


async def announce(deps: Deps, api: Api, token: Secret) -> None:
    """Make the one workspace of a bot token known, as soon as Slack says which it is."""
    pause, told = _FIRST_PAUSE_S, False
    while True:
        try:
            await installing.install(deps, await introduce(api, token))
        except (SlackApiError, *UNREACHABLE) as error:
            why = error_of(error) if isinstance(error, SlackApiError) else type(error).__name__
            if not told:
                _log.warning("slack does not know us yet; herald keeps asking", extra={"error": why})
            told = True
        else:
            return
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)


def _oauth(deps: Deps, api: Api, keys: Keys, public_url: str) -> OAuth | None:
    if keys.client_id is None or keys.client_secret is None:
        return None
    return OAuth(deps, api, client_id=keys.client_id, client_secret=keys.client_secret, public_url=public_url)
