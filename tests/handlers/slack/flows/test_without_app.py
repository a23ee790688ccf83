"""A network that wants an app nobody has made: the button says what to do, and leads nowhere."""

import pytest

from platforms import REGISTER
from sandbox.networks.oauth import OAuthServer
from sandbox.networks.pages import Look
from tests.handlers.slack.flows.conftest import Town, Wanted
from tests.handlers.slack.flows.doing import HOME
from tests.handlers.slack.person import buttons
from tests.oauth_toy import ToyPages, connector_of
from tests.platforms.oauth_styles import case

TOY = connector_of(case("x"), ToyPages(OAuthServer(case("x").style, Look(title="Toy", band="#333"), [])), picks=False)


@pytest.fixture
def wanted() -> Wanted:
    """Herald knows one more network."""
    return Wanted(connectors={**REGISTER, "toy": TOY})


async def test_connect_says_which_settings_are_missing_and_by_whom(town: Town) -> None:
    maya = town.maya
    await maya.command("/social", "accounts", channel=HOME)
    shown = await maya.until(lambda: [m for m in maya.messages(HOME) if "Connect an account" in buttons(m)], "accounts")
    await maya.press(shown[-1], "Connect an account")
    networks = await maya.sees(HOME, "Which network")
    await maya.press(networks, "Toy")
    await maya.sees(HOME, "Toy needs an app: ask whoever runs Herald to set TOY_CLIENT_ID and TOY_CLIENT_SECRET.")
