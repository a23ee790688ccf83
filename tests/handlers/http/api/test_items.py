"""Items of a post over HTTP: kinds, accounts, own texts and own files, with the real networks' connectors."""

import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot import clock
from bot.domain.accounts import Account
from bot.domain.ids import PostId, WorkspaceId
from bot.services import connecting, editing, retyping, submitting
from bot.services import workspaces as service
from bot.services.deps import Deps
from bot.services.planning import NotYet
from storage import accounts, brands, item_records, workspaces
from storage.brands import Brand
from storage.engine import Database
from tests.handlers.http.api.caller import Caller, caller
from tests.handlers.http.api.test_door import error
from tests.tools import tools

ONE_EACH = ("x", "instagram", "youtube", "bluesky")


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A brand with an account on some networks and two on one."""

    ours: Caller
    deps: Deps
    brand: Brand
    accounts: dict[str, Account]

    @property
    def workspace_id(self) -> WorkspaceId:
        """Whose everything is."""
        return self.brand.workspace_id

    async def connect(self, platform: str, handle: str = "paperboat") -> Account:
        """Give the brand another account."""
        new = accounts.NewAccount(
            platform=platform,
            platform_account_id=handle,
            handle=handle,
            display_name=handle,
            service_url=f"https://{platform}.example",
        )
        async with self.deps.database.transaction() as session:
            return await accounts.save_account(session, self.workspace_id, self.brand.id, new)

    async def create(self, *items: Mapping[str, object]) -> dict[str, Any]:
        """A draft of these items."""
        answer = await self.ours.call("POST", "/posts", {"items": list(items)})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def picture(self) -> str:
        """A stored picture."""
        data = io.BytesIO()
        Image.new("RGB", (1080, 1080), "teal").save(data, "JPEG")
        files = {"file": ("blend.jpg", data.getvalue())}
        sent = await self.ours.client.post(
            "/v1/media/upload", headers=self.ours.headers, files=files, data={"type": "image"}
        )
        return str(sent.json()["media_id"])


@pytest.fixture
async def press(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Press]:
    """Paperboat with four accounts and two on Mastodon."""
    database = await Database.open(sqlite_url)
    async with tools(database, tmp_path / "media") as deps:
        async with database.transaction() as session:
            workspace = await workspaces.create_workspace(session, "Paperboat")
            brand = await brands.create_brand(session, workspace.id, "Juniper", timezone="Europe/Berlin")
        ours = await caller(deps, workspace.id)
        made = Press(ours=ours, deps=deps, brand=brand, accounts={})
        for platform in ONE_EACH:
            made.accounts[platform] = await made.connect(platform)
        for handle in ("one", "two"):
            made.accounts[handle] = await made.connect("mastodon", handle)
        yield made
    await database.close()


KINDS = (
    "instagram-feed",
    "instagram-reel",
    "instagram-story",
    "tiktok-video",
    "youtube-video",
    "x-post",
    "facebook-post",
    "facebook-reel",
    "facebook-story",
    "linkedin-post",
    "bluesky-post",
    "threads-post",
    "pinterest-pin",
    "reddit-post",
    "telegram-post",
    "discord-post",
    "google_business_profile-post",
)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_post_comes_back_as_it_was_asked_for(press: Press, kind: str) -> None:
    platform = kind.partition("-")[0]

    (item,) = (await press.create({"post_type": kind, "content": "Hello."}))["items"]

    assert (item["post_type"], item["platform"], item["status"]) == (kind, platform, "draft")
    account = press.accounts.get(platform)
    assert item["account_id"] == (account.id if account is not None else None)


async def test_each_item_keeps_its_own_text_and_files(press: Press) -> None:
    picture = await press.picture()

    post = await press.create(
        {"post_type": "x-post", "content": "Short."},
        {"post_type": "instagram-feed", "content": "Longer, with a picture.", "media_ids": [picture]},
        {"post_type": "bluesky-post", "content": "Short."},
    )

    read = (await press.ours.call("GET", f"/posts/{post['post_id']}")).json()
    assert read == post
    assert [(item["post_type"], item["content"], item["media_ids"]) for item in read["items"]] == [
        ("x-post", "Short.", []),
        ("instagram-feed", "Longer, with a picture.", [picture]),
        ("bluesky-post", "Short.", []),
    ]
    async with press.deps.database.reading() as session:
        queued = await item_records.load(session, [item["item_id"] for item in read["items"]])
    assert {item.platform: (item.text, len(item.media)) for item in queued} == {
        "x": ("Short.", 0),
        "instagram": ("Longer, with a picture.", 1),
        "bluesky": ("Short.", 0),
    }


async def test_a_post_has_one_item_a_kind_up_to_twelve(press: Press) -> None:
    twelve = [{"post_type": kind, "content": f"For {kind}."} for kind in KINDS[:12]]

    post = await press.create(*twelve)
    more = [*twelve, {"post_type": KINDS[12], "content": "One more."}]
    refused = await press.ours.call("POST", "/posts", {"items": more})

    assert [{name: item[name] for name in ("post_type", "content")} for item in post["items"]] == twelve
    assert (await press.ours.call("GET", f"/posts/{post['post_id']}")).json() == post
    assert error(refused) == (400, "VALIDATION_ERROR")
    assert refused.json()["error"]["param"] == "items"


async def test_films_that_become_the_same_type_stay_the_kinds_they_were_asked_for(press: Press) -> None:
    both = [{"post_type": f"youtube-{kind}", "content": "Watch.", "title": kind} for kind in ("video", "short")]

    post = await press.create(*both)

    assert [item["post_type"] for item in post["items"]] == ["youtube-video", "youtube-short"]
    async with press.deps.database.reading() as session:
        queued = await item_records.load(session, [item["item_id"] for item in post["items"]])
    assert {(item.post_type, item.options["title"]) for item in queued} == {
        ("youtube-video", "video"),
        ("youtube-video", "short"),
    }


async def test_accounts_may_get_different_kinds_and_share_those_they_both_get(press: Press) -> None:
    other = await press.connect("instagram", "quartz")
    first = press.accounts["instagram"].id
    feed = {"post_type": "instagram-feed", "content": "Blend.", "account_id": first}
    story = {"post_type": "instagram-story", "content": ""}

    post = await press.create(feed, {**story, "account_id": first}, {**story, "account_id": other.id})
    differs = {**story, "content": "Else.", "account_id": other.id}
    refused = await press.ours.call("POST", "/posts", {"items": [feed, {**story, "account_id": first}, differs]})

    assert [(item["post_type"], item["account_id"], item["content"]) for item in post["items"]] == [
        ("instagram-feed", first, "Blend."),
        ("instagram-story", first, ""),
        ("instagram-story", other.id, ""),
    ]
    assert error(refused) == (400, "VALIDATION_ERROR")
    assert refused.json()["error"]["param"] == "items[2].content"


async def test_an_edit_elsewhere_leaves_files_where_they_went(press: Press) -> None:
    picture = await press.picture()
    post = await press.create(
        {"post_type": "x-post", "content": "Short."},
        {"post_type": "instagram-feed", "content": "Short.", "media_ids": [picture]},
    )
    found = await submitting.get(press.deps, press.workspace_id, PostId(str(post["post_id"])))
    brand = await service.get_brand(press.deps, press.workspace_id, press.brand.id)
    typed = retyping.wish_of_post(found.post, brand, NotYet(), asked_by="slack:U1")

    await editing.edit_post(
        press.deps,
        press.workspace_id,
        found.post.post_id,
        replace(typed, text="Shorter.", media_for=None),
        version=1,
    )

    read = (await press.ours.call("GET", f"/posts/{post['post_id']}")).json()
    assert [(item["content"], item["media_ids"]) for item in read["items"]] == [
        ("Shorter.", []),
        ("Shorter.", [picture]),
    ]


@pytest.mark.parametrize(
    ("items", "param"),
    [
        ([{"post_type": "fax-page", "content": "Hi"}], "items[0].post_type"),
        ([{"post_type": "mastodon-post", "content": "Hi"}], "items[0].account_id"),
        ([{"post_type": "x-post", "content": "Hi", "account_id": "acc_forged"}], "items[0].account_id"),
        ([{"post_type": "x-post", "content": "Hi"}] * 2, "items[1].post_type"),
        ([{"post_type": "tiktok-photos", "content": "Hi"}, {"post_type": "x-post"}], "items[1].content"),
        (
            [{"post_type": kind, "content": kind} for kind in ("tiktok-video", "tiktok-photos", "tiktok-video")],
            "items[2].post_type",
        ),
        ([{"post_type": "x-post", "content": 5}], "items[0].content"),
        ([{"post_type": "x-post", "content": None}], "items[0].content"),
        ([{"content": "Hi"}], "items[0].post_type"),
        ([{"post_type": "x-post", "content": "Hi", "media_ids": "med"}], "items[0].media_ids"),
        ([{"post_type": "x-post", "content": "Hi", "media_ids": [7]}], "items[0].media_ids[0]"),
        ([{"post_type": "x-post", "content": "NUL \0 here"}], "items[0].content"),
        ([], "items"),
        ([{"post_type": "x-post", "content": "Hi"}] * 13, "items"),
        ("x-post", "items"),
    ],
)
async def test_items_that_cannot_be_are_refused_naming_the_field(press: Press, items: object, param: str) -> None:
    answer = await press.ours.call("POST", "/posts", {"items": items})

    assert error(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["error"]["param"] == param
    assert (await press.ours.call("GET", "/posts")).json()["data"] == []


async def test_generated_texts_are_refused(press: Press) -> None:
    body = {"items": [{"post_type": "x-post", "content": "Hi"}], "generation_id": "gen_1"}

    answer = await press.ours.call("POST", "/posts", body)

    assert error(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["error"]["param"] == "generation_id"


async def test_two_accounts_of_a_network_share_one_text(press: Press) -> None:
    one, two = press.accounts["one"].id, press.accounts["two"].id
    item = {"post_type": "mastodon-post", "content": "Toot."}

    both = await press.create({**item, "account_id": one}, {**item, "account_id": two})
    other = await press.ours.call(
        "POST", "/posts", {"items": [{**item, "account_id": one}, {**item, "content": "Else.", "account_id": two}]}
    )

    assert [one["account_id"] for one in both["items"]] == [one, two]
    assert error(other) == (400, "VALIDATION_ERROR")
    assert other.json()["error"]["param"] == "items[1].content"


async def test_an_item_without_an_account_waits_and_keeps_its_id_once_there_is_one(press: Press) -> None:
    post = await press.create(
        {"post_type": "linkedin-post", "content": "At work."}, {"post_type": "bluesky-post", "content": "Out."}
    )
    place, waiting = f"/posts/{post['post_id']}", post["items"][0]
    at = (clock.now() + timedelta(days=30)).replace(microsecond=0)
    soon = {"scheduled_at": at.astimezone(timezone(timedelta(hours=5, minutes=45))).isoformat()}

    early = await press.ours.call("POST", f"{place}/publish")
    numbers = (await press.ours.call("GET", f"/post-items/{waiting['item_id']}/analytics")).json()
    account = await press.connect("linkedin")
    scheduled = (await press.ours.call("POST", f"{place}/schedule", soon)).json()

    assert (waiting["account_id"], waiting["status"]) == (None, "draft")
    assert error(early) == (422, "PLATFORM_NOT_CONNECTED")
    assert numbers == {
        "post_item_id": waiting["item_id"],
        "post_type": "linkedin-post",
        "platform": "linkedin",
        "status": "draft",
        "metrics": None,
    }
    assert scheduled["status"] == "scheduled"
    assert scheduled["scheduled_at"] == f"{at:%Y-%m-%dT%H:%M:%SZ}"
    assert [item["item_id"] for item in scheduled["items"]] == [item["item_id"] for item in post["items"]]
    assert [item["content"] for item in scheduled["items"]] == ["At work.", "Out."]
    assert scheduled["items"][0]["account_id"] == account.id


async def test_a_draft_of_accounts_that_are_not_there_is_read_changed_and_deleted(press: Press) -> None:
    post = await press.create({"post_type": "tiktok-video", "content": "Look!"})
    place = f"/posts/{post['post_id']}"

    changed = (
        await press.ours.call("PATCH", place, {"items": [{"post_type": "tiktok-video", "content": "Look again!"}]})
    ).json()
    listed = (await press.ours.call("GET", "/posts?status=draft")).json()

    assert changed["items"] == [{**post["items"][0], "content": "Look again!"}]
    assert listed["data"] == [changed]
    assert error(await press.ours.call("POST", f"{place}/publish")) == (422, "PLATFORM_NOT_CONNECTED")
    assert (await press.ours.call("DELETE", place)).json() == {"success": True}
    assert error(await press.ours.call("GET", place)) == (404, "NOT_FOUND")


async def test_a_disconnected_account_is_told_at_publishing(press: Press) -> None:
    post = await press.create({"post_type": "bluesky-post", "content": "Out."})
    await connecting.disconnect(press.deps, press.accounts["bluesky"], asked_by="tests")

    answer = await press.ours.call("POST", f"/posts/{post['post_id']}/publish")

    assert error(answer) == (422, "PLATFORM_NOT_CONNECTED")


async def test_what_no_network_takes_is_refused_at_publishing(press: Press) -> None:
    post = await press.create({"post_type": "bluesky-post", "content": "x" * 400})

    answer = await press.ours.call("POST", f"/posts/{post['post_id']}/publish")

    assert error(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["error"]["param"] == "items[0].content"


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"post_type": "bluesky-post", "content": "x" * 400}, "items[1].content"),
        ({"post_type": "bluesky-post", "content": "Out.", "options": {"colour": "teal"}}, "items[1]"),
        ({"post_type": "instagram-feed", "content": "No picture."}, "items[1]"),
    ],
)
async def test_of_several_items_the_one_a_network_refuses_is_named(
    press: Press, item: dict[str, object], param: str
) -> None:
    post = await press.create({"post_type": "x-post", "content": "Fine."}, item)
    place, at = f"/posts/{post['post_id']}", (clock.now() + timedelta(days=3)).isoformat()

    published = await press.ours.call("POST", f"{place}/publish")
    scheduled = await press.ours.call("POST", f"{place}/schedule", {"scheduled_at": at})

    for answer in (published, scheduled):
        assert error(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["error"]["param"] == param


async def test_an_edit_of_a_scheduled_post_names_the_item_a_network_refuses(press: Press) -> None:
    fine, long = {"post_type": "x-post", "content": "Fine."}, {"post_type": "bluesky-post", "content": "x" * 400}
    post = await press.create(fine)
    place, at = f"/posts/{post['post_id']}", (clock.now() + timedelta(days=3)).isoformat()
    scheduled = (await press.ours.call("POST", f"{place}/schedule", {"scheduled_at": at})).json()

    answer = await press.ours.call("PATCH", place, {"items": [long, fine]})

    assert error(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["error"]["param"] == "items[0].content"
    assert (await press.ours.call("GET", place)).json() == scheduled


@pytest.mark.parametrize(
    "when",
    [
        "2099-01-01T00:00:00",
        "2001-01-01T00:00:00Z",
        "tomorrow",
        "",
        "2099-13-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "2099-01-01T00:00:00+01:00:30",
        "2099-01-01T00:00:00+01:75",
        "2099-01-01T00:00:00+19:00",
        "2099-01-01x00:00:00+01:00",
    ],
)
async def test_a_time_without_offset_or_in_the_past_is_refused(press: Press, when: str) -> None:
    post = await press.create({"post_type": "bluesky-post", "content": "Out."})

    answer = await press.ours.call("POST", f"/posts/{post['post_id']}/schedule", {"scheduled_at": when})

    assert error(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["error"]["param"] == "scheduled_at"


async def test_a_key_of_one_brand_sees_nothing_of_another(press: Press) -> None:
    async with press.deps.database.transaction() as session:
        quartz = await brands.create_brand(session, press.workspace_id, "Quartz", timezone="UTC")
    theirs = await caller(press.deps, press.workspace_id, brand=quartz)
    post = await press.create({"post_type": "bluesky-post", "content": "Out."})

    assert error(await theirs.call("GET", f"/posts/{post['post_id']}")) == (404, "NOT_FOUND")
    assert (await theirs.call("GET", "/posts")).json()["data"] == []
    numbers = await theirs.call("GET", f"/post-items/{post['items'][0]['item_id']}/analytics")
    assert error(numbers) == (404, "NOT_FOUND")
    assert post["post_id"] not in numbers.text
