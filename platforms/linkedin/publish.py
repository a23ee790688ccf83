"""Uploading the files, freezing the post, the one call that makes it, and taking it down.

Sources: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api and /comments-api,
read 2026-11-21.
"""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, Draft
from platforms.base import Answer, Endpoints, JsonObject, Key, Prepared, Published, Request, Wire
from platforms.errors import OutcomeUnknown
from platforms.linkedin.calls import POST, as_object, encoded, headers, object_of, text, texts
from platforms.linkedin.little import escape, visible
from platforms.linkedin.options import COMMENT, DOCUMENT, POLL, VIDEO, VISIBILITIES, poll_of
from platforms.linkedin.spec import SPEC
from platforms.linkedin.upload import is_ready, upload, upload_thumbnail
from platforms.places import place
from platforms.text import shorten

POLL_AGAIN_S = 3.0
SITE = "https://www.linkedin.com"
CREATE_POST, CREATE_COMMENT = "POST /rest/posts", "POST /rest/socialActions/:urn/comments"
_TITLE_LIMIT, _DESCRIPTION_LIMIT = 200, 300
"""Graphemes of a card that people can still read; LinkedIn cuts them itself."""
_MOST_THUMBNAIL_BYTES = 5_000_000


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,
    endpoints: Endpoints,
    connected: Connected,
    draft: Draft,
    key: Key,  # noqa: ARG001  # Connector.prepare: LinkedIn takes no key
    earlier: Prepared | None,
) -> Prepared:
    """Upload what there is, wait until it is processed, freeze the body. Raises PlatformError.

    A bare text needs no call.
    """
    if earlier is not None and (pending := texts(earlier.data.get("pending"))):
        left = [urn for urn in pending if not await is_ready(wire, connected, urn)]
        return Prepared(data={**earlier.data, "pending": left}, wait_s=POLL_AGAIN_S if left else None)
    if draft.post_type == COMMENT:
        return Prepared(data={**_comment(connected, draft), "site": place(SPEC, endpoints, SITE)})
    media = [await upload(wire, connected, attachment) for attachment in draft.attachments]
    content = await _card(wire, connected, draft, draft.link) if draft.link is not None else _content(draft, media)
    body, site = _body(connected, draft, content), place(SPEC, endpoints, SITE)
    data = {"body": body, "media": media, "pending": media, "site": site}
    return Prepared(data=data, wait_s=POLL_AGAIN_S if media else None)


