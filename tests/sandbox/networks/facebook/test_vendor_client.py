"""The stand-in is believed by Meta's own client: it posts, uploads, reads back, deletes, and reads refusals."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession
from PIL import Image

from sandbox.networks.facebook.app import Server, running
from sandbox.networks.facebook.world import APP, VERSION, Settings

Client = Any
"""The other client has no types."""
T = TypeVar("T")
pytestmark = pytest.mark.filterwarnings("ignore:.*does not allow field")
"""The client warns of what its own list of fields does not have; the server is to answer."""
BACK = "https://herald.example/oauth/callback"


class Session(FacebookSession):
    """The client's own, which goes somewhere else."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(access_token=token)
        self.GRAPH = url


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running(Settings(processing_s=0.0)) as started:
        yield started


@pytest.fixture
def page(server: Server) -> Client:
    return Page(server.page.id, api=client(server, server.token))


def client(server: Server, token: str) -> Client:
    """Meta's client with this token."""
    return FacebookAdsApi(Session(server.url, token), api_version=VERSION)


async def done(call: Callable[[], T]) -> T:
    """The client waits where it stands, so it stands in a thread."""
    return await asyncio.to_thread(call)


async def test_a_person_s_token_brings_those_of_pages(server: Server) -> None:
    dialog = {"client_id": APP[0], "redirect_uri": BACK, "response_type": "code", "scope": "pages_show_list"}
    async with httpx.AsyncClient(base_url=f"{server.url}/{VERSION}") as http:
        sent = await http.get("/dialog/oauth", params={**dialog, "approve": "rowan"})
        code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
        app = {"client_id": APP[0], "client_secret": APP[1]}
        values = {"grant_type": "authorization_code", "redirect_uri": BACK, "code": code, **app}
        short = (await http.get("/oauth/access_token", params=values)).json()["access_token"]
        exchange = {"grant_type": "fb_exchange_token", "fb_exchange_token": short, **app}
        given = (await http.get("/oauth/access_token", params=exchange)).json()
        used = (await http.get("/oauth/access_token", params=values)).json()
    assert (given["expires_in"], used["error"]["code"]) == (5_183_944, 100)
    me: Client = User("me", api=client(server, given["access_token"]))
    assert (await done(lambda: me.api_get(fields=["name"])))["name"] == "rowan"
    pages = list(await done(lambda: me.get_accounts(fields=["name", "access_token", "tasks"])))
    assert [one["name"] for one in pages] == ["Harbor Bakery"]
    own: Client = Page(pages[0]["id"], api=client(server, pages[0]["access_token"]))
    shown = await done(lambda: own.api_get(fields=["name", "followers_count"]))
    assert (shown["name"], shown["followers_count"]) == ("Harbor Bakery", 120)


async def test_a_text_is_posted_read_back_commented_on_and_deleted(server: Server, page: Client) -> None:
    made = await done(lambda: page.create_feed(params={"message": "Grüße ☕", "link": "https://a.example/"}))
    there: Client = PagePost(made["id"], api=page.get_api())
    comment = await done(lambda: there.create_comment(params={"message": "First"}))
    fields = ["message", "created_time", "permalink_url", "comments.summary(total_count).limit(0)"]
    (post,) = await done(lambda: list(page.get_published_posts(fields=fields)))
    assert (post["id"], post["message"]) == (made["id"], "Grüße ☕")
    assert post["permalink_url"] == f"{server.url}/{made['id']}"
    assert post["comments"]["summary"]["total_count"] == 1
    assert comment["id"] in server.world.posts
    await done(there.api_delete)
    assert not server.world.posts


