"""What a call is refused with: one body for all, its code spelt as the endpoint's family does.

Every refusal has the HTTP status, `error.code`, a sentence, the field at fault where it is one, and the request's id.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, Struct, UnsetType

from bot.domain.errors import Conflict, InvalidContent, NotAllowed, NotFound, UserError
from bot.services.receiving import StorageFull, TooLarge
from bot.services.submitting import AlreadyPublished, NotConnected

if TYPE_CHECKING:
    from bot.services.admitting import Allowance


class Family(Enum):
    """Two ways to spell codes and some names; both serve the same things."""

    A = "a"
    """`/posts`, `/post-items`, `/media`, `/calendar`, `/account`: UPPER_SNAKE codes."""
    B = "b"
    """All others: lower_snake codes."""


_A_PREFIXES = ("/posts", "/post-items", "/media", "/calendar", "/account")


def family_of(path: str) -> Family:
    """The family of a path (without its prefix), whether or not there is such a route."""
    first = f"/{path.removeprefix('/').partition('/')[0]}"
    return Family.A if first in _A_PREFIXES else Family.B


class Fault(Enum):
    """Why a call is refused: HTTP status, code of family A, code of family B."""

    INVALID = (400, "VALIDATION_ERROR", "invalid_request")
    UNAUTHORIZED = (401, "INVALID_API_KEY", "unauthorized")
    FORBIDDEN = (403, "FORBIDDEN", "forbidden")
    SCOPE_MISSING = (403, "INSUFFICIENT_SCOPE", "forbidden")
    NOT_FOUND = (404, "NOT_FOUND", "not_found")
    METHOD = (405, "METHOD_NOT_ALLOWED", "method_not_allowed")
    CONFLICT = (409, "CONFLICT", "conflict")
    ALREADY_PUBLISHED = (409, "ALREADY_PUBLISHED", "conflict")
    INTEGRATION_NOT_CONNECTED = (409, "CONFLICT", "integration_not_connected")
    PUBLISHING_DISABLED = (409, "CONFLICT", "publishing_disabled")
    TOO_LARGE = (413, "FILE_TOO_LARGE", "payload_too_large")
    STORAGE_FULL = (413, "STORAGE_QUOTA_EXCEEDED", "payload_too_large")
    PLATFORM_NOT_CONNECTED = (422, "PLATFORM_NOT_CONNECTED", "platform_not_connected")
    RATE_LIMITED = (429, "RATE_LIMIT_EXCEEDED", "rate_limit_exceeded")
    INTERNAL = (500, "INTERNAL_ERROR", "internal_error")
    UNAVAILABLE = (503, "SERVICE_UNAVAILABLE", "service_unavailable")

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.value[0]

    def code(self, family: Family) -> str:
        """`error.code`."""
        return self.value[1] if family is Family.A else self.value[2]


class Refusal(Exception):
    """A call is refused. `param` is the field at fault, `headers` come beside the usual ones."""

    def __init__(
        self, fault: Fault, message: str, *, param: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message
        self.param = param
        self.headers = dict(headers or {})
        self.wait_s: int | None = None


class ErrorDetail(Struct, kw_only=True):
    """What went wrong."""

    code: str
    message: str
    request_id: str
    param: str | UnsetType = UNSET
    retry_after: int | UnsetType = UNSET
    retry_after_a: int | UnsetType = msgspec.field(name="retryAfter", default=UNSET)


class ErrorBody(Struct, kw_only=True):
    """The body of every refusal."""

    error: ErrorDetail


def body_of(refusal: Refusal, family: Family, request_id: str) -> ErrorBody:
    """The body that tells it."""
    wait = UNSET if refusal.wait_s is None else refusal.wait_s
    return ErrorBody(
        error=ErrorDetail(
            code=refusal.fault.code(family),
            message=refusal.message,
            request_id=request_id,
            param=UNSET if refusal.param is None else refusal.param,
            retry_after=wait,
            retry_after_a=wait,
        )
    )


def rate_limited(allowance: "Allowance") -> Refusal:
    """Too many calls in this minute."""
    wait_s = allowance.wait_s
    message = f"This key has {allowance.limit} calls a minute. Wait {wait_s} seconds."
    refusal = Refusal(Fault.RATE_LIMITED, message, headers={"Retry-After": str(wait_s)})
    refusal.wait_s = wait_s
    return refusal


_BY_CODE = {
    "integration_not_connected": Fault.INTEGRATION_NOT_CONNECTED,
    "publishing_disabled": Fault.PUBLISHING_DISABLED,
    "service_unavailable": Fault.UNAVAILABLE,
}
"""What says more in its code than its kind."""


def refusal_of(error: UserError, param_of: Callable[[str], str | None]) -> Refusal:
    """What a service said no with. `param_of` has the caller's name for a field of the services."""
    param = None if error.field is None else param_of(error.field)
    if error.code in _BY_CODE:
        return Refusal(_BY_CODE[error.code], error.message, param=param)
    match error:
        case AlreadyPublished():
            fault = Fault.ALREADY_PUBLISHED
        case NotConnected():
            fault = Fault.PLATFORM_NOT_CONNECTED
        case TooLarge():
            fault = Fault.TOO_LARGE
        case StorageFull():
            fault = Fault.STORAGE_FULL
        case NotFound():
            fault = Fault.NOT_FOUND
        case NotAllowed():
            fault = Fault.FORBIDDEN
        case InvalidContent():
            fault = Fault.INVALID
        case Conflict():
            fault = Fault.CONFLICT
        case _:
            fault = Fault.INVALID
    return Refusal(fault, error.message, param=param)
