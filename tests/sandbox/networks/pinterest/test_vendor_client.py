"""The stand-in is believed by Pinterest's own generated client: it gets tokens, pins, uploads, reads, renews, deletes.

The client is older (API 5.14) and checks every answer against its schemas. Without it these tests are skipped aloud.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox.networks.pinterest.app import Server, running
from sandbox.networks.pinterest.world import CLIENT_ID, CLIENT_SECRET, Settings

vendor = pytest.importorskip("openapi_generated.pinterest_client", reason="Pinterest-Generated-Client is not installed")
from openapi_generated.pinterest_client.api import (  # noqa: E402  # pyright: ignore[reportMissingImports]
    boards_api,
    media_api,
    oauth_api,
    pins_api,
    user_account_api,
)
from openapi_generated.pinterest_client.exceptions import (  # noqa: E402  # pyright: ignore[reportMissingImports]
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
)
from openapi_generated.pinterest_client.model.media_upload_request import (  # noqa: E402  # pyright: ignore[reportMissingImports]
    MediaUploadRequest,
)
from openapi_generated.pinterest_client.model.pin_create import (  # noqa: E402  # pyright: ignore[reportMissingImports]
    PinCreate,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(30)
CALLBACK = "https://herald.example/oauth/callback"
Client = Any
"""The generated client has no types of its own."""


@pytest.fixture
def settings() -> Settings:
    return Settings(processing_s=0.0)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


def client_of(server: Server, **how: str) -> Client:
    """The vendor's client, pointed at the stand-in."""
    return vendor.ApiClient(vendor.Configuration(host=f"{server.url}/v5", **how))


@pytest.fixture
def client(server: Server) -> Client:
    return client_of(server, access_token=server.token)


def picture_pin(board_id: str, **more: object) -> Client:
    data = base64.b64encode(PNG).decode()
    source = {"source_type": "image_base64", "content_type": "image/png", "data": data}
    return PinCreate(board_id=board_id, media_source=source, **more)


async def test_it_gets_tokens_for_a_code_and_renews_them(server: Server) -> None:
    asking = {"client_id": CLIENT_ID, "redirect_uri": CALLBACK, "response_type": "code", "scope": "pins:read"}
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(f"{server.url}/oauth/", params={**asking, "approve": "juniper"})
    (code,) = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
    api = oauth_api.OauthApi(client_of(server, username=CLIENT_ID, password=CLIENT_SECRET))

    first = await raw(api, grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
    assert (first["token_type"], first["expires_in"], first["refresh_token_expires_in"]) == ("bearer", 2592000, 5184000)
    second = await raw(api, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]


async def raw(api: Client, **values: str) -> dict[str, Any]:
    """Its call for tokens knows the grant's type alone; the rest goes beside it, as its users do."""
    http = api.api_client
    http.configuration.auth_settings()
    answer = await asyncio.to_thread(
        http.call_api,
        "/oauth/token",
        "POST",
        header_params={"Content-Type": "application/x-www-form-urlencoded"},
        post_params=list(values.items()),
        auth_settings=["basic"],
        _preload_content=False,
        _return_http_data_only=True,
    )
    return dict(httpx.Response(200, content=answer.data).json())


async def test_it_pins_reads_lists_and_deletes(server: Server, client: Client) -> None:
    pins, boards = pins_api.PinsApi(client), boards_api.BoardsApi(client)
    account = await asyncio.to_thread(user_account_api.UserAccountApi(client).user_account_get)
    assert account.username == "juniper"
    listed = (await asyncio.to_thread(boards.boards_list, page_size=250))["items"]
    assert [board["name"] for board in listed] == ["Coffee", "Summer recipes"]
    sections = (await asyncio.to_thread(boards.board_sections_list, listed[0]["id"]))["items"]
    assert [section["name"] for section in sections] == ["Salads"]

    made = await asyncio.to_thread(
        pins.pins_create, picture_pin(listed[0]["id"], title="First", description="One", alt_text="blue")
    )
    assert server.world.pins[made.id].pictures == (("image/png", PNG),)
    again = await asyncio.to_thread(pins.pins_get, made.id)
    assert (again.title, again.description, again.alt_text, again.board_id) == ("First", "One", "blue", listed[0]["id"])
    assert [pin["id"] for pin in (await asyncio.to_thread(pins.pins_list, page_size=100))["items"]] == [made.id]
    await asyncio.to_thread(pins.pins_delete, made.id)
    with pytest.raises(NotFoundException):
        await asyncio.to_thread(pins.pins_get, made.id)


async def test_it_uploads_a_film_and_pins_it(server: Server, client: Client) -> None:
    media = media_api.MediaApi(client)
    upload = await asyncio.to_thread(media.media_create, MediaUploadRequest(media_type="video"))
    given = upload.upload_parameters
    fields = {given.attribute_map[name]: value for name, value in given.to_dict().items()}
    async with httpx.AsyncClient() as other:
        film = {"file": ("video", b"\x00\x00\x00\x18ftypmp42" + bytes(20), "video/mp4")}
        assert (await other.post(upload.upload_url, data=fields, files=film)).status_code == 204
        assert (await other.post(upload.upload_url, data={"key": fields["key"]}, files=film)).status_code == 403
    assert (await asyncio.to_thread(media.media_get, upload.media_id)).status == "succeeded"
    board = next(iter(server.world.boards))
    source = {"source_type": "video_id", "media_id": upload.media_id, "cover_image_key_frame_time": 0}
    made = await asyncio.to_thread(
        pins_api.PinsApi(client).pins_create, PinCreate(board_id=board, media_source=source, description="Film")
    )
    assert server.world.pins[made.id].media_type == "video"


async def test_a_wrong_token_and_a_board_of_another_are_refused(server: Server, client: Client) -> None:
    with pytest.raises(UnauthorizedException) as caught:
        await asyncio.to_thread(pins_api.PinsApi(client_of(server, access_token="wrong")).pins_list)  # noqa: S106
    assert b'"code": 2' in bytes(str(caught.value.body), "utf-8")
    theirs = server.world.add_board("rowan", "Mine")
    with pytest.raises(ForbiddenException):
        await asyncio.to_thread(pins_api.PinsApi(client).pins_create, picture_pin(theirs.id))
