"""What Google's stand-ins have in common: its authorization server, its errors, who asks, and access that ends.

Sources, read 2026-11-21: https://developers.google.com/identity/protocols/oauth2/web-server and
https://cloud.google.com/apis/design/errors.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.networks.grants import Grant
from sandbox.networks.network import ACCESS_ENDED, StandIn
from sandbox.networks.oauth import OAuthServer, Style
from sandbox.networks.pages import Look

CLIENT_ID, CLIENT_SECRET = "herald.apps.googleusercontent.test", "GOCSPX-stand-in"
TOKEN_PATH, REVOKE_PATH = "/token", "/revoke"
_STYLE = Style(authorize_path="/o/oauth2/v2/auth", token_path=TOKEN_PATH, pkce="taken")
_STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}


class Refusal(Exception):
    """An answer in Google's error form."""

    def __init__(  # noqa: PLR0913  # what an error says, named
        self,
        status: int,
        reason: str,
        message: str,
        *,
        domain: str = "global",
        name: str = "",
        details: Sequence[object] = (),
    ) -> None:
        super().__init__(message)
        self.status, self.reason, self.message, self.domain = status, reason, message, domain
        self.name = name or _STATUS_NAMES.get(status, "")
        self.details = details

    def answer(self) -> web.Response:
        """The answer; newer interfaces leave `errors` out where there is no reason."""
        error: dict[str, object] = {"code": self.status, "message": self.message}
        if self.reason:
            error["errors"] = [{"message": self.message, "domain": self.domain, "reason": self.reason}]
        if self.name:
            error["status"] = self.name
        if self.details:
            error["details"] = list(self.details)
        return web.json_response({"error": error}, status=self.status)


@dataclass(slots=True)
class Google:
    """The authorization server of one stand-in. `suspended` are consents that do not count at present."""

    oauth: OAuthServer
    suspended: list[Grant] = field(default_factory=list[Grant])

    @classmethod
    def of(cls, look: Look, people: Sequence[str], *, auto_approve: bool) -> "Google":
        """With Herald as its application, under any address to return to."""
        oauth = OAuthServer(_STYLE, look, people, auto_approve=auto_approve)
        oauth.add_app(CLIENT_ID, CLIENT_SECRET)
        return cls(oauth)

    def routes(self) -> list[web.RouteDef]:
        """For the stand-in's application."""
        return [*self.oauth.routes(), web.post(REVOKE_PATH, self.revoke)]

    def issue_token(self, person: str, scopes: tuple[str, ...]) -> tuple[str, str]:
        """Access and refresh token, as if the person had agreed."""
        grants = self.oauth.grants
        grant = Grant(app=grants.apps[CLIENT_ID], person=person, scopes=scopes)
        return grants.new_access(grant, 3600.0).value, grants.new_refresh(grant, None).value

    async def revoke(self, request: web.Request) -> web.Response:
        """`POST /revoke`: any token ends its whole consent; no application has to prove itself."""
        form, grants = await request.post(), self.oauth.grants
        value = str(form.get("token", request.query.get("token", "")))
        token = grants.access.get(value) or grants.refresh.get(value)
        if token is None or not grants.live(token):
            body = {"error": "invalid_token", "error_description": "Token expired or revoked"}
            return web.json_response(body, status=400)
        token.grant.ended = True
        return web.json_response({})

    def person_of(self, request: web.Request, *scopes: str) -> str:
        """Who asks, when the consent covers one of the scopes. Raises the refusals of 401 and 403."""
        value = request.headers.get("Authorization", "").removeprefix("Bearer ")
        person = self.oauth.grants.person_of(value)
        if person is None:
            raise Refusal(401, "authError", "Request had invalid authentication credentials.")
        held = self.oauth.grants.access[value].grant.scopes
        if not set(scopes) & set(held):
            raise Refusal(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        return person

    def follow(self, condition: str) -> None:
        """End the consents there are while the condition says so, and no longer; new ones count."""
        if condition != ACCESS_ENDED:
            for grant in self.suspended:
                grant.ended = False
            self.suspended.clear()
        elif not self.suspended:
            tokens = (*self.oauth.grants.access.values(), *self.oauth.grants.refresh.values())
            found = {id(token.grant): token.grant for token in tokens if not token.grant.ended}
            self.suspended.extend(found.values())
            for grant in self.suspended:
                grant.ended = True


def doorkeeper(network: StandIn, google: Google) -> Middleware:
    """Let consents follow the condition, and answer refusals in Google's form."""

    @web.middleware
    async def keep(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        google.follow(network.condition)
        try:
            return await handler(request)
        except Refusal as refusal:
            return refusal.answer()

    return keep


def away() -> web.Response:
    """What Google answers while it is out of order."""
    return Refusal(503, "backendError", "The service is currently unavailable.").answer()
