"""The table of endpoints as data: what each takes, answers and needs. The API's document is made from it too."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from msgspec.structs import fields

from handlers.http.api.call import Call
from handlers.http.api.errors import Family, Fault, family_of

Method = Literal["GET", "POST", "PATCH", "DELETE"]
LONGEST_BODY_BYTES = 1_000_000
"""Of a body in JSON."""
_PLACE = re.compile(r"\{(\w+)\}")
_NEEDS_NO_HEADER = ("/account",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A body of `multipart/form-data` with one file, streamed to disk."""

    fields: type[Any]
    """A Struct of what stands beside the file."""
    file: str
    """The field the file is in."""
    longest_bytes: int
    longest_of: Callable[[Mapping[str, str]], int]
    """How large the file may be, by the fields that came before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One route. `path` is without prefix, such as `/posts/{post_id}`; body, query and answer are Structs."""

    method: Method
    path: str
    family: Family
    scope: str | None
    """What the key must be allowed; None: any good key will do."""
    answer: type[Any]
    handle: Callable[[Call[Any, Any]], Awaitable[object]]
    """Returns what `answer` says. Raises UserError or Refusal."""
    summary: str
    body: type[Any] | None = None
    form: Form | None = None
    query: type[Any] | None = None
    tag: str = ""
    description: str = ""
    example_body: Mapping[str, Any] | None = None
    example_answer: Mapping[str, Any] | None = None
    example_query: Mapping[str, str] | None = None
    faults: tuple[Fault, ...] = ()
    """What it may be refused with beside what all may (400, 401, 403, 413, 429, 500, 503; 409 of every POST) and, where
    the path names something, 404."""
    media_type: str = "application/json"
    """Of the answer; where it is another, `handle` returns the text itself."""
    about: tuple[str, ...] = ()
    """Fields of the thing it is about that a refusal may name, though no call sends them."""
    keeps_answer: bool = True
    """Whether its answer to a named call (`Idempotency-Key`) is kept for a day; not one that shows a secret."""

    def __post_init__(self) -> None:
        if self.family is not family_of(self.path):
            raise ValueError(f"{self.path} is not of family {self.family.value}")

    @property
    def needs_workspace_header(self) -> bool:
        """Whether `X-Workspace-Id` must be there; elsewhere the key's own workspace is meant without it."""
        return self.family is Family.A and not self.path.startswith(_NEEDS_NO_HEADER)

    @property
    def needs_body(self) -> bool:
        """Whether a body must come; where a POST requires nothing in it, none at all says the same as `{}`."""
        return self.body is not None and (self.method != "POST" or any(one.required for one in fields(self.body)))

    @property
    def repeatable(self) -> bool:
        """Whether it heeds `Idempotency-Key`."""
        return self.method == "POST"

    def param_of(self, field: str) -> str | None:
        """What callers call a field that a service named: a post is `post_id` to them. None: they sent none such."""
        place = re.match(r"\w*", field)
        root = place[0] if place else ""
        if root in self._names:
            return field
        return f"{root}_id" if f"{root}_id" in self._names else None

    @property
    def _names(self) -> set[str]:
        """Everything a refusal may name, but headers."""
        sent = [kind for kind in (self.body, self.query, self.form and self.form.fields) if kind is not None]
        beside = {self.form.file} if self.form is not None else set[str]()
        written = {one.encode_name for kind in sent for one in fields(kind)}
        return {*written, *_PLACE.findall(self.path), *beside, *self.about}

    @property
    def name(self) -> str:
        """Its name in the log and among repeated calls, whichever prefix was used."""
        return f"{self.method} {self.path}"
