"""Files over HTTP: streamed to disk, looked at, and used by a post."""

import io
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PIL import Image

from bot.services import receiving
from tests.handlers.http.api.caller import Caller
from tests.handlers.http.api.test_door import error
from tests.toy_queue import Queue

BOUNDARY = "herald-boundary"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


pytestmark = pytest.mark.one_engine


def picture(kind: str = "JPEG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(written, kind)
    return written.getvalue()


async def send(ours: Caller, parts: list[bytes] | AsyncIterator[bytes], **headers: str) -> tuple[int, dict[str, Any]]:
    content = b"".join(parts) if isinstance(parts, list) else parts
    answer = await ours.client.post(
        "/api/v1/media/upload", content=content, headers=ours.headers | {"Content-Type": KIND} | headers
    )
    return answer.status_code, answer.json()


def field(name: str, value: str) -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def file(data: bytes, called: str = "blend.jpg", name: str = "file") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{called}"\r\n\r\n'
    return head.encode() + data + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
async def test_a_picture_is_kept_and_named(ours: Caller, kind: str, mime: str) -> None:
    data = picture(kind)

    answer = await ours.client.post(
        "/api/v1/media/upload", headers=ours.headers, files={"file": ("blend.jpg", data)}, data={"type": "image"}
    )

    told = answer.json()
    assert answer.status_code == 200, told
    assert told == {
        "media_id": told["media_id"],
        "type": "image",
        "file_name": "blend.jpg",
        "file_size": len(data),
        "mime_type": mime,
        "created_at": told["created_at"],
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["created_at"])


async def test_a_post_names_an_uploaded_file_and_no_other(ours: Caller) -> None:
    _, told = await send(ours, [field("type", "image"), file(picture()), END])

    def body(media_id: object) -> dict[str, object]:
        return {"items": [{"post_type": "toy-post", "content": "Look!", "media_ids": [media_id]}]}

    made = (await ours.call("POST", "/posts", body(told["media_id"]))).json()
    forged = await ours.call("POST", "/posts", body("med_forged"))

    assert made["items"][0]["media_ids"] == [told["media_id"]]
    assert error(forged) == (400, "VALIDATION_ERROR")
    assert forged.json()["error"]["param"] == "items[0].media_ids[0]"


@pytest.mark.parametrize(
    ("parts", "param"),
    [
        ([field("type", "image"), END], "file"),
        ([file(picture()), END], "type"),
        ([field("type", "sound"), file(picture()), END], "type"),
        ([field("type", "video"), file(picture()), END], "type"),
        ([field("type", "image"), file(b"no picture"), END], "file"),
        ([field("type", "image"), file(b""), END], "file"),
        ([field("type", "image"), field("file", "text"), END], "file"),
        ([field("type", "image"), file(picture()), file(picture()), END], "file"),
        ([field("type", "image"), file(picture())], None),
        ([field("x" * 20_000, "image"), END], None),
        ([*[field(f"f{number}", "x") for number in range(30)], END], None),
        ([field("type", "x" * 20_000), END], "type"),
        ([b"no form at all"], None),
        ([], None),
    ],
)
async def test_a_form_that_is_none_is_refused(ours: Caller, parts: list[bytes], param: str | None) -> None:
    status, told = await send(ours, parts)

    assert (status, told["error"]["code"]) == (400, "VALIDATION_ERROR"), told
    assert told["error"].get("param") == param


async def test_a_hostile_name_stays_a_name(ours: Caller) -> None:
    _, told = await send(ours, [field("type", "image"), file(picture(), called="../../etc/pass\x00wd.jpg"), END])

    assert told["file_name"] == "passwd.jpg"


async def test_what_is_too_large_is_refused_while_it_comes(ours: Caller, toy: Queue) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield field("type", "image")
        yield file(b"")[:-2]
        while True:
            sent += 1_000_000
            yield bytes(1_000_000)

    status, told = await send(ours, endless())
    declared, _ = await send(ours, [END], **{"Content-Length": "600000000"})

    assert (status, told["error"]["code"]) == (413, "FILE_TOO_LARGE")
    assert sent <= 12_000_000
    assert declared == 413
    aside = toy.deps.media.path_of("0" * 64).parent.parent / "aside"
    assert list(aside.iterdir()) == []


async def test_a_full_workspace_takes_no_more(ours: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "ROOM_BYTES", 100)

    status, told = await send(ours, [field("type", "image"), file(picture()), END])

    assert (status, told["error"]["code"]) == (413, "STORAGE_QUOTA_EXCEEDED")


async def test_the_same_upload_with_a_name_is_done_once(ours: Caller) -> None:
    data = picture()

    first = await send(ours, [field("type", "image"), file(data), END], **{"Idempotency-Key": "up-1"})
    second = await send(ours, [field("type", "image"), file(data), END], **{"Idempotency-Key": "up-1"})
    other = await send(ours, [field("type", "image"), file(picture("PNG")), END], **{"Idempotency-Key": "up-1"})

    assert second == first
    assert other[0] == 409
