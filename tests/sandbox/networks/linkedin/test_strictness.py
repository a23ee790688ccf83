"""The stand-in refuses, and cuts, where LinkedIn does: a connector that is careless here fails against it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx
import pytest

from sandbox.networks.grants import Grant
from sandbox.networks.linkedin.app import CLIENT_ID, Server, running
from sandbox.networks.linkedin.world import COMMUNITY, SELF_SERVE, Settings

PAGE = "urn:li:organization:2414184"
HEADERS = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}
FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(100 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A program with a token of juniper's."""

    server: Server
    http: httpx.AsyncClient
    scopes: tuple[str, ...] = COMMUNITY

    @property
    def token(self) -> str:
        """A fresh one."""
        grants = self.server.oauth.grants
        return grants.new_access(Grant(app=grants.apps[CLIENT_ID], person="juniper", scopes=self.scopes), None).value

    async def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] = HEADERS
    ) -> httpx.Response:
        """One call; the path goes out as it is."""
        sent = {**headers, "Authorization": f"Bearer {self.token}"}
        return await self.http.request(method, f"{self.server.url}{path}", json=body, headers=sent)

    async def post(self, **more: object) -> httpx.Response:
        """Make a post with these fields."""
        body = {
            "author": PAGE,
            "commentary": "Good morning",
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED"},
            "lifecycleState": "PUBLISHED",
        }
        return await self.call("POST", "/rest/posts", {**body, **more})


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    settings = Settings(part_bytes=64 * 1024, processing_s=0.0)
    async with running(settings) as server, httpx.AsyncClient() as http:
        yield Caller(server=server, http=http)


@pytest.mark.parametrize(
    ("commentary", "shown"),
    [
        ("Good (morning) all", "Good "),
        (r"Good \(morning\) all", "Good (morning) all"),
        ("two_words", "two"),
        ("#tag is fine, C# is not", "#tag is fine, C"),
        (r"by @[A \(b\)](urn:li:person:x)", "by A (b)"),
        ("by @juniper", "by "),
        (r"{hashtag|\#|tag}!", "#tag!"),
    ],
)
async def test_a_reserved_character_that_stands_bare_cuts_the_text_silently(
    caller: Caller, commentary: str, shown: str
) -> None:
    answer = await caller.post(commentary=commentary)
    assert (answer.status_code, answer.content) == (201, b"")
    assert caller.server.world.posts[answer.headers["x-restli-id"]].text == shown


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"commentary": "x" * 3001}, 422, "FIELD_LENGTH_TOO_LONG"),
        ({"commentary": ""}, 422, "EMPTY_POST"),
        ({"idempotencyKey": "1"}, 422, "UNRECOGNIZED_FIELD"),
        ({"visibility": "CONNECTIONS"}, 400, "ILLEGAL_ARGUMENT"),
        ({"author": "urn:li:organization:1"}, 400, "ILLEGAL_ARGUMENT"),
        ({"author": "urn:li:person:rowanZx9"}, 403, "ACCESS_DENIED"),
        ({"content": {"media": {"id": "urn:li:image:C4E1"}}}, 400, "ILLEGAL_ARGUMENT"),
        ({"content": {"article": {"source": "https://a.example"}}}, 400, "ILLEGAL_ARGUMENT"),
        ({"content": {"poll": {"question": "Why?", "options": [{"text": "a"}]}}}, 422, "INVALID_POLL"),
    ],
)
async def test_posts_are_refused(caller: Caller, changes: dict[str, object], status: int, code: str) -> None:
    answer = await caller.post(**changes)
    said = answer.json()
    found = said.get("code") or said["errorDetails"]["inputErrors"][0]["code"]
    assert (answer.status_code, found) == (status, code)
    assert caller.server.world.posts == {}


