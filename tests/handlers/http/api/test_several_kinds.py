"""A post that goes to one account as several kinds, from HTTP to the stand-in's Instagram and back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import clock
from bot.domain.approvals import Rule
from bot.domain.errors import Conflict
from bot.domain.ids import ItemId
from bot.domain.publication import State
from bot.domain.repeats import Every, Repeat
from bot.services import (
    agreeing,
    connecting,
    contents,
    editing,
    events,
    foreseeing,
    journal,
    planning,
    recurring,
    retyping,
    scheduling,
    transferring,
)
from sandbox.networks.network import ACCESS_ENDED, OK
from storage import approvals, causes, item_records, post_views, preflights
from storage.engine import Database
from storage.preflights import Step
from storage.vault import Vault
from tests.handlers.http.api.studio import FEED, STORY, Studio, ahead, opened, over, shown
from tests.handlers.http.api.test_door import error


@pytest.fixture
async def studio(database: Database, tmp_path: Path) -> AsyncIterator[Studio]:
    async with opened(database, tmp_path) as made:
        yield made


async def test_both_are_published_each_with_its_own_once(studio: Studio) -> None:
    post = await studio.feed_and_story()
    place = f"/posts/{post['post_id']}"
    assert {item["account_id"] for item in post["items"]} == {studio.account.id}
    assert await studio.call("GET", place) == post
    assert (await studio.call("GET", "/posts"))["data"] == [post]

    await studio.call("POST", f"{place}/publish")
    await studio.until(post, over)

    assert studio.live() == [FEED, STORY]
    read = await studio.call("GET", place)
    assert shown(read) == shown(post)
    assert read["status"] == "published"
    assert [item["item_id"] for item in read["items"]] == [item["item_id"] for item in post["items"]]
    assert len({item["platform_post_id"] for item in read["items"]}) == 2
    for item in read["items"]:
        numbers = await studio.call("GET", f"/post-items/{item['item_id']}/analytics")
        assert (numbers["post_type"], numbers["status"]) == (item["post_type"], "posted")


async def test_webhooks_tell_each_with_its_own(studio: Studio) -> None:
    post = await studio.feed_and_story()
    await studio.call("POST", f"/posts/{post['post_id']}/publish")
    view, deps = await studio.until(post, over), studio.herald.deps
    cause = causes.Cause(workspace_id=view.workspace_id, what="published", about=view.post_id, at=clock.now())

    async with deps.database.transaction() as session:
        told = await events.events_of(deps, session, cause)

    (whole,) = [one.body for one in told if one.name == "post.published"]
    items = [one for one in post["items"] if f'"item_id":"{one["item_id"]}","post_type":"{one["post_type"]}"' in whole]
    assert items == post["items"]
    assert all(f'"media_ids":["{item["media_ids"][0]}"]' in whole for item in items)
    kinds = {one.body.partition('"type":"')[2].partition('"')[0] for one in told if one.name == "content.published"}
    assert kinds == {"instagram-feed", "instagram-story"}


async def test_one_of_them_is_changed_and_the_other_stays(studio: Studio) -> None:
    post = await studio.feed_and_story()
    place, (feed, story) = f"/posts/{post['post_id']}", post["items"]
    await studio.call("POST", f"{place}/schedule", {"scheduled_at": ahead()})
    gold = await studio.picture("gold")
    kept = {name: feed[name] for name in ("post_type", "content", "media_ids")}

    changed = await studio.call(
        "PATCH", place, {"items": [{"post_type": "instagram-story", "content": "", "media_ids": [gold]}, kept]}
    )

    assert changed["status"] == "scheduled"
    assert changed["items"] == [feed, {**story, "media_ids": [gold]}]
    await studio.call("POST", f"{place}/publish")
    await studio.until(post, over)
    assert studio.live() == [FEED, ("STORIES", "", "gold")]


async def test_it_is_scheduled_taken_back_scheduled_again_and_deleted(studio: Studio) -> None:
    post = await studio.feed_and_story()
    place = f"/posts/{post['post_id']}"

    scheduled = await studio.call("POST", f"{place}/schedule", {"scheduled_at": ahead()})
    back = await studio.call("POST", f"{place}/cancel")
    again = await studio.call("POST", f"{place}/schedule", {"scheduled_at": ahead(30)})
    entries = await studio.view(post)
    await studio.call("DELETE", place)

    assert (scheduled["status"], back["status"], again["status"]) == ("scheduled", "draft", "scheduled")
    assert scheduled["items"] == back["items"] == again["items"] == post["items"]
    assert {item.status for item in entries.items} == {State.SCHEDULED}
    assert error(await studio.ours.call("GET", place)) == (404, "NOT_FOUND")
    assert {item.status for item in (await studio.view(post)).items} == {State.CANCELLED}


async def test_one_kind_becomes_two_and_two_one_and_what_stays_keeps_its_id(studio: Studio) -> None:
    post = await studio.feed_and_story()
    place, (feed, story) = f"/posts/{post['post_id']}", post["items"]
    as_feed, as_story = ({name: one[name] for name in ("post_type", "content", "media_ids")} for one in (feed, story))

    alone = await studio.call("PATCH", place, {"items": [as_story]})
    both = await studio.call("PATCH", place, {"items": [as_feed, as_story]})
    other = await studio.call("PATCH", place, {"items": [as_feed]})

    assert alone["items"] == [story]
    assert [item for item in both["items"] if item["post_type"] == "instagram-story"] == [story]
    assert shown(both) == shown({"items": sorted(both["items"], key=lambda item: item["item_id"])})
    (new,) = [item for item in both["items"] if item["post_type"] == "instagram-feed"]
    assert new == {**feed, "item_id": new["item_id"]}
    assert other["items"] == [new]
    assert not (await studio.view(post)).goes_as_several


async def test_the_same_kind_twice_on_one_account_is_refused(studio: Studio) -> None:
    item = {"post_type": "instagram-story", "content": ""}

    answer = await studio.ours.call("POST", "/posts", {"items": [item, {**item, "account_id": studio.account.id}]})

    assert error(answer) == (400, "VALIDATION_ERROR")
    told = answer.json()["error"]
    assert told["param"] == "items[1].post_type"
    assert "A post goes to an account once as instagram-story." in told["message"]


async def test_a_post_with_further_parts_stays_one_kind(studio: Studio) -> None:
    wish = planning.Wish(
        brand=studio.herald.brand,
        to=("instagram",),
        text="Blend.",
        parts=("First!",),
        when=planning.NotYet(),
        asked_by="slack:U1",
    )
    post = await scheduling.schedule_post(studio.herald.deps, wish)
    items = [{"post_type": kind, "content": "Blend."} for kind in ("instagram-feed", "instagram-story")]

    answer = await studio.ours.call("PATCH", f"/posts/{post.post_id}", {"items": items})

    assert error(answer) == (400, "VALIDATION_ERROR")
    assert "one kind of post" in answer.json()["error"]["message"]
    assert len((await journal.show_post(studio.herald.deps, post.workspace_id, post.post_id)).items) == 2


async def test_what_is_wrong_with_one_kind_names_it(studio: Studio) -> None:
    picture = [await studio.picture("teal")]
    items = [
        {"post_type": kind, "content": "Words.", "media_ids": picture} for kind in ("instagram-feed", "instagram-story")
    ]
    post = await studio.call("POST", "/posts", {"items": items})

    answer = await studio.ours.call("POST", f"/posts/{post['post_id']}/publish")

    assert error(answer) == (400, "VALIDATION_ERROR")
    assert "instagram-story: " in answer.json()["error"]["message"]
    assert "a story shows no text" in answer.json()["error"]["message"]
    assert "instagram-feed: " not in answer.json()["error"]["message"]


async def test_a_content_is_scheduled_and_taken_back_alone(studio: Studio) -> None:
    post = await studio.feed_and_story()
    feed, story = (ItemId(str(item["item_id"])) for item in post["items"])

    told = await contents.find(studio.herald.deps, studio.herald.brand.workspace_id, story)
    await studio.call("POST", f"/content/{story}/approve", {})
    await studio.call("POST", "/publish/schedule", {"content_id": story, "scheduled_for": ahead(2)})
    waiting = {item.item_id: item.status for item in (await studio.view(post)).items}
    await studio.call("DELETE", f"/publish/{story}")

    assert (told.text, [file.file_name for file in told.files]) == ("", ["coral.jpg"])
    assert waiting == {feed: State.DRAFT, story: State.SCHEDULED}
    assert {item.status for item in (await studio.view(post)).items} == {State.DRAFT}
    assert shown(await studio.call("GET", f"/posts/{post['post_id']}")) == shown(post)


async def test_what_is_out_stays_and_the_rest_is_moved(studio: Studio) -> None:
    post = await studio.feed_and_story()
    deps, workspace_id = studio.herald.deps, studio.herald.brand.workspace_id
    await studio.call("POST", f"/posts/{post['post_id']}/schedule", {"scheduled_at": ahead()})
    feed = ItemId(str(post["items"][0]["item_id"]))
    await contents.schedule(deps, workspace_id, feed, planning.Now(), brand_id=None, asked_by="tests")
    partly = await studio.until(post, lambda now: State.PUBLISHED in {item.status for item in now.items})
    assert studio.live() == [FEED]

    await editing.move_post(
        deps, workspace_id, partly.post_id, planning.Now(), version=partly.version, asked_by="slack:U1"
    )
    await studio.until(post, over)

    assert studio.live() == [FEED, STORY]
    assert shown(await studio.call("GET", f"/posts/{post['post_id']}")) == shown(post)


async def test_two_kinds_wait_for_an_account_and_go_out_once_there_is_one(studio: Studio) -> None:
    await connecting.disconnect(studio.herald.deps, studio.account, asked_by="tests")
    post = await studio.feed_and_story()
    place = f"/posts/{post['post_id']}"
    waiting = [item["item_id"] for item in post["items"]]
    turned = await studio.call(
        "PATCH", place, {"items": [{k: i[k] for k in ("post_type", "content", "media_ids")} for i in post["items"]]}
    )
    assert [item["account_id"] for item in turned["items"]] == [None, None]
    assert sorted(item["item_id"] for item in turned["items"]) == sorted(waiting)
    assert error(await studio.ours.call("POST", f"{place}/publish")) == (422, "PLATFORM_NOT_CONNECTED")

    await studio.herald.connect("rowan")
    await studio.call("POST", f"{place}/publish")
    await studio.until(post, over)

    assert studio.live() == [FEED, STORY]
    read = await studio.call("GET", place)
    assert shown(read) == shown(post)
    assert [item["item_id"] for item in read["items"]] == waiting


async def test_both_are_approved_and_stay_so_until_one_is_changed(studio: Studio) -> None:
    deps, brand = studio.herald.deps, studio.herald.brand
    async with deps.database.transaction() as session:
        await approvals.set_rule(session, brand.workspace_id, brand.id, Rule.ONE)
        await approvals.set_approvers(session, brand.workspace_id, brand.id, ["U2OMAR"], named_by="slack:U1MAYA")
    post, at = await studio.feed_and_story(), ahead()
    place = f"/posts/{post['post_id']}"

    async def states() -> list[State]:
        return [item.status for item in (await studio.view(post)).items]

    await studio.call("POST", f"{place}/schedule", {"scheduled_at": at})
    asked = await states()
    waiting = await studio.view(post)
    yes = agreeing.Approve()
    await agreeing.decide(
        deps, brand.workspace_id, waiting.post_id, yes, version=waiting.version, decided_by="slack:U2OMAR"
    )
    agreed = await states()
    await studio.call("POST", f"{place}/schedule", {"scheduled_at": at})
    same = await states()
    story = ItemId(str(post["items"][1]["item_id"]))
    sooner = planning.At(text=ahead(2))
    await contents.schedule(deps, brand.workspace_id, story, sooner, brand_id=None, asked_by="slack:U1MAYA")

    assert (asked, agreed, same) == ([State.AWAITING_APPROVAL] * 2, [State.SCHEDULED] * 2, [State.SCHEDULED] * 2)
    assert await states() == [State.SCHEDULED, State.AWAITING_APPROVAL]


async def test_what_was_refused_is_published_again_once_each(studio: Studio) -> None:
    post = await studio.feed_and_story()
    studio.server.network.set_condition(ACCESS_ENDED)
    await studio.call("POST", f"/posts/{post['post_id']}/publish")
    lost = await studio.until(post, over)
    assert {item.status for item in lost.items} == {State.FAILED}
    studio.server.network.set_condition(OK)
    await studio.herald.connect("juniper")

    await studio.call("POST", f"/posts/{post['post_id']}/publish")
    await studio.until(post, over)

    assert studio.live() == [FEED, STORY]


async def test_what_was_cancelled_is_taken_up_again_whole(studio: Studio) -> None:
    post = await studio.feed_and_story()
    place = f"/posts/{post['post_id']}"
    await studio.call("POST", f"{place}/schedule", {"scheduled_at": ahead()})
    view = await studio.view(post)
    await scheduling.cancel_post(studio.herald.deps, view.workspace_id, view.post_id, asked_by="slack:U1MAYA")

    await studio.call("POST", f"{place}/publish")
    await studio.until(post, over)

    assert studio.live() == [FEED, STORY]
    read = await studio.call("GET", place)
    assert [item["item_id"] for item in read["items"]] == [item["item_id"] for item in post["items"]]


async def test_the_next_of_a_series_has_both(studio: Studio) -> None:
    post, deps = await studio.feed_and_story(), studio.herald.deps
    await studio.call("POST", f"/posts/{post['post_id']}/publish")
    view = await studio.until(post, over)
    repeat = Repeat(every=Every.WEEKLY, until=(clock.now() + timedelta(days=30)).date())
    async with deps.database.transaction() as session:
        await recurring.begin(session, view, studio.herald.brand, repeat)

    assert await recurring.plan_next(deps) == 1

    newest, _ = (await studio.call("GET", "/posts"))["data"]
    assert newest["status"] == "scheduled"
    assert shown(newest) == shown(post)


async def test_the_composer_does_not_open_what_it_cannot_show(studio: Studio) -> None:
    view = await studio.view(await studio.feed_and_story())

    for opening in (lambda: retyping.form_of(view, "UTC"), lambda: retyping.duplicate_form(view)):
        with pytest.raises(Conflict, match="Edit it over the HTTP API"):
            opening()
    wish = retyping.wish_of_post(view, studio.herald.brand, planning.NotYet(), asked_by="slack:U1")
    await editing.edit_post(studio.herald.deps, view.workspace_id, view.post_id, wish, version=view.version)
    after = await journal.show_post(studio.herald.deps, view.workspace_id, view.post_id)
    assert [(item.item_id, item.kind) for item in after.items] == [(item.item_id, item.kind) for item in view.items]
    assert (after.text, after.variants, after.media_for) == (view.text, view.variants, view.media_for)


async def test_each_is_looked_at_ahead_with_its_own(studio: Studio) -> None:
    post = await studio.feed_and_story()
    await studio.call("POST", f"/posts/{post['post_id']}/schedule", {"scheduled_at": ahead(0.009)})
    async with studio.herald.deps.database.reading() as session:
        found = await preflights.find(session, Step.SOON, now=clock.now(), limit=10)

    assert len(found) == 2
    assert await foreseeing.all_troubles(studio.herald.deps, found) == [(), ()]


async def test_they_move_to_another_database_whole(sqlite_url: str, empty_postgres_url: str, tmp_path: Path) -> None:
    before = await Database.open(sqlite_url)
    async with opened(before, tmp_path) as studio:
        post = await studio.view(await studio.feed_and_story())
    await before.close()

    ring = Vault([bytes(32)])
    await transferring.transfer(sqlite_url, empty_postgres_url, vault=ring, told=lambda _table, _done, _of: None)

    after = await Database.open(empty_postgres_url)
    async with after.reading() as session:
        assert await post_views.get_post(session, post.workspace_id, post.post_id) == post
        queued = await item_records.load(session, [item.item_id for item in post.items])
    await after.close()
    assert {(one.post_type, one.text, *(media.file_name for media, _ in one.media)) for one in queued} == {
        ("instagram-post", "Spring blend.", "teal.jpg"),
        ("instagram-story", "", "coral.jpg"),
    }
