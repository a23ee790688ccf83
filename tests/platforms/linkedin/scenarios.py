"""Each kind of post, from draft to published."""

from dataclasses import replace

from bot.domain.content import Reference
from platforms.base import (
    Page,
)
from tests.platforms.contract import Scenario
from tests.platforms.linkedin.samples import (
    BASE,
    COMMENT,
    COMMENTED,
    CREATE,
    DRAFT,
    E_POST,
    FILM,
    HEADERS,
    IMAGE,
    LINK,
    LIVE,
    PAGE,
    PDF,
    POLL,
    POST,
    UPLOAD,
    VIDEO,
    begins,
    creates,
    puts,
)
from tests.platforms.stage import Step

SCENARIOS = (
    Scenario(name="text", draft=DRAFT, publish=(CREATE,), published=LIVE),
    Scenario(
        name="reserved characters, a hashtag and a mention",
        draft=replace(
            DRAFT,
            text="C# (a_b) #launch @[Paperboat](urn:li:organization:1)",
            options={"visibility": "logged_in", "reshares": "false"},
        ),
        publish=(
            creates(
                commentary=r"C\# \(a\_b\) #launch @[Paperboat](urn:li:organization:1)",
                visibility="LOGGED_IN",
                isReshareDisabledByAuthor=True,
            ),
        ),
        published=LIVE,
    ),
    Scenario(
        name="image",
        draft=replace(DRAFT, post_type="linkedin-image", attachments=(IMAGE,)),
        prepare=UPLOAD,
        publish=(creates(content={"media": {"id": "urn:li:image:C4E1", "altText": "a tree"}}),),
        published=LIVE,
    ),
    Scenario(
        name="two images",
        draft=replace(DRAFT, post_type="linkedin-multi-image", attachments=(IMAGE, replace(IMAGE, alt_text=""))),
        prepare=(*UPLOAD, begins("image", 2), puts("image", b"\x89PNG\r\n\x1a\n", 2)),
        publish=(
            creates(
                content={
                    "multiImage": {
                        "images": [{"id": "urn:li:image:C4E1", "altText": "a tree"}, {"id": "urn:li:image:C4E2"}]
                    }
                }
            ),
        ),
        published=LIVE,
    ),
    Scenario(
        name="video",
        draft=replace(DRAFT, post_type="linkedin-video", attachments=(VIDEO,), options={"title": "Boats"}),
        prepare=FILM,
        publish=(creates(content={"media": {"id": "urn:li:video:C5F1", "title": "Boats"}}),),
        published=LIVE,
    ),
    Scenario(
        name="document",
        draft=replace(DRAFT, post_type="linkedin-document", attachments=(PDF,), options={"title": "Boats"}),
        prepare=(begins("document"), puts("document", b"%PDF-1.7")),
        publish=(creates(content={"media": {"id": "urn:li:document:C4E1", "title": "Boats"}}),),
        published=replace(LIVE, platform_post_id=POST),
    ),
    Scenario(
        name="link card",
        draft=replace(DRAFT, post_type="linkedin-article", link=LINK),
        prepare=(begins("image"), puts("image", b"jpeg")),
        publish=(
            creates(
                content={
                    "article": {
                        "source": LINK,
                        "title": "News",
                        "description": "All of it",
                        "thumbnail": "urn:li:image:C4E1",
                    }
                }
            ),
        ),
        published=LIVE,
        pages={
            LINK: Page(url=LINK, title="News", description="All of it", image=b"jpeg", image_mime_type="image/jpeg")
        },
    ),
    Scenario(
        name="link card of a page that cannot be had",
        draft=replace(DRAFT, post_type="linkedin-article", link=LINK),
        publish=(creates(content={"article": {"source": LINK, "title": "paperboat.example"}}),),
        published=LIVE,
    ),
    Scenario(
        name="poll",
        draft=replace(DRAFT, post_type="linkedin-poll", options=POLL),
        publish=(
            creates(
                content={
                    "poll": {
                        "question": "Tea or coffee?",
                        "options": [{"text": "tea"}, {"text": "coffee"}],
                        "settings": {"duration": "SEVEN_DAYS"},
                    }
                }
            ),
        ),
        published=LIVE,
    ),
    Scenario(
        name="first comment",
        draft=replace(
            DRAFT,
            text="See (more) @[Paperboat](urn:li:organization:1)",
            post_type="linkedin-comment",
            part=1,
            parent=Reference(platform_post_id=POST),
            root=Reference(platform_post_id=POST),
        ),
        publish=(
            Step(
                method="POST",
                url=f"{BASE}/rest/socialActions/{E_POST}/comments",
                headers=HEADERS,
                json={"actor": PAGE, "object": POST, "message": {"text": "See (more) Paperboat"}},
                status=201,
                answer={"id": "6636062862760562688", "commentUrn": COMMENT},
                answer_headers={"x-restli-id": "6636062862760562688"},
            ),
        ),
        published=COMMENTED,
    ),
)
