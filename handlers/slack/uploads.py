"""Handing files to Slack: where to put the bytes, the bytes, and where the file is shown.

Source: docs.slack.dev/reference/methods/files.getUploadURLExternal and files.completeUploadExternal, read 2026-11-21.
"""

import io
from collections.abc import Sequence

import aiohttp

from bot.domain.accounts import Secret
from bot.domain.installations import Installation
from handlers.slack.api import Api
from handlers.slack.payload import text

_SCOPE = "files:write"
_WITHIN_S = 60.0


def may_upload(installation: Installation) -> bool:
    """Whether an admin lets Herald write files; assumed where Slack did not tell its scopes."""
    return not installation.scopes or _SCOPE in installation.scopes


async def upload(api: Api, token: Secret | None, file_name: str, content: bytes, *, alt_text: str = "") -> str:
    """Hand Slack the bytes; its id of the file. Raises SlackApiError, or one of `UNREACHABLE`."""
    asked = {"filename": file_name, "length": len(content)} | ({"alt_txt": alt_text} if alt_text else {})
    given = await api.read(token, "files.getUploadURLExternal", **asked)
    url, file_id = text(given.get("upload_url")) or "", text(given.get("file_id")) or ""
    if not api.is_slacks(url) or not file_id:
        raise aiohttp.InvalidURL(url)
    limit = aiohttp.ClientTimeout(total=_WITHIN_S)
    async with api.session.post(url, data=io.BytesIO(content), timeout=limit, allow_redirects=False) as answer:
        answer.raise_for_status()
    return file_id


async def share(  # noqa: PLR0913  # what, where, with which words
    api: Api, token: Secret | None, ids: Sequence[str], *, channel: str | None, under: str | None, comment: str = ""
) -> None:
    """Finish the uploads, in the thread under a message. Raises SlackApiError, or one of `UNREACHABLE`."""
    files = [{"id": file_id} for file_id in ids]
    await api.write(
        token,
        "files.completeUploadExternal",
        files=files,
        channel_id=channel,
        thread_ts=under,
        initial_comment=comment or None,
    )
