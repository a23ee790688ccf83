"""The contract of all connectors, kept by YouTube."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from platforms.base import Absent, AccountDay, AccountNumbers, CannotTell, Choice, Pending, PostNumbers
from platforms.youtube import CONNECTOR
from platforms.youtube.session import GRANULE_BYTES
from tests.platforms.contract import Call, ConnectorCase, ContractTests, Limit, Looking, Scenario
from tests.platforms.mastodon.conftest import present
from tests.platforms.stage import Step
from tests.platforms.youtube.recorded import (
    ASK,
    AT,
    BASE,
    BEARER,
    CHANNEL,
    CHANNELS,
    COMMENT,
    COMMENT_PREPARED,
    COMMENTED,
    CONNECTED,
    DONE,
    DRAFT,
    ENDPOINTS,
    GONE,
    IDENTITY,
    KEY,
    LARGE,
    LAST,
    LIVE,
    LOOK_BELOW,
    MAKE_COMMENT,
    OF_CHANNEL,
    OPEN,
    POLL,
    SHORT,
    STATISTICS,
    THUMBNAIL,
    UPLOADS,
    VIDEO,
    VIDEO_ID,
    WAITING,
    film,
    picture,
    thread,
    titled,
    upload,
)

METRICS, ACCOUNT_METRICS = present(CONNECTOR.metrics), present(CONNECTOR.account_metrics)
HISTORY = present(CONNECTOR.history)
CHOICES, DELETE, POLLING = present(CONNECTOR.choices), present(CONNECTOR.delete), present(CONNECTOR.poll)


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
                name="more comments since then than are read",
                steps=(replace(LOOK_BELOW, answer={"items": [thread(AT, "Nice")], "nextPageToken": "more"}),),
                concludes=CannotTell,
                prepared=COMMENT_PREPARED,
            ),
            Looking(
                name="no comment among those since then",
                steps=(
                    replace(
                        LOOK_BELOW,
                        answer={"items": [thread(AT - timedelta(hours=1), "Nice")], "nextPageToken": "more"},
                    ),
                ),
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
                gives=(
                    PostNumbers(
                        platform_post_id=VIDEO_ID, likes=7, comments=3, views=120, video_views=120, raw=STATISTICS
                    ),
                ),
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
                name="history",
                call=lambda wire: HISTORY(wire, ENDPOINTS, CONNECTED, date(2026, 11, 1), date(2026, 11, 2)),
                steps=(
                    Step(
                        method="GET",
                        url="https://youtubeanalytics.googleapis.com/v2/reports",
                        query={
                            "ids": "channel==MINE",
                            "startDate": "2026-11-01",
                            "endDate": "2026-11-02",
                            "metrics": "views,likes,comments,shares,subscribersGained,subscribersLost,"
                            "estimatedMinutesWatched",
                            "dimensions": "day",
                            "sort": "day",
                        },
                        headers=POLL.headers,
                        answer={
                            "kind": "youtubeAnalytics#resultTable",
                            "columnHeaders": [
                                {"name": "day", "columnType": "DIMENSION", "dataType": "STRING"},
                                {"name": "views", "columnType": "METRIC", "dataType": "INTEGER"},
                                {"name": "shares", "columnType": "METRIC", "dataType": "INTEGER"},
                            ],
                            "rows": [["2026-11-01", 50, 2], ["2026-11-02", 0, 0]],
                        },
                    ),
                ),
                gives=(
                    AccountDay(
                        day=date(2026, 11, 1), views=50, video_views=50, shares=2, raw={"views": 50, "shares": 2}
                    ),
                    AccountDay(day=date(2026, 11, 2), views=0, video_views=0, shares=0, raw={"views": 0, "shares": 0}),
                ),
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