async def test_each_call_needs_a_version_a_protocol_and_encoded_urns(caller: Caller) -> None:
    path = "/rest/posts?q=author&author=urn%3Ali%3Aorganization%3A2414184"
    assert (await caller.call("GET", path)).status_code == 200
    for without, code in (("LinkedIn-Version", "VERSION_MISSING"), ("X-Restli-Protocol-Version", "ILLEGAL_ARGUMENT")):
        headers = {name: value for name, value in HEADERS.items() if name != without}
        answer = await caller.call("GET", path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    bare = await caller.call("GET", f"/rest/posts?q=author&author={PAGE}")
    assert bare.status_code == 400
    statistics = "/rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity="
    packed = await caller.call("GET", f"{statistics}urn%3Ali%3Aorganization%3A2414184&shares=List%28urn%3A1%29")
    assert packed.status_code == 400
    page, span = (
        f"{statistics}urn%3Ali%3Aorganization%3A2414184",
        "(timeRange:(start:{},end:{}),timeGranularityType:{})",
    )
    for wrong in (
        f"&timeIntervals={span.format(2, 1, 'DAY')}",
        f"&timeIntervals={span.format(1, 2, 'HOUR')}",
        f"&timeIntervals={span.format(1, 2, 'DAY').replace('(', '%28').replace(')', '%29')}",
        f"&timeIntervals={span.format(1, 2, 'DAY')}&shares=List(urn%3Ali%3Ashare%3A1)",
        f"&timeIntervals={span.format(1, 2, 'DAY')}&count=10",
    ):
        answer = await caller.call("GET", f"{page}{wrong}")
        assert (answer.status_code, answer.json()["code"]) == (400, "ILLEGAL_ARGUMENT"), wrong


async def test_a_self_serve_token_sees_no_posts_files_or_pages(caller: Caller) -> None:
    member = Caller(server=caller.server, http=caller.http, scopes=SELF_SERVE)
    me = next(urn for urn, one in caller.server.world.authors.items() if one.name == "juniper")
    made = await member.post(author=me)
    urn = made.headers["x-restli-id"].replace(":", "%3A")
    begun = await member.call(
        "POST", "/rest/images?action=initializeUpload", {"initializeUploadRequest": {"owner": me}}
    )
    image = begun.json()["value"]["image"].replace(":", "%3A")
    for path in (
        f"/rest/posts?q=author&author={me.replace(':', '%3A')}",
        f"/rest/posts/{urn}",
        f"/rest/socialActions/{urn}/comments",
        f"/rest/images/{image}",
        "/rest/organizationAcls?q=roleAssignee",
        "/v2/me",
    ):
        assert (await member.call("GET", path)).status_code == 403, path
    assert (await member.call("GET", "/v2/userinfo")).json()["sub"] == me.removeprefix("urn:li:person:")


async def test_a_video_is_its_parts_in_order(caller: Caller) -> None:
    wishes = {"owner": PAGE, "fileSizeBytes": len(FILM), "uploadCaptions": False, "uploadThumbnail": False}
    begun = await caller.call("POST", "/rest/videos?action=initializeUpload", {"initializeUploadRequest": wishes})
    value = begun.json()["value"]
    marks: list[str] = []
    for one in value["uploadInstructions"]:
        piece = FILM[one["firstByte"] : one["lastByte"] + 1]
        assert (await caller.http.put(one["uploadUrl"], content=piece[1:])).status_code == 400
        marks.append((await caller.http.put(one["uploadUrl"], content=piece)).headers["etag"].strip('"'))

    async def finalize(ids: list[str], token: str) -> int:
        wish = {"video": value["video"], "uploadToken": token, "uploadedPartIds": ids}
        answer = await caller.call("POST", "/rest/videos?action=finalizeUpload", {"finalizeUploadRequest": wish})
        return answer.status_code

    shown = {"content": {"media": {"id": value["video"]}}}
    assert (await caller.post(**shown)).json()["code"] == "MEDIA_ASSET_WAITING_UPLOAD"
    assert await finalize(marks[::-1], value["uploadToken"]) == 400
    assert await finalize(marks, "another") == 400
    assert await finalize(marks, value["uploadToken"]) == 200
    assert (await caller.post(**shown)).status_code == 201
    assert caller.server.world.assets[value["video"]].content == FILM


async def test_what_was_deleted_stays_a_duplicate(caller: Caller) -> None:
    urn = (await caller.post()).headers["x-restli-id"]
    await caller.call("DELETE", f"/rest/posts/{urn.replace(':', '%3A')}")
    again = await caller.post()
    assert again.status_code == 422
    assert again.json()["message"].endswith(urn)
