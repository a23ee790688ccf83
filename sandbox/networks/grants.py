"""What an authorization server remembers: apps, codes, consents and the tokens that came of them. No HTTP."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

CODE_S = 600.0
_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An application that may ask for consents."""

    client_id: str
    client_secret: str
    name: str = "Herald"
    redirect_uris: tuple[str, ...] = ()
    """Empty: any."""


@dataclass(slots=True, kw_only=True)
class Grant:
    """One consent of one person to one application. All its tokens end when it does."""

    app: App
    person: str
    scopes: tuple[str, ...]
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What the browser brings back; good once."""

    grant: Grant
    redirect_uri: str
    challenge: str | None
    expires_at: datetime


@dataclass(slots=True, kw_only=True)
class Token:
    """An access or refresh token."""

    value: str
    grant: Grant
    expires_at: datetime | None
    used: bool = False
    """Whether a refresh token that serves once has served."""
    revoked: bool = False


@dataclass(slots=True)
class Grants:
    """All of it. `now` may be moved by a test or a stand-in."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    apps: dict[str, App] = field(default_factory=dict[str, App])
    codes: dict[str, Code] = field(default_factory=dict[str, Code])
    access: dict[str, Token] = field(default_factory=dict[str, Token])
    refresh: dict[str, Token] = field(default_factory=dict[str, Token])
    made: int = 0
    """How many access tokens were ever given."""

    def new_code(self, grant: Grant, redirect_uri: str, challenge: str | None) -> str:
        """A code for this consent."""
        value = secrets.token_urlsafe(_BYTES)
        until = self.now() + timedelta(seconds=CODE_S)
        self.codes[value] = Code(grant=grant, redirect_uri=redirect_uri, challenge=challenge, expires_at=until)
        return value

    def new_access(self, grant: Grant, life_s: float | None) -> Token:
        """A fresh access token."""
        self.made += 1
        return self._keep(self.access, "at-", grant, life_s)

    def new_refresh(self, grant: Grant, life_s: float | None) -> Token:
        """A fresh refresh token."""
        return self._keep(self.refresh, "rt-", grant, life_s)

    def _keep(self, place: dict[str, Token], mark: str, grant: Grant, life_s: float | None) -> Token:
        until = self.now() + timedelta(seconds=life_s) if life_s is not None else None
        token = Token(value=mark + secrets.token_urlsafe(_BYTES), grant=grant, expires_at=until)
        place[token.value] = token
        return token

    def live(self, token: Token | None) -> bool:
        """Whether a token is good now."""
        if token is None or token.revoked or token.used or token.grant.ended:
            return False
        return token.expires_at is None or token.expires_at > self.now()

    def person_of(self, access: str) -> str | None:
        """Whose access token this is; None for one that is not good (any more)."""
        token = self.access.get(access)
        return token.grant.person if token is not None and self.live(token) else None

    def end_access(self, person: str | None = None) -> None:
        """Let access tokens run out now, of one person or of all; refresh tokens stay good."""
        for token in self.access.values():
            if person is None or token.grant.person == person:
                token.expires_at = self.now()

    def end_grants(self, person: str | None = None) -> None:
        """Take consents back, as a person does in their settings."""
        for token in (*self.access.values(), *self.refresh.values()):
            if person is None or token.grant.person == person:
                token.grant.ended = True
