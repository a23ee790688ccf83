"""`/post "TEXT" to ACCOUNTS WHEN` with something wrong in it: the composer opens with all that was understood."""

import pytest

from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.person import Json


@pytest.mark.parametrize(
    ("when", "notice", "shown"),
    [
        ("12/1 9am London", "Choose the date below", {"selected_time": "09:00", "zone": "Europe/London"}),
        ("tomorrow 9am Berln", "Did you mean Europe/Berlin?", {"selected_time": "09:00"}),
        (
            "2027-03-28 02:30 Berlin",
            "Choose 01:59 or 03:00.",
            {"selected_date": "2027-03-28", "selected_time": "02:30", "zone": "Europe/Berlin"},
        ),
        ("2020-01-01 09:00", "has passed", {"selected_date": "2020-01-01", "selected_time": "09:00"}),
        ("2027-10-31 02:30", "Choose the first or the second", {"selected_date": "2027-10-31"}),
    ],
)
async def test_of_a_time_that_is_refused_the_composer_shows_what_was_understood(
    town: Town, when: str, notice: str, shown: Json
) -> None:
    maya = town.maya
    await maya.command("/post", f'"Sale" to bluesky {when}')
    await maya.sees_modal("Please look", notice)
    held = [state for inputs in maya.values().values() for state in inputs.values()]
    zone = next(state["selected_option"]["value"] for state in held if state["type"] == "external_select")
    assert shown.pop("zone", "Europe/Berlin") == zone
    for name, value in shown.items():
        assert value in [state.get(name) for state in held]
    if "first" in notice:
        await maya.sees_modal("Clocks go back that night. Which 02:30?")


async def test_a_mistyped_network_is_told_with_the_account_that_was_meant(town: Town) -> None:
    maya = town.maya
    await maya.command("/post", '"Sale" to mastodonn tomorrow 9am')
    await maya.sees_modal("No account ‘mastodonn’. Juniper has Mastodon · @junipercoffee@social.test.")  # noqa: RUF001  # quotes
    await maya.command("/post", '"" to bluesky now')
    await maya.sees_modal("Write a text or add media.")
