"""Herald comes to a workspace and leaves it."""

from datetime import UTC, datetime

from bot.domain.accounts import Secret
from bot.domain.installations import NewInstallation
from bot.services import installing
from handlers.slack.api import Api
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.payload import Json, record, text


def register(desk: Desk) -> None:
    """Listen for the ends of installations and for people who change."""

    async def gone(body: Json) -> None:
        at = body.get("event_time")
        await installing.uninstall(
            desk.deps,
            text(body.get("enterprise_id")),
            text(body.get("team_id")),
            happened_at=datetime.fromtimestamp(at, UTC) if isinstance(at, int) else None,
        )

    async def revoked(body: Json) -> None:
        """Tokens of single people may be revoked as well; only the bot's ends the installation."""
        if record(record(body.get("event")).get("tokens")).get("bot"):
            await gone(body)

    desk.on_farewell("app_uninstalled", gone)
    desk.on_farewell("tokens_revoked", revoked)
    desk.on_event("user_change", _changed)


async def _changed(call: Call) -> None:
    call.desk.people.forget(call.installation.team_id, call.user_id)


async def introduce(api: Api, token: Secret) -> NewInstallation:
    """Ask Slack whose token this is. Raises SlackApiError, or what the connection raises."""
    said, scopes = await api.whose(token)
    bot_id = str(said.get("bot_id") or "")
    return NewInstallation(
        team_id=str(said["team_id"]),
        team_name=str(said.get("team") or said["team_id"]),
        enterprise_id=said.get("enterprise_id"),
        app_id=await api.app_of(token, bot_id) if bot_id else None,
        bot_id=bot_id,
        bot_user_id=str(said["user_id"]),
        scopes=scopes,
        installed_by=None,
        token=token,
    )
