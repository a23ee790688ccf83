"""What is made ready before the creating call: names, files, cards, and a record that never changes afterwards."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import httpx
import pytest

from bot.domain.content import Draft, Reference
from platforms.base import Key, Page, Prepared
from platforms.bluesky.publish import prepare, publish
from platforms.errors import ContentRefused, MediaRefused, PlatformError, TokenExpired, Unavailable
from tests.platforms.bluesky.fake import ENDPOINTS, FakeBluesky
from tests.platforms.bluesky.world import DID, connected, draft, new_key, picture, png

LINK = "https://juniper.example/winter"
CARD = Page(url=LINK, title="Winter", description="Snow", image=png(), image_mime_type="image/png")
KEY = new_key("0" * 32)


async def _prepare(fake: FakeBluesky, given: Draft, key: Key = KEY, earlier: Prepared | None = None) -> Prepared:
    prepared = await prepare(fake.wire(), ENDPOINTS, connected(), given, key, earlier)
    json.dumps(prepared.data)
    return prepared


async def _record(fake: FakeBluesky, given: Draft) -> dict[str, object]:
    record = (await _prepare(fake, given)).data["record"]
    assert isinstance(record, dict)
    return record


async def test_a_plain_text_asks_nobody_anything() -> None:
    fake = FakeBluesky()
    prepared = await _prepare(fake, draft("Hello"))
    assert prepared.data == {
        "rkey": "3n3lv27aouwlo",
        "record": {"$type": "app.bsky.feed.post", "text": "Hello", "createdAt": "2026-12-01T09:00:00.250Z"},
    }
    assert fake.calls() == []


async def test_a_mention_is_resolved_by_the_networks_view() -> None:
    fake = FakeBluesky()
    record = await _record(fake, draft("@juniper.example"))
    assert fake.calls() == ["view.example com.atproto.identity.resolveHandle"]
    assert record["facets"] == [
        {
            "$type": "app.bsky.richtext.facet",
            "index": {"byteStart": 0, "byteEnd": 16},
            "features": [{"$type": "app.bsky.richtext.facet#mention", "did": DID}],
        }
    ]


async def test_the_accounts_server_resolves_a_mention_when_the_view_cannot() -> None:
    fake = FakeBluesky()
    fake.trouble["com.atproto.identity.resolveHandle"] = lambda request: (
        httpx.Response(503) if request.url.host == "view.example" else None
    )
    assert "facets" in await _record(fake, draft("@juniper.example"))
    assert fake.calls()[-1] == "pds.example com.atproto.identity.resolveHandle"


async def test_a_name_that_nobody_knows_stays_text() -> None:
    assert "facets" not in await _record(FakeBluesky(), draft("@nobody.example"))


async def test_a_nonsensical_did_is_not_put_into_a_post() -> None:
    fake = FakeBluesky(handles={"juniper.example": "did:key:zq3"})
    assert "facets" not in await _record(fake, draft("@juniper.example"))


async def test_a_name_that_cannot_be_looked_up_now_stays_text_and_the_post_goes_on() -> None:
    fake = FakeBluesky()
    fake.breaks("com.atproto.identity.resolveHandle")
    assert "facets" not in await _record(fake, draft("@juniper.example"))


async def test_images_are_uploaded_whole_with_their_type(tmp_path: Path) -> None:
    fake, image = FakeBluesky(), picture(tmp_path, "a.png", width=4, height=3, alt="A")
    record = await _record(fake, draft("", attachments=(image,)))
    upload = fake.requests[0]
    assert (upload.method, upload.url.path) == ("POST", "/xrpc/com.atproto.repo.uploadBlob")
    assert upload.headers["content-type"] == "image/png"
    assert upload.headers["authorization"] == "Bearer access-1"
    assert upload.content == image.path.read_bytes()
    link = f"bafy{sum(upload.content)}x{len(upload.content)}"
    blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": "image/png", "size": len(upload.content)}
    assert record["embed"] == {
        "$type": "app.bsky.embed.images",
        "images": [{"image": blob, "alt": "A", "aspectRatio": {"width": 4, "height": 3}}],
    }


async def test_an_image_of_unknown_shape_says_none(tmp_path: Path) -> None:
    image = picture(tmp_path, "a.png")
    unknown = replace(image, media=replace(image.media, width_px=None))
    embed = (await _record(FakeBluesky(), draft("", attachments=(unknown,))))["embed"]
    assert "aspectRatio" not in json.dumps(embed)


@pytest.mark.parametrize("blob", [None, {}, {"ref": {"$link": "b"}, "mimeType": "image/png"}, {"ref": 1}])
async def test_an_upload_without_a_usable_blob_is_not_believed(tmp_path: Path, blob: object) -> None:
    fake = FakeBluesky()
    fake.trouble["com.atproto.repo.uploadBlob"] = lambda _: httpx.Response(200, json={"blob": blob})
    with pytest.raises(Unavailable):
        await _record(fake, draft("", attachments=(picture(tmp_path, "a.png"),)))


@pytest.mark.parametrize(
    ("status", "code", "raised"),
    [
        (413, "PayloadTooLarge", MediaRefused),
        (400, "InvalidMimeType", MediaRefused),
        (400, "BlobTooLarge", MediaRefused),
        (400, "ExpiredToken", TokenExpired),
        (502, "UpstreamFailure", Unavailable),
    ],
)
async def test_a_refused_upload_says_why(tmp_path: Path, status: int, code: str, raised: type[PlatformError]) -> None:
    fake = FakeBluesky()
    fake.fails("com.atproto.repo.uploadBlob", status, code)
    with pytest.raises(raised):
        await _record(fake, draft("", attachments=(picture(tmp_path, "a.png"),)))


async def test_a_link_becomes_a_card_with_its_picture() -> None:
    fake = FakeBluesky()
    fake.shelf.pages[LINK] = CARD
    embed = (await _record(fake, draft("Read", link=LINK)))["embed"]
    assert fake.requests[0].headers["content-type"] == "image/png"
    link = f"bafy{sum(png())}x{len(png())}"
    blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": "image/png", "size": len(png())}
    assert embed == {
        "$type": "app.bsky.embed.external",
        "external": {"uri": LINK, "title": "Winter", "description": "Snow", "thumb": blob},
    }


@pytest.mark.parametrize(
    "page",
    [
        replace(CARD, image=None),
        replace(CARD, image_mime_type=None),
        replace(CARD, image=bytes(1_000_001)),
    ],
)
async def test_a_card_without_usable_picture_has_none(page: Page) -> None:
    fake = FakeBluesky()
    fake.shelf.pages[LINK] = page
    embed = (await _record(fake, draft("Read", link=LINK)))["embed"]
    assert embed == {
        "$type": "app.bsky.embed.external",
        "external": {"uri": LINK, "title": "Winter", "description": "Snow"},
    }
    assert fake.calls() == []


async def test_a_card_whose_picture_is_refused_has_none() -> None:
    fake = FakeBluesky()
    fake.shelf.pages[LINK] = CARD
    fake.fails("com.atproto.repo.uploadBlob", 400, "InvalidMimeType")
    assert "thumb" not in json.dumps(await _record(fake, draft("Read", link=LINK)))


async def test_options_become_languages_and_warnings() -> None:
    record = await _record(FakeBluesky(), draft("x", options={"langs": "de, pt-BR", "labels": "nudity,sexual"}))
    assert record["langs"] == ["de", "pt-BR"]
    assert record["labels"] == {
        "$type": "com.atproto.label.defs#selfLabels",
        "values": [{"val": "nudity"}, {"val": "sexual"}],
    }


async def test_a_reply_names_its_parent_and_its_root() -> None:
    root = Reference(platform_post_id="at://r", extra={"uri": "at://r", "cid": "cr"})
    parent = Reference(platform_post_id="at://p", extra={"uri": "at://p", "cid": "cp"})
    record = await _record(FakeBluesky(), draft("x", parent=parent, root=root))
    assert record["reply"] == {"root": dict(root.extra), "parent": dict(parent.extra)}
    alone = await _record(FakeBluesky(), draft("x", parent=parent))
    assert alone["reply"] == {"root": dict(parent.extra), "parent": dict(parent.extra)}


async def test_a_reply_to_what_a_person_gave_the_address_of_asks_for_its_cid() -> None:
    fake = FakeBluesky()
    there = await publish(fake.wire(), connected(), await _prepare(fake, draft("One")), KEY)
    by_hand = Reference(platform_post_id=there.platform_post_id, extra={"uri": there.platform_post_id})
    record = await _record(fake, draft("Two", parent=by_hand, root=by_hand))
    assert record["reply"] == {"root": dict(there.extra), "parent": dict(there.extra)}
    gone = Reference(platform_post_id=f"at://{DID}/p/3kabc", extra={"uri": f"at://{DID}/p/3kabc"})
    with pytest.raises(ContentRefused, match="gone"):
        await _record(fake, draft("Three", parent=gone))


async def test_a_reply_to_something_unknown_is_refused() -> None:
    with pytest.raises(ContentRefused, match="replies to"):
        await _record(FakeBluesky(), draft("x", parent=Reference(platform_post_id="at://p")))


async def test_an_earlier_record_is_kept_although_the_world_moved_on(tmp_path: Path) -> None:
    fake = FakeBluesky()
    given = draft("@juniper.example", attachments=(picture(tmp_path, "a.png"),))
    first = await _prepare(fake, given)
    fake.handles.clear()
    fake.requests.clear()
    assert await _prepare(fake, given, new_key(), first) == first
    assert fake.calls() == ["pds.example com.atproto.repo.uploadBlob"]


async def test_an_earlier_record_without_files_asks_nobody() -> None:
    fake = FakeBluesky()
    first = await _prepare(fake, draft("Hello"))
    assert await _prepare(fake, draft("Hello"), KEY, first) == first
    assert fake.calls() == []


@pytest.mark.parametrize("files", [0, 1])
async def test_what_goes_out_later_is_dated_then_unless_it_may_be_there_already(tmp_path: Path, files: int) -> None:
    """Readers find it by its time: a post of yesterday, retried today, would be where nobody looks."""
    fake = FakeBluesky()
    given = draft("Hello", attachments=(picture(tmp_path, "a.png"),) * files)
    first = await _prepare(fake, given)
    later = replace(given, due_at=given.due_at + timedelta(hours=30))
    assert await _prepare(fake, later, KEY, first) == first
    record = {**cast("dict[str, object]", first.data["record"]), "createdAt": "2026-12-02T15:00:00.250Z"}
    again = await _prepare(fake, replace(later, may_be_there=False), KEY, first)
    assert again.data == {**first.data, "record": record}


async def test_a_file_that_changed_meanwhile_is_not_sent(tmp_path: Path) -> None:
    fake, image = FakeBluesky(), picture(tmp_path, "a.png")
    given = draft("", attachments=(image,))
    first = await _prepare(fake, given)
    picture(tmp_path, "a.png", width=99)
    with pytest.raises(MediaRefused, match=r"a\.png is not the file"):
        await _prepare(fake, given, KEY, first)


@pytest.mark.parametrize("later", [None, replace(CARD, title="Spring", image=png(9, 9))])
async def test_only_the_picture_of_a_card_may_follow_its_page(later: Page | None) -> None:
    fake, given = FakeBluesky(), draft("Read", link=LINK)
    fake.shelf.pages[LINK] = CARD
    first = await _prepare(fake, given)
    fake.shelf.pages.clear()
    if later is not None:
        fake.shelf.pages[LINK] = later
    again = await _prepare(fake, given, KEY, first)
    assert again.data["rkey"] == first.data["rkey"]
    embed = again.data["record"]["embed"]  # pyright: ignore[reportIndexIssue]  # JSON we just made
    assert ("thumb" in embed["external"]) is (later is not None)
    assert {name: value for name, value in embed["external"].items() if name != "thumb"} == {
        "uri": LINK,
        "title": "Winter",
        "description": "Snow",
    }


async def test_what_we_did_not_store_is_refused_loudly() -> None:
    with pytest.raises(ValueError, match="no prepared Bluesky post"):
        await _prepare(FakeBluesky(), draft("x"), KEY, Prepared(data={"rkey": "3m"}))