async def publish(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Published:  # noqa: ARG001  # Connector.publish: LinkedIn takes no key
    """Make the post, or the comment. Raises PlatformError; DuplicateRefused where LinkedIn has equal content."""
    about = text(prepared.data, "object")
    path = "posts" if about is None else f"socialActions/{encoded(about)}/comments"
    request = Request(
        operation=CREATE_POST if about is None else CREATE_COMMENT,
        method="POST",
        url=f"{connected.account.service_url}/rest/{path}",
        headers=headers(),
        bearer=connected.tokens.access,
        json=as_object(prepared.data.get("body")),
    )
    answer = await wire.create(request)
    site = site_of(prepared)
    made = _made(answer, site) if about is None else _commented(answer, about, site)
    if made is None:
        raise OutcomeUnknown(
            "LinkedIn gave an answer that cannot be read. The post may be live.",
            platform="linkedin",
            operation=request.operation,
            status=answer.status,
        )
    return made


async def delete(wire: Wire, connected: Connected, platform_post_id: str, extra: JsonObject) -> None:
    """Take a post or a comment down; one that is gone is no error. Raises PlatformError."""
    about, comment = text(extra, "object"), text(extra, "id")
    path = f"posts/{encoded(platform_post_id)}"
    if about is not None and comment is not None:
        path = f"socialActions/{encoded(about)}/comments/{encoded(comment)}"
        path += f"?actor={encoded(connected.account.platform_account_id)}"
    await wire.prepare(
        Request(
            operation=f"DELETE /rest/{'posts' if about is None else 'socialActions'}/:urn",
            method="DELETE",
            url=f"{connected.account.service_url}/rest/{path}",
            headers=headers("DELETE"),
            bearer=connected.tokens.access,
            accept_status=frozenset({HTTPStatus.NOT_FOUND}),
        )
    )


def site_of(prepared: Prepared) -> str:
    """Where people read posts."""
    return text(prepared.data, "site") or SITE


def published_post(urn: str, site: str) -> Published:
    """A post as Herald keeps it."""
    return Published(platform_post_id=urn, permalink=f"{site}/feed/update/{urn}/")


def published_comment(about: str, comment_id: str, urn: str | None, site: str) -> Published:
    """A comment as Herald keeps it; its link opens the post and points the comment out."""
    urn = urn or f"urn:li:comment:({about},{comment_id})"
    link = f"{site}/feed/update/{about}/?commentUrn={encoded(urn)}"
    return Published(platform_post_id=urn, permalink=link, extra={"object": about, "id": comment_id})


def _made(answer: Answer, site: str) -> Published | None:
    """The answer's body is empty; the new URN is in a header."""
    said = (unquote(answer.headers.get(name, "")) for name in ("x-restli-id", "x-linkedin-id"))
    return next((published_post(urn, site) for urn in said if POST.fullmatch(urn)), None)


def _commented(answer: Answer, about: str, site: str) -> Published | None:
    body = object_of(answer)
    said = unquote(answer.headers.get("x-restli-id", "")) or text(body, "id")
    if not said or answer.status != HTTPStatus.CREATED:
        return None
    return published_comment(about, said, text(body, "commentUrn"), site)


# --- The body ------------------------------------------------------------------------------------------------------


def _comment(connected: Connected, draft: Draft) -> dict[str, object]:
    """A comment's text is plain: nothing is escaped, and of a mention there is only its name."""
    about = "" if draft.parent is None else draft.parent.platform_post_id
    body = {
        "actor": connected.account.platform_account_id,
        "object": about,
        "message": {"text": visible(draft.text)},
    }
    return {"object": about, "body": body}


def _body(connected: Connected, draft: Draft, content: dict[str, object] | None) -> dict[str, object]:
    options = draft.options
    body: dict[str, object] = {
        "author": connected.account.platform_account_id,
        "commentary": escape(draft.text),
        "visibility": VISIBILITIES[options.get("visibility", "public")],
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": options.get("reshares") == "false",
    }
    return body | ({"content": content} if content is not None else {})


def _content(draft: Draft, media: Sequence[str]) -> dict[str, object] | None:
    if draft.post_type == POLL:
        return {"poll": poll_of(draft.options)}
    if not media:
        return None
    if draft.post_type in {VIDEO, DOCUMENT}:
        title = {"title": draft.options["title"].strip()} if "title" in draft.options else {}
        return {"media": {"id": media[0], **title}}
    images = [_image(urn, file) for urn, file in zip(media, draft.attachments, strict=True)]
    return {"media": images[0]} if len(images) == 1 else {"multiImage": {"images": images}}


def _image(urn: str, file: Attachment) -> dict[str, object]:
    return {"id": urn, "altText": file.alt_text} if file.alt_text else {"id": urn}


async def _card(wire: Wire, connected: Connected, draft: Draft, link: str) -> dict[str, object]:
    """A link card. LinkedIn does not look at the page, so Herald does."""
    page = await wire.page(link, max_image_bytes=_MOST_THUMBNAIL_BYTES)
    named = draft.options.get("title", "").strip() or (page.title if page is not None else "")
    card: dict[str, object] = {
        "source": link,
        "title": shorten(named or urlsplit(link).hostname or link, _TITLE_LIMIT),
    }
    if page is not None and page.description:
        card["description"] = shorten(page.description, _DESCRIPTION_LIMIT)
    if page is not None and page.image is not None:
        card["thumbnail"] = await upload_thumbnail(wire, connected, page.image)
    return {"article": card}
