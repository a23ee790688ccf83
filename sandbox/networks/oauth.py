"""An authorization server of any network: asks a person, gives, renews and takes back tokens, in that network's way.

A stand-in makes one from its `Style`, adds its `routes()`, and asks `grants.person_of(token)` at its own doors. What
vendors do differently is data; the answers of one that fits nowhere are rewritten by `Style.shape`.
"""

import base64
import hashlib
import hmac
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from urllib.parse import unquote_plus, urlencode

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.grants import App, Grant, Grants, Token
from sandbox.networks.pages import Look

Body = dict[str, object]
_TOKEN, _REFRESH, _CODE = "token", "refresh_token", "authorization_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How one network does OAuth 2. Times are lives in seconds; None: without end."""

    authorize_path: str = "/authorize"
    token_path: str = "/token"  # noqa: S105  # a path
    further_paths: tuple[str, ...] = ()
    """Where else tokens are given: of exchanges and renewals that have addresses of their own."""
    revoke_path: str = ""
    client: str = "body"
    """How an app names itself: `body`, `basic` or `public`."""
    client_id_name: str = "client_id"
    scope_separator: str = " "
    pkce: str = "required"
    """`required`, `taken` or `unknown` (then its parameters are refused)."""
    first_s: float | None = 3600.0
    """Of the access token a code brings."""
    refresh_s: float | None = None
    """Of refresh tokens."""
    gives_refresh: bool = True
    rotates: bool = False
    """Whether each refresh token serves once; one that comes again then ends the whole consent."""
    exchange: tuple[str, str] | None = None
    """Grant type and parameter of the exchange for a long-lived token: `("th_exchange_token", "access_token")`."""
    renewal: tuple[str, str] | None = None
    """The same of the renewal by a live access token."""
    long_s: float | None = 5_184_000.0
    """Of the tokens those two bring."""
    refuses_with_200: bool = False
    further: Callable[[Grant], Mapping[str, object]] = lambda _grant: {}
    """What else an answer with tokens says."""
    shape: Callable[[Body], Body] = lambda body: body
    """The answer with tokens, as this network writes it."""


