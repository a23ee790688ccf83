"""The contract of all connectors, with the requests and answers of Metricool's documentation.

Answers are cut from https://app.metricool.com/resources/apidocs (swagger 2.0.0), read 2026-11-21.
"""

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import Absent, CannotTell, Connection, Endpoints, Identity, Key, Pending, Published
from platforms.metricool import CONNECTOR
from tests.platforms.contract import Call, ConnectorCase, ContractTests, Limit, Looking, Scenario
from tests.platforms.metricool.conftest import LOGIN, POLL, WITHDRAW
from tests.platforms.own_files import OWN_FILES
from tests.platforms.stage import Step

BASE = "https://app.metricool.com/api"
AT = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
HANDED_OVER = AT - timedelta(minutes=4)
TOKEN = Secret("t0ken-hush")
HEADERS = {"x-mc-auth": "t0ken-hush"}
QUERY = {"userId": "7001", "blogId": "100"}
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="metricool",
        platform_account_id="100:instagram",
        handle="Juniper (Instagram)",
        display_name="Juniper",
        service_url=BASE,
        limits={"network": "instagram"},
    ),
    tokens=Tokens(access=TOKEN, extra={"user_id": Secret("7001")}),
)
FILE = OWN_FILES / "herald-metricool-contract.png"
FILE.write_bytes(b"\x89PNG\r\n\x1a\n")
HASH = base64.b64encode(hashlib.sha256(FILE.read_bytes()).digest()).decode()
IMAGE = Attachment(
    media=Media(
        id=MediaId("med_1"),
        kind=MediaKind.IMAGE,
        mime_type="image/png",
        size_bytes=8,
        sha256="0" * 64,
        file_name="tree.png",
    ),
    path=FILE,
    alt_text="a tree",
)
DRAFT = Draft(text="Good morning", post_type="metricool-post", due_at=HANDED_OVER, attachments=(IMAGE,))
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
URL = "https://static.metricool.com/planner/tree.png"
SIGNED = "https://store.metricool.com/put/tree"
UPLOADS = f"{BASE}/v2/media/s3/upload-transactions"
BEGIN = Step(
    method="PUT",
    url=UPLOADS,
    query=QUERY,
    headers=HEADERS,
    json={
        "resourceType": "planner",
        "contentType": "image/png",
        "fileExtension": "png",
        "parts": [{"size": 8, "startByte": 0, "endByte": 8, "hash": HASH}],
    },
    answer={"data": {"uploadType": "SIMPLE", "presignedUrl": SIGNED, "fileUrl": URL}},
)
PUT = Step(
    method="PUT",
    url=SIGNED,
    headers={"x-amz-checksum-sha256": HASH, "content-type": "image/png"},
    content=FILE.read_bytes(),
    answer_headers={"etag": '"abc"'},
)
END = Step(
    method="PATCH",
    url=UPLOADS,
    query=QUERY,
    headers=HEADERS,
    json={"simple": {"fileUrl": URL}},
    answer={"data": {"fileUrl": URL}},
)
BODY = {
    "providers": [{"network": "instagram"}],
    "publicationDate": {"dateTime": "2026-12-01T09:30:00", "timezone": "UTC"},
    "text": "Good morning",
    "autoPublish": True,
    "draft": False,
    "saveExternalMediaFiles": True,
    "shortener": False,
    "media": [URL],
    "mediaAltText": ["a tree"],
}


def plan(status: str, **more: object) -> dict[str, object]:
    provider = {"network": "instagram", "status": status, **more}
    return {**BODY, "id": 512, "uuid": "u-1", "providers": [provider]}


LIVE_URL = "https://www.instagram.com/p/abc/"
DONE = plan("PUBLISHED", id=LIVE_URL, publicUrl=LIVE_URL)
LIVE = Published(platform_post_id=LIVE_URL, permalink=LIVE_URL, extra={"metricool_id": "512"})
PENDING = Pending(handle={"id": "512"}, check_after_s=5.0)
STILL = Pending(handle={"id": "512"}, check_after_s=30.0)
CREATE = Step(
    method="POST",
    url=f"{BASE}/v2/scheduler/posts",
    query=QUERY,
    headers=HEADERS,
    json=BODY,
    status=201,
    answer={"data": plan("PENDING")},
)
LIST = Step(
    method="GET",
    url=f"{BASE}/v2/scheduler/posts",
    query={
        **QUERY,
        "start": "2026-12-01T09:30:00",
        "end": "2026-12-01T09:31:00",
        "timezone": "UTC",
        "extendedRange": "true",
    },
    headers=HEADERS,
    answer={"data": [DONE]},
)
DELETED = Step(
    method="GET", url=f"{BASE}/v2/scheduler/posts/deleted", query=QUERY, headers=HEADERS, answer={"data": []}
)
ONE = Step(method="GET", url=f"{BASE}/v2/scheduler/posts/512", query=QUERY, headers=HEADERS, answer={"data": DONE})
DELETE = replace(ONE, method="DELETE", answer={"data": True})
GONE = replace(ONE, status=404, answer={"status": "NOT_FOUND", "code": "404", "detail": "Post not found"})
BRANDS = Step(
    method="GET",
    url=f"{BASE}/v2/settings/brands",
    query={"userId": "7001"},
    headers=HEADERS,
    answer={
        "data": [
            {
                "id": 100,
                "userId": 7001,
                "label": "Juniper",
                "networksData": {"instagramData": {"id": "juniper"}, "facebookData": None},
            }
        ]
    },
)
IDENTITY = Identity(
    platform_account_id="100:instagram",
    handle="Juniper (Instagram)",
    display_name="Juniper",
    service_url=BASE,
    limits={"network": "instagram"},
)


