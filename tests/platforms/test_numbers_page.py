"""docs/numbers.md says what the code does."""

from bot.domain.numbers import MEANINGS
from bot.domain.polling import DAYS, OWN_EVERY
from platforms import REGISTER
from platforms.base import NumbersRules
from tests.house import rows, text_of

_PAGE = text_of("docs/numbers.md")
_NONE = "\N{EN DASH}"
_ALL = 3650
"""Days: ten years, more than anybody asks for."""


def test_the_page_has_each_number_with_its_unit_and_meaning() -> None:
    assert rows(_PAGE, "| Number | Unit |") == [
        [f"`{name}`", meaning.unit, meaning.says] for name, meaning in MEANINGS.items()
    ]
    assert DAYS == 90
    assert OWN_EVERY.total_seconds() == 6 * 3600


def test_the_page_has_each_network_with_what_one_call_takes_and_how_far_back_it_goes() -> None:
    told = {row[0]: row[1:] for row in rows(_PAGE, "| Network | Of posts |")}
    assert list(told) == sorted((one.spec.title for one in REGISTER.values()), key=str.lower)
    for connector in REGISTER.values():
        of_posts, of_accounts, in_a_call, past, _ = told[connector.spec.title]
        rules = connector.spec.numbers
        assert (of_posts != _NONE) == (connector.metrics is not None)
        assert (of_accounts != _NONE) == (connector.account_metrics is not None)
        assert in_a_call == (str(rules.posts_per_call) if rules is not None and connector.metrics else _NONE)
        assert past == (_past(rules) if rules is not None and connector.history else _NONE)


def _past(rules: NumbersRules) -> str:
    """What is fetched at connect, and what there is for whoever asks for more."""
    if not rules.history_reach_days:
        return str(rules.history_days)
    return f"{rules.history_days}, asked {'all' if rules.history_reach_days >= _ALL else rules.history_reach_days}"
