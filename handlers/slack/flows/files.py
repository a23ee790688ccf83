"""Files people give in Slack, fetched with the bot's token into the media store."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.domain.composition import FormFile
from bot.domain.errors import Conflict, InvalidContent, Problem, UserError, invalid
from bot.services import composing
from handlers.slack.api import UNREACHABLE, error_of, is_trouble
from handlers.slack.call import Call
from handlers.slack.payload import record

_LARGEST = 100_000_000
"""Bytes of one file; a file_input takes 10 MB, a message's file may be bigger."""
_CHUNK = 65_536
_WITHIN_S = 60.0
_ASK = "check_file_info"
_MISSING = frozenset({"file_not_found", "file_deleted"})
_AWAY = "Slack did not hand over {name}. Try it again in a minute."
_NO_RIGHT = "an admin must let it read files, so add Herald again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The files that are in the media store now, and what is wrong with the others: one bad file takes none along."""

    files: tuple[FormFile, ...]
    problems: tuple[Problem, ...]


async def keep_files(call: Call, files: Sequence[Mapping[str, Any]]) -> Kept:
    """Bring these files into the media store."""
    return await keep_added(call, {str(place): file for place, file in enumerate(files)}, (), sourced=False)


async def keep_added(
    call: Call, uploads: Mapping[str, Mapping[str, Any]], known: Sequence[FormFile], *, sourced: bool = True
) -> Kept:
    """The files of an upload input by their sources; those fetched before keep their descriptions."""
    before = {file.source: file for file in known}
    kept: list[FormFile] = []
    problems: list[Problem] = []
    for source, file in uploads.items():
        try:
            kept.append(before.get(source) or replace(await _keep(call, file), source=source if sourced else ""))
        except InvalidContent as error:
            problems.extend(error.problems)
        except UserError as error:
            problems.append(Problem(field=error.field or "files", message=error.message))
    return Kept(files=tuple(kept), problems=tuple(problems))


async def _keep(call: Call, file: Mapping[str, Any]) -> FormFile:
    if file.get("file_access") == _ASK:
        file = await _described(call, file)
    name = str(file.get("name") or "file")[:200]
    url = str(file.get("url_private_download") or file.get("url_private") or "")
    if not call.desk.api.is_slacks(url):
        raise invalid("files", f"{name} does not lie in Slack. Upload it here.")
    with tempfile.TemporaryDirectory(prefix="herald-") as folder:
        path = Path(folder) / "file"
        await _fetch(call, url, path, name)
        return await composing.keep_upload(call.desk.deps, call.workspace_id, path, name)


async def _described(call: Call, file: Mapping[str, Any]) -> Mapping[str, Any]:
    """A file in a channel that is shared with another company comes as an id alone. Raises Conflict.

    Source: a recorded payload at zenn.dev/straydog/articles/42c4152bf963e3, read 2026-11-22; files.info has the rest.
    """
    name = str(file.get("name") or "a file of this channel")[:200]
    try:
        told = await call.desk.api.read(call.installation.token, "files.info", file=str(file.get("id") or ""))
    except SlackApiError as error:
        if is_trouble(error):
            raise Conflict(_AWAY.format(name=name), field="files") from error
        status = HTTPStatus.NOT_FOUND if error_of(error) in _MISSING else HTTPStatus.FORBIDDEN
        raise Conflict(_refusal(call, status, name), field="files") from error
    except UNREACHABLE as error:
        raise Conflict(_AWAY.format(name=name), field="files") from error
    return record(told.get("file"))


async def _fetch(call: Call, url: str, path: Path, name: str) -> None:
    headers = {"Authorization": f"Bearer {call.installation.token.reveal()}"}
    limit = aiohttp.ClientTimeout(total=_WITHIN_S)
    try:
        async with call.desk.api.session.get(url, headers=headers, timeout=limit, allow_redirects=False) as answer:
            if answer.status != HTTPStatus.OK or answer.content_type == "text/html":
                raise Conflict(_refusal(call, answer.status, name), field="files")
            size = 0
            with path.open("wb") as target:
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    size += len(chunk)
                    if size > _LARGEST:
                        raise invalid("files", f"{name} is bigger than 100 MB. Make it smaller.")
                    await asyncio.to_thread(target.write, chunk)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Conflict(_AWAY.format(name=name), field="files") from error


def _refusal(call: Call, status: int, name: str) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _AWAY.format(name=name)
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return f"Slack does not find {name}; it may have been deleted. Upload it again."
    mend = "add it to the composer itself" if "files:read" in call.installation.scopes else _NO_RIGHT
    return f"Slack does not let Herald read {name}: {mend}."
