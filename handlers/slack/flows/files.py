"""Files people give in Slack, fetched with the bot's token into the media store."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp

from bot.domain.composition import FormFile
from bot.domain.errors import Conflict, invalid
from bot.services import composing
from handlers.slack.call import Call

_LARGEST = 100_000_000
"""Bytes of one file; a file_input takes 10 MB, a message's file may be bigger."""
_CHUNK = 65_536
_WITHIN_S = 60.0


async def keep_files(call: Call, files: Sequence[Mapping[str, Any]]) -> tuple[FormFile, ...]:
    """Bring these files into the media store. Raises UserError for the first that cannot be had or read."""
    return tuple([await _keep(call, file) for file in files])


async def keep_added(
    call: Call, uploads: Mapping[str, Mapping[str, Any]], known: Sequence[FormFile]
) -> tuple[FormFile, ...]:
    """The files of an upload input by their sources; those fetched before keep their descriptions. Raises UserError."""
    before = {file.source: file for file in known}
    return tuple(
        [before.get(source) or replace(await _keep(call, file), source=source) for source, file in uploads.items()]
    )


async def _keep(call: Call, file: Mapping[str, Any]) -> FormFile:
    name = str(file.get("name") or "file")[:200]
    url = str(file.get("url_private_download") or file.get("url_private") or "")
    if not call.desk.api.is_slacks(url):
        raise invalid("files", f"{name} does not lie in Slack. Upload it here.")
    with tempfile.TemporaryDirectory(prefix="herald-") as folder:
        path = Path(folder) / "file"
        await _fetch(call, url, path, name)
        return await composing.keep_upload(call.desk.deps, call.workspace_id, path, name)


async def _fetch(call: Call, url: str, path: Path, name: str) -> None:
    headers = {"Authorization": f"Bearer {call.installation.token.reveal()}"}
    limit = aiohttp.ClientTimeout(total=_WITHIN_S)
    try:
        async with call.desk.api.session.get(url, headers=headers, timeout=limit, allow_redirects=False) as answer:
            if answer.status != 200 or answer.content_type == "text/html":  # noqa: PLR2004  # OK
                raise Conflict(
                    f"Slack does not let Herald read {name}. An admin must let it read files: add Herald again.",
                    field="files",
                )
            size = 0
            with path.open("wb") as target:
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    size += len(chunk)
                    if size > _LARGEST:
                        raise invalid("files", f"{name} is bigger than 100 MB. Make it smaller.")
                    await asyncio.to_thread(target.write, chunk)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Conflict(f"Slack did not hand over {name}. Send it again.", field="files") from error
