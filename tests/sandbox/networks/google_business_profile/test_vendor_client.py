"""The stand-in is believed by Google's own client: it renews, lists accounts and places, posts, reads numbers.

The client has discovery documents for accounts, places and numbers. Google publishes none for posts any more, so those
calls are written as its documents show them (https://developers.google.com/my-business/content/posts-data, read
2026-11-21) and sent by the client's own HTTP, with its credentials.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import build_http

from sandbox.networks.google import CLIENT_ID, CLIENT_SECRET
from sandbox.networks.google_business_profile.app import Server, running
from sandbox.networks.google_business_profile.world import SCOPE, Settings

SCHEDULE = {
    "startDate": {"year": 2026, "month": 6, "day": 7},
    "startTime": {"hours": 9, "minutes": 0},
    "endDate": {"year": 2026, "month": 6, "day": 7},
    "endTime": {"hours": 17, "minutes": 0},
}
EVENT = {
    "languageCode": "en-US",
    "summary": "Come in for our spooky Halloween event!",
    "event": {"title": "Halloween Spook-tacular!", "schedule": SCHEDULE},
    "topicType": "EVENT",
}
OFFER = {
    "languageCode": "en-US",
    "summary": "Buy one Google jetpack, get a second one free!!",
    "offer": {"couponCode": "BOGO-JET-CODE", "redeemOnlineUrl": "https://www.example.com/", "termsConditions": "One."},
    "event": {"title": "Jetpacks", "schedule": SCHEDULE},
    "topicType": "OFFER",
}
ACTION = {
    "languageCode": "en-US",
    "summary": "Order your Thanksgiving turkeys now!!",
    "callToAction": {"actionType": "ORDER", "url": "https://www.example.com/turkeys"},
    "topicType": "STANDARD",
}


@pytest.fixture
def settings() -> Settings:
    return Settings(processing_s=0.0)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@cache
def _document(name: str) -> str:
    return (files("googleapiclient.discovery_cache") / "documents" / f"{name}.json").read_text(encoding="utf-8")


class Clients:
    """Google's clients, pointed at the stand-in, all with the same credentials."""

    def __init__(self, server: Server) -> None:
        self.url = server.url
        self.parent = server.world.locations[0].parent
        access, renewing = server.world.issue_token("junipercoffee")
        self.credentials = Credentials(
            access,
            refresh_token=renewing,
            token_uri=f"{server.url}/token",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            scopes=[SCOPE],
        )
        self.http: Any = AuthorizedHttp(self.credentials, http=build_http())
        self.made: list[Any] = [self.http]

    def of(self, name: str) -> Any:  # noqa: ANN401  # it has no types
        document = json.loads(_document(name))
        document |= dict.fromkeys(("rootUrl", "baseUrl", "mtlsRootUrl"), f"{self.url}/")
        self.made.append(build_from_document(document, credentials=self.credentials))
        return self.made[-1]

    async def posts(self, method: str, path: str = "", body: object = None) -> tuple[int, Any]:
        """A call of version 4, below the place's posts."""
        url, sent = f"{self.url}/v4/{self.parent}/localPosts{path}", None if body is None else json.dumps(body)
        headers = {"content-type": "application/json"}
        answer, content = await beside(lambda: self.http.request(url, method, body=sent, headers=headers))
        return int(answer.status), json.loads(content)


@pytest.fixture
def clients(server: Server) -> Iterator[Clients]:
    made = Clients(server)
    yield made
    for one in made.made:
        one.close()