def refusal(status: int, word: str, detail: str) -> bytes:
    return f'{{"status":"{word}","code":"{status}","detail":"{detail}"}}'.encode()


class TestMetricool(ContractTests):
    """Metricool keeps the contract."""

    case = ConnectorCase(
        connector=CONNECTOR,
        connected=CONNECTED,
        endpoints=Endpoints(api=BASE),
        key=KEY,
        folder=Path(__file__).parents[3] / "platforms/metricool",
        refusals={
            401: b'{"status":"UNAUTHORIZED"}',
            403: refusal(403, "FORBIDDEN", "There is no instagram connection for blog: 100"),
            429: refusal(429, "TOO_MANY_REQUESTS", "Slow down"),
        },
        scenarios=(
            Scenario(name="picture", draft=DRAFT, prepare=(BEGIN, PUT, END), publish=(CREATE,), published=PENDING),
            Scenario(
                name="late reel with a first comment",
                draft=replace(DRAFT, due_at=AT, options={"type": "REEL", "first_comment": "Where? Below."}),
                prepare=(BEGIN, PUT, END),
                publish=(
                    replace(
                        CREATE,
                        json={
                            **BODY,
                            "publicationDate": {"dateTime": "2026-12-01T09:33:00", "timezone": "UTC"},
                            "firstCommentText": "Where? Below.",
                            "instagramData": {"type": "REEL"},
                        },
                    ),
                ),
                published=PENDING,
            ),
        ),
        looking=(
            Looking(name="there and published", steps=(LIST,), concludes=LIVE),
            Looking(
                name="there and waiting",
                steps=(replace(LIST, answer={"data": [plan("PENDING")]}),),
                concludes=Pending,
            ),
            Looking(
                name="there, told in its brand's time",
                steps=(
                    replace(
                        LIST,
                        answer={
                            "data": [
                                {
                                    **plan("PENDING"),
                                    "publicationDate": {
                                        "dateTime": "2026-12-01T10:30:00.000",
                                        "timezone": "Europe/Madrid",
                                    },
                                }
                            ]
                        },
                    ),
                ),
                concludes=Pending,
            ),
            Looking(
                name="there and failed",
                steps=(replace(LIST, answer={"data": [plan("ERROR", detailedStatus="Too wide")]}),),
                concludes=Pending,
            ),
            Looking(
                name="another one alone",
                steps=(replace(LIST, answer={"data": [{**DONE, "text": "Good evening"}]}), DELETED),
                concludes=Absent,
            ),
            Looking(
                name="one whose text was touched up",
                steps=(replace(LIST, answer={"data": [{**DONE, "text": f"  {DRAFT.text.upper()}!"}]}),),
                concludes=CannotTell,
            ),
            Looking(
                name="the same for another network",
                steps=(replace(LIST, answer={"data": [{**DONE, "providers": [{"network": "facebook"}]}]}), DELETED),
                concludes=Absent,
            ),
            Looking(
                name="deleted there",
                steps=(replace(LIST, answer={"data": []}), replace(DELETED, answer={"data": [plan("PENDING")]})),
                concludes=CannotTell,
            ),
            Looking(
                name="two of them",
                steps=(replace(LIST, answer={"data": [DONE, {**DONE, "id": 513}]}),),
                concludes=CannotTell,
            ),
        ),
        limits=(
            Limit(name="text", fits=replace(DRAFT, text="x" * 2_200), over=replace(DRAFT, text="x" * 2_201)),
            Limit(
                name="files",
                fits=replace(DRAFT, attachments=(IMAGE,) * 10),
                over=replace(DRAFT, attachments=(IMAGE,) * 11),
            ),
            Limit(name="a file at least", fits=DRAFT, over=replace(DRAFT, attachments=())),
            Limit(
                name="kind",
                fits=replace(DRAFT, options={"type": "STORY"}),
                over=replace(DRAFT, options={"type": "story"}),
            ),
        ),
        calls=(
            Call(
                name="identify", call=lambda wire: CONNECTOR.identify(wire, CONNECTED), steps=(BRANDS,), gives=IDENTITY
            ),
            Call(
                name="login",
                call=lambda wire: LOGIN(
                    wire, Endpoints(api=BASE), {"token": TOKEN, "user": "7001", "blog": "100", "network": ""}
                ),
                steps=(BRANDS,),
                gives=Connection(identity=IDENTITY, tokens=CONNECTED.tokens),
            ),
            Call(
                name="poll, published",
                call=lambda wire: POLL(wire, CONNECTED, {"id": "512"}, KEY),
                steps=(ONE,),
                gives=LIVE,
            ),
            Call(
                name="poll, published without an address yet",
                call=lambda wire: POLL(wire, CONNECTED, {"id": "512"}, KEY),
                steps=(replace(ONE, answer={"data": plan("PUBLISHED")}),),
                gives=STILL,
            ),
            Call(
                name="withdraw",
                call=lambda wire: WITHDRAW(wire, CONNECTED, {"id": "512"}),
                steps=(replace(ONE, answer={"data": plan("PENDING")}), DELETE, GONE),
                gives=True,
            ),
            Call(
                name="withdraw too late",
                call=lambda wire: WITHDRAW(wire, CONNECTED, {"id": "512"}),
                steps=(replace(ONE, answer={"data": plan("PUBLISHING")}),),
                gives=False,
            ),
        ),
        since=HANDED_OVER,
    )
