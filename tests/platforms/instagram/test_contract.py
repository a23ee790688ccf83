"""The contract of all connectors, with the requests and answers of Meta's documentation.

Answers are cut from the examples of developers.facebook.com/docs/instagram-platform/content-publishing and the
references beside it, read 2026-11-21.
"""

from dataclasses import replace
from pathlib import Path

from bot.domain.content import Reference
from platforms.base import Published
from platforms.instagram import CONNECTOR
from platforms.instagram.kinds import CAROUSEL, COMMENT, REEL, STORY
from tests.platforms.contract import ConnectorCase, ContractTests, Scenario
from tests.platforms.instagram.calls import CALLS
from tests.platforms.instagram.limits import LIMITS
from tests.platforms.instagram.looks import LOOKING
from tests.platforms.instagram.pieces import (
    AT,
    CONNECTED,
    DRAFT,
    ENDPOINTS,
    FILM_URL,
    IMAGE_URL,
    KEY,
    LIVE,
    PERMALINK,
    PUBLISH,
    QUOTA,
    contain,
    film,
    form,
    is_,
    of_type,
    picture,
    post,
)

ANY_QUOTA = replace(QUOTA, optional=True)


class TestInstagram(ContractTests):
    """Instagram keeps the contract."""

    case = ConnectorCase(
        connector=CONNECTOR,
        connected=CONNECTED,
        endpoints=ENDPOINTS,
        key=KEY,
        folder=Path(__file__).parents[3] / "platforms/instagram",
        refusals={
            401: b'{"error":{"message":"Error validating access token","type":"OAuthException","code":190,'
            b'"error_subcode":463,"fbtrace_id":"A"}}',
            403: b'{"error":{"message":"(#10) No permission for this action","type":"OAuthException","code":10}}',
            429: b'{"error":{"message":"(#4) Application request limit reached","type":"OAuthException","code":4}}',
        },
        scenarios=(
            Scenario(
                name="picture",
                draft=DRAFT,
                prepare=(
                    contain("900", image_url=IMAGE_URL, caption="Good morning", alt_text="a tree"),
                    is_("FINISHED"),
                    ANY_QUOTA,
                ),
                publish=(PUBLISH, PERMALINK),
                creates=0,
                published=LIVE,
            ),
            Scenario(
                name="carousel",
                draft=of_type(CAROUSEL, attachments=(picture(), film())),
                prepare=(
                    contain("901", is_carousel_item="true", image_url=IMAGE_URL, alt_text="a tree"),
                    contain("902", is_carousel_item="true", video_url=FILM_URL, media_type="VIDEO"),
                    is_("FINISHED", "901"),
                    is_("FINISHED", "902"),
                    contain("900", media_type="CAROUSEL", children="901,902", caption="Good morning"),
                    is_("FINISHED"),
                    ANY_QUOTA,
                ),
                publish=(PUBLISH, PERMALINK),
                creates=0,
                published=LIVE,
            ),
            Scenario(
                name="reel",
                draft=of_type(
                    REEL,
                    attachments=(film(),),
                    options={"share_to_feed": "false", "thumb_offset": "1500", "audio_name": "Morning"},
                ),
                prepare=(
                    contain(
                        "900",
                        media_type="REELS",
                        video_url=FILM_URL,
                        caption="Good morning",
                        share_to_feed="false",
                        thumb_offset="1500",
                        audio_name="Morning",
                    ),
                    is_("FINISHED"),
                    ANY_QUOTA,
                ),
                publish=(PUBLISH, PERMALINK),
                creates=0,
                published=LIVE,
            ),
            Scenario(
                name="story",
                draft=of_type(STORY, text="", options={"type": "story"}),
                prepare=(contain("900", media_type="STORIES", image_url=IMAGE_URL), is_("FINISHED"), ANY_QUOTA),
                publish=(PUBLISH, PERMALINK),
                creates=0,
                published=LIVE,
            ),
            Scenario(
                name="first comment",
                draft=of_type(COMMENT, text="First!", attachments=(), part=1, parent=Reference(platform_post_id="555")),
                publish=(post("555/comments", {"id": "777"}, form(message="First!")),),
                published=Published(platform_post_id="777", permalink=None),
            ),
        ),
        looking=LOOKING,
        limits=LIMITS,
        calls=CALLS,
        since=AT,
    )
