"""The pages for connecting an account: the one a link from Slack opens, and where people come back to from a network.

The token in the address is the permission, so nothing of the address is logged, and every form is safe without more.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.domain.accounts import Secret
from bot.domain.errors import InvalidContent, UserError
from bot.domain.ids import WorkspaceId
from bot.services import consenting, guides, installing, linking
from bot.services.deps import Deps
from bot.services.linking import Kept, Link, NotConnected, Old, Used, WrongAccount
from handlers.http import choosing, pages

CALLBACK_PATH = "/oauth/callback"
CLIENT_PATH = "/oauth/client/{platform}.json"
SLACK_URL = "https://slack.com"
_COOKIE = "herald_link_"
"""Holds a link's token while the person is at the network: who finishes is who began. One for each link."""
_SAID_NO = "access_denied"
_META_MARK = "#_"
"""Meta hangs it to its addresses, and some browsers send it along."""
_LONGEST_FORM_BYTES = 16_384
_LONGEST_PARAMETER = 4_096
_LONGEST_TOKEN = 128
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the page shows again after something went wrong; never a secret."""

    way: str = ""
    typed: Mapping[str, str] = field(default_factory=dict[str, str])
    wrong: Mapping[str, str] = field(default_factory=dict[str, str])
    """Sentences by field."""
    alert: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The two addresses, for one Herald."""

    deps: Deps
    public_url: str
    """Where browsers reach us; networks send people back to it."""
    slack_url: str = SLACK_URL
    """Where browsers reach Slack."""

    def routes(self) -> list[Route]:
        """For the application."""
        return [
            Route("/connect/{token}", self.show, methods=["GET"]),
            Route("/connect/{token}", self.take, methods=["POST"]),
            Route(CALLBACK_PATH, self.come_back, methods=["GET"]),
            Route(CALLBACK_PATH, self.pick, methods=["POST"]),
            Route(CLIENT_PATH, self.describe, methods=["GET"]),
        ]

    async def describe(self, request: Request) -> Response:
        """Who Herald is, for authorization servers that read it where its client id points."""
        try:
            platform = str(request.path_params["platform"])
            document = await consenting.client_document(self.deps, platform, self._callback)
        except UserError:
            return JSONResponse({"error": "not_found"}, status_code=404)
        return JSONResponse(document, headers={"Cache-Control": "public, max-age=300"})

    async def show(self, request: Request) -> Response:
        """The link was opened. That alone uses nothing up: previews open links too."""
        try:
            return self._ask(await linking.open_link(self.deps, _token(request), self._callback), Filled())
        except UserError as error:
            return _over(error)

    async def take(self, request: Request) -> Response:
        """The form came."""
        token = _token(request)
        values = await _form(request)
        if values is None:
            return pages.page(
                400, "Nothing changed.", pages.text("The form did not arrive whole. Open the link again.")
            )
        try:
            link = await linking.open_link(self.deps, token, self._callback)
        except UserError as error:
            return _over(error)
        try:
            if values.get("way") == "consent":
                return await self._send_away(link, token, values.get("instance", ""))
            return await self._log_in(link, token, values)
        except (Used, Old) as error:
            return _over(error)
        except UserError as error:
            return self._ask(link, _filled(link, error, values))

    async def _log_in(self, link: Link, token: str, values: Mapping[str, str]) -> Response:
        typed = {
            entry.name: Secret(values.get(entry.name, "")) if entry.secret else values.get(entry.name, "")
            for entry in link.fields
        }
        kept = await linking.login(self.deps, token, typed)
        return await self._done(link.title, kept)

    async def _send_away(self, link: Link, token: str, server: str) -> Response:
        url = await linking.ask_consent(self.deps, token, server, self.public_url + CALLBACK_PATH)
        place = urlsplit(url).hostname or link.title
        page = pages.page(
            200,
            f"On to {link.title}",
            pages.text(f"You agree at {place} and come back here."),
            f'<div class="bar">{pages.button(f"Continue to {place}", url)}</div>',
            go_on=url,
        )
        self._remember(page, token)
        return page

    def _remember(self, page: Response, token: str) -> None:
        """Let this browser, and no other, finish what it began."""
        page.set_cookie(
            _COOKIE + linking.mark_of(token),
            token,
            max_age=round(linking.LINK_FOR.total_seconds()),
            path=self._cookie_path(),
            secure=self.public_url.startswith("https://"),
            httponly=True,
            samesite="lax",
        )

    def _cookie_path(self) -> str:
        return urlsplit(self.public_url).path + CALLBACK_PATH

    async def come_back(self, request: Request) -> Response:
        """Finish a consent. The code and the state are never logged."""
        state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
        code = code.removesuffix(_META_MARK)
        if not state or max(len(state), len(code)) > _LONGEST_PARAMETER:
            return pages.page(400, "This link is not complete.", pages.text("Ask for a new one where you started."))
        token = await self._held(request, state)
        try:
            ended = await consenting.finish_consent(
                self.deps,
                state,
                Secret(code) if code else None,
                refusal=request.query_params.get("error", _SAID_NO),
                issuer=request.query_params.get("iss"),
                link_token=token,
            )
        except (Used, Old) as error:
            return _over(error)
        except UserError as error:
            return _unchanged(error, *await self._again(error, token))
        if isinstance(ended, Kept):
            return await self._finished(ended, token)
        if token is None or not ended.from_link:
            return choosing.in_the_terminal(ended)
        page = choosing.page(ended, action=self._callback)
        self._remember(page, token)
        return page

    async def pick(self, request: Request) -> Response:
        """The person said which of several accounts."""
        values = await _fields(request) or []
        state = dict(values).get("state", "")
        ids = {value for name, value in values if name == choosing.FIELD}
        if not state or len(state) > _LONGEST_PARAMETER:
            return pages.page(400, "Nothing changed.", pages.text("The form did not arrive whole. Connect again."))
        token = await self._held(request, state)
        try:
            return await self._picked(state, ids, token)
        except (Used, Old) as error:
            return _over(error)
        except UserError as error:
            return _unchanged(error, *await self._again(error, token))

    async def _picked(self, state: str, ids: set[str], token: str | None) -> Response:
        try:
            kept = await consenting.pick(self.deps, state, ids, link_token=token)
        except InvalidContent as error:
            still = await consenting.see_choices(self.deps, state, link_token=token)
            return choosing.page(still, action=self._callback, wrong=error.problems[0].message, ticked=ids)
        return await self._finished(kept, token)

    async def _held(self, request: Request, state: str) -> str | None:
        """The link this was begun from, if this browser holds it: somebody may be connecting several at once."""
        tokens = [value for name, value in request.cookies.items() if name.startswith(_COOKIE)]
        return await consenting.link_among(self.deps, state, tokens)

    @property
    def _callback(self) -> str:
        return self.public_url + CALLBACK_PATH

    async def _finished(self, kept: Kept, token: str | None) -> Response:
        page = await self._done(self.deps.connectors[kept.account.platform].spec.title, kept)
        if token is not None:
            page.delete_cookie(_COOKIE + linking.mark_of(token), path=self._cookie_path())
        return page

    async def _again(self, error: UserError, token: str | None) -> list[str]:
        if token is None or len(token) > _LONGEST_TOKEN:
            return []
        label = "Use another account" if isinstance(error, WrongAccount) else "Try again"
        address = f"{self.public_url}/connect/{quote(token, safe='')}"
        parts = [f'<div class="bar">{pages.button(label, address)}</div>']
        with suppress(UserError):
            parts.append(self._guide(await linking.open_link(self.deps, token, self._callback)))
        return parts

    def _ask(self, link: Link, filled: Filled) -> Response:
        return _ask(link, filled, self._guide(link))

    def _guide(self, link: Link) -> str:
        """Where to read how it is done; empty without a guide."""
        part, verb = (guides.CONNECTING, "connect") if link.account is None else (guides.MENDING, "reconnect")
        path = guides.guide_path(self.deps, link.platform, part)
        return pages.link(f"How to {verb} {link.title}: the guide", self.public_url + path) if path else ""

    async def _done(self, title: str, kept: Kept) -> Response:
        parts = [pages.text(f"for {kept.brand.name}", quiet=True)]
        if kept.waiting:
            count = "1 post" if kept.waiting == 1 else f"{kept.waiting} posts"
            ending = "about it" if kept.waiting == 1 else "about each"
            parts.append(pages.text(f"{count} failed while it was disconnected; Slack asks you {ending}."))
        if until := _until(kept):
            parts.append(pages.text(until))
        back = await self._way_back(kept.brand.workspace_id)
        if back is None:
            parts.append(pages.text("You can close this page."))
        else:
            parts.append(f'<div class="bar">{pages.button("Back to Slack", back)}</div>')
        many = len(kept.accounts)
        if many > 1:
            parts.insert(0, pages.text(", ".join(f"@{account.handle}" for account in kept.accounts)))
            return pages.page(200, f"{title} · {many} accounts are connected.", *parts)
        return pages.page(200, f"{title} · @{kept.account.handle} is connected.", *parts)

    async def _way_back(self, workspace_id: WorkspaceId) -> str | None:
        """Herald in the team's Slack. Source: https://docs.slack.dev/interactivity/deep-linking, 2026-11-21."""
        found = await installing.app_of(self.deps, workspace_id)
        return f"{self.slack_url}/app_redirect?{urlencode(found)}" if found is not None else None


