"""What `herald doctor` says about Slack. Asks and changes nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta

from slack_sdk.errors import SlackApiError

from bot import clock
from bot.domain.accounts import Secret
from bot.services import installing, notifying
from bot.services.deps import Deps
from bot.services.doctor import Finding
from handlers.slack.api import UNREACHABLE, Api, error_of, opened
from handlers.slack.door import Keys
from handlers.slack.payload import text
from handlers.slack.scopes import SCOPES

_MOST_NAMED = 5
_LATE = timedelta(minutes=2)
"""Longer than any pause between tries, but those for what a person has to mend."""


async def examine(deps: Deps, keys: Keys) -> AsyncIterator[Finding]:
    """Look at each token: whose it is, what it may do, and whether Socket Mode can be had."""
    if not keys.any:
        async for finding in _unspoken(deps):
            yield finding
        return
    async with opened(keys.api_url) as api:
        known = await installing.list_installations(deps)
        tokens = {installation.token: f"slack {installation.team_id}" for installation in known}
        if keys.bot_token is not None:
            tokens[keys.bot_token] = "slack"
        for token, name in tokens.items():
            yield await _bot(api, name, token)
        if keys.app_token is not None:
            yield await _socket(api, keys.app_token)
    async for finding in _late(deps):
        yield finding


async def _unspoken(deps: Deps) -> AsyncIterator[Finding]:
    """A process without Slack's settings takes what is owed to Slack all the same, and says it in its log."""
    known = [installation for installation in await installing.list_installations(deps) if not installation.revoked]
    if known:
        teams = ", ".join(installation.team_id for installation in known[:_MOST_NAMED])
        detail = f"Herald is in {teams}, but these settings have no Slack: messages would go to the log. Set SLACK_…."
        yield Finding(check="slack", ok=False, detail=detail)


async def _late(deps: Deps) -> AsyncIterator[Finding]:
    """Messages that should have been said by now."""
    owed = await notifying.backlog(deps)
    if owed is None or clock.now() - owed.since < _LATE:
        return
    why = f"last time: {owed.error}" if owed.error else "nobody has tried: does herald serve or a worker run?"
    detail = f"{owed.count:,} wait, the oldest since {owed.since:%Y-%m-%d %H:%M} UTC; {why}"
    yield Finding(check="slack messages", ok=False, detail=detail)


async def _bot(api: Api, name: str, token: Secret) -> Finding:
    try:
        said, granted = await api.whose(token)
    except (SlackApiError, *UNREACHABLE) as error:
        return Finding(check=name, ok=False, detail=_trouble(error, "the bot token"))
    team = text(said.get("team")) or text(said.get("team_id")) or "a workspace"
    missing = [scope for scope in SCOPES if scope not in granted]
    if granted and missing:
        detail = f"{team}, but without {', '.join(missing)}. Bring the app up to manifest.yml and install it again."
        return Finding(check=name, ok=False, detail=detail)
    return Finding(check=name, ok=True, detail=f"{team}, with every scope" if granted else team)


async def _socket(api: Api, token: Secret) -> Finding:
    try:
        await api.write(token, "apps.connections.open")
    except (SlackApiError, *UNREACHABLE) as error:
        return Finding(check="slack socket mode", ok=False, detail=_trouble(error, "SLACK_APP_TOKEN"))
    return Finding(check="slack socket mode", ok=True, detail="a connection can be had")


def _trouble(error: Exception, what: str) -> str:
    if isinstance(error, SlackApiError):
        return f"Slack refuses {what} ({error_of(error)})."
    return f"Slack cannot be reached ({type(error).__name__}). Check the network and HERALD_SLACK_API_URL."
