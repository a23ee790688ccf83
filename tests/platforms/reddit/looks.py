"""What Reddit's lists may show after a lost answer, and what is to be concluded."""

from datetime import timedelta

from platforms.base import Absent, CannotTell, Prepared, Published
from tests.platforms.contract import Looking
from tests.platforms.reddit.conftest import AT, listing, read
from tests.platforms.stage import Step

ADDRESS = "https://www.reddit.com/r/test/comments/1abcd2/a_morning/"
LIVE = Published(platform_post_id="t3_1abcd2", permalink=ADDRESS)
THING = {
    "id": "1abcd2",
    "name": "t3_1abcd2",
    "subreddit": "test",
    "title": "A morning",
    "selftext": "Good morning",
    "url": ADDRESS,
    "permalink": "/r/test/comments/1abcd2/a_morning/",
    "created_utc": AT.timestamp() + 1,
    "author": "juniper",
    "score": 4,
    "num_comments": 2,
    "num_crossposts": 1,
    "view_count": None,
}
COMMENT = {
    "id": "k1",
    "name": "t1_k1",
    "body": "And so on",
    "parent_id": "t3_1abcd2",
    "permalink": "/r/test/comments/1abcd2/a_morning/k1/",
    "created_utc": AT.timestamp() + 1,
}


VIEW = "[View Poll](https://www.reddit.com/poll/1abcd2)"


def listed(*things: object, where: str = "submitted", kind: str = "t3") -> Step:
    """The account's newest."""
    return read(f"user/juniper/{where}", listing(*things, kind=kind), sort="new", limit="100")


def prepared(kind: str, **shown: object) -> Prepared:
    """What had been stored of another kind of post."""
    facts = {"kind": kind, "subreddit": "test", "title": "A morning", "text": "Good morning", "media": [], **shown}
    return Prepared(data={"path": "api/submit", "form": [], "body": None, "shown": facts})


LOOKING = (
    Looking(name="there", steps=(listed(THING),), concludes=LIVE),
    Looking(name="nothing at all", steps=(listed(),), concludes=Absent),
    Looking(
        name="another title, another place, long ago",
        steps=(
            listed(
                {**THING, "title": "An evening"},
                {**THING, "subreddit": "coffee"},
                {**THING, "created_utc": (AT - timedelta(hours=1)).timestamp()},
            ),
        ),
        concludes=Absent,
    ),
    Looking(name="two equal ones", steps=(listed(THING, {**THING, "name": "t3_2"}),), concludes=CannotTell),
    Looking(
        name="an equal one of a minute before",
        steps=(listed({**THING, "created_utc": AT.timestamp() - 60}),),
        concludes=CannotTell,
    ),
    Looking(
        name="one with the same letters",
        steps=(listed({**THING, "selftext": "Good *morning*!"}),),
        concludes=CannotTell,
    ),
    Looking(
        name="more than can be read",
        steps=(listed(*([{**THING, "title": "x"}] * 100)),),
        concludes=CannotTell,
    ),
    Looking(
        name="a picture that is not there yet",
        steps=(listed(),),
        concludes=CannotTell,
        prepared=prepared("reddit-image"),
    ),
    Looking(
        name="a gallery by its files",
        steps=(listed({**THING, "title": "touched up", "media_metadata": {"a1": {"status": "valid"}}}),),
        concludes=LIVE,
        prepared=prepared("reddit-gallery", media=["a1", "a2"]),
    ),
    Looking(
        name="a gallery of other files",
        steps=(listed({**THING, "media_metadata": {"b1": {}}}),),
        concludes=CannotTell,
        prepared=prepared("reddit-gallery", media=["a1"]),
    ),
    Looking(
        name="another link",
        steps=(listed({**THING, "url": "https://example.com/b"}),),
        concludes=Absent,
        prepared=prepared("reddit-link", link="https://example.com/a"),
    ),
    Looking(
        name="the link",
        steps=(listed({**THING, "url": "https://example.com/a"}),),
        concludes=LIVE,
        prepared=prepared("reddit-link", link="https://example.com/a"),
    ),
    Looking(
        name="the link as Reddit writes it",
        steps=(listed({**THING, "url": "https://xn--mnchen-3ya.example/K%C3%A4se/"}),),
        concludes=CannotTell,
        prepared=prepared("reddit-link", link="https://München.example/Käse"),
    ),
    Looking(
        name="a link that is no address",
        steps=(listed({**THING, "url": "https://[half"}),),
        concludes=Absent,
        prepared=prepared("reddit-link", link="https://example.com/a"),
    ),
    Looking(
        name="a title that was touched up",
        steps=(listed({**THING, "title": "A\u200b Morning"}),),
        concludes=CannotTell,
    ),
    Looking(
        name="a poll, below whose text Reddit leads to it",
        steps=(listed({**THING, "selftext": f"Good morning\n\n{VIEW}"}),),
        concludes=LIVE,
        prepared=prepared("reddit-poll"),
    ),
    Looking(
        name="a poll without a text",
        steps=(listed({**THING, "selftext": VIEW}),),
        concludes=LIVE,
        prepared=prepared("reddit-poll", text=""),
    ),
    Looking(
        name="a link whose text Reddit left out",
        steps=(listed({**THING, "url": "https://example.com/a", "selftext": ""}),),
        concludes=LIVE,
        prepared=prepared("reddit-link", link="https://example.com/a"),
    ),
    Looking(
        name="a comment",
        steps=(listed(COMMENT, {**COMMENT, "parent_id": "t3_x"}, where="comments", kind="t1"),),
        concludes=Published(
            platform_post_id="t1_k1", permalink="https://www.reddit.com/r/test/comments/1abcd2/a_morning/k1/"
        ),
        prepared=prepared("reddit-comment", text="And so on", parent="t3_1abcd2"),
    ),
)
