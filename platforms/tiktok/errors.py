"""TikTok's errors: what each code means, also where it comes with status 200, and why a post failed after all.

Every answer of the API is `{"data": …, "error": {"code", "message", "log_id"}}`; only the code `ok` is success,
whatever the status. Source: https://developers.tiktok.com/doc/tiktok-api-v2-error-handling, read 2026-11-21.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from platforms.answers import as_object, object_of, text
from platforms.base import Answer, JsonObject, Request
from platforms.errors import (
    AppRefused,
    ContentRefused,
    ErrorRule,
    MediaRefused,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Reconnect,
    Refused,
    ScopeMissing,
    TokenExpired,
    Unavailable,
)

_DOCS = "https://developers.tiktok.com/doc"
_ERRORS = f"{_DOCS}/tiktok-api-v2-error-handling"
_DIRECT = f"{_DOCS}/content-posting-api-reference-direct-post"
_PHOTO = f"{_DOCS}/content-posting-api-reference-photo-post"
_STATUS = f"{_DOCS}/content-posting-api-reference-get-video-status"
_SHARING = f"{_DOCS}/content-sharing-guidelines"
OK = "ok"
DAILY = frozenset({"spam_risk_too_many_posts", "spam_risk_too_many_pending_share", "reached_active_user_cap"})
"""Codes of limits that count a day."""
_AGAIN_AFTER = timedelta(hours=1)
"""TikTok names no time for them. Its day is a sliding one, so room may come sooner than tomorrow."""

UNAUDITED = (
    "TikTok has not audited Herald's app yet, so it may only post for you alone, to an account that is set to private."
    " Choose privacy=only_me and set the TikTok account to private, or have the app audited."
)
_NO_PERMISSION = (
    "This TikTok account was connected without a permission that this needs. Connect it again, all boxes on."
)
_TOO_MANY = "TikTok takes no more posts from this account for today."

ERRORS = (
    ErrorRule(
        raises=TokenExpired,
        code="access_token_invalid",
        safe="TikTok no longer accepts this account's sign-in.",
        source=_ERRORS,
    ),
    ErrorRule(raises=ScopeMissing, code="scope_not_authorized", safe=_NO_PERMISSION, source=_ERRORS),
    ErrorRule(raises=ScopeMissing, code="scope_permission_missed", safe=_NO_PERMISSION, source=_ERRORS),
    ErrorRule(
        raises=ScopeMissing,
        code="token_not_authorized_for_specified_publish_id",
        safe="TikTok does not show this post to Herald's present sign-in. Connect the account again.",
        source=_STATUS,
    ),
    ErrorRule(
        raises=ContentRefused,
        code="unaudited_client_can_only_post_to_private_accounts",
        safe=UNAUDITED,
        source=_DIRECT,
    ),
    ErrorRule(
        raises=AppRefused,
        code="url_ownership_unverified",
        safe="TikTok does not fetch photos from Herald's address yet. Whoever runs Herald has to verify"
        " HERALD_PUBLIC_URL as a URL prefix of the app at developers.tiktok.com; the account is not at fault.",
        source=_PHOTO,
    ),
    ErrorRule(
        raises=ContentRefused,
        code="privacy_level_option_mismatch",
        safe="TikTok does not offer this privacy to the account at present. Choose another one.",
        source=_DIRECT,
    ),
    ErrorRule(raises=RateLimited, code="spam_risk_too_many_posts", safe=_TOO_MANY, source=_DIRECT),
    ErrorRule(
        raises=RateLimited,
        code="spam_risk_too_many_pending_share",
        safe="Too many drafts wait in this account's TikTok inbox. Finish or drop some there.",
        source=f"{_DOCS}/content-posting-api-reference-upload-video",
    ),
    ErrorRule(
        raises=RateLimited,
        code="reached_active_user_cap",
        safe="TikTok lets Herald's app post for no more accounts today.",
        source=_SHARING,
    ),
    ErrorRule(
        raises=Reconnect,
        code="spam_risk_user_banned_from_posting",
        safe="TikTok does not let this account post at present.",
        source=_DIRECT,
    ),
    ErrorRule(raises=ContentRefused, code="spam_risk", safe="TikTok takes this for spam.", quote=True, source=_DIRECT),
    ErrorRule(
        raises=ContentRefused,
        code="spam_risk_text",
        safe="TikTok takes this text for spam.",
        quote=True,
        source=_STATUS,
    ),
    ErrorRule(
        raises=ContentRefused,
        code="invalid_params",
        safe="TikTok does not accept this post.",
        quote=True,
        source=_ERRORS,
    ),
    ErrorRule(
        raises=ContentRefused,
        code="invalid_param",
        safe="TikTok does not accept this post.",
        quote=True,
        source=_DIRECT,
    ),
    ErrorRule(
        raises=MediaRefused,
        code="invalid_file_upload",
        safe="TikTok does not take this file.",
        quote=True,
        source=_ERRORS,
    ),
    ErrorRule(
        raises=Unavailable,
        code="invalid_publish_id",
        safe="TikTok does not know the post that Herald asks about.",
        source=_STATUS,
    ),
    ErrorRule(raises=RateLimited, code="rate_limit_exceeded", safe="TikTok asks us to slow down.", source=_ERRORS),
)
"""`internal_error` is not here: a 5xx means what it means everywhere, and is a doubt on the creating call."""

_FORMAT = "TikTok does not take this file's format. Export it as MP4 with H.264."
_FAILURES: Mapping[str, tuple[type[Refused], str]] = {
    "file_format_check_failed": (MediaRefused, _FORMAT),
    "duration_check_failed": (MediaRefused, "TikTok does not take a video of this duration."),
    "frame_rate_check_failed": (MediaRefused, "TikTok does not take this video's frame rate."),
    "picture_size_check_failed": (MediaRefused, "TikTok does not take a picture of this size."),
    "video_pull_failed": (MediaRefused, "TikTok could not fetch the video from Herald's public address."),
    "photo_pull_failed": (MediaRefused, "TikTok could not fetch the photos from Herald's public address."),
    "publish_cancelled": (ContentRefused, "Somebody cancelled it at TikTok. Nothing was posted."),
    "auth_removed": (ContentRefused, "The account took Herald's access back before TikTok had posted it."),
    "spam_risk_too_many_posts": (ContentRefused, f"{_TOO_MANY} Nothing was posted; try again tomorrow."),
    "spam_risk_user_banned_from_posting": (ContentRefused, "TikTok does not let this account post at present."),
    "spam_risk_text": (ContentRefused, "TikTok takes this text for spam. Nothing was posted."),
    "spam_risk": (ContentRefused, "TikTok takes this for spam. Nothing was posted."),
}
"""By `fail_reason`. All are ends: a publish_id that failed never publishes. Source: the page of `_STATUS`."""


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """The code and message in an answer; OAuth's own form is flat."""
    body = object_of(answer)
    error = as_object(body.get("error"))
    if not error:
        return text(body, "error"), text(body, "error_description")
    return text(error, "code"), text(error, "message")


