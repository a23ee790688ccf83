"""What a failure at a platform means for the post: may it be tried again, must something be mended, or is it unknown.

PlatformError
├─ NotSent             nothing came into being; the same attempt may be made again
│   ├─ RateLimited     until a known time
│   ├─ Unavailable     the platform did not answer or is out of order; nothing was created
│   ├─ NotReady        something we prepared is still being processed; nothing was created
│   ├─ MaterialGone    something we prepared is gone (a blob, media ids): prepare again
│   ├─ AppRefused      the platform does not accept Herald's own app: the operator mends it
│   └─ Fenced          we stopped ourselves: the worker's lease was over
├─ Refused             same content, same answer: stop
│   ├─ ContentRefused
│   ├─ MediaRefused
│   └─ DuplicateRefused   a hint for `find`: it may be there already
├─ AccountError        mend the account first
│   ├─ TokenExpired    refresh, then the same attempt may be made again
│   ├─ Reconnect       only a human helps
│   └─ ScopeMissing    connected without a permission it needs
└─ OutcomeUnknown      it may be live; nobody repeats it before `find` has answered

Which one a lost connection becomes is decided by the wire's verb, in platforms/http.py, and by nobody else.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PlatformError(Exception):
    """Something went wrong at or on the way to a platform.

    `safe` is a sentence for people. `platform`, `operation`, `status` and `code` are for the log. None of them ever
    holds a token, a URL's query or a body.
    """

    def __init__(  # noqa: PLR0913  # facts for the log, each named by whoever raises
        self,
        safe: str,
        *,
        platform: str = "",
        operation: str = "",
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(safe)
        self.safe = safe
        self.platform = platform
        self.operation = operation
        self.status = status
        self.code = code
        self.request_id = request_id


class NotSent(PlatformError):
    """Nothing came into being. Raised only on proof: no byte was written, or the vendor documents it."""


class LimitScope(StrEnum):
    """Whose budget is spent."""

    ACCOUNT = "account"
    """Only this account has to wait."""
    APP = "app"
    """Everybody who publishes through our app registration has to wait."""


class RateLimited(NotSent):
    """The platform asks us to wait. `until` is aware UTC: from its headers, else None for our default."""

    def __init__(
        self, safe: str, *, until: datetime | None = None, scope: LimitScope = LimitScope.ACCOUNT, **facts: object
    ) -> None:
        super().__init__(safe, **facts)  # pyright: ignore[reportArgumentType]  # the facts of PlatformError, checked there
        self.until = until
        self.scope = scope


class Unavailable(NotSent):
    """The platform could not be reached, or is out of order and created nothing."""


class NotReady(NotSent):
    """What we prepared is still being processed there (a video): nothing was created, the attempt may be repeated."""


class MaterialGone(NotSent):
    """What we prepared is gone there (a blob was collected, media ids ran out): nothing was created, prepare again."""


class AppRefused(NotSent):
    """The platform does not accept Herald's own registration; whoever runs Herald mends it, the account is fine."""


class Fenced(NotSent):
    """We held back ourselves, before the first byte: the worker's lease was over or its claim was taken back."""


class Refused(PlatformError):
    """A definite no that the same content would meet again."""


class ContentRefused(Refused):
    """The text, the link or a setting is not accepted."""


class MediaRefused(Refused):
    """A file is not accepted."""


class DuplicateRefused(Refused):
    """The platform says it has this already. Not yet a failure: `find` decides."""


class AccountError(PlatformError):
    """The account cannot publish until it is mended."""


class TokenExpired(AccountError):
    """The access token's time is over; a refresh may mend it. Nothing was created."""


class Reconnect(AccountError):
    """The platform no longer accepts this credential; a human connects again. Nothing was created."""


class ScopeMissing(AccountError):
    """The account lacks a permission this call needs; a human connects again with it. Nothing was created."""


class OutcomeUnknown(PlatformError):
    """The request may have been carried out. Nobody repeats it before `find` has answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRule:
    """One line of a platform's error table: the first rule that fits an answer names the class to raise.

    `status` None fits every status of 400 and above; `code` and `match` (a case-insensitive regular expression on the
    vendor's message, the last resort) narrow it. `safe` is the sentence for people; the vendor's own message may be
    appended by `quote`, which is for answers that explain what is wrong with the content.
    """

    raises: type[PlatformError]
    status: int | None = None
    code: str | None = None
    match: str | None = None
    safe: str
    quote: bool = False
    scope: LimitScope = LimitScope.ACCOUNT
    """Whom a RateLimited makes wait."""
    source: str
