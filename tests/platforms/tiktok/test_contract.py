"""The contract of all connectors, with the requests and answers of TikTok's documentation."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from platforms.base import (
    Absent,
    AccountNumbers,
    CannotTell,
    Identity,
    Pending,
    PostNumbers,
    Prepared,
    Published,
    Wire,
)
from platforms.tiktok import CONNECTOR
from platforms.tiktok.prepare import prepare
from tests.platforms.contract import Call, ConnectorCase, ContractTests, Looking, Scenario
from tests.platforms.stage import Step
from tests.platforms.tiktok import recorded
from tests.platforms.tiktok.limits import LIMITS
from tests.platforms.tiktok.recorded import (
    AT,
    BASE,
    CONNECTED,
    CREATOR,
    ENDPOINTS,
    FIRST_PIECE,
    HEADERS,
    INIT,
    KEY,
    LARGE,
    LARGE_VIDEO,
    LAST_PIECE,
    PHOTO_DRAFT,
    PHOTO_INIT,
    PHOTOS,
    PIECE,
    POST,
    POST_ID,
    PUBLISH_ID,
    PUT,
    SMALL_FILM,
    VIDEO,
    VIDEO_DRAFT,
    bad,
    good,
    init_body,
    pending,
    status,
)

LIVE = Published(
    platform_post_id=POST_ID,
    permalink=f"https://www.tiktok.com/@junipercoffee/video/{POST_ID}",
    extra={"publish_id": PUBLISH_ID},
)
UNNUMBERED = replace(LIVE, platform_post_id=PUBLISH_ID, permalink="https://www.tiktok.com/@junipercoffee")
DRAFTED = replace(UNNUMBERED, permalink=None)
HANDLE = pending(PUBLISH_ID, "tiktok-video", public=True).handle
PHOTOS_PREPARED = Prepared(data={"type": "tiktok-photo", "public": True, "body": PHOTO_INIT.json})
PHOTO_LIVE = Published(platform_post_id="8", permalink="https://www.tiktok.com/@junipercoffee/photo/8")


def looked(*posts: dict[str, object], more: bool = False, cursor: int | None = None, answered: int = 0) -> Step:
    """A page of the list of posts."""
    return Step(
        method="POST",
        url=f"{BASE}/v2/video/list/",
        query={"fields": "id,title,create_time,share_url,video_description"},
        headers=HEADERS,
        json={"max_count": 20} | ({"cursor": cursor} if cursor is not None else {}),
        answer=good({"videos": list(posts), "cursor": answered, "has_more": more}),
    )


def listed(post_id: str, after_s: float, description: str, title: str = "") -> dict[str, object]:
    """One of that list."""
    return {
        "id": post_id,
        "title": title,
        "create_time": int((AT + timedelta(seconds=after_s)).timestamp()),
        "share_url": f"https://www.tiktok.com/@junipercoffee/photo/{post_id}",
        "video_description": description,
    }


def user(fields: str, **values: object) -> Step:
    """`user/info/`."""
    return Step(
        method="GET",
        url=f"{BASE}/v2/user/info/",
        query={"fields": fields},
        headers={"authorization": "Bearer act.hush"},
        answer=good({"user": values}),
    )


def polled(handle: object = HANDLE) -> Callable[[Wire], Awaitable[object]]:
    """`poll`, as a call."""
    assert CONNECTOR.poll is not None
    poll = CONNECTOR.poll
    return lambda wire: poll(wire, CONNECTED, handle, KEY)  # pyright: ignore[reportArgumentType]  # JSON


def numbers(*post_ids: str) -> Callable[[Wire], Awaitable[object]]:
    """`metrics`, as a call."""
    assert CONNECTOR.metrics is not None
    metrics = CONNECTOR.metrics
    return lambda wire: metrics(wire, ENDPOINTS, CONNECTED, post_ids)


def account_numbers(wire: Wire) -> Awaitable[object]:
    """`account_metrics`."""
    assert CONNECTOR.account_metrics is not None
    return CONNECTOR.account_metrics(wire, ENDPOINTS, CONNECTED)


QUERY = Step(
    method="POST",
    url=f"{BASE}/v2/video/query/",
    query={"fields": "id,like_count,comment_count,share_count,view_count"},
    headers=HEADERS,
    json={"filters": {"video_ids": [POST_ID]}},
    answer=good({"videos": [{"id": POST_ID, "like_count": 4, "comment_count": 2, "share_count": 3, "view_count": 50}]}),
)
COUNTED = PostNumbers(
    platform_post_id=POST_ID,
    likes=4,
    comments=2,
    shares=3,
    views=50,
    raw={"like_count": 4, "comment_count": 2, "share_count": 3, "view_count": 50},
)


class TestTikTok(ContractTests):
    """TikTok keeps the contract."""

    case = ConnectorCase(
        connector=CONNECTOR,
        connected=CONNECTED,
        endpoints=ENDPOINTS,
        key=KEY,
        folder=Path(__file__).parents[3] / "platforms/tiktok",
        refusals={
            401: json.dumps(bad("access_token_invalid", "The access token is invalid")).encode(),
            403: json.dumps(bad("unaudited_client_can_only_post_to_private_accounts")).encode(),
            429: json.dumps(bad("rate_limit_exceeded")).encode(),
        },
        scenarios=(
            Scenario(
                name="a film",
                draft=VIDEO,
                prepare=(CREATOR, INIT),
                publish=(PUT,),
                published=pending(PUBLISH_ID, "tiktok-video", public=True),
            ),
            Scenario(
                name="a film in pieces",
                draft=LARGE_VIDEO,
                prepare=(CREATOR, replace(INIT, json=init_body(LARGE, PIECE, 2)), FIRST_PIECE),
                publish=(LAST_PIECE,),
                published=pending(PUBLISH_ID, "tiktok-video", public=True),
            ),
            Scenario(
                name="a film with every setting",
                draft=replace(
                    VIDEO,
                    options={
                        "mode": "post",
                        "privacy": "friends",
                        "allow_comments": "false",
                        "allow_duet": "false",
                        "allow_stitch": "true",
                        "cover_at_s": "2.5",
                        "own_brand": "true",
                        "branded_content": "true",
                        "ai_generated": "true",
                    },
                ),
                prepare=(
                    CREATOR,
                    replace(
                        INIT,
                        json=init_body(64, 64, 1)
                        | {
                            "post_info": {
                                "title": "New beans ☕",
                                "privacy_level": "MUTUAL_FOLLOW_FRIENDS",
                                "disable_comment": True,
                                "disable_duet": True,
                                "disable_stitch": True,
                                "brand_content_toggle": True,
                                "brand_organic_toggle": True,
                                "video_cover_timestamp_ms": 2500,
                                "is_aigc": True,
                            }
                        },
                    ),
                ),
                publish=(PUT,),
                published=pending(PUBLISH_ID, "tiktok-video", public=False),
            ),
            Scenario(
                name="a film that promotes the creator's own business",
                draft=replace(VIDEO, options={**VIDEO.options, "promotion": "own_brand", "branded_content": "true"}),
                prepare=(
                    CREATOR,
                    replace(INIT, json=init_body(64, 64, 1, brand_organic_toggle=True)),
                ),
                publish=(PUT,),
                published=pending(PUBLISH_ID, "tiktok-video", public=True),
            ),
            Scenario(
                name="a film for the inbox",
                draft=VIDEO_DRAFT,
                prepare=(
                    replace(
                        INIT,
                        url=f"{POST}/inbox/video/init/",
                        json={"source_info": init_body(64, 64, 1)["source_info"]},
                    ),
                ),
                publish=(PUT,),
                published=pending(PUBLISH_ID, "tiktok-video-draft", public=False),
            ),
            Scenario(
                name="photos",
                draft=PHOTOS,
                prepare=(CREATOR,),
                publish=(PHOTO_INIT,),
                published=pending("p_pub_url~v2.123456789", "tiktok-photo", public=True),
            ),
            Scenario(
                name="photos for the inbox",
                draft=PHOTO_DRAFT,
                publish=(
                    replace(
                        PHOTO_INIT,
                        json={
                            "media_type": "PHOTO",
                            "post_mode": "MEDIA_UPLOAD",
                            "post_info": {"title": "Beans", "description": "New beans ☕"},
                            "source_info": {
                                "source": "PULL_FROM_URL",
                                "photo_images": [one.url for one in PHOTO_DRAFT.attachments],
                                "photo_cover_index": 0,
                            },
                        },
                    ),
                ),
                published=pending("p_pub_url~v2.123456789", "tiktok-photo-draft", public=False),
            ),
        ),
        looking=(
            Looking(
                name="complete",
                steps=(status("PUBLISH_COMPLETE", publicaly_available_post_id=[int(POST_ID)]),),
                concludes=LIVE,
            ),
            Looking(
                name="complete, and its number is still to come",
                steps=(status("PUBLISH_COMPLETE", publicaly_available_post_id=[]),),
                concludes=Pending,
            ),
            Looking(
                name="complete, for friends, who get no number",
                steps=(status("PUBLISH_COMPLETE", publicaly_available_post_id=[]),),
                concludes=UNNUMBERED,
                prepared=Prepared(data={"publish_id": PUBLISH_ID, "type": "tiktok-video", "public": False, "size": 64}),
            ),
            Looking(name="in the inbox", steps=(status("SEND_TO_USER_INBOX"),), concludes=DRAFTED),
            Looking(name="bytes are missing", steps=(status("PROCESSING_UPLOAD", uploaded_bytes=0),), concludes=Absent),
            Looking(
                name="given up", steps=(status("FAILED", fail_reason="picture_size_check_failed"),), concludes=Absent
            ),
            Looking(
                name="every byte is there",
                steps=(status("PROCESSING_UPLOAD", uploaded_bytes=64),),
                concludes=Pending,
            ),
            Looking(
                name="the publish_id is unknown there",
                steps=(replace(recorded.STATUS, status=400, answer=bad("invalid_publish_id")),),
                concludes=CannotTell,
            ),
            Looking(name="bytes unknown", steps=(status("PROCESSING_UPLOAD"),), concludes=CannotTell),
            Looking(
                name="photos among the posts",
                steps=(looked(listed("8", 2, "New beans ☕"), listed("7", -60, "New beans ☕")),),
                concludes=PHOTO_LIVE,
                prepared=PHOTOS_PREPARED,
            ),
            Looking(
                name="photos on the second page",
                steps=(
                    looked(listed("9", 9, "Something else"), more=True, answered=17),
                    looked(listed("8", 2, "", title="Beans"), cursor=17),
                ),
                concludes=PHOTO_LIVE,
                prepared=PHOTOS_PREPARED,
            ),
            Looking(
                name="two posts like them",
                steps=(looked(listed("9", 9, "New beans ☕"), listed("8", 2, "New beans ☕")),),
                concludes=CannotTell,
                prepared=PHOTOS_PREPARED,
            ),
            Looking(
                name="no post like them",
                steps=(looked(listed("9", 9, "Something else")),),
                concludes=CannotTell,
                prepared=PHOTOS_PREPARED,
            ),
            Looking(
                name="photos that are not listed",
                steps=(),
                concludes=CannotTell,
                prepared=Prepared(data={"type": "tiktok-photo", "public": False, "body": PHOTO_INIT.json}),
            ),
        ),
        limits=LIMITS,
        calls=(
            Call(
                name="identify",
                call=lambda wire: CONNECTOR.identify(wire, CONNECTED),
                steps=(
                    user(
                        "open_id,union_id,avatar_url,display_name,username",
                        open_id="723f24d7-e717-40f8-a2b6-cb8464cd23b4",
                        display_name="Juniper Coffee",
                        username="junipercoffee",
                    ),
                    replace(CREATOR, optional=True),
                ),
                gives=Identity(
                    platform_account_id="723f24d7-e717-40f8-a2b6-cb8464cd23b4",
                    handle="junipercoffee",
                    display_name="Juniper Coffee",
                    service_url=BASE,
                    limits={
                        "privacy": ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"],
                        "max_duration_s": 300,
                    },
                ),
            ),
            Call(
                name="poll: still working",
                call=polled(),
                steps=(status("PROCESSING_UPLOAD", uploaded_bytes=64),),
                gives=pending(PUBLISH_ID, "tiktok-video", public=True, asked=1),
            ),
            Call(
                name="poll: in moderation",
                call=polled({**HANDLE, "asked": 3}),
                steps=(status("PUBLISH_COMPLETE", publicaly_available_post_id=[]),),
                gives=pending(PUBLISH_ID, "tiktok-video", public=True, asked=4, check_after_s=6.75),
            ),
            Call(
                name="poll: long in moderation",
                call=polled({**HANDLE, "asked": 10}),
                steps=(status("PUBLISH_COMPLETE"),),
                gives=UNNUMBERED,
            ),
            Call(
                name="poll: public",
                call=polled(),
                steps=(status("PUBLISH_COMPLETE", publicaly_available_post_id=[int(POST_ID)]),),
                gives=LIVE,
            ),
            Call(
                name="poll: private",
                call=polled({**HANDLE, "public": False}),
                steps=(status("PUBLISH_COMPLETE", publicly_available_post_id=[]),),
                gives=UNNUMBERED,
            ),
            Call(name="poll: a draft", call=polled(), steps=(status("SEND_TO_USER_INBOX"),), gives=DRAFTED),
            Call(name="metrics", call=numbers(POST_ID), steps=(QUERY,), gives=(COUNTED,)),
            Call(
                name="metrics of what had no number",
                call=numbers(PUBLISH_ID),
                steps=(status("PUBLISH_COMPLETE", publicaly_available_post_id=[POST_ID]), QUERY),
                gives=(replace(COUNTED, platform_post_id=PUBLISH_ID),),
            ),
            Call(name="metrics of a draft", call=numbers(PUBLISH_ID), steps=(status("SEND_TO_USER_INBOX"),), gives=()),
            Call(
                name="account_metrics",
                call=account_numbers,
                steps=(
                    user(
                        "follower_count,following_count,likes_count,video_count",
                        follower_count=12,
                        following_count=3,
                        likes_count=40,
                        video_count=5,
                    ),
                ),
                gives=AccountNumbers(
                    followers=12,
                    following=3,
                    posts=5,
                    raw={"follower_count": 12, "following_count": 3, "likes_count": 40, "video_count": 5},
                ),
            ),
            Call(
                name="prepare: what lacks bytes is begun anew",
                call=lambda wire: prepare(wire, ENDPOINTS, CONNECTED, VIDEO_DRAFT, KEY, recorded_earlier()),
                steps=(
                    status("PROCESSING_UPLOAD", publish_id="v_old", uploaded_bytes=10),
                    replace(
                        INIT,
                        url=f"{POST}/inbox/video/init/",
                        json={"source_info": init_body(64, 64, 1)["source_info"]},
                    ),
                ),
                gives=Prepared(
                    data={
                        "type": "tiktok-video-draft",
                        "public": False,
                        "publish_id": PUBLISH_ID,
                        "upload_url": f"{recorded.UPLOAD}?upload_id=67890&upload_token=Xza123",
                        "last": [0, 64],
                        "path": str(SMALL_FILM.path),
                        "mime_type": "video/mp4",
                        "size": 64,
                    }
                ),
            ),
            Call(
                name="prepare: what is whole is left alone",
                call=lambda wire: prepare(wire, ENDPOINTS, CONNECTED, VIDEO_DRAFT, KEY, recorded_earlier()),
                steps=(status("PROCESSING_UPLOAD", publish_id="v_old", uploaded_bytes=64),),
                gives=Prepared(data={"publish_id": "v_old", "size": 64}),
            ),
        ),
        since=AT,
    )


def recorded_earlier() -> Prepared:
    """What an earlier preparing had stored."""
    return Prepared(data={"publish_id": "v_old", "size": 64})
