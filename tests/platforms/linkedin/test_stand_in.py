"""Herald and the stand-in, from the consent page to the numbers, and what becomes of answers that are lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bot import clock
from bot.domain.accounts import Health
from bot.domain.content import Attachment, Draft, MediaKind, Reference
from bot.domain.publication import State
from bot.services import connecting
from bot.services.consenting import Choosing
from bot.services.keeping import Kept
from platforms.base import CannotTell, Key, Prepared, Published, typed
from platforms.errors import DuplicateRefused, MediaRefused, NotReady, RateLimited
from platforms.linkedin import CONNECTOR
from sandbox.networks.linkedin.world import SELF_SERVE, Settings
from sandbox.networks.network import LOSES_ANSWER
from tests.platforms.linkedin.conftest import Stage
from tests.platforms.linkedin.samples import file, present

KEY = Key(value="0123456789abcdef0123456789abcdef", at=datetime(2026, 11, 21, 9, tzinfo=UTC))
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(100 * 1024)
PNG = b"\x89PNG\r\n\x1a\n"
METRICS, ACCOUNT_METRICS = present(CONNECTOR.metrics), present(CONNECTOR.account_metrics)
DELETE = present(CONNECTOR.delete)


def picture(folder: Path) -> Path:
    """A small sheet of blue."""
    path = folder / "blue.png"
    Image.new("RGB", (40, 30), (40, 60, 200)).save(path, "PNG")
    return path


def draft(text: str = "Good morning", *files: Attachment, **more: object) -> Draft:
    """A post, as the kind it becomes."""
    plain = Draft(text=text, post_type="", due_at=KEY.at, attachments=files)
    return typed(CONNECTOR.spec, replace(plain, **more))  # pyright: ignore[reportArgumentType]  # fields of Draft


async def prepared(at: Stage, name: str, post: Draft) -> Prepared:
    """What preparing comes to, once LinkedIn has processed everything."""
    connected = await at.connected(await at.connect(name))
    made = await CONNECTOR.prepare(at.wire(), at.endpoints, connected, post, KEY, None)
    for asset in at.server.world.assets.values():
        if asset.ready_at is not None:
            asset.ready_at = at.server.world.now()
    while made.wait_s is not None:
        made = await CONNECTOR.prepare(at.wire(), at.endpoints, connected, post, KEY, made)
    return made


async def published(at: Stage, post: Draft, name: str = "paperboat") -> Published:
    """A post that is out."""
    made = await prepared(at, name, post)
    connected = await at.connected(await at.connect(name))
    live = await CONNECTOR.publish(at.wire(), connected, made, KEY)
    assert isinstance(live, Published)
    return live


# --- Connecting ----------------------------------------------------------------------------------------------------


async def test_one_consent_is_good_for_the_profile_and_the_pages(at: Stage) -> None:
    ended = await at.consent()
    assert isinstance(ended, Choosing)
    offered = [(one.kind, one.display_name, one.handle) for one in ended.offered]
    assert offered == [
        ("Your profile", "Juniper Example", "juniper"),
        ("Page", "Harbor Cafe", "harbor-cafe"),
        ("Page", "Paperboat", "paperboat"),
    ]


@pytest.mark.parametrize("settings", [Settings(scopes=SELF_SERVE)], ids=["self-serve"])
async def test_a_self_serve_app_gets_the_profile_and_sixty_days(at: Stage) -> None:
    ended = await at.consent()
    assert isinstance(ended, Kept)
    account = ended.account
    assert (account.platform_account_id, account.handle) == ("urn:li:person:juniperZx9", "Juniper")
    assert not account.renews
    assert account.ends_at is not None
    assert timedelta(days=59) < account.ends_at - clock.now() <= timedelta(days=60)

    at.server.oauth.grants.end_access()
    post_id = await at.post(account, "Too late")
    (item,) = await at.until(post_id, lambda item: item.status is State.FAILED)
    assert item.error is not None
    assert "Reconnect" in item.error[1]
    assert at.server.world.posts == {}
    assert (await connecting.check(at.deps, account)).account.health is not Health.HEALTHY

    again = await at.connect()
    assert (again.id, again.health) == (account.id, Health.HEALTHY)


@pytest.mark.parametrize("settings", [Settings(partner=True)], ids=["partner"])
async def test_a_partners_access_renews_itself_until_its_fixed_end(at: Stage) -> None:
    account = await at.connect()
    assert account.renews
    assert account.ends_at is not None
    assert timedelta(days=364) < account.ends_at - clock.now() <= timedelta(days=365)

    at.server.oauth.grants.end_access()
    post_id = await at.post(account, "Good morning")
    (item,) = await at.until(post_id, lambda item: item.status is State.PUBLISHED)
    assert item.platform_post_id in at.server.world.posts
    renewed = (await connecting.check(at.deps, account)).account
    assert renewed.ends_at is not None
    assert abs(renewed.ends_at - account.ends_at) < timedelta(minutes=1)


async def test_who_lost_the_pages_role_is_told(at: Stage) -> None:
    account = await at.connect()
    assert (await connecting.check(at.deps, account)).trouble is None
    at.server.world.authors[account.platform_account_id].admins = ()
    assert (await connecting.check(at.deps, account)).account.health is Health.REVOKED


async def test_disconnecting_gives_the_token_back(at: Stage) -> None:
    account = await at.connect()
    assert at.server.oauth.grants.live(next(iter(at.server.oauth.grants.access.values())))
    await connecting.disconnect(at.deps, account, asked_by="test")
    assert not any(map(at.server.oauth.grants.live, at.server.oauth.grants.access.values()))


# --- Publishing ----------------------------------------------------------------------------------------------------


async def test_from_consent_to_numbers_with_a_picture_and_a_first_comment(at: Stage, tmp_path: Path) -> None:
    account = await at.connect()
    post_id = await at.post(
        account,
        "C# (a_b) #launch by @[Paperboat](urn:li:organization:2414184)",
        parts=("More: https://paperboat.example/a_(b)",),
        media=((picture(tmp_path), "A sheet of blue"),),
    )
    first, second = await at.until(post_id, lambda item: item.status is State.PUBLISHED)
    world = at.server.world
    (post,) = world.posts.values()
    assert (first.platform_post_id, first.permalink) == (post.urn, f"{at.server.url}/feed/update/{post.urn}/")
    assert post.text == "C# (a_b) #launch by Paperboat"
    assert [(comment.urn, comment.text) for comment in post.comments] == [
        (second.platform_post_id, "More: https://paperboat.example/a_(b)")
    ]
    async with httpx.AsyncClient() as browser:
        for address in (str(first.permalink), str(second.permalink), f"{at.server.url}/company/paperboat"):
            page = (await browser.get(address)).text
            assert "C# (a_b) #launch by Paperboat" in page
            assert "A sheet of blue" in page

    connected = await at.connected(account)
    world.settings.grow_numbers, post.made_at = True, post.made_at - timedelta(minutes=10)
    (numbers,) = await METRICS(at.wire(), at.endpoints, connected, (post.urn, str(second.platform_post_id)))
    assert (numbers.comments, numbers.likes) == (1, 30)
    assert (await ACCOUNT_METRICS(at.wire(), at.endpoints, connected)).followers == 219

    told = published_extra(post.urn, post.comments[0].id)
    await DELETE(at.wire(), connected, str(second.platform_post_id), told)
    assert post.comments == []
    for _ in range(2):
        await DELETE(at.wire(), connected, post.urn, {})
    assert world.posts == {}


def published_extra(urn: str, comment_id: str) -> dict[str, object]:
    """What Herald keeps of a comment."""
    return {"object": urn, "id": comment_id}


@pytest.mark.parametrize("settings", [Settings(part_bytes=40 * 1024, processing_s=30.0)], ids=["parts of 40 KB"])
async def test_every_kind_of_post_is_taken(at: Stage) -> None:
    image, film = file(MediaKind.IMAGE, "image/png", PNG, alt_text="a tree"), file(MediaKind.VIDEO, "video/mp4", MP4)
    pdf = file(MediaKind.DOCUMENT, "application/pdf", b"%PDF-1.7")
    kinds = {
        "text": draft("text"),
        "image": draft("image", image),
        "images": draft("images", image, image),
        "video": draft("video", film, options={"title": "Boats"}),
        "document": draft("document", pdf, options={"title": "Boats"}),
        "article": draft("article", link="https://paperboat.example/news"),
        "poll": draft("poll", options={"poll": "tea | coffee", "poll_question": "Tea or coffee?"}),
    }
    for text, post in kinds.items():
        live = await published(at, post)
        assert at.server.world.posts[live.platform_post_id].text == text
        remark = await published(at, draft("See", part=1, parent=Reference(platform_post_id=live.platform_post_id)))
        assert remark.extra["object"] == live.platform_post_id
    shown = {post.text: next(iter(post.content), "") for post in at.server.world.posts.values()}
    assert shown == {
        "text": "",
        "image": "media",
        "images": "multiImage",
        "video": "media",
        "document": "media",
        "article": "article",
        "poll": "poll",
    }
    film_there = next(asset for asset in at.server.world.assets.values() if asset.kind == "video")
    assert (len(film_there.parts), film_there.content) == (3, MP4)
    async with httpx.AsyncClient() as browser:
        page = (await browser.get(f"{at.server.url}/company/paperboat")).text
    assert all(f"{text}</p>" in page for text in kinds)


async def test_a_file_that_cannot_be_processed_is_refused_before_anything_is_posted(at: Stage) -> None:
    broken = file(MediaKind.VIDEO, "video/mp4", bytes(100 * 1024))
    with pytest.raises(MediaRefused, match="FORMAT_NOT_SUPPORTED"):
        await prepared(at, "paperboat", draft("film", broken))


async def test_a_members_file_is_posted_when_it_is_ready_and_not_before(at: Stage) -> None:
    """Nobody tells a member how far their files are: the creating call says no, and does it later."""
    at.server.world.settings.processing_s = 500.0
    made = await prepared(at, "juniper", draft("picture", file(MediaKind.IMAGE, "image/png", PNG)))
    connected = await at.connected(await at.connect("juniper"))
    asset = at.server.world.assets[str(made.data["media"][0])]  # pyright: ignore[reportIndexIssue]  # a list of URNs
    asset.ready_at = at.server.world.now() + timedelta(minutes=1)
    with pytest.raises(NotReady):
        await CONNECTOR.publish(at.wire(), connected, made, KEY)
    asset.ready_at = at.server.world.now()
    await CONNECTOR.publish(at.wire(), connected, made, KEY)
    assert len(at.server.world.posts) == 1


async def test_a_comment_that_comes_too_soon_is_made_later(at: Stage) -> None:
    live = await published(at, draft())
    at.server.world.settings.comment_after_s = 60.0
    remark = draft("See", part=1, parent=Reference(platform_post_id=live.platform_post_id))
    with pytest.raises(NotReady):
        await published(at, remark)


@pytest.mark.parametrize("settings", [Settings(requests_per_day=1)], ids=["one a day"])
async def test_the_limit_of_a_day_ends_at_midnight_utc(at: Stage) -> None:
    await published(at, draft("one"))
    with pytest.raises(RateLimited) as caught:
        await published(at, draft("two"))
    until = caught.value.until
    assert until is not None
    assert (until.hour, until.minute, until.date()) == (0, 0, clock.now().date() + timedelta(days=1))


# --- Never twice ---------------------------------------------------------------------------------------------------


async def test_a_lost_answer_of_a_page_is_found(at: Stage) -> None:
    account = await at.connect()
    at.server.network.set_condition(LOSES_ANSWER)
    post_id = await at.post(account, "Good (morning) #boats")
    (item,) = await at.until(post_id, lambda item: item.status is State.PUBLISHED)
    assert list(at.server.world.posts) == [item.platform_post_id]


async def test_a_lost_answer_of_a_profile_has_a_person_asked_at_once(at: Stage) -> None:
    account = await at.connect("juniper")
    at.server.network.set_condition(LOSES_ANSWER)
    post_id = await at.post(account, "Good morning")
    asked = "LinkedIn does not let Herald see a member's posts. Please look whether the post is there."
    (item,) = await at.until(post_id, lambda item: item.error is not None and item.error[1] == asked)
    assert item.status is State.UNCONFIRMED
    assert (len(at.server.world.posts), item.attempts) == (1, 1)


@pytest.mark.parametrize("name", ["paperboat", "juniper"])
async def test_equal_content_is_a_duplicate_and_never_a_second_post(at: Stage, name: str) -> None:
    """Also what a person has sent again who did not see the first one."""
    made = await prepared(at, name, draft())
    connected, since = await at.connected(await at.connect(name)), clock.now() - timedelta(seconds=1)
    live = await CONNECTOR.publish(at.wire(), connected, made, KEY)
    assert isinstance(live, Published)
    with pytest.raises(DuplicateRefused, match=live.platform_post_id):
        await CONNECTOR.publish(at.wire(), connected, made, KEY)
    found = await CONNECTOR.find(at.wire(), connected, made, KEY, since)
    assert found == live if name == "paperboat" else isinstance(found, CannotTell) and found.final
    assert len(at.server.world.posts) == 1


async def test_an_edited_post_is_found_still_and_a_first_comment_too(at: Stage) -> None:
    since = clock.now() - timedelta(seconds=1)
    live = await published(at, draft("(a) #b_c @[Paperboat](urn:li:organization:2414184)"))
    remark = draft("(See) #more", part=1, parent=Reference(platform_post_id=live.platform_post_id))
    below = await published(at, remark)
    connected = await at.connected(await at.connect())
    for post, wanted in ((draft("(a) #b_c Paperboat"), live), (remark, below)):
        made = await prepared(at, "paperboat", post)
        assert await CONNECTOR.find(at.wire(), connected, made, KEY, since) == wanted
