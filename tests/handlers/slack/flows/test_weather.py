"""Slack itself in trouble while posts go out: nothing waits for it, and everything it missed arrives once, in order."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot import clock
from bot.domain.people import actor_of
from bot.domain.posts import PostView
from bot.services import connecting, journal, scheduling, workspaces
from bot.services.planning import At, Wish
from handlers.slack.scopes import HISTORY_SCOPES
from tests.handlers.slack.flows.conftest import Town, Wanted
from tests.handlers.slack.flows.doing import HOME
from tests.handlers.slack.person import said

MANY = 50
PATIENCE_S = 60.0
"""For fifty of anything, on a machine that has other things to do."""
ON_TIME = timedelta(seconds=5)


@pytest.fixture
def wanted(engine: str, request: pytest.FixtureRequest) -> Wanted:
    """A town whose Slack lets Herald look for what it said."""
    url = request.getfixturevalue("postgres_url") if engine == "postgresql" else ""
    return Wanted(more_scopes=HISTORY_SCOPES, database_url=url)


async def planned(town: Town, many: int, *, ahead: timedelta) -> list[PostView]:
    """So many posts of Maya's for one instant, each with a number."""
    deps = town.herald.deps
    (workspace,) = await workspaces.list_workspaces(deps)
    (brand,) = await workspaces.list_brands(deps, [workspace.id])
    known = await connecting.list_accounts(deps, [workspace.id], brand=brand)
    account = next(one for one in known if one.platform == "bluesky")
    at = At(text=(clock.now() + ahead).isoformat())
    wishes = [
        (n, Wish(brand=brand, text=f"Number {n:02}", to=(account.id,), when=at, asked_by=actor_of(town.maya.user_id)))
        for n in range(many)
    ]
    return await scheduling.schedule_posts(deps, wishes)


@pytest.mark.parametrize(
    ("weather", "engine"),
    [("down", "sqlite"), ("down", "postgresql"), ("lose_answers", "sqlite"), ("rate_limited", "sqlite")],
)
async def test_a_whole_drain_without_slack_is_on_time_and_then_told_once_in_order(
    town: Town, weather: str, engine: str
) -> None:
    maya = town.maya
    await maya.do("weather", condition=weather)
    made = await planned(town, MANY, ahead=timedelta(seconds=6 if engine == "postgresql" else 2))
    await maya.until(lambda: len(town.on_bluesky()) == MANY, "fifty posts", within_s=PATIENCE_S)
    for post in made:
        sent_at = await published_at(town, post)
        assert post.scheduled_at is not None
        assert sent_at - post.scheduled_at < ON_TIME
    await maya.do("weather", condition="ok")
    shown = await maya.until(lambda: told_all(town), "fifty cards with their lines", within_s=PATIENCE_S)
    assert [text_of(message) for message in shown] == [f"Number {n:02}" for n in range(MANY)]
    for message in shown:
        lines = [said(reply) for reply in message["replies"]]
        assert ["scheduled it" in line for line in lines] == [True, False], lines
        assert "Published" in lines[1]


async def published_at(town: Town, post: PostView) -> datetime:
    """When it went out, once that is written down."""
    while True:
        now = await journal.show_post(town.herald.deps, post.workspace_id, post.post_id)
        if now.items[0].published_at is not None:
            return now.items[0].published_at
        await asyncio.sleep(0.05)


def told_all(town: Town) -> list[dict[str, object]] | None:
    """The cards, once all are published and have all their lines."""
    shown = [m for m in town.maya.messages(HOME) if "Number" in said(m) and not m.get("thread_ts")]
    whole = len(shown) >= MANY and all("*Published*" in said(m) and len(m["replies"] or []) >= 2 for m in shown)
    return shown if whole else None


def text_of(message: dict[str, object]) -> str:
    """`Number 07`."""
    words = said(message)
    start = words.index("Number ")
    return words[start : start + 9]
