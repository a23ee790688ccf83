"""Adding Herald to a workspace from a browser: to Slack's consent page and back, with a state that is used once.

The state is its own proof: a random part and an end, sealed with the app's secret, the same in the link and in the
browser's cookie. So asking for the page stores nothing; coming back is remembered, in the database, for every machine.
"""

import base64
import hashlib
import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from slack_sdk.errors import SlackApiError

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.errors import NotAllowed
from bot.domain.installations import NewInstallation
from bot.services import installing, repetitions
from bot.services.deps import Deps
from handlers.slack.api import UNREACHABLE, Api, error_of
from handlers.slack.payload import Json, record, text
from handlers.slack.scopes import SCOPES

_log = logging.getLogger(__name__)

_LIFE = timedelta(minutes=10)
_LONGEST = 1_024
_RANDOM_BYTES = 18
RETURN_PATH = "/slack/oauth_redirect"
INSTALL_PATH = "/slack/install"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a browser is answered: another place to go, or a page with a title, a sentence and a link."""

    status: int = 200
    location: str | None = None
    cookie: str | None = None
    """The value to keep in the installer's cookie for ten minutes; empty: forget it."""
    title: str = ""
    text: str = ""
    link: tuple[str, str] | None = None
    """Where to go on, and the words for it."""


_AGAIN = (INSTALL_PATH, "Try again")
_STALE = Visit(
    status=400,
    cookie="",
    title="This link is used up or older than 10 minutes.",
    text="Nothing changed. Begin once more, in the browser you want to end in.",
    link=_AGAIN,
)


class OAuth:
    """Installing by consent, for the app with this id and secret."""

    cookie_name = "herald-slack-state"
    """Ties the way back to the browser that began."""

    def __init__(self, deps: Deps, api: Api, *, client_id: str, client_secret: Secret, public_url: str) -> None:
        self._deps = deps
        self._api = api
        self._client_id = client_id
        self._client_secret = client_secret
        self._return_url = public_url + RETURN_PATH
        self._web = api.url.rstrip("/").removesuffix("/api")

    async def install(self) -> Visit:
        """To Slack's consent page, at once."""
        state = self._issue()
        asked = {
            "client_id": self._client_id,
            "scope": ",".join(SCOPES),
            "state": state,
            "redirect_uri": self._return_url,
        }
        return Visit(status=302, location=f"{self._web}/oauth/v2/authorize?{urlencode(asked)}", cookie=state)

    async def come_back(self, *, state: str, code: str, error: str, cookie: str) -> Visit:
        """Somebody comes back from there. The code and the state are never logged."""
        if not self._sound(state) or not hmac.compare_digest(state.encode(), cookie.encode()):
            return _STALE
        if not await repetitions.first_time(self._deps, f"state:{hashlib.sha256(state.encode()).hexdigest()}"):
            return _STALE
        if error or not code or len(code) > _LONGEST:
            return _refused("You said no in Slack, so nothing changed.", "Herald was not added.")
        new = await self._try(code)
        if isinstance(new, Visit):
            return new
        await installing.install(self._deps, new)
        back = f"{self._web}/app_redirect?{urlencode({'app': new.app_id or '', 'team': new.team_id})}"
        return Visit(
            cookie="",
            title=f"Herald is in {new.team_name}.",
            text="It has written to you there. You can close this page.",
            link=(back, "Back to Slack"),
        )

    async def _try(self, code: str) -> NewInstallation | Visit:
        """What Slack gives for the code, or the page that says why not."""
        try:
            return await self._exchange(code)
        except NotAllowed as refusal:
            return _refused("Herald was not added.", refusal.message)
        except SlackApiError as failed:
            _log.warning("slack refused an installation", extra={"error": error_of(failed)})
            return _refused("Slack did not let Herald in.", "Nothing changed. Begin once more.")
        except UNREACHABLE as failed:
            _log.warning("slack did not answer an installation", extra={"error": type(failed).__name__})
            return _refused("Slack did not answer.", "Nothing changed. Try again in a minute.", status=502)

    async def _exchange(self, code: str) -> NewInstallation:
        granted = await self._api.trade(
            self._client_id, self._client_secret, {"code": code, "redirect_uri": self._return_url}
        )
        token = Secret(text(granted.get("access_token")) or "")
        whose, _ = await self._api.whose(token)
        return _installation(granted, whose, token)

    def _issue(self) -> str:
        end = int((clock.now() + _LIFE).timestamp())
        open_part = f"{end}.{secrets.token_urlsafe(_RANDOM_BYTES)}"
        return f"{open_part}.{self._seal(open_part)}"

    def _sound(self, state: str) -> bool:
        open_part, _, seal = state.rpartition(".")
        end = open_part.partition(".")[0]
        if len(state) > _LONGEST or not (state.isascii() and end.isdigit()):
            return False
        return hmac.compare_digest(self._seal(open_part), seal) and int(end) >= clock.now().timestamp()

    def _seal(self, open_part: str) -> str:
        key = self._client_secret.reveal().encode()
        digest = hmac.new(key, f"herald install state:{open_part}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _installation(granted: Json, whose: Json, token: Secret) -> NewInstallation:
    """Source: docs.slack.dev/reference/methods/oauth.v2.access, read 2026-11-21."""
    team = record(granted.get("team"))
    team_id = text(team.get("id"))
    if team_id is None or granted.get("is_enterprise_install"):
        raise NotAllowed("Herald is added to one workspace at a time, not to a whole organisation. Choose a workspace.")
    return NewInstallation(
        team_id=team_id,
        team_name=text(team.get("name")) or team_id,
        enterprise_id=text(record(granted.get("enterprise")).get("id")),
        app_id=text(granted.get("app_id")),
        bot_id=text(whose.get("bot_id")) or "",
        bot_user_id=text(granted.get("bot_user_id")) or text(whose.get("user_id")) or "",
        scopes=tuple(scope for scope in str(granted.get("scope") or "").split(",") if scope),
        installed_by=text(record(granted.get("authed_user")).get("id")),
        token=token,
    )


def _refused(title: str, sentence: str, *, status: int = 400) -> Visit:
    return Visit(status=status, cookie="", title=title, text=sentence, link=_AGAIN)
