"""What the fault matrix has to know of a network."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal

import pytest

from bot.domain.accounts import Secret
from platforms import REGISTER
from platforms.base import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a connector, as its network sees it: a piece of the path will do."""

    method: str
    path: str
    header: str = ""
    """A piece of a header's line, where method and path do not tell it from other calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account on the server."""

    fields: Callable[[str], Mapping[str, str | Secret]] | None = None
    """What is typed to connect it, given the server's address: that of a proxy."""
    connection: Callable[[str], Connection] | None = None
    """Where a consent connects it: what came of that. `service_url` is the given address."""
    posts: Callable[[], Awaitable[Mapping[str, str]]]
    """What the account shows: texts by the server's own ids, as Herald names posts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server."""

    url: str
    new_person: Callable[[], Awaitable[Person]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network of the matrix, with the calls that can break. None: its connector makes no such call."""

    name: str
    """In the names of tests."""
    platform: str
    creating: Call
    looking: Call | None
    uploading: Call | None
    renewing: Call | None
    files: Literal["", "image", "video"] = ""
    """What every post needs; without a word only the cases of uploading have a picture."""
    also_creating: tuple[Call, ...] = ()
    """The calls that make further parts, where they are not the creating one."""
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """Settings that every post needs."""
    finds: bool = True
    """Whether looking can settle a lost answer. Else a person has to be asked, and nothing may be sent again."""
    proves_absence_in_s: float
    """How long it takes to be sure that a post is not there, so that it may be sent again."""
    running: Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Server]]

    @property
    def parts(self) -> int:
        """How many parts one post has at most here: 2 where there is only a first comment."""
        takes = REGISTER[self.platform].spec.capabilities
        return 3 if takes.threads else 2 if takes.first_comment else 1

    @property
    def tells(self) -> bool:
        """Whether Herald can find out what became of a lost answer; else a person is asked."""
        return REGISTER[self.platform].spec.find.tells
