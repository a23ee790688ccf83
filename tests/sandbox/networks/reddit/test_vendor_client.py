"""The stand-in is believed by somebody else's client: praw signs in, posts every kind, reads back, and is refused."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import praw
import pytest
from PIL import Image
from praw.exceptions import RedditAPIException
from praw.models import PostMedia
from prawcore.exceptions import InsufficientScope, InvalidToken, OAuthException, ResponseException, TooManyRequests
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from sandbox.networks.reddit.app import Server, running
from sandbox.networks.reddit.world import CLIENT_ID, CLIENT_SECRET, FLAIR, Settings

CALLBACK = "http://localhost/callback"
SCOPES = ["identity", "submit", "read", "history", "flair", "edit"]
Work = Callable[[praw.Reddit], object]


@pytest.fixture
def settings() -> Settings:
    return Settings(media_s=0.2, requests_per_10_min=0)  # with a limit praw spreads its calls over ten minutes


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


class Plainly(HTTPAdapter):
    """praw writes https in front of the file store's address; the stand-in speaks http."""

    def send(self, request: PreparedRequest, *args: object, **kwargs: object) -> Response:  # type: ignore[override]
        request.url = str(request.url).replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)  # type: ignore[arg-type]


@contextmanager
def stranger(
    server: Server, *, refresh_token: str | None = None, agent: str = "test:stranger:1"
) -> Iterator[praw.Reddit]:
    with praw.Reddit(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        redirect_uri=CALLBACK,
        refresh_token=refresh_token,
        user_agent=agent,
        reddit_url=server.url,
        oauth_url=server.url,
        check_for_updates=False,
        check_for_async=False,
        ratelimit_seconds=0,
    ) as reddit:
        http = reddit._core.requestor._http  # type: ignore[union-attr]  # the one way in
        http.mount(server.url.replace("http://", "https://"), Plainly())
        yield reddit


def sign_in(server: Server, scopes: list[str] | None = None) -> str:
    """Agree in a browser; the refresh token that came of it."""
    with stranger(server) as reddit:
        url = reddit.auth.url(duration="permanent", scopes=scopes or SCOPES, state="st")
        came = httpx.get(url + "&approve=juniper").headers["location"]
        [code] = parse_qs(urlsplit(came).query)["code"]
        token = reddit.auth.authorize(code)
        assert token is not None
        with pytest.raises(OAuthException, match="invalid_grant"):
            reddit.auth.authorize(code)
    return token


async def as_juniper(server: Server, work: Work, scopes: list[str] | None = None) -> object:
    """Let the blocking client do its work, signed in, beside the server's loop."""

    def signed_in() -> object:
        with stranger(server, refresh_token=sign_in(server, scopes)) as reddit:
            return work(reddit)

    return await asyncio.to_thread(signed_in)


async def test_a_stranger_signs_in_posts_comments_reads_back_and_deletes(server: Server) -> None:
    def work(reddit: praw.Reddit) -> object:
        me = reddit.user.me()
        assert me is not None
        post = reddit.subreddit("test").submit("A morning", selftext="Good morning", flair_id=FLAIR)
        comment = post.reply("And so on")
        assert comment is not None
        again = reddit.submission(id=post.id)
        assert (again.title, again.selftext, again.author.name) == ("A morning", "Good morning", "juniper")
        assert [one.body for one in again.comments.list()] == ["And so on"]  # type: ignore[union-attr]
        listed = list(reddit.redditor(me.name).submissions.new(limit=10))
        assert [one.id for one in listed] == [post.id]
        assert [one.body for one in reddit.redditor(me.name).comments.new()] == ["And so on"]
        [found] = reddit.info(fullnames=[post.fullname])
        assert (found.score, found.num_comments, found.permalink) == (1, 1, f"/r/test/comments/{post.id}/a_morning/")
        assert reddit.subreddit("test").subscribers == 1000
        comment.delete()
        post.delete()
        return me.name

    assert await as_juniper(server, work) == "juniper"
    assert not server.world.posts
    assert not server.world.comments


