"""The stand-in is believed by LinkedIn's own Python client: it agrees, posts, uploads, reads back, edits, deletes.

linkedin-api-client has its addresses as constants of a module; they are set to the stand-in's here.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from linkedin_api.clients.auth.client import AuthClient
from linkedin_api.clients.auth.utils import oauth as client_oauth
from linkedin_api.clients.restli.client import RestliClient
from linkedin_api.common import constants

from sandbox.networks.linkedin.app import CLIENT_ID, CLIENT_SECRET, Server, running
from sandbox.networks.linkedin.world import COMMUNITY, Settings

BACK, VERSION = "https://herald.example/oauth/callback", "202609"
Client = Any
"""The client has hardly any types."""
T = TypeVar("T")


async def out(call: Callable[..., T], *values: object, **named: object) -> T:
    """The client waits for its answers, so it does that elsewhere."""
    return await asyncio.to_thread(call, *values, **named)


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    async with running(Settings(partner=True, processing_s=0.0)) as started:
        monkeypatch.setattr(constants, "OAUTH_BASE_URL", f"{started.url}/oauth/v2")
        monkeypatch.setattr(client_oauth, "OAUTH_BASE_URL", f"{started.url}/oauth/v2")
        monkeypatch.setattr(constants, "NON_VERSIONED_BASE_URL", f"{started.url}/v2")
        monkeypatch.setattr(constants, "VERSIONED_BASE_URL", f"{started.url}/rest")
        yield started


@pytest.fixture
def client() -> Client:
    return RestliClient()


async def agreed(auth: Client, *, scopes: tuple[str, ...] = COMMUNITY) -> dict[str, list[str]]:
    """What the consent page sends the person back with."""
    address = auth.generate_member_auth_url(scopes=list(scopes), state="s7")
    answer = await out(requests.get, f"{address}&approve=juniper", allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["Location"]).query)


@pytest.fixture
async def token(server: Server) -> str:
    auth = AuthClient(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_url=BACK)
    back = await agreed(auth)
    assert back["state"] == ["s7"]
    given = await out(auth.exchange_auth_code_for_access_token, back["code"][0])
    assert (given.expires_in, given.refresh_token_expires_in) == (5_184_000, 31_536_000)
    assert given.scope == ",".join(COMMUNITY)
    again = await out(auth.exchange_refresh_token_for_access_token, given.refresh_token)
    assert again.access_token not in {None, given.access_token}
    assert server.oauth.grants.person_of(again.access_token) == "juniper"
    return again.access_token


def post(author: str, **more: object) -> dict[str, object]:
    """A post as the documents show it."""
    return {
        "author": author,
        "commentary": r"Good \(morning\) #boats",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
        **more,
    }


async def page_of(client: Client, token: str) -> str:
    """The first page the person manages."""
    found = await out(
        client.finder,
        resource_path="/organizationAcls",
        finder_name="roleAssignee",
        query_params={"state": "APPROVED"},
        version_string=VERSION,
        access_token=token,
    )
    return str(found.elements[0]["organization"])


async def test_it_knows_the_person_and_their_pages(server: Server, client: Client, token: str) -> None:
    me = await out(client.get, resource_path="/me", access_token=token)
    page = await page_of(client, token)
    named = await out(
        client.get,
        resource_path="/organizations/{id}",
        path_keys={"id": page.rpartition(":")[2]},
        version_string=VERSION,
        access_token=token,
    )
    size = await out(
        client.get,
        resource_path="/networkSizes/{urn}",
        path_keys={"urn": page},
        query_params={"edgeType": "COMPANY_FOLLOWED_BY_MEMBER"},
        version_string=VERSION,
        access_token=token,
    )
    assert me.entity["vanityName"] == "juniper"
    assert named.entity["localizedName"] == server.world.authors[page].title
    assert size.entity["firstDegreeSize"] > 0


async def test_it_posts_lists_edits_comments_and_deletes(server: Server, client: Client, token: str) -> None:
    page, here = await page_of(client, token), {"version_string": VERSION, "access_token": token}

    made = await out(client.create, resource_path="/posts", entity=post(page), **here)
    urn = made.entity_id
    listed = await out(
        client.finder, resource_path="/posts", finder_name="author", query_params={"author": page, "count": 10}, **here
    )
    assert (made.status_code, server.world.posts[urn].text) == (201, "Good (morning) #boats")
    assert [one["id"] for one in listed.elements] == [urn]

    patched = await out(
        client.partial_update,
        resource_path="/posts/{urn}",
        path_keys={"urn": urn},
        patch_set_object={"commentary": "Good evening"},
        **here,
    )
    read = await out(client.get, resource_path="/posts/{urn}", path_keys={"urn": urn}, **here)
    assert (patched.status_code, read.entity["commentary"]) == (204, "Good evening")

    remark = await out(
        client.create,
        resource_path="/socialActions/{urn}/comments",
        path_keys={"urn": urn},
        entity={"actor": page, "object": urn, "message": {"text": "See (more)"}},
        **here,
    )
    remarks = await out(client.get_all, resource_path="/socialActions/{urn}/comments", path_keys={"urn": urn}, **here)
    assert [(one["id"], one["message"]["text"]) for one in remarks.elements] == [(remark.entity_id, "See (more)")]

    for _ in range(2):
        gone = await out(client.delete, resource_path="/posts/{urn}", path_keys={"urn": urn}, **here)
        assert gone.status_code == 204
    assert server.world.posts == {}


async def test_it_uploads_and_shows_a_picture(server: Server, client: Client, token: str) -> None:
    page, here = await page_of(client, token), {"version_string": VERSION, "access_token": token}
    begun = await out(
        client.action,
        resource_path="/images",
        action_name="initializeUpload",
        action_params={"initializeUploadRequest": {"owner": page}},
        **here,
    )
    image = begun.value["image"]
    pictured = post(page, content={"media": {"id": image}})
    early = await out(client.create, resource_path="/posts", entity=pictured, **here)
    sent = await out(
        requests.put,
        begun.value["uploadUrl"],
        data=b"\x89PNG\r\n\x1a\n",
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    shown = await out(client.get, resource_path="/images/{urn}", path_keys={"urn": image}, **here)
    made = await out(client.create, resource_path="/posts", entity=pictured, **here)

    assert (early.status_code, early.response.json()["code"]) == (400, "MEDIA_ASSET_WAITING_UPLOAD")
    assert (sent.status_code, shown.entity["status"]) == (201, "AVAILABLE")
    assert server.world.posts[made.entity_id].content == {"media": {"id": image}}


async def test_numbers_are_read_by_a_list_of_urns(server: Server, client: Client, token: str) -> None:
    server.world.settings.grow_numbers = True
    page, here = await page_of(client, token), {"version_string": VERSION, "access_token": token}
    made = await out(client.create, resource_path="/posts", entity=post(page), **here)
    unseen = await out(
        client.finder,
        resource_path="/organizationalEntityShareStatistics",
        finder_name="organizationalEntity",
        query_params={"organizationalEntity": page, "shares": [made.entity_id]},
        **here,
    )
    shown = server.world.posts[made.entity_id]
    shown.made_at = shown.made_at.replace(year=shown.made_at.year - 1)
    seen = await out(
        client.finder,
        resource_path="/organizationalEntityShareStatistics",
        finder_name="organizationalEntity",
        query_params={"organizationalEntity": page, "shares": [made.entity_id]},
        **here,
    )
    assert unseen.elements == []
    assert seen.elements[0]["totalShareStatistics"]["likeCount"] > 60
    end = int(server.world.now().timestamp() * 1000)
    days = {"timeRange": {"start": end - 3 * 86_400_000, "end": end}, "timeGranularityType": "DAY"}
    told = await out(
        client.finder,
        resource_path="/organizationalEntityShareStatistics",
        finder_name="organizationalEntity",
        query_params={"organizationalEntity": page, "timeIntervals": days},
        **here,
    )
    assert [one["timeRange"]["end"] - one["timeRange"]["start"] for one in told.elements] == [86_400_000] * 4


async def test_it_is_refused_as_linkedin_refuses(server: Server, client: Client, token: str) -> None:
    page, here = await page_of(client, token), {"version_string": VERSION, "access_token": token}
    first = await out(client.create, resource_path="/posts", entity=post(page), **here)
    again = await out(client.create, resource_path="/posts", entity=post(page), **here)
    stranger = await out(client.create, resource_path="/posts", entity=post("urn:li:person:rowanZx9"), **here)
    sunset = await out(
        client.create, resource_path="/posts", entity=post(page), version_string="202401", access_token=token
    )
    dead = await out(client.create, resource_path="/posts", entity=post(page), **here | {"access_token": "at-nobody"})
    said = again.response.json()
    assert (again.status_code, said["errorDetails"]["inputErrors"][0]["code"]) == (422, "DUPLICATE_POST")
    assert said["message"].endswith(first.entity_id)
    assert (stranger.status_code, stranger.response.json()["code"]) == (403, "ACCESS_DENIED")
    assert (sunset.status_code, sunset.response.json()["code"]) == (426, "NONEXISTENT_VERSION")
    assert (dead.status_code, dead.response.json()["serviceErrorCode"]) == (401, 65600)
    assert len(server.world.posts) == 1


async def test_an_app_is_refused_what_its_products_do_not_include(server: Server) -> None:
    auth = AuthClient(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_url=BACK)
    assert (await agreed(auth, scopes=("openid",)))["error"] == ["unauthorized_scope_error"]
    assert server.oauth.grants.access == {}


async def test_a_consent_to_something_else_ends_older_ones(server: Server, token: str) -> None:
    auth = AuthClient(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_url=BACK)
    await agreed(auth, scopes=("r_basicprofile", "w_member_social"))
    assert server.oauth.grants.person_of(token) is None