# --- The page ------------------------------------------------------------------------------------------------------


def _ask(link: Link, filled: Filled, guide: str) -> Response:
    """The page with its forms; after something went wrong the guide is at hand."""
    who = f", asked by {link.asked_by_name}" if link.asked_by_name else ""
    parts = [pages.text(f"for {link.brand.name}{who} in {link.workspace_name}", quiet=True)]
    title = f"Connect {link.title}"
    if link.account is not None:
        title = f"Reconnect {link.title}"
        parts.append(pages.text(f"Log in as @{link.account.handle}. Its planned posts stay as they are."))
    if filled.alert:
        parts.append(pages.alert(filled.alert, filled.reference))
    if filled.way:
        parts.append(guide)
    if not link.consent and not link.fields:
        return pages.page(409, title, *parts, pages.alert(link.trouble or ""), guide)
    parts.extend(_forms(link, filled))
    parts.append(pages.text("This page is yours alone and works once, within 10 minutes of asking.", quiet=True))
    return pages.page(422 if filled.way else 200, title, *parts)


def _forms(link: Link, filled: Filled) -> list[str]:
    login = _login(link, filled) if link.fields else ""
    if not link.consent:
        return [login]
    consent = pages.form("consent", _server(link, filled), f"Continue to {link.title}")
    if not link.fields:
        return [consent]
    return [consent, pages.folded(f"Use {link.login_by} instead", login, unfolded=filled.way == "login")]


