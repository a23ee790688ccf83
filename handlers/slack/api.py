"""Slack's Web API over one session of ours: nothing is read from the environment, nothing repeated behind our back."""

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.accounts import Secret
from bot.domain.errors import Conflict
from handlers.slack.payload import Json, record
from handlers.slack.quiet import SDK

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# Slack's library leaves its dicts without types; what is read of them is checked here.

_SCOPES = "x-oauth-scopes"
_CONNECT_S = 5.0
_TOTAL_S = 8.0
_AT_ONCE = 50
_HOMES = ("slack.com", "slack-files.com", "slack-gov.com")

_TROUBLES = frozenset(
    {"ratelimited", "rate_limited", "fatal_error", "internal_error", "service_unavailable", "request_timeout"}
)

UNREACHABLE = (aiohttp.ClientError, TimeoutError, OSError)
"""What the client raises when Slack could not be reached, or its answer was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Where Slack is, and the connections to it."""

    url: str
    session: aiohttp.ClientSession

    def client(self, token: Secret | None = None) -> AsyncWebClient:
        """A client that speaks with this token. Cheap; it repeats no call by itself, not even a refused connection."""
        client = AsyncWebClient(
            token=token.reveal() if token is not None else None,
            base_url=self.url,
            session=self.session,
            retry_handlers=[],
            logger=SDK,
        )
        client.proxy = None
        return client

    async def read(self, token: Secret | None, method: str, **params: str | int) -> Json:
        """Ask for something. Raises SlackApiError, or one of `UNREACHABLE`."""
        return record((await _answer(self.client(token), method, data=params)).data)

    async def write(self, token: Secret | None, method: str, **body: Any) -> Json:  # noqa: ANN401  # JSON
        """Change something; arguments that are None are left out. Raises SlackApiError, or one of `UNREACHABLE`."""
        given = {name: value for name, value in body.items() if value is not None}
        return record((await _answer(self.client(token), method, json=given)).data)

    async def whose(self, token: Secret) -> tuple[Json, tuple[str, ...]]:
        """Whose token this is, and its scopes. Raises SlackApiError, or one of `UNREACHABLE`.

        Source: docs.slack.dev/reference/methods/auth.test, read 2026-11-21: the scopes come in a header.
        """
        answer = await _answer(self.client(token), "auth.test")
        told = next((str(value) for name, value in answer.headers.items() if str(name).lower() == _SCOPES), "")
        return record(answer.data), tuple(scope.strip() for scope in told.split(",") if scope.strip())

    async def app_of(self, token: Secret, bot_id: str) -> str | None:
        """The app of a bot, for links that lead to it; None when Slack does not tell.

        Source: docs.slack.dev/reference/methods/bots.info, read 2026-11-21.
        """
        try:
            answer = await _answer(self.client(token), "bots.info", params={"bot": bot_id})
        except SlackApiError:
            return None
        return record(record(answer.data).get("bot")).get("app_id")

    async def trade(self, client_id: str, client_secret: Secret, given: Mapping[str, str]) -> Json:
        """Get a token for a code. Raises SlackApiError, or one of `UNREACHABLE`.

        Source: docs.slack.dev/reference/methods/oauth.v2.access, read 2026-11-21.
        """
        proof = {"client_id": client_id, "client_secret": client_secret.reveal()}
        return record((await _answer(self.client(), "oauth.v2.access", data={**given, **proof})).data)

    def is_slacks(self, url: str) -> bool:
        """Whether this address is Slack's own, or of the server that plays it: only there go tokens and answers."""
        try:
            parts, api = urlsplit(url), urlsplit(self.url)
        except ValueError:
            return False
        if (parts.scheme, parts.hostname) == (api.scheme, api.hostname):
            return True
        host = (parts.hostname or "").lower()
        return parts.scheme == "https" and any(host == home or host.endswith("." + home) for home in _HOMES)

    async def respond(self, url: str, message: Mapping[str, Any]) -> bool:
        """Answer through a response URL: good for 5 answers within 30 minutes. False when Slack does not take it."""
        if not self.is_slacks(url):
            return False
        try:
            async with self.session.post(url, json=dict(message), allow_redirects=False) as answer:
                return answer.status == HTTPStatus.OK
        except UNREACHABLE:
            return False


async def _answer(client: AsyncWebClient, method: str, **given: Any) -> AsyncSlackResponse:  # noqa: ANN401  # JSON
    """What Slack answers; what no JSON object was read from counts as an answer that was lost."""
    try:
        return await client.api_call(method, **given)
    except (AttributeError, LookupError, ValueError) as error:  # how the library stumbles over it
        raise aiohttp.ClientPayloadError("this is no answer of Slack's") from error


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Api, None]:
    """One session for everything that is said to Slack while the block runs."""
    session = aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=_TOTAL_S, connect=_CONNECT_S),
        connector=aiohttp.TCPConnector(limit=_AT_ONCE),
        trust_env=False,
    )
    async with session:
        yield Api(url=url, session=session)


def error_of(error: SlackApiError) -> str:
    """Slack's short word for what went wrong, as `channel_not_found`; `http_503` when the answer had none."""
    return _word(error) or f"http_{status_of(error)}"


class InTrouble(Conflict):
    """Slack did not do what somebody waits for, for a reason of its own that may pass."""

    def __init__(self) -> None:
        super().__init__("Slack did not answer Herald just now. Please do it once more in a minute.")


@contextmanager
def telling_trouble() -> Generator[None]:
    """What of the block's calls fails for a reason of Slack's own is told to people as that. Raises InTrouble."""
    try:
        yield
    except SlackApiError as error:
        if is_trouble(error):
            raise InTrouble from error
        raise
    except UNREACHABLE as error:
        raise InTrouble from error


def is_trouble(error: SlackApiError) -> bool:
    """Whether the same may be taken a minute later: Slack was busy or broken, or the answer was not its own."""
    busy = error_of(error) in _TROUBLES or status_of(error) == HTTPStatus.TOO_MANY_REQUESTS
    return busy or not is_of_slack(error) or status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR


def is_of_slack(error: SlackApiError) -> bool:
    """Whether Slack itself refused, in a word: anything else came from somewhere on the way, or was cut short there."""
    return _word(error) is not None


def _word(error: SlackApiError) -> str | None:
    data: Any = getattr(error.response, "data", None) or {}
    word: Any = data.get("error") if isinstance(data, dict) else None
    return word if isinstance(word, str) and word else None


def status_of(error: SlackApiError) -> int:
    """The HTTP status of the answer; 0 when it is not known."""
    response: Any = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", None)
    return status if isinstance(status, int) else 0


def retry_after_s(error: SlackApiError) -> float | None:
    """How long Slack asks us to wait, in seconds. None when it does not say."""
    response: Any = error.response
    headers: Any = getattr(response, "headers", None) or {}
    told = next((str(value) for name, value in headers.items() if str(name).lower() == "retry-after"), "")
    return float(told) if told.isascii() and told.isdigit() else None
