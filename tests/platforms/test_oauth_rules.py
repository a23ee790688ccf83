"""The contract of OAuth rules: every style keeps it, and what would go wrong is refused."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.accounts import Connected
from platforms.base import Choice, Connector, Endpoints, Wire
from platforms.oauth_rules import ClientAuth, TokenCall
from tests.platforms.contract import assert_oauth_fits
from tests.platforms.oauth_styles import CASES, Case, case
from tests.toy import toy_connector


async def _choices(_wire: Wire, _at: Endpoints, _connected: Connected) -> tuple[Choice, ...]:
    return ()


def _connector(style: Case, *, picks: bool = False, **changes: Any) -> Connector:  # noqa: ANN401  # fields of OAuthRules
    plain = toy_connector()
    rules = replace(style.rules, **changes)
    return replace(plain, spec=replace(plain.spec, oauth=rules), choices=_choices if picks else None)


@pytest.mark.parametrize("style", CASES, ids=lambda one: one.name)
def test_every_style_keeps_them(style: Case) -> None:
    assert_oauth_fits(_connector(style))


@pytest.mark.parametrize(
    ("name", "picks", "changes"),
    [
        ("x", True, {}),
        ("x", False, {"token": "/token"}),
        ("x", False, {"authorize": "http://www.toy.example/authorize"}),
        ("threads", False, {"exchange": TokenCall()}),
        ("reddit", False, {"client": ClientAuth.PUBLIC}),
        ("reddit", False, {"registration_path": "/apps"}),
    ],
)
def test_rules_that_would_end_badly_are_refused(name: str, picks: bool, changes: dict[str, Any]) -> None:  # noqa: FBT001  # a parameter of the test
    with pytest.raises(AssertionError):
        assert_oauth_fits(_connector(case(name), picks=picks, **changes))


def test_a_choice_needs_a_consent() -> None:
    with pytest.raises(AssertionError):
        assert_oauth_fits(replace(toy_connector(), choices=_choices))
