"""Herald as it was added to a chat's workspace."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.accounts import Secret
from bot.domain.ids import WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInstallation:
    """What Slack said when somebody added Herald."""

    team_id: str
    team_name: str
    enterprise_id: str | None
    app_id: str | None
    bot_id: str
    bot_user_id: str
    scopes: tuple[str, ...]
    installed_by: str | None
    """The user id of who added it."""
    token: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Herald in one Slack workspace, with its bot's token."""

    workspace_id: WorkspaceId
    team_id: str
    enterprise_id: str | None
    app_id: str | None
    bot_id: str
    bot_user_id: str
    scopes: tuple[str, ...]
    installed_by: str | None
    token: Secret
    installed_at: datetime
    revoked: bool
    """Slack refused the token; somebody adds Herald again."""
