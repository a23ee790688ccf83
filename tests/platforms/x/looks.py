"""What X's lists may show after a lost answer, and what is to be concluded."""

from dataclasses import replace
from datetime import timedelta

from platforms.base import Absent, CannotTell, Prepared
from tests.platforms.contract import Looking
from tests.platforms.stage import Step
from tests.platforms.x.material import AT, BASE, BEARER, LIVE, POST_ID, listed, post

FIELDS = "attachments,conversation_id,created_at,entities,id,note_post,text"
LOOK = Step(
    method="GET",
    url=f"{BASE}/2/users/2244994945/tweets",
    query={
        "max_results": "100",
        "exclude": "retweets",
        "start_time": "2026-11-21T08:45:00Z",
        "post.fields": FIELDS,
    },
    headers=BEARER,
    answer=listed(post()),
)
OLD_LOOK = replace(
    LOOK,
    query={
        "max_results": "100",
        "exclude": "retweets",
        "start_time": "2026-11-21T08:45:00Z",
        "tweet.fields": FIELDS.replace("note_post", "note_tweet"),
    },
)
WITH_MEDIA = Prepared(data={"body": {"text": "Look", "media": {"media_ids": ["71"]}}, "media": ["71"], "pending": []})
WITH_QUERY = {"url": "https://t.co/abc", "expanded_url": "https://example.com/?a=1&region=eu&copy=2&timestamp=3"}
SHORT = {"url": "https://t.co/abc", "expanded_url": "http://example.com/Menu", "start": 5, "end": 21}
OWN = {"url": "https://t.co/xyz", "expanded_url": f"https://x.com/j/status/{POST_ID}/photo/1", "media_key": "3_71"}


def stored(**body: object) -> Prepared:
    """What `prepare` stores of a post without files."""
    return Prepared(data={"body": {"text": "Good morning", **body}, "media": [], "pending": []})


LOOKING = (
    Looking(name="there", steps=(LOOK,), concludes=LIVE),
    Looking(name="nothing at all", steps=(replace(LOOK, answer=listed()),), concludes=Absent),
    Looking(
        name="on the second page",
        steps=(
            replace(LOOK, answer=listed(post(id="2", conversation_id="2", text="Else"), next_token="b")),  # noqa: S106  # a page
            replace(LOOK, query={**(LOOK.query or {}), "pagination_token": "b"}),
        ),
        concludes=LIVE,
    ),
    Looking(
        name="X refuses the newer names of fields",
        steps=(replace(LOOK, status=400, answer={"title": "Invalid Request", "detail": "?"}), OLD_LOOK),
        concludes=LIVE,
    ),
    Looking(
        name="X passes over the newer names of fields",
        steps=(replace(LOOK, answer=listed({"id": POST_ID, "text": "Good morning"})), OLD_LOOK),
        concludes=LIVE,
    ),
    Looking(
        name="its links became short, and its signs HTML",
        prepared=stored(text="Tea &  cake: example.com/Menu/ now"),
        steps=(
            replace(
                LOOK,
                answer=listed(post(text="Tea &amp; cake: https://t.co/abc now", entities={"urls": [SHORT]})),
            ),
        ),
        concludes=LIVE,
    ),
    Looking(
        name="its link has words in it that are signs in HTML",
        prepared=stored(text="Tea &reg; https://example.com/?a=1&region=eu&copy=2&timestamp=3"),
        steps=(
            replace(
                LOOK,
                answer=listed(post(text="Tea &amp;reg; https://t.co/abc", entities={"urls": [WITH_QUERY]})),
            ),
        ),
        concludes=LIVE,
    ),
    Looking(
        name="a long one",
        prepared=stored(text="A long story"),
        steps=(replace(LOOK, answer=listed(post(text="A lo…", note_post={"text": "A long story"}))),),
        concludes=LIVE,
    ),
    Looking(
        name="its media prove it, whatever the text",
        prepared=WITH_MEDIA,
        steps=(replace(LOOK, answer=listed(post(text="Looks", attachments={"media_keys": ["3_71"]}))),),
        concludes=LIVE,
    ),
    Looking(
        name="its text with other media",
        prepared=WITH_MEDIA,
        steps=(replace(LOOK, answer=listed(post(text="Look https://t.co/xyz", entities={"urls": [OWN]}))),),
        concludes=CannotTell,
    ),
    Looking(
        name="other media and another text",
        prepared=WITH_MEDIA,
        steps=(replace(LOOK, answer=listed(post(attachments={"media_keys": ["3_70"]}))),),
        concludes=Absent,
    ),
    Looking(
        name="the same text in another thread",
        steps=(replace(LOOK, answer=listed(post(conversation_id="7"))),),
        concludes=Absent,
    ),
    Looking(
        name="a reply to its parent",
        prepared=Prepared(
            data={
                "body": {"text": "Good morning", "reply": {"in_reply_to_tweet_id": "8"}},
                "media": [],
                "root": "7",
            }
        ),
        steps=(
            replace(
                LOOK,
                answer=listed(
                    post(id="9", conversation_id="7", referenced_posts=[{"type": "replied_to", "id": "6"}]),
                    post(conversation_id="7", referenced_tweets=[{"type": "replied_to", "id": "8"}]),
                ),
            ),
        ),
        concludes=LIVE,
    ),
    Looking(
        name="a text that X touched up",
        steps=(replace(LOOK, answer=listed(post(text="Good morning!"))),),
        concludes=CannotTell,
    ),
    Looking(
        name="an equal one of a minute before",
        steps=(replace(LOOK, answer=listed(post(created_at=(AT - timedelta(minutes=1)).isoformat()))),),
        concludes=CannotTell,
    ),
    Looking(
        name="two equal ones",
        steps=(replace(LOOK, answer=listed(post(), post(id="9", conversation_id="9"))),),
        concludes=CannotTell,
    ),
    Looking(
        name="a community's post is not listed",
        prepared=stored(community_id="12"),
        steps=(replace(LOOK, answer=listed()),),
        concludes=CannotTell,
    ),
)
