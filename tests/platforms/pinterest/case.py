"""Pinterest's requests and answers, for the contract and for the check against its OpenAPI document.

Answers are cut from the examples of developers.pinterest.com/docs/api/v5 (pins, boards, media, user_account), read
2026-11-21.
"""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import gettempdir
from typing import TypeVar

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import (
    Absent,
    AccountNumbers,
    CannotTell,
    Endpoints,
    Identity,
    Key,
    PostNumbers,
    Prepared,
    Published,
)
from platforms.pinterest import CONNECTOR
from tests.platforms.contract import Call, ConnectorCase, Limit, Looking, Scenario
from tests.platforms.stage import Step

BASE = "https://api.pinterest.com"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BEARER = {"authorization": "Bearer t0ken-hush"}
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="pinterest",
        platform_account_id="2783136121146311751",
        handle="juniper",
        display_name="Juniper",
        service_url=BASE,
    ),
    tokens=Tokens(access=Secret("t0ken-hush"), refresh=Secret("r3fresh-hush")),
)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
NOWHERE = Endpoints(api=BASE)
PNG = b"\x89PNG\r\n\x1a\n\x00\xff"
DATA = b64encode(PNG).decode()
FILE = Path(gettempdir()) / "herald-pinterest-contract"
FILE.write_bytes(PNG)

T = TypeVar("T")


def present(part: T | None) -> T:
    """A part of the connector that others may lack."""
    assert part is not None
    return part


METRICS, ACCOUNT_METRICS = present(CONNECTOR.metrics), present(CONNECTOR.account_metrics)
DELETE = present(CONNECTOR.delete)


def attachment(kind: MediaKind = MediaKind.IMAGE, alt_text: str = "", **facts: object) -> Attachment:
    """A file of a few bytes that says of itself what a test wants."""
    media = Media(
        id=MediaId("med_1"),
        kind=kind,
        mime_type={MediaKind.IMAGE: "image/png", MediaKind.VIDEO: "video/mp4"}.get(kind, "image/gif"),
        size_bytes=len(PNG),
        sha256="0" * 64,
        file_name="tree.png",
        width_px=1000,
        height_px=1500,
        duration_s=10.0 if kind is MediaKind.VIDEO else None,
    )
    return Attachment(media=replace(media, **facts), path=FILE, alt_text=alt_text)  # pyright: ignore[reportArgumentType]  # fields of Media


IMAGE, FILM = attachment(), attachment(MediaKind.VIDEO)
BOARD = {"board": "549755885175"}
DRAFT = Draft(text="Good morning", post_type="pinterest-pin", due_at=AT, attachments=(IMAGE,), options=BOARD)
CAROUSEL = replace(DRAFT, post_type="pinterest-carousel", attachments=(IMAGE, IMAGE))
VIDEO = replace(DRAFT, post_type="pinterest-video", attachments=(FILM,))
PIN: dict[str, object] = {
    "id": "813744226420795884",
    "created_at": "2026-11-21T09:00:00",
    "link": None,
    "title": None,
    "description": "Good morning",
    "dominant_color": "#6E7874",
    "alt_text": None,
    "board_id": "549755885175",
    "board_section_id": None,
    "board_owner": {"username": "juniper"},
    "media": {"media_type": "image", "images": {}},
    "pin_metrics": None,
}
LIVE = Published(platform_post_id="813744226420795884", permalink="https://www.pinterest.com/pin/813744226420795884/")
BOARD_STEP = Step(
    method="GET",
    url=f"{BASE}/v5/boards/549755885175",
    query={},
    headers=BEARER,
    answer={"id": "549755885175", "name": "Summer recipes", "privacy": "PUBLIC"},
)
BOARDS_STEP = Step(
    method="GET",
    url=f"{BASE}/v5/boards",
    query={"page_size": "250"},
    headers=BEARER,
    answer={"items": [{"id": "1", "name": "Winter"}], "bookmark": "next"},
)
MORE_BOARDS = replace(
    BOARDS_STEP,
    query={"page_size": "250", "bookmark": "next"},
    answer={"items": [{"id": "549755885175", "name": "Summer recipes"}], "bookmark": None},
)
SECTIONS = Step(
    method="GET",
    url=f"{BASE}/v5/boards/549755885175/sections",
    query={"page_size": "250"},
    headers=BEARER,
    answer={"items": [{"id": "5027630990032422748", "name": "Salads"}], "bookmark": None},
)
CREATE = Step(
    method="POST",
    url=f"{BASE}/v5/pins",
    query={},
    headers={**BEARER, "content-type": "application/json"},
    content=b'{"board_id":"549755885175","description":"Good morning","media_source":{"source_type":"image_base64",'
    b'"content_type":"image/png","data":"' + DATA.encode() + b'"}}',
    status=201,
    answer=PIN,
)
REGISTER = Step(
    method="POST",
    url=f"{BASE}/v5/media",
    headers=BEARER,
    content=b'{"media_type":"video"}',
    status=201,
    answer={
        "media_id": "12345",
        "media_type": "video",
        "upload_url": "https://pinterest-media-upload.s3-accelerate.amazonaws.com/",
        "upload_parameters": {
            "x-amz-date": "20261121T090000Z",
            "x-amz-signature": "fcd6309a",
            "key": "uploads/1",
            "policy": "eyJl",
            "Content-Type": "multipart/form-data",
        },
    },
)
UPLOAD = Step(method="POST", url="https://pinterest-media-upload.s3-accelerate.amazonaws.com/", query={}, status=204)
STATUS = Step(
    method="GET",
    url=f"{BASE}/v5/media/12345",
    headers=BEARER,
    answer={"media_id": "12345", "media_type": "video", "status": "succeeded"},
)
LOOK = Step(
    method="GET",
    url=f"{BASE}/v5/pins",
    query={"page_size": "100", "include_protected_pins": "true"},
    headers=BEARER,
    answer={"items": [PIN], "bookmark": None},
)
USER = Step(
    method="GET",
    url=f"{BASE}/v5/user_account",
    query={},
    headers=BEARER,
    answer={
        "id": "2783136121146311751",
        "username": "juniper",
        "account_type": "BUSINESS",
        "business_name": "Juniper & Co",
        "follower_count": 10,
        "following_count": 347,
        "pin_count": 339,
        "monthly_views": 163,
    },
)
VIDEO_PREPARED = Prepared(
    data={
        "body": {"board_id": "549755885175", "description": "Good morning"},
        "media_id": "12345",
        "cover_at": 0,
    }
)


