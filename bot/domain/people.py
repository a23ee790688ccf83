"""People in a chat: what they are in its workspace, and so what they may do with Herald."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.errors import NotAllowed


class Role(StrEnum):
    """What a person is in the workspace."""

    ADMIN = "admin"
    """Administers or owns it: may manage every brand."""
    MEMBER = "member"
    """A full member: may write."""
    GUEST = "guest"
    """Invited to some channels alone: may read."""
    OUTSIDER = "outsider"
    """Belongs to another workspace and shares a channel with this one: may read what the channel shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who pressed, typed or opened something."""

    user_id: str
    name: str
    """What others see them called."""
    zone: str | None
    """Their IANA time zone, if known."""
    role: Role

    @property
    def actor(self) -> str:
        """Who they are in the journal."""
        return actor_of(self.user_id)


_PREFIX = "slack:"


def actor_of(user_id: str) -> str:
    """A Slack user as an actor: `slack:U123`."""
    return _PREFIX + user_id


def user_of(actor: str) -> str | None:
    """The Slack user an actor is, or None when it is none: the command line, an API key, Herald itself."""
    return actor.removeprefix(_PREFIX) if actor.startswith(_PREFIX) else None


def refuse_reading(person: Person) -> None:
    """Raise NotAllowed for who sees only what a shared channel shows."""
    if person.role is Role.OUTSIDER:
        raise NotAllowed("You see what stands in this channel. Herald tells more to the people of its workspace alone.")


def may_write(person: Person) -> bool:
    """Whether they may write, change and cancel posts."""
    return person.role in {Role.ADMIN, Role.MEMBER}


def may_manage(person: Person, managers: Collection[str]) -> bool:
    """Whether they may change a brand with these managers, given as user ids, and connect its accounts."""
    return person.role is Role.ADMIN or (may_write(person) and person.user_id in managers)


def refuse_writing(person: Person, brand: str | None = None, *, ask: Collection[str] = ()) -> None:
    """Raise NotAllowed unless they may write. `ask` names those who could."""
    if may_write(person):
        return
    whose = f"{brand}'s posts" if brand is not None else "posts here"
    raise NotAllowed(f"You can read {whose} but not write them. {ask_whom(ask, 'a member of the workspace')}")


def refuse_managing(
    person: Person, managers: Collection[str], brand: str | None = None, *, ask: Collection[str] = ()
) -> None:
    """Raise NotAllowed unless they may manage the brand. `ask` names those who could."""
    if may_manage(person, managers):
        return
    what = f"{brand}'s settings and accounts" if brand is not None else "brands and their accounts"
    who = "Administrators and the brand's managers" if brand is not None else "Administrators"
    raise NotAllowed(f"{who} change {what}. {ask_whom(ask, 'one of them')}")


def ask_whom(names: Collection[str], otherwise: str) -> str:
    """`Ask Maya or Omar.`; `otherwise` where nobody is named."""
    return f"Ask {' or '.join(names) if names else otherwise}."
