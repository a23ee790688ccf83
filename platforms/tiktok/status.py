"""How far TikTok is with a post, by its publish_id.

Source: https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status, read 2026-11-21.
"""

from dataclasses import dataclass

from bot.domain.accounts import Connected
from platforms.answers import number, text
from platforms.base import JsonObject, Key, Pending, Published, Request, Wire
from platforms.errors import Unavailable
from platforms.tiktok.calls import api_call, ask
from platforms.tiktok.errors import about, failure
from platforms.tiktok.options import PHOTOS
from platforms.tiktok.reading import first_identifier, truth
from platforms.tiktok.spec import API_URL, SITE_URL

FETCH = "post/publish/status/fetch/"
UPLOADING, DOWNLOADING = "PROCESSING_UPLOAD", "PROCESSING_DOWNLOAD"
INBOX, COMPLETE, FAILED = "SEND_TO_USER_INBOX", "PUBLISH_COMPLETE", "FAILED"
FORGOTTEN = "FORGOTTEN"
"""Not TikTok's word: it does not know the publish_id."""
_STATES = frozenset({UPLOADING, DOWNLOADING, INBOX, COMPLETE, FAILED})
_NO_SUCH_ID = "invalid_publish_id"
FIRST_ASK_S = 2.0
_LONGEST_ASK_S = 60.0
_ASKS_FOR_ID = 10
"""So often a public post that is complete is asked for its number: it gets one after moderation, mostly in a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What TikTok says of one publish_id."""

    state: str
    reason: str | None = None
    """Why it failed."""
    uploaded_bytes: int | None = None
    post_id: str | None = None
    """Only of a public post, and only after moderation."""

    def lacks_bytes(self, size_bytes: int | None) -> bool:
        """Whether TikTok surely does not have the whole film."""
        has = self.uploaded_bytes
        return self.state == UPLOADING and has is not None and size_bytes is not None and has < size_bytes

    def is_over(self, size_bytes: int | None) -> bool:
        """Whether nothing can come of an upload that TikTok takes no further."""
        return self.state in {FAILED, FORGOTTEN} or self.lacks_bytes(size_bytes)


def fetch_request(connected: Connected, publish_id: str) -> Request:
    """The question."""
    return api_call(connected, FETCH, {"publish_id": publish_id})


async def progress_of(wire: Wire, connected: Connected, publish_id: str) -> Progress:
    """How far it is. Raises PlatformError. TikTok misspells the list of ids; the right name is read too."""
    request = fetch_request(connected, publish_id)
    try:
        data = await ask(wire, request)
    except Unavailable as error:
        if error.code != _NO_SUCH_ID:
            raise
        return Progress(state=FORGOTTEN)
    state = text(data, "status")
    if state not in _STATES:
        raise about(Unavailable, "TikTok gave an answer that cannot be read.", request)
    ids = data.get("publicaly_available_post_id", data.get("publicly_available_post_id"))
    return Progress(
        state=state,
        reason=text(data, "fail_reason"),
        uploaded_bytes=number(data, "uploaded_bytes"),
        post_id=first_identifier(ids),
    )


async def poll(wire: Wire, connected: Connected, handle: JsonObject, key: Key) -> Published | Pending:  # noqa: ARG001  # Connector.poll
    """Whether it is out. Raises PlatformError, a Refused when TikTok has given it up."""
    publish_id, asked = text(handle, "publish_id") or "", number(handle, "asked") or 0
    progress = await progress_of(wire, connected, publish_id)
    if progress.state == FAILED:
        raise failure(progress.reason, fetch_request(connected, publish_id))
    if progress.state == FORGOTTEN:
        safe = "TikTok does not know the post that Herald asks about."
        raise about(Unavailable, safe, fetch_request(connected, publish_id))
    waits_for_id = truth(handle, "public") and progress.post_id is None and asked < _ASKS_FOR_ID
    if progress.state == INBOX or (progress.state == COMPLETE and not waits_for_id):
        return published(connected, handle, progress)
    return Pending(handle={**handle, "asked": asked + 1}, check_after_s=min(FIRST_ASK_S * 1.5**asked, _LONGEST_ASK_S))


def pending(publish_id: str, prepared: JsonObject) -> Pending:
    """TikTok has all it needs and works on it."""
    handle = {"publish_id": publish_id, "type": prepared.get("type"), "public": prepared.get("public"), "asked": 0}
    return Pending(handle=handle, check_after_s=FIRST_ASK_S)


def published(connected: Connected, known: JsonObject, progress: Progress) -> Published:
    """A finished post. Without a number (private, still in moderation, a draft) it is known by its publish_id."""
    publish_id = text(known, "publish_id") or ""
    account = connected.account
    site = SITE_URL if account.service_url == API_URL else account.service_url
    profile = f"{site}/@{account.handle}"
    if progress.state == INBOX:
        return Published(platform_post_id=publish_id, permalink=None, extra={"publish_id": publish_id})
    if progress.post_id is None:
        return Published(platform_post_id=publish_id, permalink=profile, extra={"publish_id": publish_id})
    kind = "photo" if known.get("type") in PHOTOS else "video"
    return Published(
        platform_post_id=progress.post_id,
        permalink=f"{profile}/{kind}/{progress.post_id}",
        extra={"publish_id": publish_id},
    )