def _server(link: Link, filled: Filled) -> list[str]:
    if not link.asks:
        return []
    ours = filled.way == "consent"
    value, wrong = (filled.typed.get("instance", ""), filled.wrong.get("instance")) if ours else (link.known, None)
    return [pages.entry("instance", link.asks, way="consent", value=value, wrong=wrong)]


def _login(link: Link, filled: Filled) -> str:
    ours = filled.way == "login"
    entries = [
        pages.entry(
            entry.name,
            entry.label,
            way="login",
            value=filled.typed.get(entry.name, "") if ours else "",
            secret=entry.secret,
            required=entry.required,
            wrong=filled.wrong.get(entry.name) if ours else None,
        )
        for entry in link.fields
    ]
    return pages.form("login", entries, f"Connect {link.title}", second=link.consent)


def _filled(link: Link, error: UserError, values: Mapping[str, str]) -> Filled:
    """What the page says of an error: at its field if that is there, else above the form."""
    way = "consent" if values.get("way") == "consent" else "login"
    shown = {"instance"} if way == "consent" else {entry.name for entry in link.fields}
    secret = {entry.name for entry in link.fields if entry.secret}
    typed = {name: value for name, value in values.items() if name in shown - secret}
    if isinstance(error, InvalidContent) and all(problem.field in shown for problem in error.problems):
        wrong = {problem.field: problem.message for problem in error.problems}
        return Filled(way=way, typed=typed, wrong=wrong)
    if isinstance(error, NotConnected):
        words = error.message if error.answered else f"{error.message} Nothing changed."
        return Filled(way=way, typed=typed, alert=words, reference=error.reference)
    return Filled(way=way, typed=typed, alert=f"{error.message} Nothing changed.")


def _until(kept: Kept) -> str | None:
    """How long the access lasts, by the brand's calendar; of several accounts, the first to end."""
    ends = min((account.ends_at for account in kept.accounts if account.ends_at is not None), default=None)
    if ends is None:
        return None
    day = ends.astimezone(ZoneInfo(kept.brand.timezone))
    word = "Renews itself until" if kept.account.renews else "Connect it again before"
    return f"{word} {day.day} {day:%b %Y}."


def _over(error: UserError) -> Response:
    """The link does not open."""
    if isinstance(error, Used | Old):
        return pages.page(410, linking.LINK_IS_OVER, pages.text(linking.NEW_LINK))
    return _unchanged(error)


def _unchanged(error: UserError, *parts: str) -> Response:
    """It did not work, and the error says why."""
    if "nothing changed" in error.message:
        return pages.page(400, error.message, *parts)
    return pages.page(400, "Nothing changed.", pages.text(error.message), *parts)


# --- Requests ------------------------------------------------------------------------------------------------------


def _token(request: Request) -> str:
    token = str(request.path_params["token"])
    return token if len(token) <= _LONGEST_TOKEN else ""


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of a form as browsers send one; None when it is none, or longer than one of ours can be."""
    fields = await _fields(request)
    return None if fields is None else dict(fields)


async def _fields(request: Request) -> list[tuple[str, str]] | None:
    """As `_form`, with fields that come more than once."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM_BYTES:
            return None
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        return None