async def beside(work: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever the client gives
    """Let the blocking client do its work beside the server's loop."""
    return await asyncio.to_thread(work)


async def test_it_lists_accounts_and_their_places(server: Server, clients: Clients) -> None:
    management, information = (
        clients.of(f"mybusiness{name}.v1") for name in ("accountmanagement", "businessinformation")
    )
    [account] = (await beside(lambda: management.accounts().list().execute()))["accounts"]
    request = information.accounts().locations().list(parent=account["name"], readMask="name,title,metadata")
    [place] = (await beside(request.execute))["locations"]

    assert f"{account['name']}/{place['name']}" == server.world.locations[0].parent
    assert place["metadata"]["canOperateLocalPost"] is True
    without = information.accounts().locations().list(parent=account["name"], readMask="")
    with pytest.raises(HttpError, match="read_mask"):
        await beside(without.execute)


async def test_it_reads_the_numbers_of_a_place(server: Server, clients: Clients) -> None:
    performance = clients.of("businessprofileperformance.v1")
    days = {
        f"dailyRange_{end}Date_{name}": value
        for end, day in (("start", 1), ("end", 9))
        for name, value in (("year", 2026), ("month", 11), ("day", day))
    }
    request = performance.locations().fetchMultiDailyMetricsTimeSeries(
        location=f"locations/{server.world.locations[0].id}", dailyMetrics=["CALL_CLICKS", "WEBSITE_CLICKS"], **days
    )

    [found] = (await beside(request.execute))["multiDailyMetricTimeSeries"]

    assert [one["dailyMetric"] for one in found["dailyMetricTimeSeries"]] == ["CALL_CLICKS", "WEBSITE_CLICKS"]
    assert found["dailyMetricTimeSeries"][0]["timeSeries"]["datedValues"][-1]["value"] == "40"


@pytest.mark.parametrize("body", [EVENT, OFFER, ACTION], ids=["event", "offer", "action"])
async def test_the_documents_own_posts_are_made_read_back_listed_and_deleted(clients: Clients, body: Any) -> None:  # noqa: ANN401  # JSON
    status, made = await clients.posts("POST", body=body)
    number = made["name"].rpartition("/")[2]
    _, read = await clients.posts("GET", f"/{number}")
    _, listed = await clients.posts("GET", "?pageSize=10")
    deleted = await clients.posts("DELETE", f"/{number}")

    assert (status, made["state"], read["summary"]) == (200, "LIVE", body["summary"])
    assert listed["localPosts"] == [read]
    assert deleted == (200, {})
    assert await clients.posts("GET", "?pageSize=10") == (200, {})
    assert (await clients.posts("GET", f"/{number}"))[0] == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**ACTION, "summary": "x" * 1501}, "summary"),
        ({**ACTION, "topicType": "NEWS"}, "topic_type"),
        ({**ACTION, "colour": "red"}, "colour"),
        ({**ACTION, "callToAction": {"actionType": "CALL", "url": "https://example.com"}}, "call_to_action.url"),
        ({**OFFER, "callToAction": ACTION["callToAction"]}, "call_to_action"),
        ({**EVENT, "event": {"title": "x" * 59, "schedule": SCHEDULE}}, "event.title"),
        ({**EVENT, "event": {"title": "x"}}, "event.schedule"),
        ({**ACTION, "media": [{"mediaFormat": "VIDEO", "sourceUrl": "https://example.com/a.mp4"}]}, "media.source_url"),
    ],
)
async def test_what_breaks_a_rule_is_refused_with_its_field(clients: Clients, body: Any, field: str) -> None:  # noqa: ANN401  # JSON
    status, said = await clients.posts("POST", body=body)

    assert (status, said["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert said["error"]["details"][0]["errorDetails"][0]["field"] == field


@pytest.mark.parametrize("settings", [Settings(edits_a_minute=2, processing_s=0.0)])
async def test_a_place_takes_so_many_posts_a_minute(clients: Clients) -> None:
    answers = [(await clients.posts("POST", body=ACTION))[0] for _ in range(3)]

    assert answers == [200, 200, 429]


async def test_it_renews_a_dead_access_and_hears_of_a_dead_consent(server: Server, clients: Clients) -> None:
    management = clients.of("mybusinessaccountmanagement.v1")
    clients.credentials.expiry = (datetime.now(UTC) - timedelta(hours=1)).replace(tzinfo=None)

    assert (await beside(lambda: management.accounts().list().execute()))["accounts"]
    server.world.google.oauth.grants.end_grants()

    assert server.world.google.oauth.asked == ["refresh_token"]
    with pytest.raises(RefreshError, match="invalid_grant"):
        await beside(lambda: management.accounts().list().execute())
