"""Who may do what."""

import pytest

from bot.domain.errors import NotAllowed
from bot.domain.people import Person, Role, actor_of, may_manage, may_write, refuse_managing, refuse_writing, user_of


def person(role: Role, user_id: str = "U1") -> Person:
    return Person(user_id=user_id, name="Maya", zone="Europe/Berlin", role=role)


@pytest.mark.parametrize(
    ("role", "writes", "manages", "manages_when_named"),
    [
        (Role.ADMIN, True, True, True),
        (Role.MEMBER, True, False, True),
        (Role.GUEST, False, False, False),
        (Role.OUTSIDER, False, False, False),
    ],
)
def test_a_role_says_what_one_may_do(role: Role, writes: bool, manages: bool, manages_when_named: bool) -> None:  # noqa: FBT001  # one row of the table above
    somebody = person(role)
    assert may_write(somebody) is writes
    assert may_manage(somebody, ["U2"]) is manages
    assert may_manage(somebody, ["U2", "U1"]) is manages_when_named


def test_a_refusal_says_what_one_may_and_whom_to_ask() -> None:
    with pytest.raises(NotAllowed) as caught:
        refuse_writing(person(Role.GUEST), "Juniper", ask=["Maya"])
    assert caught.value.message == "You can read Juniper's posts but not write them. Ask Maya."
    with pytest.raises(NotAllowed) as caught:
        refuse_writing(person(Role.OUTSIDER))
    assert caught.value.message == "You can read posts here but not write them. Ask a member of the workspace."
    with pytest.raises(NotAllowed) as caught:
        refuse_managing(person(Role.MEMBER), [], "Juniper", ask=["Maya", "Omar"])
    assert caught.value.message == (
        "Administrators and the brand's managers change Juniper's settings and accounts. Ask Maya or Omar."
    )
    with pytest.raises(NotAllowed) as caught:
        refuse_managing(person(Role.MEMBER), [])
    assert caught.value.message == "Administrators change brands and their accounts. Ask one of them."


def test_those_who_may_are_not_refused() -> None:
    refuse_writing(person(Role.MEMBER))
    refuse_managing(person(Role.MEMBER), ["U1"])
    refuse_managing(person(Role.ADMIN), [])


def test_an_actor_names_its_slack_user() -> None:
    assert person(Role.MEMBER).actor == actor_of("U1") == "slack:U1"
    assert user_of("slack:U1") == "U1"
    assert user_of("command line") is None