def showing(*pins: dict[str, object], bookmark: str | None = None) -> Step:
    """A look that shows these pins."""
    return replace(LOOK, answer={"items": list(pins), "bookmark": bookmark})


def pin(at: datetime = AT, **more: object) -> dict[str, object]:
    """The pin, made at another time or otherwise different."""
    return {**PIN, "created_at": at.isoformat(), **more}


CASE = ConnectorCase(
    connector=CONNECTOR,
    connected=CONNECTED,
    endpoints=NOWHERE,
    key=KEY,
    folder=Path(__file__).parents[3] / "platforms/pinterest",
    refusals={
        401: b'{"code":2,"message":"Authentication failed.","status":"failure"}',
        403: b'{"code":3,"message":"Your application consumer type is not supported."}',
        429: b'{"code":8,"message":"This request exceeded a rate limit."}',
    },
    scenarios=(
        Scenario(name="picture", draft=DRAFT, prepare=(BOARD_STEP,), publish=(CREATE,), published=LIVE),
        Scenario(
            name="picture with everything",
            draft=replace(
                DRAFT,
                attachments=(replace(IMAGE, alt_text="a tree"),),
                link="https://juniper.example/tree",
                options={"board": "summer recipes", "section": "Salads", "title": "Trees"},
            ),
            prepare=(BOARDS_STEP, MORE_BOARDS, SECTIONS),
            publish=(
                replace(
                    CREATE,
                    content=b'{"board_id":"549755885175","board_section_id":"5027630990032422748","title":"Trees",'
                    b'"description":"Good morning","link":"https://juniper.example/tree","alt_text":"a tree",'
                    b'"media_source":{"source_type":"image_base64","content_type":"image/png","data":"'
                    + DATA.encode()
                    + b'"}}',
                    status=200,
                ),
            ),
            published=LIVE,
        ),
        Scenario(
            name="carousel",
            draft=replace(CAROUSEL, attachments=(replace(IMAGE, alt_text="a tree"), replace(IMAGE, alt_text="two"))),
            prepare=(BOARD_STEP,),
            publish=(
                replace(
                    CREATE,
                    content=b'{"board_id":"549755885175","description":"Good morning","alt_text":"a tree\\ntwo",'
                    b'"media_source":{"source_type":"multiple_image_base64","items":['
                    + b",".join([b'{"content_type":"image/png","data":"%s"}' % DATA.encode()] * 2)
                    + b"]}}",
                ),
            ),
            published=LIVE,
        ),
        Scenario(
            name="video",
            draft=replace(VIDEO, options={**BOARD, "cover_at": "3"}),
            prepare=(BOARD_STEP, REGISTER, UPLOAD),
            publish=(
                replace(
                    CREATE,
                    content=b'{"board_id":"549755885175","description":"Good morning","media_source":'
                    b'{"source_type":"video_id","media_id":"12345","cover_image_key_frame_time":3}}',
                ),
            ),
            published=LIVE,
        ),
    ),
    looking=(
        Looking(name="there", steps=(LOOK,), concludes=LIVE),
        Looking(
            name="there on the second page",
            steps=(
                showing(pin(id="2", description="Another"), bookmark="b1"),
                replace(LOOK, query={"page_size": "100", "include_protected_pins": "true", "bookmark": "b1"}),
            ),
            concludes=LIVE,
        ),
        Looking(
            name="its words in another writing",
            steps=(showing(pin(description="Good   morning", alt_text="a picture of a tree")),),
            concludes=LIVE,
        ),
        Looking(name="nothing at all", steps=(showing(),), concludes=Absent),
        Looking(name="only older ones", steps=(showing(pin(AT - timedelta(hours=1))),), concludes=Absent),
        Looking(name="on another board", steps=(showing(pin(board_id="7")),), concludes=Absent),
        Looking(name="another text", steps=(showing(pin(description="Good evening")),), concludes=Absent),
        Looking(name="touched up", steps=(showing(pin(description="Good morning!")),), concludes=CannotTell),
        Looking(name="with a title we never gave", steps=(showing(pin(title="Tree")),), concludes=CannotTell),
        Looking(
            name="an equal one of a minute before",
            steps=(showing(pin(AT - timedelta(minutes=1))),),
            concludes=CannotTell,
        ),
        Looking(name="two equal ones", steps=(showing(pin(id="2"), PIN),), concludes=CannotTell),
        Looking(
            name="without any text",
            steps=(LOOK,),
            concludes=CannotTell,
            prepared=Prepared(data={"body": {"board_id": "549755885175"}, "images": []}),
        ),
        Looking(
            name="without any text and nothing new",
            steps=(showing(pin(AT - timedelta(minutes=1))),),
            concludes=Absent,
            prepared=Prepared(data={"body": {"board_id": "549755885175"}, "images": []}),
        ),
    ),
    limits=(
        Limit(name="text", fits=replace(DRAFT, text="ü" * 800), over=replace(DRAFT, text="ü" * 801)),
        Limit(
            name="title",
            fits=replace(DRAFT, options={**BOARD, "title": "x" * 100}),
            over=replace(DRAFT, options={**BOARD, "title": "x" * 101}),
        ),
        Limit(
            name="link",
            fits=replace(DRAFT, link="https://a.example/".ljust(2048, "x")),
            over=replace(DRAFT, link="https://a.example/".ljust(2049, "x")),
        ),
        Limit(
            name="description of a picture",
            fits=replace(DRAFT, attachments=(attachment(alt_text="x" * 500),)),
            over=replace(DRAFT, attachments=(attachment(alt_text="x" * 501),)),
        ),
        Limit(
            name="descriptions of a carousel",
            fits=replace(CAROUSEL, attachments=(attachment(alt_text="x" * 250), attachment(alt_text="x" * 249))),
            over=replace(CAROUSEL, attachments=(attachment(alt_text="x" * 250), attachment(alt_text="x" * 250))),
        ),
        Limit(
            name="pictures",
            fits=replace(CAROUSEL, attachments=(IMAGE,) * 5),
            over=replace(CAROUSEL, attachments=(IMAGE,) * 6),
        ),
        Limit(
            name="bytes of a picture",
            fits=replace(DRAFT, attachments=(attachment(size_bytes=20_000_000),)),
            over=replace(DRAFT, attachments=(attachment(size_bytes=20_000_001),)),
        ),
        Limit(
            name="pictures of one size",
            fits=replace(CAROUSEL, attachments=(IMAGE, IMAGE)),
            over=replace(CAROUSEL, attachments=(IMAGE, attachment(width_px=1001))),
        ),
        Limit(name="videos", fits=VIDEO, over=replace(VIDEO, attachments=(FILM, FILM))),
        Limit(
            name="shortest video",
            fits=replace(VIDEO, attachments=(attachment(MediaKind.VIDEO, duration_s=4.0),)),
            over=replace(VIDEO, attachments=(attachment(MediaKind.VIDEO, duration_s=3.9),)),
        ),
        Limit(
            name="longest video",
            fits=replace(VIDEO, attachments=(attachment(MediaKind.VIDEO, duration_s=900.0),)),
            over=replace(VIDEO, attachments=(attachment(MediaKind.VIDEO, duration_s=901.0),)),
        ),
        Limit(
            name="bytes of a video",
            fits=replace(VIDEO, attachments=(attachment(MediaKind.VIDEO, size_bytes=2_000_000_000),)),
            over=replace(VIDEO, attachments=(attachment(MediaKind.VIDEO, size_bytes=2_000_000_001),)),
        ),
        Limit(name="a board", fits=DRAFT, over=replace(DRAFT, options={})),
        Limit(name="a file", fits=DRAFT, over=replace(DRAFT, attachments=())),
    ),
    calls=(
        Call(
            name="identify",
            call=lambda wire: CONNECTOR.identify(wire, CONNECTED),
            steps=(USER,),
            gives=Identity(
                platform_account_id="2783136121146311751",
                handle="juniper",
                display_name="Juniper & Co",
                service_url=BASE,
            ),
        ),
        Call(
            name="a video that is processed",
            call=lambda wire: CONNECTOR.prepare(wire, NOWHERE, CONNECTED, VIDEO, KEY, VIDEO_PREPARED),
            steps=(STATUS,),
            gives=VIDEO_PREPARED,
        ),
        Call(
            name="a video that is being processed",
            call=lambda wire: CONNECTOR.prepare(wire, NOWHERE, CONNECTED, VIDEO, KEY, VIDEO_PREPARED),
            steps=(replace(STATUS, answer={"media_id": "12345", "media_type": "video", "status": "processing"}),),
            gives=replace(VIDEO_PREPARED, wait_s=5.0),
        ),
        Call(
            name="a video that is gone",
            call=lambda wire: CONNECTOR.prepare(wire, NOWHERE, CONNECTED, VIDEO, KEY, VIDEO_PREPARED),
            steps=(replace(STATUS, status=404, answer={"code": 100, "message": "Not found."}), REGISTER, UPLOAD),
            gives=replace(VIDEO_PREPARED, wait_s=5.0),
        ),
        Call(
            name="metrics",
            call=lambda wire: METRICS(wire, NOWHERE, CONNECTED, ("813744226420795884", "7")),
            steps=(
                Step(
                    method="GET",
                    url=f"{BASE}/v5/pins/813744226420795884",
                    query={"pin_metrics": "true"},
                    headers=BEARER,
                    answer={
                        **PIN,
                        "pin_metrics": {
                            "90d": {"pin_click": 7, "impression": 2, "clickthrough": 3},
                            "lifetime_metrics": {"impression": 5, "reaction": 10, "comment": 2, "save": 4},
                        },
                    },
                ),
                Step(
                    method="GET", url=f"{BASE}/v5/pins/7", status=404, answer={"code": 50, "message": "Pin not found."}
                ),
            ),
            gives=(
                PostNumbers(
                    platform_post_id="813744226420795884",
                    likes=10,
                    comments=2,
                    saves=4,
                    views=5,
                    raw={
                        "90d": {"pin_click": 7, "impression": 2, "clickthrough": 3},
                        "lifetime_metrics": {"impression": 5, "reaction": 10, "comment": 2, "save": 4},
                    },
                ),
            ),
        ),
        Call(
            name="account metrics",
            call=lambda wire: ACCOUNT_METRICS(wire, NOWHERE, CONNECTED),
            steps=(USER,),
            gives=AccountNumbers(
                followers=10,
                following=347,
                posts=339,
                raw={"follower_count": 10, "following_count": 347, "pin_count": 339, "monthly_views": 163},
            ),
        ),
        Call(
            name="delete",
            call=lambda wire: DELETE(wire, CONNECTED, "813744226420795884", {}),
            steps=(
                Step(method="DELETE", url=f"{BASE}/v5/pins/813744226420795884", query={}, headers=BEARER, status=204),
            ),
            gives=None,
        ),
        Call(
            name="delete what is gone",
            call=lambda wire: DELETE(wire, CONNECTED, "7", {}),
            steps=(Step(method="DELETE", url=f"{BASE}/v5/pins/7", status=404, answer={"code": 50, "message": "No."}),),
            gives=None,
        ),
    ),
    since=AT,
)