async def test_every_kind_of_post_is_taken(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "blue.png"
    Image.new("RGB", (40, 30), (40, 60, 200)).save(path, "PNG")

    def work(reddit: praw.Reddit) -> None:
        test = reddit.subreddit("test")
        link = test.submit("Link", url="https://example.com/a", resubmit=False)
        image = test.submit("Image", image=PostMedia(str(path)))
        assert image is not None
        assert image.title == "Image"
        film = PostMedia(b"\x00\x00\x00\x18ftypmp42" + bytes(64), "clip.mp4")
        assert test.submit("Video", video=film, without_websockets=True) is None
        test.submit("Pictures", gallery=[PostMedia(str(path)), PostMedia(str(path))])
        test.submit("Poll", selftext="?", poll={"duration": 3, "options": ["tea", "coffee"]})
        link.crosspost(reddit.subreddit("coffee"), title="Crosspost")

    await as_juniper(server, work)
    kinds = [post.kind for post in server.world.posts.values()]
    assert kinds == ["link", "image", "video", "gallery", "poll", "crosspost"]


@pytest.mark.parametrize(
    ("submit", "code"),
    [
        (lambda reddit: reddit.subreddit("nowhere").submit("x", selftext="x"), "SUBREDDIT_NOEXIST"),
        (lambda reddit: reddit.subreddit("closed").submit("x", selftext="x"), "SUBREDDIT_NOTALLOWED"),
        (lambda reddit: reddit.subreddit("test").submit("x" * 301, selftext="x"), "TOO_LONG"),
        (lambda reddit: reddit.subreddit("test").submit("", selftext="x"), "NO_TEXT"),
        (lambda reddit: reddit.subreddit("pictures").submit("x", selftext="x"), "NO_SELFS"),
        (lambda reddit: reddit.subreddit("test").submit("x", url="here"), "BAD_URL"),
        (lambda reddit: reddit.subreddit("flaired").submit("x", selftext="x"), "SUBMIT_VALIDATION_FLAIR_REQUIRED"),
        (lambda reddit: reddit.subreddit("test").submit("x", selftext="x", flair_id="y"), "BAD_FLAIR_TEMPLATE_ID"),
        (
            lambda reddit: [
                reddit.subreddit("test").submit("x", url="https://example.com/", resubmit=False) for _ in "ab"
            ],
            "ALREADY_SUB",
        ),
        (lambda reddit: reddit.submission(id="nothing").reply("x"), "DELETED_LINK"),
    ],
)
async def test_what_breaks_a_rule_is_refused_inside_the_answer(server: Server, submit: Work, code: str) -> None:
    with pytest.raises(RedditAPIException) as caught:
        await as_juniper(server, submit)
    assert [item.error_type for item in caught.value.items] == [code]


@pytest.mark.parametrize("settings", [Settings(gap_s=600, requests_per_10_min=0)])
async def test_a_person_who_posts_too_often_is_told_how_long_to_wait(server: Server) -> None:
    def work(reddit: praw.Reddit) -> None:
        for _ in "ab":
            reddit.subreddit("test").submit("x", selftext="x")

    with pytest.raises(RedditAPIException) as caught:
        await as_juniper(server, work)
    assert [item.error_type for item in caught.value.items] == ["RATELIMIT"]


async def test_permissions_dead_tokens_and_nameless_callers_are_refused(server: Server) -> None:
    with pytest.raises(InsufficientScope):
        await as_juniper(server, lambda reddit: reddit.user.me(), ["read"])

    def dead() -> None:
        token = sign_in(server)
        server.world.oauth.grants.end_grants()
        with stranger(server, refresh_token=token) as reddit:
            reddit.user.me()

    with pytest.raises((ResponseException, InvalidToken)):
        await asyncio.to_thread(dead)

    def nameless() -> None:
        with stranger(server, refresh_token=sign_in(server), agent="python-requests/2") as reddit:
            reddit.user.me()

    with pytest.raises((TooManyRequests, ResponseException)):
        await asyncio.to_thread(nameless)


async def test_pages_show_what_was_posted_and_where(server: Server) -> None:
    await as_juniper(server, lambda reddit: reddit.subreddit("test").submit("Hello <b>", selftext="x"))
    async with httpx.AsyncClient(base_url=server.url) as reader:
        for address in ("/user/juniper", "/r/test"):
            page = (await reader.get(address)).text
            assert "Hello &lt;b&gt;" in page
            assert "stand-in for Reddit" in page
        for address in ("/user/nobody", "/r/nowhere", "/r/test/comments/nothing/x"):
            assert (await reader.get(address)).status_code == 404
