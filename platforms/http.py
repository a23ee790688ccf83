"""The one sender, and the one table that says what a failed call means for a post.

`Sender` is the process's; `sender.wire(spec, fence=…)` makes an `HttpWire`, cheap enough for one per item. A wire
creates at most once in its life. It never tries again: that is the queue's business. Only a request that proves to hold
a key (DPoP) and was refused for its nonce alone is sent once more with the right one, inside the same time: by the
standard such a refusal is all the server did (https://www.rfc-editor.org/rfc/rfc9449#section-8, 2026-11-21).

What a broken exchange means (platforms/transport.py says whether a byte was written; a transport that does not say is
taken to have written):

    nothing written                         any verb         Unavailable (Fenced, ContentRefused for a private address)
    written, no whole answer                read, prepare    Unavailable
    written, no whole answer                create           OutcomeUnknown

What a whole answer means, first line that fits:

    2xx, or in the request's accept_status                   the Answer
    a rule of the spec, in the vendor's own form             what the rule raises (for 3xx, 408 and 5xx on create only a
                                                             rule naming that status or code, and only a NotSent class)
    429                                                      RateLimited
    401 · 413                                                TokenExpired · MediaRefused
    3xx, 408, 5xx                                            create: OutcomeUnknown, else Unavailable
    other 4xx in the vendor's form                           403 ScopeMissing, else ContentRefused
    other 4xx in nobody's form                               create: OutcomeUnknown, else Unavailable

The last line is a choice. A page of HTML with status 403 comes from something in front of the platform, mostly before
the platform saw the request, but a filter may also replace the platform's yes by its own no. "Never twice" comes first,
so on `create` it is a doubt that `find` settles; the doubt costs one look, and a post is neither repeated nor dropped.
401, 413 and 429 are refusals by their definition, whoever says them.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from http import HTTPStatus
from typing import Protocol, TypeVar, runtime_checkable

import httpx

from bot.clock import now, uptime_s
from bot.domain.calls import MOST_CALLS, Call
from bot.domain.gates import Allowance
from platforms import outgoing
from platforms.base import CREATE_TIMEOUT_S, Answer, Page, Progress, Request, Spec
from platforms.errors import (
    ContentRefused,
    ErrorRule,
    Fenced,
    MediaRefused,
    NotSent,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    ScopeMissing,
    TokenExpired,
    Unavailable,
)
from platforms.metering import Fence
from platforms.proofs import Nonces, wants_nonce
from platforms.retry_after import retry_after
from platforms.transport import AiohttpTransport, FaultKind, TransportFault

LONGEST_LIMIT = timedelta(hours=24)
"""No platform's "try again at" is believed further ahead than this."""
LONGEST_QUOTE = 300
LONGEST_CODE = 80
_LEAST_TIMEOUT_S = 1.0
_SUCCESS, _CLIENT_ERROR = 2, 4
"""The hundreds of a status."""
_log = logging.getLogger(__name__)
_E = TypeVar("_E", bound=PlatformError)
_T = TypeVar("_T")

