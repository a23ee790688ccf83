"""`/media`: files for posts."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from bot.domain.errors import InvalidContent, invalid
from bot.services import receiving
from handlers.http.api import times
from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint, Form
from handlers.http.api.errors import Family, Fault
from handlers.http.api.forms import Uploaded


class MediaForm(Struct, kw_only=True):
    """What stands beside the file."""

    type: Literal["image", "video"]


class MediaFile(Struct, kw_only=True):
    """A file that posts may name."""

    media_id: str
    type: Literal["image", "video"]
    file_name: str
    file_size: int
    """Bytes."""
    mime_type: str
    created_at: str


async def _upload(call: Call[Uploaded, None]) -> MediaFile:
    upload = call.body
    fields: MediaForm = upload.fields
    try:
        kept = await receiving.receive(
            call.deps, call.workspace_id, upload.path, kind=fields.type, called=upload.file_name
        )
    except InvalidContent as error:
        raise invalid("file" if error.field == "media" else error.field or "file", error.message) from None
    return MediaFile(
        media_id=kept.media_id,
        type=fields.type,
        file_name=kept.file_name,
        file_size=upload.size_bytes,
        mime_type=kept.mime_type,
        created_at=times.stamp(kept.at),
    )


def _longest_of(fields: Mapping[str, str]) -> int:
    """How large the file may be, by what came before it."""
    return receiving.LONGEST_BYTES.get(fields.get("type", ""), receiving.LONGEST_BYTES["video"])


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/media/upload",
        family=Family.A,
        scope="media:write",
        form=Form(
            fields=MediaForm,
            file="file",
            longest_bytes=receiving.LONGEST_BYTES["video"],
            longest_of=_longest_of,
        ),
        answer=MediaFile,
        handle=_upload,
        summary="Upload a picture or a video",
        description=(
            "Pictures: JPEG, PNG or WebP up to 10 MB; videos: MP4, MOV or WebM up to 500 MB."
            " What a file really is must agree with `type`. A file that no post takes is deleted after a while."
        ),
        tag="Media",
        example_answer={
            "media_id": "med_01kb7qz3m4z1x2c3v4b5n6m7q8",
            "type": "image",
            "file_name": "blend.jpg",
            "file_size": 482113,
            "mime_type": "image/jpeg",
            "created_at": "2026-11-27T08:00:00Z",
        },
        faults=(Fault.STORAGE_FULL,),
    ),
)
