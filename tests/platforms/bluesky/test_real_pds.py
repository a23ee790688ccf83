"""The connector against the real server software, read back field by field."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.domain.accounts import Connected, Secret
from bot.domain.content import Draft
from platforms.base import Absent, Connection, Endpoints, Key, Page, Prepared, Published
from platforms.bluesky import CONNECTOR
from platforms.bluesky.spec import SPEC
from platforms.errors import MaterialGone, Reconnect, TokenExpired
from platforms.http import HttpWire, Sender
from platforms.web import WebPages
from tests.platforms.bluesky.world import DUE, Shelf, connected, draft, new_key, picture, png, reference
from tests.servers.pds import Pds, PdsAccount

Wires = Callable[[], HttpWire]


@pytest.fixture
def shelf() -> Shelf:
    """Pages for link cards."""
    return Shelf()


@pytest.fixture
def wires(transport: httpx.AsyncBaseTransport, shelf: Shelf) -> Wires:
    """A new wire for each step, as the worker does it."""
    sender = Sender(transport, pages=shelf)
    return lambda: sender.wire(SPEC)


@pytest.fixture
def endpoints(pds: Pds) -> Endpoints:
    """The server stands in for the network's view too: it resolves its own handles."""
    return Endpoints(api=pds.url, auth=pds.url, directory=pds.plc_url)


@pytest.fixture
def person(pds: Pds) -> PdsAccount:
    """A new account."""
    return pds.make_account(f"p-{uuid4().hex[:12]}")


@pytest.fixture
async def account(wires: Wires, endpoints: Endpoints, person: PdsAccount, pds: Pds) -> Connected:
    """That account, connected."""
    return connected(await _login(wires, endpoints, person, service=pds.url))


