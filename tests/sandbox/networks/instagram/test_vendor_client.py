"""The stand-in is believed by Meta's own client: it publishes, reads back, comments, and reads refusals."""

import asyncio
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from aiohttp import web
from facebook_business.adobjects.igmediaforigonlyapi import IGMediaForIGOnlyAPI
from facebook_business.adobjects.iguserforigonlyapi import IGUserForIGOnlyAPI
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession
from PIL import Image

from sandbox.networks.instagram.app import Server, running
from sandbox.networks.instagram.world import APP, SCOPES, Settings
from sandbox.networks.listening import listening

pytestmark = pytest.mark.filterwarnings("ignore:.*does not allow field")
Client = Any
"""The other client has no types."""
T = TypeVar("T")
BACK = "https://herald.example/oauth/callback"
VERSION = "v25.0"


class Session(FacebookSession):
    """The client's own, which goes somewhere else."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(access_token=token)
        self.GRAPH = url


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running(Settings(film_ready_s=0.0)) as started:
        yield started


@pytest.fixture
def user(server: Server) -> Client:
    person = next(iter(server.world.people.values()))
    return IGUserForIGOnlyAPI(person.id, api=FacebookAdsApi(Session(server.url, server.token), api_version=VERSION))


@pytest.fixture
async def files() -> AsyncIterator[str]:
    """A host of files."""
    picture = BytesIO()
    Image.new("RGB", (400, 400), (40, 60, 200)).save(picture, "JPEG")

    async def jpeg(_: web.Request) -> web.Response:
        return web.Response(body=picture.getvalue(), content_type="image/jpeg")

    async def mp4(_: web.Request) -> web.Response:
        return web.Response(body=b"\x00\x00\x00\x18ftypmp42" + bytes(100), content_type="video/mp4")

    async def text(_: web.Request) -> web.Response:
        return web.Response(text="no picture")

    app = web.Application()
    app.add_routes([web.get("/a.jpg", jpeg), web.get("/a.mp4", mp4), web.get("/a.txt", text)])
    async with listening(app) as port:
        yield f"http://127.0.0.1:{port}"


async def done(call: Callable[[], T]) -> T:
    """The client waits where it stands, so it stands in a thread."""
    return await asyncio.to_thread(call)


async def refusal(call: Callable[[], object]) -> tuple[object, object]:
    """Code and subcode of a refusal."""
    with pytest.raises(FacebookRequestError) as refused:
        await done(call)
    return refused.value.api_error_code(), refused.value.api_error_subcode()


async def test_a_login_brings_a_long_token_which_renews_itself(server: Server) -> None:
    app = {"client_id": APP[0], "redirect_uri": BACK}
    asked = {**app, "response_type": "code", "scope": ",".join(SCOPES), "approve": "rowan"}
    async with httpx.AsyncClient(base_url=server.url) as http:
        sent = await http.get("/oauth/authorize", params=asked)
        code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
        form = {**app, "client_secret": APP[1], "grant_type": "authorization_code", "code": code}
        (short,) = (await http.post("/oauth/access_token", data=form)).json()["data"]
        used = await http.post("/oauth/access_token", data=form)
        exchange = {"grant_type": "ig_exchange_token", "client_secret": APP[1], "access_token": short["access_token"]}
        long = (await http.get("/access_token", params=exchange)).json()
        renew = {"grant_type": "ig_refresh_token", "access_token": long["access_token"]}
        again = (await http.get("/refresh_access_token", params=renew)).json()
        dead = await http.get("/refresh_access_token", params={**renew, "access_token": "nobody's"})
    assert (short["user_id"], short["permissions"]) == (server.world.people["rowan"].id, list(SCOPES))
    assert (long["expires_in"], again["expires_in"]) == (5_184_000, 5_184_000)
    assert (used.status_code, used.json()["error_type"]) == (400, "OAuthException")
    assert dead.json()["error"]["code"] == 190
    me: Client = FacebookAdsApi(Session(server.url, again["access_token"]), api_version=VERSION)
    shown = await done(lambda: me.call("GET", ("me",), params={"fields": "user_id,username"}).json())
    assert (shown["user_id"], shown["username"]) == (short["user_id"], "rowan")


async def test_a_picture_is_published_read_back_and_commented_on(user: Client, files: str) -> None:
    params = {"image_url": f"{files}/a.jpg", "caption": "Grüße ☕", "alt_text": "blue"}
    container = await done(lambda: user.create_media(params=params))
    api = user.get_api()
    read = {"fields": "status_code,status"}
    assert (await done(lambda: api.call("GET", (container["id"],), params=read).json()))["status_code"] == "FINISHED"
    made = await done(lambda: user.create_media_publish(params={"creation_id": container["id"]}))
    assert (await done(lambda: api.call("GET", (container["id"],), params=read).json()))["status_code"] == "PUBLISHED"
    assert await refusal(lambda: user.create_media_publish(params={"creation_id": container["id"]})) == (24, 2207006)
    media: Client = IGMediaForIGOnlyAPI(made["id"], api=api)
    comment = await done(lambda: media.create_comment(params={"message": "First"}))
    fields = ["caption", "permalink", "media_type", "comments_count", "timestamp"]
    (post,) = await done(lambda: list(user.get_media(fields=fields)))
    assert (post["id"], post["caption"], post["media_type"]) == (made["id"], "Grüße ☕", "IMAGE")
    assert post["comments_count"] == 1
    (below,) = await done(lambda: list(media.get_comments(fields=["text", "username"])))
    assert (below["id"], below["text"], below["username"]) == (comment["id"], "First", "juniper")
    numbers = await done(lambda: list(media.get_insights(params={"metric": ["views", "likes", "comments"]})))
    assert [(one["name"], one["values"][0]["value"]) for one in numbers] == [
        ("views", 0),
        ("likes", 0),
        ("comments", 1),
    ]
    (left,) = await done(lambda: list(user.get_content_publishing_limit(fields=["quota_usage", "config"])))
    assert left["quota_usage"] == 1
    async with httpx.AsyncClient() as reader:
        assert "Grüße" in (await reader.get(post["permalink"])).text


async def test_a_carousel_a_reel_and_a_story_are_published(server: Server, user: Client, files: str) -> None:
    children = [
        await done(lambda: user.create_media(params={"is_carousel_item": "true", "image_url": f"{files}/a.jpg"})),
        await done(
            lambda: user.create_media(
                params={"is_carousel_item": "true", "media_type": "VIDEO", "video_url": f"{files}/a.mp4"}
            )
        ),
    ]
    around = {"media_type": "CAROUSEL", "children": [one["id"] for one in children], "caption": "Two"}
    for params in (
        around,
        {"media_type": "REELS", "video_url": f"{files}/a.mp4", "caption": "Watch"},
        {"media_type": "STORIES", "image_url": f"{files}/a.jpg"},
    ):
        container = await done(lambda params=params: user.create_media(params=params))
        creation = {"creation_id": container["id"]}
        await done(lambda creation=creation: user.create_media_publish(params=creation))
    posts = await done(lambda: list(user.get_media(fields=["media_type", "media_product_type"])))
    assert [one["media_type"] for one in posts] == ["VIDEO", "CAROUSEL_ALBUM"]
    (story,) = await done(lambda: list(user.get_stories(fields=["media_type"])))
    assert server.world.media[story["id"]].media_type == "STORIES"


@pytest.mark.parametrize(
    ("params", "refused"),
    [
        ({}, (100, None)),
        ({"image_url": "http://127.0.0.1:9/a.jpg"}, (9004, 2207052)),
        ({"image_url": "FILES/a.txt"}, (36001, 2207005)),
        ({"image_url": "FILES/a.jpg", "caption": "x" * 2_201}, (36004, 2207010)),
        ({"video_url": "FILES/a.mp4", "media_type": "VIDEO"}, (100, 2207023)),
        ({"media_type": "CAROUSEL", "children": ["1"]}, (100, 2207028)),
        ({"media_type": "CAROUSEL", "children": ["1", "2"]}, (24, 2207006)),
    ],
)
async def test_containers_are_refused_in_meta_s_form(
    user: Client, files: str, params: dict[str, Any], refused: tuple[int, int | None]
) -> None:
    given = {name: value.replace("FILES", files) if isinstance(value, str) else value for name, value in params.items()}
    assert await refusal(lambda: user.create_media(params=given)) == refused


async def test_what_is_not_ready_too_old_too_much_or_a_stranger_s_is_refused(
    server: Server, user: Client, files: str
) -> None:
    made = await done(lambda: user.create_media(params={"media_type": "REELS", "video_url": f"{files}/a.mp4"}))
    container = server.world.containers[made["id"]]
    creation = {"creation_id": container.id}
    container.ready_at = server.world.now().replace(year=2100)
    assert await refusal(lambda: user.create_media_publish(params=creation)) == (9007, 2207027)
    container.ready_at, container.made_at = server.world.now(), container.made_at.replace(year=2020)
    assert await refusal(lambda: user.create_media_publish(params=creation)) == (-2, 2207020)
    container.made_at, server.world.settings.posts_a_day = server.world.now(), 0
    assert await refusal(lambda: user.create_media_publish(params=creation)) == (9, 2207042)
    api = FacebookAdsApi(Session(server.url, "nobody's"), api_version=VERSION)
    stranger: Client = IGUserForIGOnlyAPI(user["id"], api=api)
    assert await refusal(lambda: stranger.create_media_publish(params=creation)) == (190, 467)
    assert not server.world.media
