"""The contract of all connectors, with the requests and answers of YouTube's documentation.

Answers are cut from developers.google.com/youtube/v3/docs and its guide to resumable uploads, read
2026-11-21.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import gettempdir

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Media, MediaKind, Reference
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import (
    Absent,
    AccountNumbers,
    CannotTell,
    Choice,
    Endpoints,
    Identity,
    Key,
    Pending,
    PostNumbers,
    Prepared,
    Published,
)
from platforms.youtube import CONNECTOR
from platforms.youtube.session import GRANULE_BYTES
from tests.platforms.contract import Call, ConnectorCase, ContractTests, Limit, Looking, Scenario
from tests.platforms.mastodon.conftest import present
from tests.platforms.stage import Step

BASE = "https://www.googleapis.com"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BEARER = {"authorization": "Bearer t0ken-hush"}
CHANNEL, VIDEO_ID = "UCabcdefghijklmnopqrstuv", "dQw4w9WgXcQ"
LIMITS = {"uploads": "UUabcdefghijklmnopqrstuv", "long_uploads": "allowed"}
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="youtube",
        platform_account_id=CHANNEL,
        handle="junipercoffee",
        display_name="Juniper Coffee",
        service_url=BASE,
        limits=LIMITS,
    ),
    tokens=Tokens(access=Secret("t0ken-hush"), refresh=Secret("r3fresh-hush")),
)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
ENDPOINTS = Endpoints(api=BASE)
SMALL = Path(gettempdir()) / "herald-youtube-contract.mp4"
SMALL.write_bytes(b"a film")
LARGE = Path(gettempdir()) / "herald-youtube-contract-large.mp4"
LARGE.write_bytes(bytes(GRANULE_BYTES) + b"the end")
PICTURE = Path(gettempdir()) / "herald-youtube-contract.png"
PICTURE.write_bytes(b"\x89PNG\r\n\x1a\n")


def film(path: Path = SMALL, **facts: object) -> Attachment:
    """A film that lies, four seconds long."""
    media = Media(
        id=MediaId("med_1"),
        kind=MediaKind.VIDEO,
        mime_type="video/mp4",
        size_bytes=path.stat().st_size,
        sha256="0" * 64,
        file_name="film.mp4",
        width_px=640,
        height_px=360,
        duration_s=4.0,
    )
    return Attachment(media=replace(media, **facts), path=path)  # pyright: ignore[reportArgumentType]  # its fields


def picture(**facts: object) -> Attachment:
    """A thumbnail."""
    media = Media(
        id=MediaId("med_2"),
        kind=MediaKind.IMAGE,
        mime_type="image/png",
        size_bytes=8,
        sha256="1" * 64,
        file_name="cover.png",
    )
    return Attachment(media=replace(media, **facts), path=PICTURE)  # pyright: ignore[reportArgumentType]  # its fields


DRAFT = Draft(
    text="How we roast", post_type="youtube-video", attachments=(film(),), options={"title": "Roasting"}, due_at=AT
)
SHORT = replace(DRAFT, post_type="youtube-short", attachments=(film(width_px=360, height_px=640),))
COMMENT = Draft(
    text="What should we roast next?",
    post_type="youtube-comment",
    due_at=AT,
    part=1,
    parent=Reference(platform_post_id=VIDEO_ID),
    root=Reference(platform_post_id=VIDEO_ID),
)
LOCATION = f"{BASE}/upload/youtube/v3/videos?uploadType=resumable&part=snippet%2Cstatus&upload_id=up1oad"
SESSION_QUERY = {"uploadType": "resumable", "part": "snippet,status", "upload_id": "up1oad"}
OPEN = Step(
    method="POST",
    url=f"{BASE}/upload/youtube/v3/videos",
    query={"uploadType": "resumable", "part": "snippet,status", "notifySubscribers": "true"},
    headers={**BEARER, "x-upload-content-type": "video/mp4", "x-upload-content-length": "6"},
    json={
        "snippet": {"title": "Roasting", "description": "How we roast"},
        "status": {"privacyStatus": "public"},
    },
    answer=b"",
    answer_headers={"location": LOCATION},
)
VIDEO = {
    "kind": "youtube#video",
    "id": VIDEO_ID,
    "snippet": {"title": "Roasting", "publishedAt": "2026-11-21T09:00:01Z"},
    "status": {"uploadStatus": "uploaded", "privacyStatus": "public"},
}
DONE = {**VIDEO, "status": {"uploadStatus": "processed", "privacyStatus": "public"}}
LAST = Step(
    method="PUT",
    url=f"{BASE}/upload/youtube/v3/videos",
    query=SESSION_QUERY,
    headers={**BEARER, "content-range": "bytes 0-5/6", "content-length": "6", "content-type": "video/mp4"},
    content=b"a film",
    answer=VIDEO,
)
ASK = replace(LAST, headers={**BEARER, "content-range": "bytes */6", "content-length": "0"}, content=b"")
WAITING = Pending(
    handle={"privacy": "public", "short": False, "id": VIDEO_ID, "looks": 1},
    check_after_s=10.0,
)
LIVE = Published(
    platform_post_id=VIDEO_ID,
    permalink=f"https://www.youtube.com/watch?v={VIDEO_ID}",
    extra={"kind": "video", "privacy": "public"},
)
THUMBNAIL = Step(
    method="POST",
    url=f"{BASE}/upload/youtube/v3/thumbnails/set",
    query={"videoId": VIDEO_ID, "uploadType": "media"},
    headers={**BEARER, "content-type": "image/png"},
    content=b"\x89PNG\r\n\x1a\n",
    answer={"items": [{}]},
    optional=True,
)
COMMENT_PREPARED = Prepared(data={"kind": "comment", "video": VIDEO_ID, "text": COMMENT.text})
COMMENTED = Published(
    platform_post_id="UgxComment",
    permalink=f"https://www.youtube.com/watch?v={VIDEO_ID}&lc=UgxComment",
    extra={"kind": "comment"},
)
MAKE_COMMENT = Step(
    method="POST",
    url=f"{BASE}/youtube/v3/commentThreads",
    query={"part": "snippet"},
    headers=BEARER,
    json={
        "snippet": {
            "channelId": CHANNEL,
            "videoId": VIDEO_ID,
            "topLevelComment": {"snippet": {"textOriginal": COMMENT.text}},
        }
    },
    answer={"kind": "youtube#commentThread", "id": "UgxComment"},
)


def thread(made: datetime, text: str = COMMENT.text, author: str = CHANNEL) -> dict[str, object]:
    """A comment as the list shows it."""
    snippet = {"textOriginal": text, "authorChannelId": {"value": author}, "publishedAt": made.isoformat()}
    return {"id": "UgxComment", "snippet": {"topLevelComment": {"id": "UgxComment", "snippet": snippet}}}


LOOK_BELOW = Step(
    method="GET",
    url=f"{BASE}/youtube/v3/commentThreads",
    query={
        "part": "snippet",
        "videoId": VIDEO_ID,
        "order": "time",
        "maxResults": "100",
        "textFormat": "plainText",
    },
    headers=BEARER,
    answer={"kind": "youtube#commentThreadListResponse", "items": [thread(AT)]},
)


def upload(made: datetime, title: str = "Roasting") -> dict[str, object]:
    """A video as the list of uploads shows it."""
    return {
        "kind": "youtube#playlistItem",
        "snippet": {"title": title, "description": "How we roast", "publishedAt": made.isoformat()},
        "contentDetails": {"videoId": VIDEO_ID},
        "status": {"privacyStatus": "public"},
    }


UPLOADS = Step(
    method="GET",
    url=f"{BASE}/youtube/v3/playlistItems",
    query={"part": "snippet,contentDetails,status", "playlistId": "UUabcdefghijklmnopqrstuv", "maxResults": "50"},
    headers=BEARER,
    answer={"kind": "youtube#playlistItemListResponse", "items": [upload(AT)]},
)
GONE = replace(ASK, status=404, answer={"error": {"code": 404, "message": "Not found"}})
CHANNELS = Step(
    method="GET",
    url=f"{BASE}/youtube/v3/channels",
    query={"part": "snippet,contentDetails,status", "mine": "true"},
    headers=BEARER,
    answer={
        "kind": "youtube#channelListResponse",
        "items": [
            {
                "id": CHANNEL,
                "snippet": {
                    "title": "Juniper Coffee",
                    "customUrl": "@junipercoffee",
                    "thumbnails": {"default": {"url": "https://yt3.ggpht.com/j"}},
                },
                "contentDetails": {"relatedPlaylists": {"uploads": "UUabcdefghijklmnopqrstuv"}},
                "status": {"longUploadsStatus": "allowed"},
            }
        ],
    },
)
IDENTITY = Identity(
    platform_account_id=CHANNEL,
    handle="junipercoffee",
    display_name="Juniper Coffee",
    service_url=BASE,
    limits=LIMITS,
)
STATISTICS = {"viewCount": "120", "likeCount": "7", "favoriteCount": "0", "commentCount": "3"}
POLL = Step(
    method="GET",
    url=f"{BASE}/youtube/v3/videos",
    query={"part": "status,processingDetails", "id": VIDEO_ID},
    headers=BEARER,
    answer={"kind": "youtube#videoListResponse", "items": [DONE]},
)
OF_CHANNEL = {"viewCount": "900", "subscriberCount": "1230", "hiddenSubscriberCount": False, "videoCount": "12"}
METRICS, ACCOUNT_METRICS = present(CONNECTOR.metrics), present(CONNECTOR.account_metrics)
CHOICES, DELETE, POLLING = present(CONNECTOR.choices), present(CONNECTOR.delete), present(CONNECTOR.poll)


def titled(**options: str) -> Draft:
    """The draft with these options."""
    return replace(DRAFT, options={"title": "Roasting", **options})


class TestYouTube(ContractTests):
    """YouTube keeps the contract."""

    case = ConnectorCase(
        connector=CONNECTOR,
        connected=CONNECTED,
        endpoints=ENDPOINTS,
        key=KEY,
        folder=Path(__file__).parents[3] / "platforms/youtube",
        refusals={
            401: b'{"error":{"code":401,"message":"Invalid Credentials","errors":[{"reason":"authError"}],'
            b'"status":"UNAUTHENTICATED"}}',
            403: b'{"error":{"code":403,"message":"Insufficient Permission",'
            b'"errors":[{"domain":"global","reason":"insufficientPermissions"}]}}',
            429: b'{"error":{"code":429,"message":"Resource exhausted","status":"RESOURCE_EXHAUSTED"}}',
        },
        scenarios=(
            Scenario(name="small film", draft=DRAFT, prepare=(OPEN,), publish=(LAST,), published=WAITING),
            Scenario(
                name="large film with everything",
                draft=replace(
                    DRAFT,
                    attachments=(film(LARGE), picture()),
                    options={
                        "title": "Roasting",
                        "privacy": "unlisted",
                        "tags": "coffee, light roast",
                        "category": "26",
                        "made_for_kids": "false",
                        "synthetic": "false",
                        "paid_promotion": "true",
                        "notify": "false",
                        "license": "creativeCommon",
                        "embeddable": "false",
                        "language": "en",
                    },
                ),
                prepare=(
                    replace(
                        OPEN,
                        query={
                            "uploadType": "resumable",
                            "part": "snippet,status,paidProductPlacementDetails",
                            "notifySubscribers": "false",
                        },
                        headers={**BEARER, "x-upload-content-length": str(GRANULE_BYTES + 7)},
                        json={
                            "snippet": {
                                "title": "Roasting",
                                "description": "How we roast",
                                "tags": ["coffee", "light roast"],
                                "categoryId": "26",
                                "defaultLanguage": "en",
                            },
                            "status": {
                                "privacyStatus": "unlisted",
                                "license": "creativeCommon",
                                "selfDeclaredMadeForKids": False,
                                "containsSyntheticMedia": False,
                                "embeddable": False,
                            },
                            "paidProductPlacementDetails": {"hasPaidProductPlacement": True},
                        },
                    ),
                    replace(
                        LAST,
                        headers={**BEARER, "content-range": f"bytes 0-{GRANULE_BYTES - 1}/{GRANULE_BYTES + 7}"},
                        content=bytes(GRANULE_BYTES),
                        status=308,
                        answer=None,
                        answer_headers={"range": f"bytes=0-{GRANULE_BYTES - 1}"},
                        optional=True,
                    ),
                ),
                publish=(
                    replace(
                        LAST,
                        headers={
                            **BEARER,
                            "content-range": f"bytes {GRANULE_BYTES}-{GRANULE_BYTES + 6}/{GRANULE_BYTES + 7}",
                        },
                        content=b"the end",
                        answer={**DONE, "status": {"uploadStatus": "processed", "privacyStatus": "private"}},
                    ),
                    THUMBNAIL,
                ),
                creates=0,
                published=replace(
                    LIVE,
                    extra={"kind": "video", "privacy": "private"},
                    note="YouTube made it private instead of unlisted: by the channel's settings, or because the Google"
                    " project has not passed YouTube's audit.",
                ),
            ),
            Scenario(
                name="short",
                draft=SHORT,
                prepare=(OPEN,),
                publish=(replace(LAST, answer=DONE),),
                published=replace(LIVE, permalink=f"https://www.youtube.com/shorts/{VIDEO_ID}"),
            ),
            Scenario(name="first comment", draft=COMMENT, publish=(MAKE_COMMENT,), published=COMMENTED),
        ),
        looking=(
            Looking(name="complete", steps=(ASK,), concludes=LIVE),
            Looking(name="nothing came", steps=(replace(ASK, status=308, answer=None),), concludes=Absent),
            Looking(
                name="a part came",
                steps=(replace(ASK, status=308, answer=None, answer_headers={"range": "bytes=0-3"}),),
                concludes=Absent,
            ),
            Looking(
                name="complete and rejected",
                steps=(replace(ASK, answer={**VIDEO, "status": {"uploadStatus": "rejected"}}),),
                concludes=CannotTell,
            ),
            Looking(name="session over, among the uploads", steps=(GONE, UPLOADS), concludes=LIVE),
            Looking(
                name="session over, not among the uploads",
                steps=(replace(GONE, status=410), replace(UPLOADS, answer={**UPLOADS.answer, "items": []})),  # pyright: ignore[reportGeneralTypeIssues]  # an object
                concludes=CannotTell,
            ),
            Looking(
                name="session over, an older one like it",
                steps=(GONE, replace(UPLOADS, answer={"items": [upload(AT - timedelta(days=7))]})),
                concludes=CannotTell,
            ),
            Looking(
                name="session over, two like it",
                steps=(GONE, replace(UPLOADS, answer={"items": [upload(AT), upload(AT)]})),
                concludes=CannotTell,
            ),
            Looking(name="comment", steps=(LOOK_BELOW,), concludes=COMMENTED, prepared=COMMENT_PREPARED),
            Looking(
                name="no comment",
                steps=(replace(LOOK_BELOW, answer={"items": [thread(AT, "Nice"), thread(AT, author="UCother")]}),),
                concludes=Absent,
                prepared=COMMENT_PREPARED,
            ),
            Looking(
                name="an equal comment of before",
                steps=(replace(LOOK_BELOW, answer={"items": [thread(AT - timedelta(minutes=5))]}),),
                concludes=CannotTell,
                prepared=COMMENT_PREPARED,
            ),
        ),
        limits=(
            Limit(name="description", fits=replace(DRAFT, text="é" * 2500), over=replace(DRAFT, text="é" * 2500 + "x")),
            Limit(name="brackets", fits=replace(DRAFT, text="a (b)"), over=replace(DRAFT, text="a <b>")),
            Limit(name="title", fits=titled(title="x" * 100), over=titled(title="x" * 101)),
            Limit(name="title is needed", fits=DRAFT, over=replace(DRAFT, options={})),
            Limit(name="title is something", fits=DRAFT, over=titled(title=" ")),
            Limit(name="title in brackets", fits=DRAFT, over=titled(title="<b>")),
            Limit(name="tags", fits=titled(tags="a b," + "x" * 494), over=titled(tags="a b," + "x" * 495)),
            Limit(name="tags are something", fits=titled(tags="a"), over=titled(tags=" , ")),
            Limit(name="tags in brackets", fits=titled(tags="a"), over=titled(tags="a,<b>")),
            Limit(name="privacy", fits=titled(privacy="private"), over=titled(privacy="friends")),
            Limit(name="category", fits=titled(category="22"), over=titled(category="music")),
            Limit(name="language", fits=titled(language="pt-BR"), over=titled(language="Portuguese")),
            Limit(name="children", fits=titled(made_for_kids="true"), over=titled(made_for_kids="perhaps")),
            Limit(name="a film is needed", fits=DRAFT, over=replace(DRAFT, attachments=())),
            Limit(name="one film", fits=DRAFT, over=replace(DRAFT, attachments=(film(), film()))),
            Limit(
                name="one thumbnail",
                fits=replace(DRAFT, attachments=(film(), picture())),
                over=replace(DRAFT, attachments=(film(), picture(), picture())),
            ),
            Limit(
                name="thumbnail's size",
                fits=replace(DRAFT, attachments=(film(), picture(size_bytes=52_428_800))),
                over=replace(DRAFT, attachments=(film(), picture(size_bytes=52_428_801))),
            ),
            Limit(
                name="film's size",
                fits=replace(DRAFT, attachments=(film(size_bytes=274_877_906_944),)),
                over=replace(DRAFT, attachments=(film(size_bytes=274_877_906_945),)),
            ),
            Limit(
                name="film's length",
                fits=replace(DRAFT, attachments=(film(duration_s=43_200.0),)),
                over=replace(DRAFT, attachments=(film(duration_s=43_201.0),)),
            ),
            Limit(name="comment", fits=replace(COMMENT, text="x" * 10_000), over=replace(COMMENT, text="x" * 10_001)),
            Limit(name="comments have no files", fits=COMMENT, over=replace(COMMENT, attachments=(picture(),))),
        ),
        calls=(
            Call(
                name="identify",
                call=lambda wire: CONNECTOR.identify(wire, CONNECTED),
                steps=(CHANNELS,),
                gives=IDENTITY,
            ),
            Call(
                name="choices",
                call=lambda wire: CHOICES(wire, ENDPOINTS, CONNECTED),
                steps=(CHANNELS,),
                gives=(Choice(identity=IDENTITY, kind="Channel", picture_url="https://yt3.ggpht.com/j"),),
            ),
            Call(
                name="choices without a channel",
                call=lambda wire: CHOICES(wire, ENDPOINTS, CONNECTED),
                steps=(replace(CHANNELS, answer={"kind": "youtube#channelListResponse"}),),
                gives=(),
            ),
            Call(
                name="metrics",
                call=lambda wire: METRICS(wire, ENDPOINTS, CONNECTED, (VIDEO_ID, "gone")),
                steps=(
                    replace(
                        POLL,
                        query={"part": "statistics", "id": f"{VIDEO_ID},gone", "maxResults": "50"},
                        answer={"items": [{"id": VIDEO_ID, "statistics": STATISTICS}]},
                    ),
                ),
                gives=(PostNumbers(platform_post_id=VIDEO_ID, likes=7, comments=3, views=120, raw=STATISTICS),),
            ),
            Call(
                name="account metrics",
                call=lambda wire: ACCOUNT_METRICS(wire, ENDPOINTS, CONNECTED),
                steps=(
                    replace(
                        CHANNELS,
                        query={"part": "statistics", "mine": "true"},
                        answer={"items": [{"id": CHANNEL, "statistics": OF_CHANNEL}]},
                    ),
                ),
                gives=AccountNumbers(followers=1230, posts=12, views=900, raw=OF_CHANNEL),
            ),
            Call(
                name="poll, processed",
                call=lambda wire: POLLING(wire, CONNECTED, WAITING.handle, KEY),
                steps=(POLL,),
                gives=LIVE,
            ),
            Call(
                name="poll, still at it",
                call=lambda wire: POLLING(wire, CONNECTED, WAITING.handle, KEY),
                steps=(replace(POLL, answer={"items": [VIDEO]}),),
                gives=Pending(handle={**WAITING.handle, "looks": 2}, check_after_s=12.5),
            ),
            Call(
                name="delete",
                call=lambda wire: DELETE(wire, CONNECTED, VIDEO_ID, LIVE.extra),
                steps=(
                    Step(
                        method="DELETE",
                        url=f"{BASE}/youtube/v3/videos",
                        query={"id": VIDEO_ID},
                        headers=BEARER,
                        status=204,
                    ),
                ),
                gives=None,
            ),
            Call(
                name="delete a comment that is gone",
                call=lambda wire: DELETE(wire, CONNECTED, "UgxComment", COMMENTED.extra),
                steps=(
                    Step(
                        method="DELETE",
                        url=f"{BASE}/youtube/v3/comments",
                        query={"id": "UgxComment"},
                        headers=BEARER,
                        status=404,
                        answer={"error": {"code": 404, "errors": [{"reason": "commentNotFound"}]}},
                    ),
                ),
                gives=None,
            ),
        ),
        since=AT,
    )