@asynccontextmanager
async def _page(head: str) -> AsyncGenerator[str]:
    """A web page on loopback, and the picture `/i.png` beside it."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/i.png":
            return web.Response(body=png(), content_type="image/png")
        return web.Response(text=f"<html><head>{head}</head></html>", content_type="text/html")

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    async with TestServer(application) as server:
        yield str(server.make_url("/page"))


async def _login(wires: Wires, endpoints: Endpoints, person: PdsAccount, **fields: str) -> Connection:
    assert CONNECTOR.login is not None
    given = {"identifier": person.handle, "password": Secret(person.app_password), **fields}
    return await CONNECTOR.login(wires(), endpoints, given)


async def _prepare(wires: Wires, endpoints: Endpoints, account: Connected, given: Draft, key: Key) -> Prepared:
    prepared = await CONNECTOR.prepare(wires(), endpoints, account, given, key, None)
    return Prepared(data=json.loads(json.dumps(prepared.data)))


async def _post(wires: Wires, endpoints: Endpoints, account: Connected, given: Draft) -> Published:
    key = new_key()
    prepared = await _prepare(wires, endpoints, account, given, key)
    published = await CONNECTOR.publish(wires(), account, prepared, key)
    assert isinstance(published, Published)
    return published


def _value(pds: Pds, published: Published) -> dict[str, object]:
    _, _, did, _, rkey = published.platform_post_id.split("/")
    record = pds.record(did, rkey)
    assert record is not None
    assert (record["uri"], record["cid"]) == (published.extra["uri"], published.extra["cid"])
    value = record["value"]
    assert isinstance(value, dict)
    return value


async def test_a_handle_leads_to_the_accounts_own_server(
    wires: Wires, endpoints: Endpoints, person: PdsAccount
) -> None:
    connection = await _login(wires, endpoints, person, identifier=f"@{person.handle.upper()}")
    identity, tokens = connection.identity, connection.tokens
    assert (identity.platform_account_id, identity.handle) == (person.did, person.handle)
    assert identity.service_url.startswith("http://localhost:"), "taken from the DID document"
    assert tokens.access_expires_at is not None
    assert tokens.refresh_expires_at is not None
    assert tokens.refresh_expires_at > tokens.access_expires_at
    assert tokens.extra["app_password"].reveal() == person.app_password


async def test_an_email_address_logs_in_at_the_entryway(wires: Wires, endpoints: Endpoints, person: PdsAccount) -> None:
    connection = await _login(wires, endpoints, person, identifier=person.email)
    assert connection.identity.platform_account_id == person.did


async def test_a_wrong_password_is_told_in_a_sentence(
    wires: Wires, endpoints: Endpoints, person: PdsAccount, pds: Pds
) -> None:
    assert CONNECTOR.login is not None
    fields = {"identifier": person.handle, "password": Secret("wrong-wrong-wrong"), "service": pds.url}
    with pytest.raises(Reconnect, match=f"does not take this app password for {person.handle}") as caught:
        await CONNECTOR.login(wires(), endpoints, fields)
    assert "wrong-wrong-wrong" not in repr(caught.value) + caught.value.safe
    assert (caught.value.status, caught.value.code) == (401, "AuthenticationRequired")


async def test_a_text_with_mention_link_and_tag_arrives_whole(
    wires: Wires, endpoints: Endpoints, account: Connected, pds: Pds
) -> None:
    other = pds.make_account(f"o-{uuid4().hex[:12]}")
    text = f"☃️ Grüße an @{other.handle}, siehe https://example.com/a?b=c#d. #Schnee und @niemand.test 👩‍👩‍👧"
    options = {"langs": "de, en-GB", "labels": "graphic-media"}
    published = await _post(wires, endpoints, account, draft(text, options=options))
    value = _value(pds, published)
    facets = value.pop("facets")
    assert value == {
        "$type": "app.bsky.feed.post",
        "text": text,
        "createdAt": "2026-12-01T09:00:00.250Z",
        "langs": ["de", "en-GB"],
        "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]},
    }
    assert isinstance(facets, list)
    stretches = [text.encode()[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode() for f in facets]
    assert stretches == [f"@{other.handle}", "https://example.com/a?b=c#d", "#Schnee"]
    assert [f["features"] for f in facets] == [
        [{"$type": "app.bsky.richtext.facet#mention", "did": other.did}],
        [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com/a?b=c#d"}],
        [{"$type": "app.bsky.richtext.facet#tag", "tag": "Schnee"}],
    ]


async def test_two_images_arrive_with_their_descriptions(
    wires: Wires, endpoints: Endpoints, account: Connected, pds: Pds, tmp_path: Path
) -> None:
    images = (
        picture(tmp_path, "one.png", width=40, height=30, alt="A snowman"),
        picture(tmp_path, "two.png", width=30, height=50),
    )
    value = _value(pds, await _post(wires, endpoints, account, draft("Two", attachments=images)))
    embed = value["embed"]
    assert isinstance(embed, dict)
    assert embed["$type"] == "app.bsky.embed.images"
    assert [(i["alt"], i["aspectRatio"]["width"], i["aspectRatio"]["height"]) for i in embed["images"]] == [
        ("A snowman", 40, 30),
        ("", 30, 50),
    ]
    for image, attachment in zip(embed["images"], images, strict=True):
        query = {"did": account.account.platform_account_id, "cid": image["image"]["ref"]["$link"]}
        assert pds.blob(**query) == attachment.path.read_bytes()


async def test_a_link_card_has_title_description_and_picture(
    wires: Wires, endpoints: Endpoints, account: Connected, pds: Pds, shelf: Shelf
) -> None:
    link = "https://juniper.example/winter"
    shelf.pages[link] = Page(
        url=link, title="Winter", description="All about snow", image=png(), image_mime_type="image/png"
    )
    embed = _value(pds, await _post(wires, endpoints, account, draft("Read", link=link)))["embed"]
    assert isinstance(embed, dict)
    thumb = embed["external"].pop("thumb")
    assert (thumb["mimeType"], thumb["size"]) == ("image/png", len(png()))
    assert embed == {
        "$type": "app.bsky.embed.external",
        "external": {"uri": link, "title": "Winter", "description": "All about snow"},
    }


async def test_a_card_is_made_of_a_page_on_the_web(
    transport: httpx.AsyncBaseTransport, endpoints: Endpoints, account: Connected, pds: Pds
) -> None:
    async with _page("<meta property='og:title' content='Grüße'><meta property='og:image' content='/i.png'>") as link:
        sender = Sender(transport, pages=WebPages(transport))
        published = await _post(lambda: sender.wire(SPEC), endpoints, account, draft("Read", link=link))
    embed = _value(pds, published)["embed"]
    assert isinstance(embed, dict)
    external = embed["external"]
    assert (external["uri"], external["title"], external["description"]) == (link, "Grüße", "")
    assert pds.blob(account.account.platform_account_id, external["thumb"]["ref"]["$link"]) == png()


async def test_a_page_that_cannot_be_had_still_gives_a_card(
    wires: Wires, endpoints: Endpoints, account: Connected, pds: Pds
) -> None:
    link = "https://juniper.example/gone"
    embed = _value(pds, await _post(wires, endpoints, account, draft("", link=link)))["embed"]
    assert embed == {
        "$type": "app.bsky.embed.external",
        "external": {"uri": link, "title": "juniper.example", "description": ""},
    }


async def test_a_thread_of_three_hangs_together(
    wires: Wires, endpoints: Endpoints, account: Connected, pds: Pds
) -> None:
    root = await _post(wires, endpoints, account, draft("One"))
    second = await _post(wires, endpoints, account, draft("Two", parent=reference(root), root=reference(root)))
    third = await _post(wires, endpoints, account, draft("Three", parent=reference(second), root=reference(root)))
    assert "reply" not in _value(pds, root)
    assert _value(pds, second)["reply"] == {"root": dict(root.extra), "parent": dict(root.extra)}
    assert _value(pds, third)["reply"] == {"root": dict(root.extra), "parent": dict(second.extra)}


async def test_publishing_twice_makes_one_post(
    wires: Wires, endpoints: Endpoints, account: Connected, pds: Pds
) -> None:
    key = new_key()
    prepared = await _prepare(wires, endpoints, account, draft("Once"), key)
    first = await CONNECTOR.publish(wires(), account, prepared, key)
    second = await CONNECTOR.publish(wires(), account, prepared, key)
    assert first == second
    assert len(pds.posts(account.account.platform_account_id)) == 1


async def test_the_post_is_absent_before_and_found_after(
    wires: Wires, endpoints: Endpoints, account: Connected, tmp_path: Path
) -> None:
    key = new_key()
    given = draft("Sought", attachments=(picture(tmp_path, "sought.png", alt="x"),))
    prepared = await _prepare(wires, endpoints, account, given, key)
    assert isinstance(await CONNECTOR.find(wires(), account, prepared, key, DUE), Absent)
    published = await CONNECTOR.publish(wires(), account, prepared, key)
    assert await CONNECTOR.find(wires(), account, prepared, key, DUE) == published


async def test_preparing_again_gives_the_very_same_record(
    wires: Wires, endpoints: Endpoints, account: Connected, tmp_path: Path, shelf: Shelf
) -> None:
    link = "https://juniper.example/"
    shelf.pages[link] = Page(url=link, title="J", description="", image=png(), image_mime_type="image/png")
    for given in (draft("Pic", attachments=(picture(tmp_path, "again.png"),)), draft("Card", link=link)):
        key = new_key()
        first = await _prepare(wires, endpoints, account, given, key)
        assert await CONNECTOR.prepare(wires(), endpoints, account, given, key, first) == first
        assert await CONNECTOR.prepare(wires(), endpoints, account, given, key, None) == first


async def test_a_dropped_upload_is_material_gone_and_uploading_again_mends_it(
    wires: Wires, endpoints: Endpoints, account: Connected, pds: Pds, tmp_path: Path
) -> None:
    other = connected(await _login(wires, endpoints, pds.make_account(f"b-{uuid4().hex[:12]}"), service=pds.url))
    key, given = new_key(), draft("Pic", attachments=(picture(tmp_path, "gone.png"),))
    prepared = await _prepare(wires, endpoints, other, given, key)
    with pytest.raises(MaterialGone) as caught:
        await CONNECTOR.publish(wires(), account, prepared, key)
    assert caught.value.code == "BlobNotFound"
    again = await CONNECTOR.prepare(wires(), endpoints, account, given, key, prepared)
    assert again == prepared
    assert isinstance(await CONNECTOR.publish(wires(), account, again, key), Published)


async def test_a_refresh_gives_a_new_pair_that_works(wires: Wires, endpoints: Endpoints, account: Connected) -> None:
    assert CONNECTOR.refresh is not None
    fresh = await CONNECTOR.refresh(wires(), endpoints, account)
    assert fresh.refresh != account.tokens.refresh
    assert fresh.extra == account.tokens.extra
    renewed = replace(account, tokens=fresh)
    assert (await CONNECTOR.identify(wires(), renewed)).platform_account_id == account.account.platform_account_id
    await _post(wires, endpoints, renewed, draft("After a refresh"))


async def test_a_dead_refresh_token_costs_one_login_and_no_human(
    wires: Wires, endpoints: Endpoints, account: Connected
) -> None:
    assert CONNECTOR.refresh is not None
    assert CONNECTOR.revoke is not None
    await CONNECTOR.revoke(wires(), endpoints, account)
    await CONNECTOR.revoke(wires(), endpoints, account)
    fresh = await CONNECTOR.refresh(wires(), endpoints, account)
    await CONNECTOR.identify(wires(), replace(account, tokens=fresh))


async def test_a_token_that_is_none_asks_for_a_refresh(wires: Wires, endpoints: Endpoints, account: Connected) -> None:
    key = new_key()
    prepared = await _prepare(wires, endpoints, account, draft("No"), key)
    broken = replace(account, tokens=replace(account.tokens, access=Secret("not.a.token")))
    with pytest.raises(TokenExpired):
        await CONNECTOR.publish(wires(), broken, prepared, key)
    assert isinstance(await CONNECTOR.find(wires(), broken, prepared, key, datetime.now().astimezone()), Absent)