def read_reset(answer: Answer, now: datetime) -> datetime | None:
    """When to try again after a limit that counts a day; TikTok says nothing of the others."""
    return now + _AGAIN_AFTER if read_error(answer)[0] in DAILY else None


def data_of(answer: Answer, request: Request, *, creates: bool = False) -> JsonObject:
    """The `data` of a good answer.

    Raises what a refusal with status 200 means. One that nobody can read is OutcomeUnknown after the creating call,
    and Unavailable after any other.
    """
    code = read_error(answer)[0]
    body = object_of(answer)
    if code == OK and isinstance(body.get("data"), Mapping):
        return as_object(body["data"])
    rule = next((rule for rule in ERRORS if rule.code == code), None)
    if code not in {None, OK} and rule is not None:
        raise about(rule.raises, rule.safe, request, answer)
    if creates:
        safe = "TikTok gave an answer that cannot be read. The post may be live."
        raise about(OutcomeUnknown, safe, request, answer)
    raise about(Unavailable, "TikTok gave an answer that cannot be read.", request, answer)


def refused_by(answer: Answer, request: Request) -> PlatformError | None:
    """What TikTok's own code in an answer means; None where it gives none that is known."""
    rule = next((rule for rule in ERRORS if rule.code == read_error(answer)[0]), None)
    return about(rule.raises, rule.safe, request, answer) if rule is not None else None


def about(kind: type[PlatformError], safe: str, request: Request, answer: Answer | None = None) -> PlatformError:
    """An error of this kind at this request."""
    code = read_error(answer)[0] if answer is not None else None
    known = code if code in {rule.code for rule in ERRORS} else None
    status = answer.status if answer is not None else None
    return kind(safe, platform="tiktok", operation=request.operation, status=status, code=known)


def failure(reason: str | None, request: Request) -> Refused:
    """Why a post failed after TikTok had taken it. What is not known is TikTok's own trouble: a retry uploads anew."""
    own = (MediaRefused, "TikTok failed on its side. Nothing was posted; try again.")
    kind, safe = _FAILURES.get(reason or "", own)
    code = reason if reason in _FAILURES or reason == "internal" else None
    return kind(safe, platform="tiktok", operation=request.operation, code=code)
