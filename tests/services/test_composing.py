"""A composer from its first letter to the wish, and the lists posts are found in, on both engines."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import update

from bot import clock
from bot.domain.accounts import Account, Health
from bot.domain.composition import Fold, Form, FormFile, When, at_time
from bot.domain.errors import InvalidContent, NotFound
from bot.domain.ids import MediaId, WorkspaceId
from bot.domain.publication import State
from bot.services import composing, journal, retyping, scheduling, tidying
from bot.services.deps import Deps
from bot.services.planning import At, NotYet, Now, Wish
from storage import accounts
from storage.brands import Brand
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.tables import CompositionRow, PostItemRow
from tests.services.test_connecting import tools
from tests.services.test_scheduling import brand_with_account


@pytest.fixture
async def deps(database: Database, tmp_path: Path) -> AsyncIterator[Deps]:
    async with tools(database, tmp_path) as opened:
        yield opened


def form(brand: Brand, account: Account, **changes: object) -> Form:
    made: dict[str, object] = {
        "brand_id": brand.id,
        "account_ids": (account.id,),
        "text": "Hello \N{WAVING HAND SIGN}",
        "variants": {"mastodon": "Own"},
        "parts": ("Second",),
        "files": (FormFile(media_id="med_1", file_name="cup.jpg", alt_text="A cup", width_px=3),),
        "date": "2026-12-01",
        "time": "09:00",
        "zone": "Europe/Berlin",
        "fold": Fold.SECOND,
        "options": {"mastodon": {"visibility": "unlisted"}},
    }
    return Form(**{**made, **changes})  # pyright: ignore[reportArgumentType]  # a test's own concern


async def test_a_composer_is_remembered_for_its_person_alone(deps: Deps) -> None:
    brand, account = await brand_with_account(deps, "Juniper")
    other, _ = await brand_with_account(deps, "Harbor")
    ours, typed = brand.workspace_id, form(brand, account)
    opened = await composing.open_composition(deps, ours, "U1", typed)
    assert (await composing.get_composition(deps, ours, "U1", opened.id)).form == typed
    for place, user in ((ours, "U2"), (other.workspace_id, "U1")):
        with pytest.raises(NotFound):
            await composing.get_composition(deps, place, user, opened.id)
        with pytest.raises(NotFound):
            await composing.save_form(deps, place, user, opened.id, typed)
        assert not await composing.close_composition(deps, place, user, opened.id)
    later = form(brand, account, text="Later\0", link="https://example.com", when=When.NOW)
    await composing.save_form(deps, ours, "U1", opened.id, later)
    kept = (await composing.get_composition(deps, ours, "U1", opened.id)).form
    assert (kept.text, kept.link, kept.when) == ("Later", "https://example.com", When.NOW)
    assert await composing.close_composition(deps, ours, "U1", opened.id)
    assert not await composing.close_composition(deps, ours, "U1", opened.id)


async def test_a_composer_of_a_post_names_its_version_and_is_forgotten_after_two_days(deps: Deps) -> None:
    brand, account = await brand_with_account(deps, "Juniper")
    wish = Wish(brand=brand, to=("mastodon",), text="Hello", when=NotYet(), asked_by="slack:U1")
    post = await scheduling.schedule_post(deps, wish)
    opened = await composing.open_composition(deps, brand.workspace_id, "U1", form(brand, account), post=post)
    assert (opened.post_id, opened.post_version) == (post.post_id, 1)
    assert await tidying.tidy(deps) == 0
    async with deps.database.transaction() as session:
        await session.execute(update(CompositionRow).values(updated_at=clock.now() - timedelta(days=3)))
    assert await tidying.tidy(deps) == 1


async def test_texts_are_counted_as_each_network_counts(deps: Deps) -> None:
    brand, account = await brand_with_account(deps, "Juniper")
    new = accounts.NewAccount(
        platform="bluesky",
        platform_account_id="did:plc:1",
        handle="juniper.example",
        display_name="Juniper",
        service_url="https://pds.example",
    )
    async with deps.database.transaction() as session:
        second = await accounts.save_account(session, brand.workspace_id, brand.id, new)
    typed = form(brand, account, account_ids=(account.id, second.id), text="x" * 310, variants={"mastodon": "Own"})
    on_mastodon, on_bluesky = await composing.counts(deps, brand.workspace_id, typed)
    assert (on_mastodon.title, on_mastodon.used, on_mastodon.own, on_mastodon.over) == ("Mastodon", 3, True, 0)
    assert (on_bluesky.title, on_bluesky.used, on_bluesky.limit, on_bluesky.over) == ("Bluesky", 310, 300, 10)
    assert not on_bluesky.own
    one = form(brand, account, account_ids=(second.id,))
    assert (await composing.tidy(deps, brand.workspace_id, one)).variants == {}
    assert await composing.counts(deps, WorkspaceId("ws_other"), typed) == []


async def test_a_form_becomes_a_wish_with_every_problem_at_its_field(deps: Deps) -> None:
    brand, account = await brand_with_account(deps, "Juniper")
    typed = form(brand, account, files=(), variants={}, text="x" * 501, date=None, options={"mastodon": {"odd": "1"}})
    wish = composing.wish_of(typed, brand, asked_by="slack:U1", zone="UTC")
    with pytest.raises(InvalidContent) as caught:
        await scheduling.check_post(deps, wish)
    assert {(p.field, p.message.partition(".")[0]) for p in caught.value.problems} == {
        ("at", "Choose a date and a time"),
        ("text", "Mastodon: 501 of 500 characters, 1 too many"),
        ("option", "Mastodon has no option 'odd'"),
    }
    empty = composing.wish_of(Form(text="Hi", when=When.NOW), brand, asked_by="slack:U1", zone="UTC")
    with pytest.raises(InvalidContent, match="Choose at least one account"):
        await scheduling.check_post(deps, empty)


async def test_the_night_clocks_go_back_is_asked_and_answered(deps: Deps) -> None:
    brand, account = await brand_with_account(deps, "Juniper")
    night = {"files": (), "date": "2027-10-31", "time": "02:30"}
    asked = composing.wish_of(form(brand, account, **night, fold=None), brand, asked_by="x", zone="UTC")
    with pytest.raises(InvalidContent, match="Choose the first or the second 02:30"):
        await scheduling.check_post(deps, asked)
    times = composing.doubled("2027-10-31T02:30", "Europe/Berlin")
    assert times is not None
    for fold, at in zip(Fold, times, strict=True):
        wish = composing.wish_of(form(brand, account, **night, fold=fold), brand, asked_by="x", zone="UTC")
        plan = await scheduling.check_post(deps, wish)
        assert plan.moment is not None
        assert (plan.moment.at, plan.moment.zone) == (at, "Europe/Berlin")
        filled = at_time(form(brand, account), at, "Europe/Berlin")
        assert (filled.date, filled.time, filled.fold) == ("2027-10-31", "02:30", fold)
    assert composing.doubled("2027-10-31T12:30", "Europe/Berlin") is None
    assert composing.doubled("nonsense", "nowhere") is None


async def test_an_upload_is_stored_once_and_used_by_its_id(deps: Deps, tmp_path: Path) -> None:
    brand, account = await brand_with_account(deps, "Juniper")
    other, _ = await brand_with_account(deps, "Harbor")
    Image.new("RGB", (4, 3), "red").save(tmp_path / "F0123", "PNG")
    file = await composing.keep_upload(deps, brand.workspace_id, tmp_path / "F0123", "cup.png")
    assert (file.file_name, file.width_px, file.height_px) == ("cup.png", 4, 3)
    assert await composing.keep_upload(deps, brand.workspace_id, tmp_path / "F0123", "cup.png") == file
    typed = form(brand, account, files=(file,), when=When.NOW, text="Look")
    wish = composing.wish_of(typed, brand, asked_by="slack:U1", zone="UTC")
    post = await scheduling.schedule_post(deps, wish)
    (shown,) = post.files
    assert (shown.media_id, shown.file_name, shown.kind, shown.alt_text) == (file.media_id, "cup.png", "image", "")
    assert retyping.form_of(post, "UTC").files == (file,)
    stranger = Wish(
        brand=other, to=("mastodon",), text="x", when=Now(), media=((MediaId(file.media_id), ""),), asked_by="x"
    )
    with pytest.raises(NotFound, match="There is no file"):
        await scheduling.schedule_post(deps, stranger)
    assert isinstance(deps.media, FolderStore)
    for bytes_of in deps.media.root.rglob("*"):
        if bytes_of.is_file():
            bytes_of.unlink()
    with pytest.raises(InvalidContent, match=r"cup\.png is missing"):
        await scheduling.check_post(deps, wish)


async def test_a_draft_may_be_unfinished_but_not_unknown(deps: Deps) -> None:
    brand, account = await brand_with_account(deps, "Juniper")
    async with deps.database.transaction() as session:
        await accounts.set_health(session, brand.workspace_id, account.id, Health.REVOKED, "gone")
    draft = Wish(
        brand=brand,
        to=(account.id,),
        text="x" * 900,
        when=NotYet(),
        variants={"x": "Own"},
        link="nonsense",
        options={"mastodon": {"odd": "1"}},
        asked_by="slack:U1",
    )
    post = await scheduling.schedule_post(deps, draft)
    assert (post.status, post.link, post.variants, post.options) == (
        State.DRAFT,
        "nonsense",
        {"x": "Own"},
        {"mastodon": {"odd": "1"}},
    )
    with pytest.raises(NotFound):
        await scheduling.schedule_post(
            deps, Wish(brand=brand, to=("acc_no",), text="x", when=NotYet(), asked_by="slack:U1")
        )
    with pytest.raises(InvalidContent, match="NUL"):
        await scheduling.schedule_post(deps, Wish(brand=brand, to=(), text="\0", when=NotYet(), asked_by="slack:U1"))


async def test_posts_are_found_by_code_id_and_link_in_their_workspace_alone(deps: Deps) -> None:
    brand, _ = await brand_with_account(deps, "Juniper")
    other, _ = await brand_with_account(deps, "Harbor")
    wish = Wish(brand=brand, to=("mastodon",), text="Hello", when=Now(), asked_by="slack:U1")
    post = await scheduling.schedule_post(deps, wish)
    link = "https://example.social/@juniper/1"
    async with deps.database.transaction() as session:
        await session.execute(update(PostItemRow).values(permalink=link))
    for called in (post.code, f" #{post.code.lower()} ", post.post_id, link):
        assert (await journal.find_post(deps, brand.workspace_id, called)).post_id == post.post_id
        with pytest.raises(NotFound) as caught:
            await journal.find_post(deps, other.workspace_id, called)
        assert caught.value.message.endswith("in this workspace. The id is at the end of each card.")
    for called in ("", "8F2K", "x" * 500, "https://example.social/other", "post_"):
        with pytest.raises(NotFound):
            await journal.find_post(deps, brand.workspace_id, called)


async def test_what_is_to_come_and_what_needs_somebody(deps: Deps) -> None:
    brand, account = await brand_with_account(deps, "Juniper")
    harbor, _ = await brand_with_account(deps, "Harbor")
    now, ours = clock.now(), brand.workspace_id

    async def post(text: str, hours: float) -> str:
        at = At(text=(now + timedelta(hours=hours)).isoformat())
        made = Wish(brand=brand, to=(account.id,), text=text, when=at, asked_by="slack:U1")
        return (await scheduling.schedule_post(deps, made)).post_id

    late, soon, next_week, failed = (
        await post("late", 3),
        await post("soon", 1),
        await post("far", 200),
        await post("no", 2),
    )
    async with deps.database.transaction() as session:
        failing = update(PostItemRow).where(PostItemRow.post_id == failed).values(state=State.FAILED.value)
        await session.execute(failing)
    week = now + timedelta(days=7)
    for brands in (None, [brand.id], [harbor.id, brand.id]):
        found = await journal.upcoming(deps, ours, brand_ids=brands, until=week)
        assert [one.post_id for one in found] == [soon, late]
        assert [one.post_id for one in await journal.needing(deps, ours, brand_ids=brands)] == [failed]
    assert [one.post_id for one in await journal.upcoming(deps, ours, until=week, limit=1)] == [soon]
    assert len(await journal.upcoming(deps, ours, until=now + timedelta(days=30))) == 3
    assert next_week
    for brands in ([], [harbor.id]):
        assert await journal.upcoming(deps, ours, brand_ids=brands, until=week) == []
        assert await journal.needing(deps, ours, brand_ids=brands) == []
    assert await journal.upcoming(deps, harbor.workspace_id, until=week) == []
    assert await journal.needing(deps, harbor.workspace_id) == []
    newest = await journal.last_troubled(deps, ours)
    assert newest is not None
    assert newest.text == "no"
    assert await journal.last_troubled(deps, harbor.workspace_id) is None


async def test_a_composer_and_its_post_change_places_at_once_or_not_at_all(deps: Deps) -> None:
    brand, _ = await brand_with_account(deps, "Juniper")
    ours = brand.workspace_id
    opened = await composing.open_composition(deps, ours, "U1", Form(brand_id=brand.id, text="Hello"))
    good = Wish(brand=brand, to=("mastodon",), text="Hello", when=Now(), asked_by="slack:U1")
    with pytest.raises(InvalidContent):
        await composing.schedule(deps, opened, replace(good, text="x" * 501))
    assert (await composing.get_composition(deps, ours, "U1", opened.id)).form.text == "Hello"
    made = await asyncio.gather(*(composing.schedule(deps, opened, good) for _ in range(4)))
    assert len([post for post in made if post is not None]) == 1
    assert len(await journal.list_posts(deps, ours)) == 1


async def test_of_equal_posts_that_come_at_once_one_is_scheduled_and_what_is_meant_twice_is_sent_twice(
    deps: Deps,
) -> None:
    brand, account = await brand_with_account(deps, "Juniper")
    typed = form(brand, account, variants={}, parts=(), files=(), options={}, when=When.NOW)
    wish = composing.wish_of(typed, brand, asked_by="slack:U1", zone="Europe/Berlin")

    async def line(words: Form) -> object:
        first = await composing.unless_said(deps, words, brand)
        return await scheduling.schedule_post(deps, wish, first=first)

    ended = await asyncio.gather(*(line(typed) for _ in range(6)), return_exceptions=True)
    assert [isinstance(one, composing.SaidAlready) for one in ended].count(True) == 5, ended
    assert len(await journal.list_posts(deps, brand.workspace_id)) == 1
    await line(replace(typed, anyway=True))
    assert len(await journal.list_posts(deps, brand.workspace_id)) == 2
