"""The stand-in takes what Meta's own sample sends and answers in the documented form.

The calls are those of github.com/fbsamples/threads_api (every parameter in the query) and of the examples on
developers.facebook.com/docs/threads, read 2026-11-21. No
client on the package index fits (docs/connectors/threads.md says why).
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox.networks.threads.app import Server, running
from sandbox.networks.threads.world import CLIENT_ID, CLIENT_SECRET, Settings

CALLBACK = "https://localhost:8000/callback"
SCOPES = "threads_basic,threads_content_publish,threads_manage_insights,threads_read_replies,threads_delete"


@dataclass(kw_only=True)
class Sample:
    """The sample app, logged in."""

    server: Server
    http: httpx.AsyncClient
    token: str

    async def get(self, path: str, **query: str) -> dict[str, object]:
        answer = await self.http.get(f"/v1.0/{path}", params={**query, "access_token": self.token})
        return dict(answer.json())

    async def post(self, path: str, **query: str) -> dict[str, object]:
        answer = await self.http.post(f"/v1.0/{path}", params={**query, "access_token": self.token}, json={})
        return dict(answer.json())


@pytest.fixture
async def sample() -> AsyncIterator[Sample]:
    settings = Settings(media_ready_s=0.0, fetches=False)
    async with running(settings) as server, httpx.AsyncClient(base_url=server.url) as http:
        asked = await http.get(
            "/oauth/authorize",
            params={
                "scope": SCOPES,
                "client_id": CLIENT_ID,
                "redirect_uri": CALLBACK,
                "response_type": "code",
                "approve": "juniper",
            },
        )
        [code] = parse_qs(urlsplit(asked.headers["location"]).query)["code"]
        form = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "grant_type": "authorization_code",
            "redirect_uri": CALLBACK,
            "code": code,
        }
        short = (await http.post("/oauth/access_token", data=form)).json()
        assert isinstance(short["user_id"], int)
        assert "refresh_token" not in short
        long = await http.get(
            "/access_token",
            params={
                "grant_type": "th_exchange_token",
                "client_secret": CLIENT_SECRET,
                "access_token": short["access_token"],
            },
        )
        assert (long.json()["token_type"], long.json()["expires_in"]) == ("bearer", 5_184_000)
        yield Sample(server=server, http=http, token=long.json()["access_token"])


async def test_a_long_lived_token_renews_itself_and_a_used_code_does_not(sample: Sample) -> None:
    query = {"grant_type": "th_refresh_token", "access_token": sample.token}
    again = (await sample.http.get("/refresh_access_token", params=query)).json()
    assert again["access_token"] != sample.token
    dead = await sample.http.get("/refresh_access_token", params={**query, "access_token": "nothing"})
    assert (dead.status_code, dead.json()["error"]["code"]) == (400, 190)


async def test_the_sample_s_upload_publish_and_look(sample: Sample) -> None:
    me = await sample.get("me", fields="username,threads_profile_picture_url,threads_biography,is_verified")
    assert me["username"] == "juniper"
    poll = json.dumps({"option_a": "tea", "option_b": "coffee"})
    made = await sample.post(
        "me/threads", media_type="TEXT", text="Which?", poll_attachment=poll, reply_control="everyone"
    )
    status = await sample.get(str(made["id"]), fields="status,error_message")
    assert status == {"id": made["id"], "status": "FINISHED"}
    published = await sample.post("me/threads_publish", creation_id=str(made["id"]))
    shown = await sample.get(str(published["id"]), fields="text,media_type,permalink,timestamp,is_reply")
    assert (shown["text"], shown["media_type"], shown["is_reply"]) == ("Which?", "TEXT_POST", False)
    listed = await sample.get("me/threads", fields="id", limit="10")
    assert listed["data"] == [{"id": published["id"]}]
    limit = await sample.get("me/threads_publishing_limit", fields="quota_usage,config")
    assert limit["data"] == [{"quota_usage": 1, "config": {"quota_total": 250, "quota_duration": 86400}}]
    numbers = await sample.get(f"{published['id']}/insights", metric="views,likes")
    assert [row["name"] for row in rows(numbers)] == ["views", "likes"]
    mine = await sample.get("me/threads_insights", metric="views,followers_count")
    assert "values" in rows(mine)[0]
    assert "total_value" in rows(mine)[1]


def rows(answer: dict[str, object]) -> list[dict[str, object]]:
    data = answer["data"]
    assert isinstance(data, list)
    return data


async def test_a_carousel_is_made_of_children(sample: Sample) -> None:
    url = "https://example.com/a.png"
    children = [
        await sample.post("me/threads", media_type="IMAGE", image_url=url, is_carousel_item="true") for _ in "ab"
    ]
    names = ",".join(str(child["id"]) for child in children)
    made = await sample.post("me/threads", media_type="CAROUSEL", children=names, text="Both")
    await sample.post("me/threads_publish", creation_id=str(made["id"]))
    assert [len(post.files) for post in sample.server.world.posts.values()] == [2]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, 100),
        ({"media_type": "TEXT"}, 100),
        ({"media_type": "TEXT", "text": "x" * 501}, 100),
        ({"media_type": "TEXT", "text": "🌲" * 126}, 100),
        (
            {"media_type": "TEXT", "text": " ".join(f"https://example.com/{number}" for number in range(6))},
            "THREADS_API__LINK_LIMIT_EXCEEDED",
        ),
        ({"media_type": "IMAGE", "image_url": "here"}, 100),
        ({"media_type": "CAROUSEL", "children": "1"}, 100),
        ({"media_type": "CAROUSEL", "children": "1,2"}, 24),
        ({"media_type": "TEXT", "text": "x", "reply_to_id": "7"}, 100),
        ({"media_type": "TEXT", "text": "x", "reply_control": "me"}, 100),
        ({"media_type": "TEXT", "text": "x", "topic_tag": "a.b"}, 100),
        ({"media_type": "TEXT", "text": "x", "poll_attachment": '{"option_a":"tea"}'}, 100),
        ({"media_type": "TEXT", "text": "x", "poll_attachment": "tea"}, 100),
    ],
)
async def test_what_breaks_a_rule_is_refused_in_the_graph_s_form(
    sample: Sample, values: dict[str, str], code: object
) -> None:
    refused = await sample.post("me/threads", **values)
    error = refused["error"]
    assert isinstance(error, dict)
    assert error["code"] == code
    assert not sample.server.world.containers


async def test_a_token_without_the_permission_and_a_dead_one_are_told_apart(sample: Sample) -> None:
    poor = sample.server.world.issue_token("rowan", ("threads_basic",))
    refused = await sample.http.post(
        "/v1.0/me/threads", params={"access_token": poor, "media_type": "TEXT", "text": "x"}
    )
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, 10)
    dead = await sample.http.get("/v1.0/me", headers={"Authorization": "Bearer nothing"})
    assert dead.json()["error"]["code"] == 190


async def test_people_see_what_was_posted(sample: Sample) -> None:
    made = await sample.post("me/threads", media_type="TEXT", text="Hello <b>", link_attachment="https://example.com/")
    published = await sample.post("me/threads_publish", creation_id=str(made["id"]))
    shown = await sample.get(str(published["id"]), fields="permalink")
    for address in (str(shown["permalink"]), f"{sample.server.url}/@juniper"):
        page = (await sample.http.get(address)).text
        assert "Hello &lt;b&gt;" in page
        assert "stand-in for Threads" in page
    assert (await sample.http.get("/@nobody")).status_code == 404
    assert (await sample.http.get("/@juniper/post/nothing")).status_code == 404