class Refusal(Exception):
    """An error of the protocol (RFC 6749 §5.2)."""

    def __init__(self, code: str, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.code, self.words, self.status = code, words, status


@dataclass(slots=True)
class OAuthServer:
    """One network's. `people` are the names a person can agree as, `lose_answers` how many answers get lost next."""

    style: Style
    look: Look
    people: Sequence[str]
    grants: Grants = field(default_factory=Grants)
    auto_approve: bool = False
    lose_answers: int = 0
    """Token answers to be cut off after they were carried out."""
    asked: list[str] = field(default_factory=list[str])
    """The grant type of each token request, in order."""

    def add_app(self, client_id: str, client_secret: str, *redirect_uris: str) -> App:
        """Know an application."""
        app = App(client_id=client_id, client_secret=client_secret, redirect_uris=redirect_uris)
        self.grants.apps[client_id] = app
        return app

    def routes(self) -> list[web.RouteDef]:
        """For the stand-in's application."""
        style = self.style
        found = [web.get(style.authorize_path, self.authorize), web.post(style.authorize_path, self.decide)]
        for path in (style.token_path, *style.further_paths):
            found += [web.post(path, self.give), web.get(path, self.give, allow_head=False)]
        if style.revoke_path:
            found.append(web.post(style.revoke_path, self.revoke))
        return found

    # --- Asking ----------------------------------------------------------------------------------------------------

    async def authorize(self, request: web.Request) -> web.Response:
        """A page that asks, or, with `approve=PERSON` or `auto_approve`, a yes at once."""
        values = dict(request.query)
        try:
            app = self._asking(values)
        except Refusal as refusal:
            return pages.card_page(self.look, "Not possible", f"<p>{escape(refusal.words)}</p>", status=refusal.status)
        if self.auto_approve or "approve" in values:
            return self._yes(values, app, values.get("approve", ""))
        return self._page(request, app, values)

    async def decide(self, request: web.Request) -> web.Response:
        """What the person on the page answered."""
        form = await request.post()
        values = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            app = self._asking(values)
        except Refusal as refusal:
            return pages.card_page(self.look, "Not possible", f"<p>{escape(refusal.words)}</p>", status=refusal.status)
        if values.get("decision") == "no":
            return self._back(values, {"error": "access_denied", "error_description": "The person said no."})
        return self._yes(values, app, values.get("person", ""))

    def _asking(self, values: Mapping[str, str]) -> App:
        app = self.grants.apps.get(values.get(self.style.client_id_name, ""))
        if app is None:
            raise Refusal("invalid_client", "This application is unknown.", 401)
        uri = values.get("redirect_uri", "")
        if not uri or (app.redirect_uris and uri not in app.redirect_uris):
            raise Refusal("invalid_request", "The address to return to is not registered.")
        if values.get("response_type") != "code":
            raise Refusal("unsupported_response_type", "Only codes are given.")
        self._check_challenge(values)
        return app

    def _check_challenge(self, values: Mapping[str, str]) -> None:
        challenge = values.get("code_challenge")
        if challenge is None and self.style.pkce == "required":
            raise Refusal("invalid_request", "A code challenge is required.")
        if challenge is not None and self.style.pkce == "unknown":
            raise Refusal("invalid_request", "What is a code challenge?")
        if challenge is not None and values.get("code_challenge_method") != "S256":
            raise Refusal("invalid_request", "The challenge's method must be S256.")

    def _page(self, request: web.Request, app: App, values: Mapping[str, str]) -> web.Response:
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in values.items()
        )
        wishes = "".join(f"<li>{escape(scope)}</li>" for scope in self._scopes(values))
        people = "".join(
            f'<label class="choice"><input type="radio" name="person" value="{escape(person)}"'
            f"{' checked' if at == 0 else ''}><span><b>{escape(person)}</b></span></label>"
            for at, person in enumerate(self.people)
        )
        title = f"{app.name} asks for access"
        body = (
            f'<div class="panel"><h1>{escape(title)}</h1><p class="soft">It wants:</p><ul>{wishes}</ul>'
            f'<form method="post" action="{escape(request.path)}">{hidden}'
            f"<fieldset><legend>Allow as</legend>{people}</fieldset>"
            '<div class="answers"><button class="yes" name="decision" value="yes">Allow</button>'
            '<button name="decision" value="no">Deny</button></div></form></div>'
        )
        return pages.card_page(self.look, title, body)

    def _scopes(self, values: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(filter(None, values.get("scope", "").split(self.style.scope_separator)))

    def _yes(self, values: Mapping[str, str], app: App, person: str) -> web.Response:
        known = person if person in self.people else self.people[0]
        grant = Grant(app=app, person=known, scopes=self._scopes(values))
        return self._back(
            values, {"code": self.grants.new_code(grant, values["redirect_uri"], values.get("code_challenge"))}
        )

    @staticmethod
    def _back(values: Mapping[str, str], answer: Mapping[str, str]) -> web.Response:
        query = dict(answer) | ({"state": values["state"]} if "state" in values else {})
        mark = "&" if "?" in values["redirect_uri"] else "?"
        return web.Response(status=302, headers={"Location": f"{values['redirect_uri']}{mark}{urlencode(query)}"})

    # --- Giving and taking -----------------------------------------------------------------------------------------

    async def give(self, request: web.Request) -> web.Response:
        """Tokens for a code, a refresh token or a live access token."""
        values = await _values(request)
        self.asked.append(values.get("grant_type", ""))
        try:
            body = self.style.shape(self._tokens(request, values))
        except Refusal as refusal:
            return self._refused(refusal)
        if self.lose_answers and request.transport is not None:
            self.lose_answers -= 1
            request.transport.abort()
        return web.json_response(body)

    def _refused(self, refusal: Refusal) -> web.Response:
        status = 200 if self.style.refuses_with_200 else refusal.status
        return web.json_response({"error": refusal.code, "error_description": refusal.words}, status=status)

    def _tokens(self, request: web.Request, values: Mapping[str, str]) -> Body:
        style, kind = self.style, values.get("grant_type")
        by_token = {one[0]: one[1] for one in (style.exchange, style.renewal) if one is not None}
        if kind == _CODE:
            return self._of_code(self._app(request, values), values)
        if kind == _REFRESH and style.gives_refresh:
            return self._of_refresh(self._app(request, values), values.get("refresh_token", ""))
        if kind in by_token and request.method == "GET":
            if style.exchange is not None and kind == style.exchange[0]:
                self._check_secret(values)
            return self._of_access(values.get(by_token[kind], ""))
        raise Refusal("unsupported_grant_type", "This kind of grant is not known.")

    def _app(self, request: web.Request, values: Mapping[str, str]) -> App:
        style = self.style
        client_id, secret = values.get(style.client_id_name, ""), values.get("client_secret")
        if style.client == "basic":
            client_id, secret = _basic(request.headers.get("Authorization", ""))
        app = self.grants.apps.get(client_id)
        proved = style.client == "public" or (
            app is not None and secret is not None and hmac.compare_digest(app.client_secret, secret)
        )
        if app is None or not proved:
            raise Refusal("invalid_client", "The application could not prove itself.", 401)
        return app

    def _check_secret(self, values: Mapping[str, str]) -> None:
        if values.get("client_secret") not in {app.client_secret for app in self.grants.apps.values()}:
            raise Refusal("invalid_client", "The application could not prove itself.", 401)

    def _of_code(self, app: App, values: Mapping[str, str]) -> Body:
        code = self.grants.codes.pop(values.get("code", ""), None)
        if (
            code is None
            or code.grant.app is not app
            or code.redirect_uri != values.get("redirect_uri")
            or code.expires_at <= self.grants.now()
            or not _proved(code.challenge, values.get("code_verifier"))
        ):
            raise Refusal("invalid_grant", "The code is unknown, used, too old or somebody else's.")
        return self._answer(code.grant, self.grants.new_access(code.grant, self.style.first_s), self._next(code.grant))

    def _next(self, grant: Grant) -> Token | None:
        return self.grants.new_refresh(grant, self.style.refresh_s) if self.style.gives_refresh else None

    def _of_refresh(self, app: App, value: str) -> Body:
        token = self.grants.refresh.get(value)
        if token is not None and token.used:
            token.grant.ended = True
        if token is None or token.grant.app is not app or not self.grants.live(token):
            raise Refusal("invalid_grant", "The refresh token is unknown, used, expired or revoked.")
        after = None
        if self.style.rotates:
            token.used, after = True, self._next(token.grant)
        return self._answer(token.grant, self.grants.new_access(token.grant, self.style.first_s), after)

    def _of_access(self, value: str) -> Body:
        token = self.grants.access.get(value)
        if token is None or not self.grants.live(token):
            raise Refusal("invalid_grant", "The access token is unknown, expired or revoked.")
        return self._answer(token.grant, self.grants.new_access(token.grant, self.style.long_s), None)

    def _answer(self, grant: Grant, access: Token, refresh: Token | None) -> Body:
        body: Body = {"access_token": access.value, "token_type": "bearer"}
        body |= self._life(access, "expires_in")
        if refresh is not None:
            body |= {"refresh_token": refresh.value, **self._life(refresh, "refresh_token_expires_in")}
        return body | {"scope": self.style.scope_separator.join(grant.scopes), **self.style.further(grant)}

    def _life(self, token: Token, name: str) -> Body:
        if token.expires_at is None:
            return {}
        return {name: round((token.expires_at - self.grants.now()).total_seconds())}

    async def revoke(self, request: web.Request) -> web.Response:
        """Take a token back; with a refresh token its whole consent. One that is unknown is fine."""
        values = await _values(request)
        try:
            app = self._app(request, values)
        except Refusal as refusal:
            return self._refused(refusal)
        value = values.get(_TOKEN, "")
        if (token := self.grants.refresh.get(value)) is not None and token.grant.app is app:
            token.grant.ended = True
        if (token := self.grants.access.get(value)) is not None and token.grant.app is app:
            token.revoked = True
        return web.json_response({})


async def _values(request: web.Request) -> dict[str, str]:
    if request.method == "GET":
        return dict(request.query)
    form = await request.post()
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _basic(header: str) -> tuple[str, str | None]:
    try:
        user, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    except (Base64Error, UnicodeDecodeError):
        return "", None
    return unquote_plus(user), unquote_plus(password)


def _proved(challenge: str | None, verifier: str | None) -> bool:
    if challenge is None:
        return verifier is None
    digest = hashlib.sha256((verifier or "").encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)
