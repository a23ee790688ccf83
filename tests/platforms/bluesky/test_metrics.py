"""A post's numbers: what the network says, and nothing where it says nothing."""

import httpx
import pytest

from platforms.base import PostNumbers
from platforms.bluesky.metrics import metrics
from platforms.errors import Unavailable
from tests.platforms.bluesky.fake import ENDPOINTS, FakeBluesky
from tests.platforms.bluesky.world import connected

GET = "app.bsky.feed.getPosts"


def _uri(number: int) -> str:
    return f"at://did:plc:a/app.bsky.feed.post/{number}"


def _serving(fake: FakeBluesky, known: dict[str, dict[str, object]]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params.get_list("uris")
        assert len(asked) <= 25
        return httpx.Response(200, json={"posts": [{"uri": uri, **known[uri]} for uri in asked if uri in known]})

    fake.trouble[GET] = answer


async def test_numbers_come_from_the_networks_view() -> None:
    fake = FakeBluesky()
    counts = {"likeCount": 5, "replyCount": 4, "repostCount": 3, "quoteCount": 2, "bookmarkCount": 0}
    _serving(fake, {_uri(1): {**counts, "record": {"text": "private enough"}}})
    assert await metrics(fake.wire(), ENDPOINTS, connected(), (_uri(1),)) == (
        PostNumbers(platform_post_id=_uri(1), likes=5, comments=4, shares=3, quotes=2, saves=0, raw=counts),
    )
    assert fake.calls() == [f"view.example {GET}"]


async def test_an_untold_number_is_unknown_and_never_zero() -> None:
    fake = FakeBluesky()
    _serving(fake, {_uri(1): {"likeCount": True, "replyCount": "4"}})
    (numbers,) = await metrics(fake.wire(), ENDPOINTS, connected(), (_uri(1),))
    assert (numbers.likes, numbers.comments, numbers.shares, numbers.views) == (None, None, None, None)


async def test_sixty_posts_take_three_calls_and_a_missing_one_is_left_out() -> None:
    fake = FakeBluesky()
    _serving(fake, {_uri(number): {} for number in range(59)})
    numbers = await metrics(fake.wire(), ENDPOINTS, connected(), tuple(_uri(number) for number in range(60)))
    assert len(fake.requests) == 3
    assert [n.platform_post_id for n in numbers] == [_uri(number) for number in range(59)]


async def test_no_posts_ask_nothing() -> None:
    fake = FakeBluesky()
    assert await metrics(fake.wire(), ENDPOINTS, connected(), ()) == ()
    assert fake.calls() == []


@pytest.mark.parametrize("body", [{}, {"posts": 7}, {"posts": [7]}, {"posts": [{"likeCount": 1}]}])
async def test_nonsense_is_not_believed(body: dict[str, object]) -> None:
    fake = FakeBluesky()
    fake.trouble[GET] = lambda _: httpx.Response(200, json=body)
    with pytest.raises(Unavailable):
        await metrics(fake.wire(), ENDPOINTS, connected(), (_uri(1),))
