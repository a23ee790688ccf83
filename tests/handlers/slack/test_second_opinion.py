"""The same calls, before a Web API that we did not write."""

from dataclasses import replace

import pytest

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.ids import BrandId, PostId
from bot.domain.people import Role
from bot.services import installing
from bot.services.deps import Deps
from bot.services.ports import CardOwed, NotDelivered
from handlers.slack.api import opened
from handlers.slack.installs import introduce
from handlers.slack.limits import Budget, Pace
from handlers.slack.notifier import SlackNotifier
from handlers.slack.people import People
from handlers.slack.scopes import HISTORY_SCOPES
from tests.handlers.slack.test_notifier import Words
from tests.servers.slack import TOKEN, emulated_slack

__all__ = ["emulated_slack"]

GENERAL, ADMIN = "C000000001", "U000000001"


async def test_cards_go_out_change_and_are_found_again(deps: Deps, emulated_slack: str) -> None:
    async with opened(emulated_slack) as api:
        new = await introduce(api, Secret(TOKEN))
        assert new.team_name == "Paperboat"
        workspace = await installing.install(deps, replace(new, scopes=HISTORY_SCOPES))
        installation = await installing.installation_of(deps, workspace.id)
        assert installation is not None
        person = await People(api).person(installation, ADMIN)
        assert (person.name, person.role) == ("admin", Role.ADMIN)

        notifier = SlackNotifier(deps, api, Words(ADMIN), pace=Pace(in_channel=Budget(every_s=0)))
        owed = CardOwed(
            post_id=PostId("post_1"),
            workspace_id=workspace.id,
            brand_id=BrandId("brand_1"),
            channel=GENERAL,
            ts=None,
            wanted=1,
            tries=0,
            since=clock.now(),
            posted_at=None,
        )
        place = await notifier.show(owed)
        assert await notifier.show(replace(owed, ts=place.ts, wanted=2)) == place
        assert await notifier.show(replace(owed, tries=1)) == place
        gone = await notifier.show(replace(owed, ts="1.1", wanted=3))
        assert gone != place
        with pytest.raises(NotDelivered) as caught:
            await notifier.show(replace(owed, channel="C9"))
        assert not caught.value.hopeless
