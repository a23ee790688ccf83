"""Cards and notices on their way into Slack, in all its weathers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from bot import clock
from bot.domain.digest import Bar
from bot.domain.ids import BrandId, PostId
from bot.services.deps import Deps
from bot.services.ports import CardOwed, NotDelivered, Notice, Place
from handlers.slack import figures
from handlers.slack.app import Desk
from handlers.slack.blocks import Message
from handlers.slack.limits import Budget, Pace, TooFast
from handlers.slack.notifier import Saying, SlackNotifier
from handlers.slack.scopes import HISTORY_SCOPES, SCOPES
from sandbox.slack.app import Workspace, running
from sandbox.slack.settings import Settings
from tests.handlers.slack.office import Office, manifest, office, until_async

WITH_HISTORY = manifest(scopes=(*SCOPES, *HISTORY_SCOPES))


@dataclass
class Words:
    """Says the same of everything, and names Maya as who must help."""

    owner_id: str
    text: str = "A card"
    blocks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    saying: Saying | None = None

    async def card(self, card: CardOwed) -> Message:
        said = f"{self.text} {card.wanted}"
        block: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": said}}
        return Message(text=said, blocks=self.blocks or [block])

    async def notice(self, notice: Notice) -> Saying | None:  # noqa: ARG002  # as it is called
        return self.saying

    async def owner(self, what: CardOwed | Notice) -> str | None:  # noqa: ARG002  # as it is called
        return self.owner_id


@dataclass(frozen=True)
class Post:
    """Herald ready to speak."""

    here: Office
    words: Words
    notifier: SlackNotifier
    owed: CardOwed

    @property
    def world(self) -> Any:  # noqa: ANN401  # the stand-in's own
        return self.here.slack.world

    async def weather(self, condition: str, **given: object) -> None:
        answer = await self.here.does("maya", "weather", condition=condition, **given)
        assert answer["ok"], answer

    async def admin(self, do: str, **given: object) -> None:
        answer = await self.here.does("maya", "admin", do=do, **given)
        assert answer["ok"], answer

    def cards(self, channel: str = "juniper-social") -> list[str]:
        return self.here.said(self.here.slack.channels[channel])

    async def refused(self, owed: CardOwed | None = None) -> NotDelivered:
        with pytest.raises(NotDelivered) as caught:
            await self.notifier.show(owed or self.owed)
        return caught.value


def silent(desk: Desk) -> None:
    desk.ready()


@asynccontextmanager
async def speaking(deps: Deps, slack: Workspace) -> AsyncIterator[Post]:
    async with office(deps, slack, silent) as here:
        words = Words(slack.people["maya"])
        notifier = SlackNotifier(deps, here.desk.api, words, pace=Pace(in_channel=Budget(every_s=0)))
        owed = CardOwed(
            post_id=PostId("post_1"),
            workspace_id=await here.workspace_id(),
            brand_id=BrandId("brand_1"),
            channel=slack.channels["juniper-social"],
            ts=None,
            wanted=1,
            tries=0,
            since=clock.now(),
            posted_at=None,
        )
        yield Post(here, words, notifier, owed)


@pytest.fixture
async def post(deps: Deps, slack: Workspace) -> AsyncIterator[Post]:
    async with speaking(deps, slack) as ready:
        yield ready


def at(place: Place, owed: CardOwed, *, wanted: int = 2) -> CardOwed:
    return replace(owed, channel=place.channel, ts=place.ts, wanted=wanted)


async def test_a_card_is_posted_once_and_then_changed_in_place(post: Post) -> None:
    place = await post.notifier.show(post.owed)
    assert await post.notifier.show(at(place, post.owed)) == place
    assert post.cards() == ["A card 2"]


async def test_a_deleted_card_is_posted_anew(post: Post) -> None:
    place = await post.notifier.show(post.owed)
    await post.admin("delete_message", channel=place.channel, ts=place.ts)
    anew = await post.notifier.show(at(place, post.owed))
    assert anew != place
    assert post.cards() == ["A card 2"]


async def test_in_an_archived_channel_it_is_given_up_and_one_person_is_told_once(post: Post) -> None:
    channel = post.owed.channel
    await post.admin("archive", channel=channel)
    for _ in range(2):
        assert (await post.refused()).hopeless
    assert post.here.whispered("maya") == [f"<#{channel}> is archived. Choose another channel with `/social brand`."]
    assert post.here.whispered("omar") == []


async def test_where_herald_is_not_invited_one_person_is_told_once_and_then_it_works(post: Post) -> None:
    channel = post.here.slack.channels["harbor-social"]
    owed = replace(post.owed, channel=channel)
    for tries in range(3):
        assert not (await post.refused(replace(owed, tries=tries))).hopeless
    assert post.here.whispered("maya") == [f"I cannot post in <#{channel}>. Type `/invite @Herald` there."]

    await post.admin("invite", channel=channel)
    await post.notifier.show(replace(owed, tries=3))
    await post.admin("kick", channel=channel)
    await post.refused(owed)
    assert post.cards("harbor-social") == ["A card 1"]
    assert len(post.here.whispered("maya")) == 2


async def test_slack_s_wish_to_wait_is_kept(post: Post) -> None:
    await post.weather("rate_limited", methods=["chat.postMessage"], retry_after_s=7, times=1)
    assert (await post.refused()).again_after == timedelta(seconds=7)
    asked = post.here.calls("chat.postMessage")
    again = await post.refused()
    assert again.again_after is not None
    assert again.again_after > timedelta(seconds=6)
    assert post.here.calls("chat.postMessage") == asked


async def test_a_channel_that_is_full_holds_up_no_other_unless_that_is_refused_too(post: Post) -> None:
    harbor = post.here.slack.channels["harbor-social"]
    await post.admin("invite", channel=harbor)
    other = replace(post.owed, post_id=PostId("post_2"), channel=harbor)
    await post.weather("rate_limited", methods=["chat.postMessage"], retry_after_s=7, times=1)
    await post.refused()
    await post.notifier.show(other)
    assert post.cards("harbor-social") == ["A card 1"]

    await post.weather("rate_limited", methods=["chat.postMessage"], retry_after_s=7, times=1)
    assert (await post.refused(other)).again_after == timedelta(seconds=7)
    asked = post.here.calls("chat.postMessage")
    third = replace(post.owed, post_id=PostId("post_3"), channel=post.here.general)
    assert (await post.refused(third)).again_after is not None
    assert post.here.calls("chat.postMessage") == asked


async def test_a_channel_that_is_archived_a_second_time_is_told_of_again(post: Post) -> None:
    for times in (1, 2):
        await post.admin("archive", channel=post.owed.channel)
        assert (await post.refused()).hopeless
        assert len(post.here.whispered("maya")) == times
        await post.admin("unarchive", channel=post.owed.channel)
        await post.notifier.show(post.owed)


async def test_a_lost_answer_without_a_right_to_look_is_posted_again(post: Post) -> None:
    await post.weather("lose_answers", methods=["chat.postMessage"], times=1)
    assert "did not answer" in (await post.refused()).reason
    await post.notifier.show(replace(post.owed, tries=1))
    assert post.cards() == ["A card 1", "A card 1"]


async def test_a_lost_answer_is_looked_up_where_that_is_allowed(deps: Deps) -> None:
    async with running(Settings(manifest=WITH_HISTORY)) as slack, speaking(deps, slack) as post:
        await post.weather("lose_answers", methods=["chat.postMessage"], times=1)
        place = await post.notifier.show(post.owed)
        assert post.cards() == ["A card 1"]
        assert await post.notifier.show(at(place, post.owed)) == place
        assert post.cards() == ["A card 2"]


async def test_what_stands_there_since_the_last_try_is_not_posted_again_and_says_what_is_so_now(deps: Deps) -> None:
    async with running(Settings(manifest=WITH_HISTORY)) as slack, speaking(deps, slack) as post:
        place = await post.notifier.show(post.owed)
        assert await post.notifier.show(replace(post.owed, tries=1, wanted=2)) == place
        assert post.cards() == ["A card 2"]


@pytest.mark.parametrize("condition", ["rate_limited", "down", "lose_answers"])
async def test_while_it_cannot_be_seen_whether_it_stands_there_it_is_not_posted_again(
    deps: Deps, condition: str
) -> None:
    async with running(Settings(manifest=WITH_HISTORY)) as slack, speaking(deps, slack) as post:
        place = await post.notifier.show(post.owed)
        await post.weather(condition, methods=["conversations.history"], retry_after_s=7)
        refusal = await post.refused(replace(post.owed, tries=1))
        assert (refusal.hopeless, refusal.again_after) in {(False, None), (False, timedelta(seconds=7))}
        await post.weather("ok")
        assert await post.notifier.show(replace(post.owed, tries=2)) == place
        assert post.cards() == ["A card 1"]


async def test_what_cannot_be_seen_for_minutes_is_posted_rather_than_never(deps: Deps) -> None:
    async with running(Settings(manifest=WITH_HISTORY)) as slack, speaking(deps, slack) as post:
        await post.weather("down", methods=["conversations.history"])
        await post.notifier.show(replace(post.owed, tries=9, since=clock.now() - timedelta(minutes=3)))
        assert post.cards() == ["A card 1"]


async def test_blocks_that_slack_refuses_become_plain_text(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    post.words.blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": ""}})
    await post.notifier.show(post.owed)
    assert post.cards() == ["A card 1"]
    assert "slack does not take these blocks; said in plain text" in caplog.text


async def test_a_kind_of_block_that_slack_does_not_know_gives_way_to_a_simpler_one(post: Post) -> None:
    post.world.refused_blocks.add("data_visualization")
    chart = figures.chart("Views", "bar", "Views", [Bar(label="Fri", value=1)])
    said = Message(text="Views", blocks=[chart], simpler=figures.in_code("Views", [Bar(label="Fri", value=1204)]))
    post.words.saying = Saying(message=said, to=post.owed.channel or "")
    notice = Notice(
        id="notice_2",
        workspace_id=post.owed.workspace_id,
        brand_id=None,
        item_id=None,
        kind="digest",
        payload={},
        created_at=clock.now(),
        due_at=clock.now(),
        tries=0,
    )
    place = await post.notifier.deliver(notice)
    assert place is not None
    (shown,) = [m for m in post.world.channels[place.channel].messages if m.ts == place.ts]
    assert "1,204" in str(shown.blocks)


async def test_a_slack_that_is_down_is_asked_again_later(post: Post) -> None:
    await post.weather("down", methods=["chat.postMessage"])
    assert not (await post.refused()).hopeless
    await post.weather("ok")
    await post.notifier.show(replace(post.owed, tries=1))
    assert len(post.cards()) == 1


async def test_a_refused_token_is_remembered_and_nothing_more_is_tried(post: Post) -> None:
    post.world.kill_tokens("account_inactive")
    assert not (await post.refused()).hopeless

    async def revoked() -> bool:
        found = await post.here.installation()
        return found is not None and found.revoked

    await until_async(revoked)
    asked = post.here.calls("chat.postMessage")
    assert "refuses" in (await post.refused()).reason
    assert post.here.calls("chat.postMessage") == asked


async def test_a_notice_stands_in_the_thread_of_its_card_and_is_mended_in_place(post: Post) -> None:
    place = await post.notifier.show(post.owed)
    notice = Notice(
        id="ntc_1",
        workspace_id=post.owed.workspace_id,
        brand_id=None,
        item_id=None,
        kind="broadcast",
        payload={},
        created_at=clock.now(),
        due_at=clock.now(),
        tries=0,
    )
    message = Message(text="X refused it.", blocks=[])
    post.words.saying = Saying(message=message, to=place.channel, thread_ts=place.ts, broadcast=True)
    said = await post.notifier.deliver(notice)
    assert said is not None
    mended = Message(text="Mended.", blocks=[])
    post.words.saying = Saying(message=mended, to=place.channel, instead_of=said)
    assert await post.notifier.deliver(notice) == said
    assert sorted(post.cards()) == ["A card 1", "Mended."]


async def test_one_message_a_second_goes_to_a_channel() -> None:
    pace = Pace(patience_s=0.0, in_channel=Budget(every_s=1.0))
    await pace.turn("T1", "chat.postMessage", "C1")
    await pace.turn("T1", "chat.postMessage", "C2")
    await pace.turn("T2", "chat.postMessage", "C1")
    with pytest.raises(TooFast) as caught:
        await pace.turn("T1", "chat.postMessage", "C1")
    assert timedelta(0) < caught.value.wait <= timedelta(seconds=1)
