"""The contract of all connectors, with the requests and answers of Meta's documentation.

Answers are cut from the examples of developers.facebook.com/docs/pages-api/posts, /docs/graph-api/guides/upload,
/docs/video-api/guides/reels-publishing and /docs/page-stories-api, read 2026-11-21.
"""

from dataclasses import replace
from pathlib import Path

from bot.domain.content import Reference
from platforms.base import (
    Pending,
    Published,
)
from platforms.facebook import CONNECTOR
from platforms.facebook.kinds import COMMENT, REEL, STORY, VIDEO
from tests.platforms.contract import ConnectorCase, ContractTests, Scenario
from tests.platforms.facebook.calls import CALLS
from tests.platforms.facebook.limits import LIMITS
from tests.platforms.facebook.looks import LOOKING
from tests.platforms.facebook.pieces import (
    AT,
    BASE,
    CONNECTED,
    DRAFT,
    ENDPOINTS,
    HANDLE,
    KEY,
    LIVE,
    PAGE,
    PHOTO,
    REEL_STEPS,
    SITE,
    film,
    form,
    of_type,
    picture,
    post,
)


class TestFacebook(ContractTests):
    """Facebook keeps the contract."""

    case = ConnectorCase(
        connector=CONNECTOR,
        connected=CONNECTED,
        endpoints=ENDPOINTS,
        key=KEY,
        folder=Path(__file__).parents[3] / "platforms/facebook",
        refusals={
            401: b'{"error":{"message":"Error validating access token","type":"OAuthException","code":190,'
            b'"error_subcode":463,"fbtrace_id":"A"}}',
            403: b'{"error":{"message":"(#200) Permissions error","type":"OAuthException","code":200}}',
            429: b'{"error":{"message":"(#32) Page request limit reached","type":"OAuthException","code":32}}',
        },
        scenarios=(
            Scenario(
                name="text",
                draft=DRAFT,
                publish=(post(f"{PAGE}/feed", {"id": "104_555"}, form(message="Good morning")),),
                published=LIVE,
            ),
            Scenario(
                name="link",
                draft=replace(DRAFT, link="https://juniper.example/menu?a=1&b=2"),
                publish=(
                    post(
                        f"{PAGE}/feed",
                        {"id": "104_555"},
                        form(message="Good morning", link="https://juniper.example/menu?a=1&b=2"),
                    ),
                ),
                published=LIVE,
            ),
            Scenario(
                name="two photos",
                draft=replace(DRAFT, attachments=(picture(), picture())),
                prepare=(PHOTO, replace(PHOTO, answer={"id": "802"})),
                publish=(
                    post(
                        f"{PAGE}/feed",
                        {"id": "104_555"},
                        form(message="Good morning", attached_media='[{"media_fbid":"801"},{"media_fbid":"802"}]'),
                    ),
                ),
                published=LIVE,
            ),
            Scenario(
                name="video",
                draft=of_type(VIDEO, attachments=(film(),), options={"title": "Morning"}),
                prepare=(
                    post(
                        f"{PAGE}/videos",
                        {"upload_session_id": "70", "video_id": "900", "start_offset": "0", "end_offset": "8"},
                        form(upload_phase="start", file_size="12"),
                    ),
                    post(f"{PAGE}/videos", {"start_offset": "8", "end_offset": "12"}),
                    post(f"{PAGE}/videos", {"start_offset": "12", "end_offset": "12"}),
                ),
                publish=(
                    post(
                        f"{PAGE}/videos",
                        {"success": True},
                        form(
                            upload_phase="finish", upload_session_id="70", description="Good morning", title="Morning"
                        ),
                    ),
                ),
                published=Pending(handle=HANDLE, check_after_s=5.0),
            ),
            Scenario(
                name="reel",
                draft=of_type(REEL, attachments=(film(),), options={"type": "reel"}),
                prepare=REEL_STEPS,
                publish=(
                    post(
                        f"{PAGE}/video_reels",
                        {"success": True, "post_id": "555"},
                        form(
                            upload_phase="finish", video_id="900", video_state="PUBLISHED", description="Good morning"
                        ),
                    ),
                ),
                published=Pending(handle={**HANDLE, "post": "555"}, check_after_s=5.0),
            ),
            Scenario(
                name="photo story",
                draft=of_type(STORY, text="", attachments=(picture(),), options={"type": "story"}),
                prepare=(PHOTO,),
                publish=(post(f"{PAGE}/photo_stories", {"success": True, "post_id": "777"}, form(photo_id="801")),),
                published=Published(platform_post_id="777", permalink=None),
            ),
            Scenario(
                name="video story",
                draft=of_type(STORY, text="", attachments=(film(),), options={"type": "story"}),
                prepare=(replace(REEL_STEPS[0], url=f"{BASE}/{PAGE}/video_stories"), REEL_STEPS[1]),
                publish=(
                    post(
                        f"{PAGE}/video_stories",
                        {"success": True, "post_id": "777"},
                        form(upload_phase="finish", video_id="900"),
                    ),
                ),
                published=Pending(handle={**HANDLE, "post": "777"}, check_after_s=5.0),
            ),
            Scenario(
                name="first comment",
                draft=of_type(COMMENT, text="First!", part=1, parent=Reference(platform_post_id="104_555")),
                publish=(post("104_555/comments", {"id": "555_7"}, form(message="First!")),),
                published=Published(platform_post_id="555_7", permalink=f"{SITE}/555_7"),
            ),
        ),
        looking=LOOKING,
        limits=LIMITS,
        calls=CALLS,
        since=AT,
    )
