"""The consent of Reddit: as everywhere, but for how it refuses and that a revocation is answered with nothing."""

from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.grants import App
from sandbox.networks.network import ACCESS_ENDED, StandIn
from sandbox.networks.oauth import Body, OAuthServer, Refusal, Style
from sandbox.networks.pages import Look

LOOK = Look(title="Reddit", band="#b33a00")
_UNAUTHORIZED = 401


@dataclass(slots=True)
class Consent(OAuthServer):
    """Gives, renews and takes back tokens."""

    network: StandIn | None = None
    ended: frozenset[str] = frozenset()
    """Tokens that were given before access ended."""

    def __init__(self, style: Style, *, people: tuple[str, ...], auto_approve: bool, network: StandIn) -> None:
        OAuthServer.__init__(self, style, LOOK, people, auto_approve=auto_approve)
        self.network = network
        self.ended = frozenset()

    def _of_refresh(self, app: App, value: str) -> Body:
        if self.network is not None and self.network.condition == ACCESS_ENDED and value in self.ended:
            raise Refusal("invalid_request", "The person took the consent back.")
        return OAuthServer._of_refresh(self, app, value)  # noqa: SLF001  # its own

    def _refused(self, refusal: Refusal) -> web.Response:
        """Reddit says no to a code with status 200, and to a dead refresh token in words of HTTP."""
        if refusal.status == _UNAUTHORIZED:
            return web.json_response({"message": "Unauthorized", "error": 401}, status=401)
        if "refresh" in refusal.words or refusal.code == "invalid_request":
            return web.json_response({"message": "Bad Request", "error": 400}, status=400)
        return web.json_response({"error": refusal.code})

    async def revoke(self, request: web.Request) -> web.Response:
        """Take a token back: 204."""
        answer = await OAuthServer.revoke(self, request)
        return web.Response(status=204) if answer.status == web.HTTPOk.status_code else answer