_BY_STATUS: dict[int, tuple[type[PlatformError], str]] = {
    HTTPStatus.UNAUTHORIZED: (TokenExpired, "{title} no longer accepts this account's sign-in."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (MediaRefused, "{title} says this is too large."),
}
"""Statuses that are a refusal by their definition, whoever says them."""

_SENTENCES = {
    FaultKind.ADDRESS: "{title}: this address is not on the public internet, so Herald does not go there.",
    FaultKind.HELD_BACK: "Held back before sending; another worker may have taken over.",
    FaultKind.UNREACHABLE: "{title} could not be reached.",
    FaultKind.TIMED_OUT: "{title} did not answer in time.",
    FaultKind.LOST: "{title} did not answer.",
    FaultKind.UNREADABLE: "{title} gave an answer that cannot be read.",
    FaultKind.TOO_LONG: "{title} gave an answer that is too long.",
}


class _Verb(Enum):
    READ = "read"
    PREPARE = "prepare"
    CREATE = "create"


class Pages(Protocol):
    """Fetches web pages for link cards: platforms/web.py."""

    async def page(self, url: str, *, max_image_bytes: int) -> Page | None:
        """What a card needs of the page at `url`; None when it cannot be had."""
        ...


@runtime_checkable
class Warmable(Protocol):
    """A transport that can open connections before they are needed."""

    async def warm(self, url: str, connections: int) -> None:
        """Have that many connections to the host open."""
        ...


class Sender:
    """Makes wires. One per process, over one open transport."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        *,
        pages: Pages | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._transport = transport
        self._pages = pages
        self._clock = clock
        self._nonces = Nonces()

    async def warm(self, url: str, connections: int) -> None:
        """Open connections ahead of a second at which much is due. Sends nothing, raises nothing."""
        if isinstance(self._transport, Warmable):
            await self._transport.warm(url, connections)

    def wire(self, spec: Spec, *, fence: Fence | None = None, progress: Progress | None = None) -> "HttpWire":
        """A wire to one platform for one step of one item. `fence` is asked right before the first byte of `create`."""
        return HttpWire(
            spec,
            self._transport,
            fence=fence,
            progress=progress,
            clock=self._clock,
            pages=self._pages,
            nonces=self._nonces,
        )


class HttpWire:
    """The `Wire` of platforms/base.py. It remembers its latest calls, also those that failed."""

    __slots__ = (
        "_allowances",
        "_calls",
        "_clock",
        "_created",
        "_fence",
        "_nonces",
        "_pages",
        "_progress",
        "_spec",
        "_transport",
    )

    def __init__(  # noqa: PLR0913  # what it works with, named
        self,
        spec: Spec,
        transport: httpx.AsyncBaseTransport,
        *,
        fence: Fence | None = None,
        progress: Progress | None = None,
        clock: Callable[[], datetime] = now,
        pages: Pages | None = None,
        nonces: Nonces | None = None,
    ) -> None:
        self._spec = spec
        self._transport = transport
        self._fence = fence
        self._progress = progress
        self._clock = clock
        self._pages = pages
        self._nonces = Nonces() if nonces is None else nonces
        self._created = False
        self._allowances: dict[str, Allowance] | None = None
        self._calls: list[Call] = []

    @property
    def calls(self) -> tuple[Call, ...]:
        """The last calls made, oldest first: `MOST_CALLS` of them at most."""
        return tuple(self._calls)

    @property
    def allowances(self) -> Mapping[str, Allowance]:
        """What the answers so far said of the platform's budgets, by their names."""
        return self._allowances or {}

    async def read(self, request: Request) -> Answer:
        """Send something safe to repeat. Raises PlatformError; a lost answer is Unavailable."""
        return await self._call(request, _Verb.READ)

    async def prepare(self, request: Request) -> Answer:
        """Send something that nobody sees and that may be repeated. Raises PlatformError."""
        return await self._call(request, _Verb.PREPARE)

    async def create(self, request: Request) -> Answer:
        """Send what the world will see. Raises PlatformError, and RuntimeError when this wire has created before."""
        if self._created:
            raise RuntimeError(f"{self._spec.name}: a wire creates once ({request.operation})")
        self._created = True
        bounded = request if request.timeout_s <= CREATE_TIMEOUT_S else replace(request, timeout_s=CREATE_TIMEOUT_S)
        return await self._call(bounded, _Verb.CREATE)

    async def page(self, url: str, *, max_image_bytes: int) -> Page | None:
        """What a link card needs of a web page, or None."""
        return None if self._pages is None else await self._pages.page(url, max_image_bytes=max_image_bytes)

    async def _call(self, request: Request, verb: _Verb) -> Answer:
        sent = self._answered if request.dpop is None else self._proven
        answer = await sent(request, verb)
        if self._spec.read_budget is not None and verb is not _Verb.PREPARE:
            self._hear(self._told(self._spec.read_budget, answer))
        if answer.status // 100 == _SUCCESS or answer.status in request.accept_status:
            return answer
        raise self._refusal(request, verb, answer)

    async def _proven(self, request: Request, verb: _Verb) -> Answer:
        """Send with a proof to hold a key, and once more when it was refused for its nonce alone."""
        began_s, nonce = uptime_s(), self._nonces.of(request.url)
        answer = await self._answered(request, verb)
        self._nonces.hear(request.url, answer.headers)
        refused = wants_nonce(answer.status, answer.headers, answer.body)
        if refused and self._nonces.of(request.url) != nonce:
            left_s = max(request.timeout_s - (uptime_s() - began_s), _LEAST_TIMEOUT_S)
            answer = await self._answered(replace(request, timeout_s=left_s), verb)
            self._nonces.hear(request.url, answer.headers)
        return answer

    async def _answered(self, request: Request, verb: _Verb) -> Answer:
        """Send once, and note how that ended. Raises PlatformError where no whole answer came."""
        at, began_s = self._clock(), uptime_s()
        try:
            answer = await self._exchange(request, verb)
        except httpx.TransportError as error:
            fault = error if isinstance(error, TransportFault) else TransportFault(FaultKind.LOST, written=True)
            self._note(request, verb, fault, at, began_s)
            raise self._broken(request, verb, fault) from error
        self._note(request, verb, answer, at, began_s)
        return answer

    async def _exchange(self, request: Request, verb: _Verb) -> Answer:
        with ExitStack() as files:
            try:
                fence = self._fence if verb is _Verb.CREATE else None
                signing = None
                if outgoing.needs_signing(request):
                    signing = outgoing.Signing(at=self._clock(), nonce=self._nonces.of(request.url))
                built = outgoing.build(
                    _named(request, self._spec), files=files, fence=fence, progress=self._progress, signing=signing
                )
            except OSError as error:
                raise self._error(MediaRefused, "A file of this post is no longer there.", request) from error
            if isinstance(self._transport, AiohttpTransport):
                came = await self._transport.exchange(built)
                return Answer(status=came.status, headers=_by_name(came.headers), body=came.body, came_at=self._clock())
            response = await self._transport.handle_async_request(outgoing.as_httpx(built))
            body = await response.aread()
        return Answer(status=response.status_code, headers=dict(response.headers), body=body, came_at=self._clock())

    def _note(self, request: Request, verb: _Verb, end: Answer | TransportFault, at: datetime, began_s: float) -> None:
        answer, fault = (end, None) if isinstance(end, Answer) else (None, end)
        header = self._spec.request_id_header
        status = None if answer is None else answer.status
        call = Call(
            at=at,
            verb=verb.value,
            operation=request.operation,
            status=status,
            request_id=_clean(answer.headers.get(header.lower()), (), LONGEST_CODE) if answer and header else None,
            duration_ms=round((uptime_s() - began_s) * 1000),
            written=fault is None or fault.written,
            fault=None if fault is None else fault.kind.value,
        )
        self._calls = [*self._calls[1 - MOST_CALLS :], call]
        if _log.isEnabledFor(logging.DEBUG):
            facts = {"event": "platform_call", "platform": self._spec.name, "operation": request.operation}
            _log.debug("%s %s: %s", self._spec.name, request.operation, status, extra={**facts, "status": status})

    def _told(self, read: Callable[[Answer, datetime], _T | None], answer: Answer) -> _T | None:
        """What an answer says of a time to come; None where that is a number which no calendar holds."""
        try:
            return read(answer, self._clock())
        except (OverflowError, ValueError):
            return None

    def _hear(self, said: Allowance | None) -> None:
        if said is not None:
            self._allowances = {**self.allowances, said.budget: said}

    def _broken(self, request: Request, verb: _Verb, fault: TransportFault) -> PlatformError:
        """The table for exchanges without a whole answer."""
        safe = _SENTENCES[fault.kind].format(title=self._spec.title)
        if fault.kind is FaultKind.HELD_BACK:
            return self._error(Fenced, safe, request)
        if fault.kind is FaultKind.ADDRESS:
            return self._error(ContentRefused, safe, request)
        if fault.written and verb is _Verb.CREATE:
            return self._unknown(safe, request)
        return self._error(Unavailable, safe, request)

    def _refusal(self, request: Request, verb: _Verb, answer: Answer) -> PlatformError:
        """The table for whole answers that are no success."""
        title, status = self._spec.title, answer.status
        code, message = self._vendor_words(request, answer)
        doubtful = status == HTTPStatus.REQUEST_TIMEOUT or status // 100 != _CLIENT_ERROR
        rule = self._rule(status, code, message, strict=doubtful and verb is _Verb.CREATE)
        if rule is not None:
            return self._by_rule(rule, request, answer, code, message)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return self._limited(f"{title} asks us to slow down.", request, answer, code)
        if plain := _BY_STATUS.get(status):
            return self._error(plain[0], plain[1].format(title=title), request, status=status, code=code)
        if doubtful or (code is None and message is None):
            return self._silent(verb, request, status, code)
        if status == HTTPStatus.FORBIDDEN:
            safe = f"{title} does not allow this account to do that. Connect it again."
            return self._error(ScopeMissing, safe, request, status=status, code=code)
        safe = f"{title} did not accept this.{_quoted(message)}"
        return self._error(ContentRefused, safe, request, status=status, code=code)

    def _silent(self, verb: _Verb, request: Request, status: int, code: str | None) -> PlatformError:
        """A status that does not say whether the platform carried the request out."""
        safe = f"{self._spec.title} answered with {_described(status)}."
        if verb is _Verb.CREATE:
            return self._unknown(safe, request, status=status, code=code)
        return self._error(Unavailable, safe, request, status=status, code=code)

    def _rule(self, status: int, code: str | None, message: str | None, *, strict: bool) -> ErrorRule | None:
        if code is None and message is None:
            return None
        for rule in self._spec.errors:
            if _fits(rule, status, code, message):
                named = rule.status is not None or rule.code is not None
                return rule if not strict or (named and issubclass(rule.raises, NotSent)) else None
        return None

    def _by_rule(
        self, rule: ErrorRule, request: Request, answer: Answer, code: str | None, message: str | None
    ) -> PlatformError:
        safe = rule.safe + (_quoted(message) if rule.quote else "")
        if issubclass(rule.raises, RateLimited):
            limited = self._limited(safe, request, answer, code)
            limited.scope = rule.scope
            return limited
        return self._error(rule.raises, safe, request, status=answer.status, code=code)

    def _limited(self, safe: str, request: Request, answer: Answer, code: str | None) -> RateLimited:
        came = self._clock()
        until = self._told(self._spec.read_reset, answer) or self._told(retry_after, answer)
        if until is not None:
            until = min(until, came + LONGEST_LIMIT) if until > came else None
        error = self._error(RateLimited, safe, request, status=answer.status, code=code)
        error.until = until
        return error

    def _unknown(
        self, safe: str, request: Request, *, status: int | None = None, code: str | None = None
    ) -> OutcomeUnknown:
        return self._error(OutcomeUnknown, f"{safe} The post may be live.", request, status=status, code=code)

    def _error(
        self, kind: type[_E], safe: str, request: Request, *, status: int | None = None, code: str | None = None
    ) -> _E:
        return kind(
            safe,
            platform=self._spec.name,
            operation=request.operation,
            status=status,
            code=code,
            request_id=self._calls[-1].request_id if self._calls else None,
        )

    def _vendor_words(self, request: Request, answer: Answer) -> tuple[str | None, str | None]:
        """The vendor's code and message, short, on one line and without any secret we sent."""
        code, message = self._spec.read_error(answer)
        secrets = tuple(outgoing.secrets(request))
        return _clean(code, secrets, LONGEST_CODE), _clean(message, secrets, LONGEST_QUOTE)


def _named(request: Request, spec: Spec) -> Request:
    """With the platform's own way to name a caller, unless the request does by itself."""
    if not spec.user_agent or any(name.lower() == "user-agent" for name in request.headers):
        return request
    return replace(request, headers={**request.headers, "User-Agent": spec.user_agent})


def _by_name(headers: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Header values by lower-case name; those of one name in one line, as valid Unicode."""
    found: dict[str, str] = {}
    for name, value in headers:
        text = value if value.isascii() else value.encode(errors="surrogateescape").decode(errors="replace")
        key = name.lower()
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _fits(rule: ErrorRule, status: int, code: str | None, message: str | None) -> bool:
    if rule.status != status and (rule.status is not None or status < HTTPStatus.BAD_REQUEST):
        return False
    if rule.code is not None and rule.code != code:
        return False
    return rule.match is None or re.search(rule.match, message or "", re.IGNORECASE) is not None


def _described(status: int) -> str:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return "a redirect, which Herald does not follow"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"an error of its own ({status})"
    return f"an answer that cannot be read ({status})"


def _quoted(message: str | None) -> str:
    return f" It says: “{message.rstrip('. ')}”" if message else ""


def _clean(text: str | None, secrets: Iterable[str], longest: int) -> str | None:
    if text is None:
        return None
    for secret in secrets:
        if secret:
            text = text.replace(secret, "•••")
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
