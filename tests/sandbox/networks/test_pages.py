"""What people see at the networks' own addresses."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from sandbox.networks.bluesky import app as bluesky
from sandbox.networks.bluesky.world import POST
from sandbox.networks.mastodon import app as mastodon
from sandbox.networks.mastodon.world import Settings as MastodonSettings

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
async def blue() -> AsyncIterator[bluesky.Server]:
    async with bluesky.running() as server:
        yield server


@pytest.fixture
async def elephant() -> AsyncIterator[mastodon.Server]:
    async with mastodon.running(MastodonSettings(domain="social.test")) as server:
        yield server


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(follow_redirects=True) as opened:
        yield opened


async def _post(browser: httpx.AsyncClient, server: bluesky.Server, **fields: object) -> str:
    login = {"identifier": server.identifier, "password": server.password}
    session = (await browser.post(f"{server.url}/xrpc/com.atproto.server.createSession", json=login)).json()
    record = {"$type": POST, "text": "Hello", "createdAt": "2026-12-01T09:00:00Z", **fields}
    answer = await browser.post(
        f"{server.url}/xrpc/com.atproto.repo.createRecord",
        json={"repo": session["did"], "collection": POST, "record": record},
        headers={"Authorization": f"Bearer {session['accessJwt']}"},
    )
    return str(answer.json()["uri"])


async def _toot(browser: httpx.AsyncClient, server: mastodon.Server, **fields: object) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {server.token}"}
    return dict((await browser.post(f"{server.url}/api/v1/statuses", json=fields, headers=headers)).json())


async def test_an_empty_profile_says_so(
    browser: httpx.AsyncClient, blue: bluesky.Server, elephant: mastodon.Server
) -> None:
    assert "@junipercoffee has posted nothing yet." in (await browser.get(blue.url)).text
    assert "@juniper has posted nothing yet." in (await browser.get(elephant.url)).text


async def test_unknown_addresses_say_so(
    browser: httpx.AsyncClient, blue: bluesky.Server, elephant: mastodon.Server
) -> None:
    for url in (f"{blue.url}/profile/junipercoffee.test/post/3kabcdefghijk", f"{elephant.url}/@juniper/1"):
        answer = await browser.get(url)
        assert (answer.status_code, "No such post here." in answer.text) == (404, True)
    for url in (f"{blue.url}/profile/nobody.test", f"{elephant.url}/@nobody"):
        answer = await browser.get(url)
        assert (answer.status_code, "No such account here." in answer.text) == (404, True)


async def test_a_text_is_escaped_and_its_facets_are_links(browser: httpx.AsyncClient, blue: bluesky.Server) -> None:
    text = "é <script>x</script> #tag"
    start = len(text[:-4].encode())
    facet = {
        "index": {"byteStart": start, "byteEnd": start + 4},
        "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "tag"}],
    }
    evil = {
        "index": {"byteStart": 0, "byteEnd": 2},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "javascript:alert(1)"}],
    }
    await _post(browser, blue, text=text, facets=[facet, evil])
    page = (await browser.get(blue.world.network.open_url)).text
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "<script" not in page
    assert "javascript:" not in page
    assert '<a href="/hashtag/tag" rel="nofollow noopener noreferrer">#tag</a>' in page
    assert "&lt;script&gt;" in (await browser.get(f"{blue.url}/hashtag/tag")).text


async def test_the_time_taken_is_shown_to_the_tenth(browser: httpx.AsyncClient, blue: bluesky.Server) -> None:
    uri = await _post(browser, blue)
    found = blue.world.record(uri)
    assert found is not None
    found[1].taken_at = found[1].taken_at.replace(microsecond=299_999)
    page = (await browser.get(blue.world.network.open_url)).text
    assert f"{found[1].taken_at:%H:%M:%S}.2 UTC" in page


async def test_the_same_text_twice_within_ten_minutes_cannot_hide(
    browser: httpx.AsyncClient, blue: bluesky.Server
) -> None:
    first = await _post(browser, blue)
    await _post(browser, blue)
    assert (await browser.get(blue.world.network.open_url)).text.count("Same text twice") == 2
    found = blue.world.record(first)
    assert found is not None
    found[1].taken_at -= timedelta(minutes=11)
    assert "Same text twice" not in (await browser.get(blue.world.network.open_url)).text


async def test_replies_stand_below_and_above_each_other(browser: httpx.AsyncClient, elephant: mastodon.Server) -> None:
    root = await _toot(browser, elephant, status="The root")
    reply = await _toot(browser, elephant, status="The reply", in_reply_to_id=root["id"])
    for one in (root, reply):
        page = (await browser.get(str(one["url"]))).text
        assert page.index("The root") < page.rindex("The reply")
    assert "<b>1</b> reply<" in (await browser.get(str(root["url"]))).text


async def test_pictures_are_served_and_described(browser: httpx.AsyncClient, elephant: mastodon.Server) -> None:
    headers = {"Authorization": f"Bearer {elephant.token}"}
    file, words = {"file": ("a.png", PNG)}, {"description": "A <tree>"}
    uploaded = await browser.post(f"{elephant.url}/api/v2/media", files=file, data=words, headers=headers)
    status = await _toot(browser, elephant, media_ids=[uploaded.json()["id"]])
    page = (await browser.get(str(status["url"]))).text
    source = re.search(r'<img src="([^"]+)" alt="A &lt;tree&gt;">', page)
    assert source is not None
    picture = await browser.get(f"{elephant.url}{source[1]}")
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")


async def test_private_statuses_are_not_shown(browser: httpx.AsyncClient, elephant: mastodon.Server) -> None:
    status = await _toot(browser, elephant, status="Between us", visibility="private")
    assert "Between us" not in (await browser.get(elephant.world.network.open_url)).text
    assert (await browser.get(str(status["url"]))).status_code == 404


async def test_a_person_is_asked_and_their_choice_counts(browser: httpx.AsyncClient, elephant: mastodon.Server) -> None:
    wishes = {"client_name": "Herald", "redirect_uris": ["http://127.0.0.1:1/back"], "scopes": "read:accounts"}
    app = (await browser.post(f"{elephant.url}/api/v1/apps", json=wishes)).json()
    query = {
        "client_id": app["client_id"],
        "redirect_uri": "http://127.0.0.1:1/back",
        "response_type": "code",
        "scope": "read:accounts",
        "state": "s",
    }
    page = (await browser.get(f"{elephant.url}/oauth/authorize", params=query)).text
    assert "Herald asks for access" in page
    assert "See your account" in page
    assert "@rowan@social.test" in page
    for decision, said in (("yes", "code="), ("no", "error=access_denied")):
        answer = await browser.post(
            f"{elephant.url}/oauth/authorize",
            data={**query, "username": "rowan", "decision": decision},
            follow_redirects=False,
        )
        assert answer.status_code == 302
        assert said in answer.headers["location"]
    [grant] = elephant.world.grants.values()
    assert grant.person.username == "rowan"