async def test_photos_go_up_hidden_and_are_shown_together(server: Server, page: Client, tmp_path: Path) -> None:
    path = tmp_path / "blue.png"
    Image.new("RGB", (40, 30), (40, 60, 200)).save(path, "PNG")
    hidden = {"published": False, "alt_text_custom": "blue"}

    def upload() -> str:
        with path.open("rb") as file:
            edge = (page["id"], "photos")
            return page.get_api().call("POST", edge, params=hidden, files={"source": file}).json()["id"]

    ids = [await done(upload), await done(upload)]
    assert not server.world.posts
    attached = [{"media_fbid": one} for one in ids]
    made = await done(lambda: page.create_feed(params={"message": "Two", "attached_media": attached}))
    assert server.world.posts[made["id"]].photos == tuple(ids)
    with pytest.raises(FacebookRequestError) as again:
        await done(lambda: page.create_feed(params={"message": "Two", "attached_media": attached}))
    assert again.value.api_error_subcode() == 1366051


async def test_a_film_goes_up_in_pieces(server: Server, page: Client, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(1_500_000))
    server.world.settings.chunk_bytes = 1_000_000
    api, edge = page.get_api(), (page["id"], "videos")

    def upload() -> str:
        begun = api.call("POST", edge, params={"upload_phase": "start", "file_size": 1_500_000}).json()
        at = begun
        with path.open("rb") as file:
            while at["start_offset"] != at["end_offset"]:
                file.seek(int(at["start_offset"]))
                chunk = file.read(int(at["end_offset"]) - int(at["start_offset"]))
                params = {
                    "upload_phase": "transfer",
                    "upload_session_id": begun["upload_session_id"],
                    "start_offset": at["start_offset"],
                }
                at = api.call("POST", edge, params=params, files={"video_file_chunk": chunk}).json()
        params = {"upload_phase": "finish", "upload_session_id": begun["upload_session_id"], "description": "Watch"}
        assert api.call("POST", edge, params=params).json() == {"success": True}
        return str(begun["video_id"])

    video = await done(upload)
    shown = await done(lambda: api.call("GET", (video,), params={"fields": "status,post_id"}).json())
    assert shown["status"]["video_status"] == "ready"
    assert server.world.posts[f"{page['id']}_{shown['post_id']}"].message == "Watch"


@pytest.mark.parametrize(
    ("params", "code", "subcode"),
    [
        ({}, 100, None),
        ({"link": "nowhere"}, 100, 2061006),
        ({"message": "x" * 63_207}, 100, None),
        ({"attached_media": [{"media_fbid": "1"}]}, 100, None),
    ],
)
async def test_refusals_come_in_meta_s_form(
    server: Server, page: Client, params: dict[str, object], code: int, subcode: int | None
) -> None:
    with pytest.raises(FacebookRequestError) as refused:
        await done(lambda: page.create_feed(params=params))
    assert (refused.value.api_error_code(), refused.value.api_error_subcode()) == (code, subcode)
    assert not server.world.posts


async def test_twins_strangers_and_retired_versions_are_refused(server: Server, page: Client) -> None:
    await done(lambda: page.create_feed(params={"message": "Once"}))
    with pytest.raises(FacebookRequestError) as twin:
        await done(lambda: page.create_feed(params={"message": "Once"}))
    assert (twin.value.api_error_code(), twin.value.api_error_subcode()) == (506, 1455006)
    stranger = Page(server.page.id, api=client(server, "nobody's"))
    with pytest.raises(FacebookRequestError) as unknown:
        await done(lambda: stranger.create_feed(params={"message": "Hello"}))
    assert (unknown.value.api_error_code(), unknown.value.http_status()) == (190, 401)
    old = FacebookAdsApi(Session(server.url, server.token), api_version="v20.0")
    with pytest.raises(FacebookRequestError) as retired:
        await done(lambda: Page(server.page.id, api=old).api_get(fields=["name"]))
    assert retired.value.api_error_code() == 2635
    with pytest.raises(FacebookRequestError) as odd:
        await done(lambda: page.api_get(fields=["name", "no_such_field"]))
    assert "nonexisting field" in str(odd.value)
