"""The contract of all connectors, with the requests and answers of Mastodon's documentation.

Answers are cut from the examples of docs.joinmastodon.org/methods/statuses, /media and /accounts, read 2026-11-21.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Media, MediaKind, Reference
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import (
    Absent,
    AccountNumbers,
    CannotTell,
    Connection,
    Endpoints,
    Identity,
    Key,
    PostNumbers,
    Published,
)
from platforms.mastodon import CONNECTOR
from platforms.mastodon.limits import DEFAULTS, to_json
from tests.platforms.contract import Call, ConnectorCase, ContractTests, Limit, Looking, Scenario
from tests.platforms.mastodon.conftest import ACCOUNT_METRICS, DELETE, LOGIN, METRICS, REVOKE
from tests.platforms.own_files import OWN_FILES
from tests.platforms.stage import Step

BASE = "https://mastodon.example"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LIMITS = replace(DEFAULTS, software="mastodon")
BEARER = {"authorization": "Bearer t0ken-hush"}
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="mastodon",
        platform_account_id="14715",
        handle="juniper@mastodon.example",
        display_name="Juniper",
        service_url=BASE,
        limits=to_json(LIMITS),
    ),
    tokens=Tokens(
        access=Secret("t0ken-hush"), extra={"client_id": Secret("cl1ent-hush"), "client_secret": Secret("s3cret-hush")}
    ),
)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
DRAFT = Draft(text="Good morning", post_type="mastodon-status", due_at=AT)
FILE = OWN_FILES / "herald-mastodon-contract.png"
FILE.write_bytes(b"\x89PNG\r\n\x1a\n")
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
STATUS = {
    "id": "103254962155278888",
    "created_at": "2026-11-21T09:00:00.123Z",
    "in_reply_to_id": None,
    "sensitive": False,
    "spoiler_text": "",
    "visibility": "public",
    "uri": f"{BASE}/users/juniper/statuses/103254962155278888",
    "url": f"{BASE}/@juniper/103254962155278888",
    "replies_count": 2,
    "reblogs_count": 3,
    "favourites_count": 4,
    "content": "<p>Good morning</p>",
    "media_attachments": [],
    "poll": None,
}
LIVE = Published(
    platform_post_id="103254962155278888",
    permalink=f"{BASE}/@juniper/103254962155278888",
    extra={"id": "103254962155278888", "media": 0},
)
CREATE = Step(
    method="POST",
    url=f"{BASE}/api/v1/statuses",
    query={},
    headers={**BEARER, "idempotency-key": KEY.value, "content-type": "application/json"},
    content=b'{"status":"Good morning"}',
    answer=STATUS,
)
UPLOAD = Step(
    method="POST",
    url=f"{BASE}/api/v2/media",
    query={},
    headers=BEARER,
    parts=(("description", b"a tree"), ("file", b"\x89PNG\r\n\x1a\n")),
    answer={"id": "22348641", "type": "image", "url": f"{BASE}/m.png"},
)
LOOK = Step(
    method="GET",
    url=f"{BASE}/api/v1/accounts/14715/statuses",
    query={"limit": "40", "exclude_reblogs": "true"},
    headers=BEARER,
    answer=[STATUS],
)
NEXT_LOOK = replace(LOOK, query={"limit": "40", "exclude_reblogs": "true", "max_id": "103254962155278888"}, answer=[])
VERIFY = Step(
    method="GET",
    url=f"{BASE}/api/v1/accounts/verify_credentials",
    headers=BEARER,
    answer={
        "id": "14715",
        "username": "juniper",
        "acct": "juniper",
        "display_name": "Juniper",
        "url": f"{BASE}/@juniper",
    },
)
INSTANCE = Step(method="GET", url=f"{BASE}/api/v2/instance", answer={"domain": "mastodon.example", "version": "4.5.2"})
IDENTITY = Identity(
    platform_account_id="14715",
    handle="juniper@mastodon.example",
    display_name="Juniper",
    service_url=BASE,
    limits=to_json(LIMITS),
)


def at(moment: datetime, **more: object) -> dict[str, object]:
    """The status as if made at another time."""
    return {**STATUS, "created_at": moment.isoformat(), **more}


class TestMastodon(ContractTests):
    """Mastodon keeps the contract."""

    case = ConnectorCase(
        connector=CONNECTOR,
        connected=CONNECTED,
        endpoints=Endpoints(api=""),
        key=KEY,
        folder=Path(__file__).parents[3] / "platforms/mastodon",
        refusals={
            401: b'{"error":"The access token was revoked"}',
            403: b'{"error":"This action is outside the authorized scopes"}',
            429: b'{"error":"Too many requests"}',
        },
        scenarios=(
            Scenario(name="text", draft=DRAFT, publish=(CREATE,), published=LIVE),
            Scenario(
                name="everything",
                draft=replace(
                    DRAFT,
                    attachments=(IMAGE,),
                    options={"visibility": "unlisted", "spoiler_text": "plot", "sensitive": "true", "language": "en"},
                    parent=Reference(platform_post_id="99"),
                    root=Reference(platform_post_id="98"),
                ),
                prepare=(UPLOAD,),
                publish=(
                    replace(
                        CREATE,
                        content=b'{"status":"Good morning","visibility":"unlisted","spoiler_text":"plot",'
                        b'"language":"en",'
                        b'"sensitive":true,"media_ids":["22348641"],"in_reply_to_id":"99"}',
                        answer={**STATUS, "media_attachments": [{"id": "22348641"}]},
                    ),
                ),
                published=replace(LIVE, extra={"id": STATUS["id"], "media": 1}),
            ),
            Scenario(
                name="poll",
                draft=replace(DRAFT, options={"poll": "tea | coffee", "poll_expires_in": "600"}),
                publish=(
                    replace(
                        CREATE,
                        content=b'{"status":"Good morning","poll":{"options":["tea","coffee"],"expires_in":600,'
                        b'"multiple":false,"hide_totals":false}}',
                        answer={**STATUS, "poll": {"id": "34830", "options": [{"title": "tea"}, {"title": "coffee"}]}},
                    ),
                ),
                published=LIVE,
            ),
        ),
        looking=(
            Looking(name="there", steps=(LOOK, NEXT_LOOK), concludes=LIVE),
            Looking(name="nothing at all", steps=(replace(LOOK, answer=[]),), concludes=Absent),
            Looking(
                name="only older ones",
                steps=(replace(LOOK, answer=[at(AT - timedelta(hours=1))]),),
                concludes=Absent,
            ),
            Looking(
                name="another text",
                steps=(replace(LOOK, answer=[at(AT, content="<p>Good evening</p>")]), NEXT_LOOK),
                concludes=Absent,
            ),
            Looking(
                name="an equal one of a minute before",
                steps=(replace(LOOK, answer=[at(AT - timedelta(minutes=1))]), NEXT_LOOK),
                concludes=CannotTell,
            ),
            Looking(
                name="two equal ones",
                steps=(replace(LOOK, answer=[at(AT, id="2"), STATUS]), NEXT_LOOK),
                concludes=CannotTell,
            ),
        ),
        limits=(
            Limit(name="text", fits=replace(DRAFT, text="x" * 500), over=replace(DRAFT, text="x" * 501)),
            Limit(
                name="media",
                fits=replace(DRAFT, attachments=(IMAGE,) * 4),
                over=replace(DRAFT, attachments=(IMAGE,) * 5),
            ),
            Limit(
                name="description",
                fits=replace(DRAFT, attachments=(replace(IMAGE, alt_text="x" * 1500),)),
                over=replace(DRAFT, attachments=(replace(IMAGE, alt_text="x" * 1501),)),
            ),
            Limit(
                name="content warning counts",
                fits=replace(DRAFT, text="x" * 490, options={"spoiler_text": "x" * 10}),
                over=replace(DRAFT, text="x" * 491, options={"spoiler_text": "x" * 10}),
            ),
        ),
        calls=(
            Call(
                name="identify",
                call=lambda wire: CONNECTOR.identify(wire, CONNECTED),
                steps=(VERIFY, INSTANCE),
                gives=IDENTITY,
            ),
            Call(
                name="login",
                call=lambda wire: LOGIN(
                    wire, Endpoints(api=""), {"instance": "mastodon.example", "token": Secret("t0ken-hush")}
                ),
                steps=(VERIFY, INSTANCE),
                gives=Connection(identity=IDENTITY, tokens=Tokens(access=Secret("t0ken-hush"))),
            ),
            Call(
                name="metrics",
                call=lambda wire: METRICS(wire, Endpoints(api=""), CONNECTED, (LIVE.platform_post_id,)),
                steps=(
                    Step(
                        method="GET",
                        url=f"{BASE}/api/v1/statuses",
                        query={"id[]": LIVE.platform_post_id},
                        headers=BEARER,
                        answer=[STATUS],
                    ),
                ),
                gives=(
                    PostNumbers(
                        platform_post_id=LIVE.platform_post_id,
                        likes=4,
                        comments=2,
                        shares=3,
                        raw={"favourites_count": 4, "replies_count": 2, "reblogs_count": 3},
                    ),
                ),
            ),
            Call(
                name="account_metrics",
                call=lambda wire: ACCOUNT_METRICS(wire, Endpoints(api=""), CONNECTED),
                steps=(
                    replace(
                        VERIFY,
                        answer={"id": "14715", "followers_count": 12, "following_count": 3, "statuses_count": 40},
                    ),
                ),
                gives=AccountNumbers(
                    followers=12,
                    following=3,
                    posts=40,
                    raw={"followers_count": 12, "following_count": 3, "statuses_count": 40},
                ),
            ),
            *(
                Call(
                    name=name,
                    call=lambda wire: DELETE(wire, CONNECTED, LIVE.platform_post_id, LIVE.extra),
                    steps=(
                        Step(
                            method="DELETE",
                            url=f"{BASE}/api/v1/statuses/{LIVE.platform_post_id}",
                            headers=BEARER,
                            status=status,
                            answer=answer,
                        ),
                    ),
                    gives=None,
                )
                for name, status, answer in (
                    ("delete", 200, {**STATUS, "text": "Good morning"}),
                    ("delete: gone already", 404, {"error": "Record not found"}),
                )
            ),
            Call(
                name="revoke",
                call=lambda wire: REVOKE(wire, Endpoints(api=""), CONNECTED),
                steps=(
                    Step(
                        method="POST",
                        url=f"{BASE}/oauth/revoke",
                        content=b"client_id=cl1ent-hush&client_secret=s3cret-hush&token=t0ken-hush",
                        answer={},
                    ),
                ),
                gives=None,
            ),
        ),
        since=AT,
    )
