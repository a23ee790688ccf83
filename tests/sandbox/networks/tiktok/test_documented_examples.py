"""The stand-in is held to TikTok's documented examples: there is no client of TikTok's for Python to believe it.

Requests and answers are those of https://developers.tiktok.com/doc/content-posting-api-reference-direct-post,
…-photo-post, …-upload-video, …-get-video-status, …-query-creator-info, /doc/content-posting-api-media-transfer-guide,
/doc/tiktok-api-v2-error-handling, …-get-user-info, …-video-list, …-video-query and
/doc/oauth-user-access-token-management, read 2026-11-21.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox.networks.network import ACCESS_ENDED, DOWN, HIDES_POST, REFUSES_TEXT
from sandbox.networks.tiktok.app import Server, running
from sandbox.networks.tiktok.world import Settings

MP4 = b"\x00\x00\x00\x18ftypmp42"
INFO: dict[str, object] = {
    "title": "this will be a funny #cat video on your @tiktok #fyp",
    "privacy_level": "MUTUAL_FOLLOW_FRIENDS",
    "disable_duet": False,
    "disable_comment": True,
    "disable_stitch": False,
    "video_cover_timestamp_ms": 1000,
}


@pytest.fixture
def settings() -> Settings:
    return Settings(processing_s=0.0, moderation_s=0.0)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {server.token_of('junipercoffee')}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers) as opened:
        yield opened


async def ask(client: httpx.AsyncClient, path: str, body: Mapping[str, object] | None = None) -> tuple[int, Any]:
    """A POST as the examples make it: its status, and its code or, of a good one, its data."""
    answer = await client.post(f"/v2/{path}", json=body or {})
    said = answer.json()
    assert set(said) == {"data", "error"}
    assert set(said["error"]) == {"code", "message", "log_id"}
    return answer.status_code, said["data"] if said["error"]["code"] == "ok" else said["error"]["code"]


def source(size: int, piece: int | None = None, pieces: int = 1) -> dict[str, object]:
    """How an upload is announced."""
    return {
        "source_info": {
            "source": "FILE_UPLOAD",
            "video_size": size,
            "chunk_size": piece or size,
            "total_chunk_count": pieces,
        }
    }


async def put(url: str, content: bytes, start: int = 0, total: int | None = None, **headers: str) -> int:
    """One piece: the status of its answer."""
    said = {
        "Content-Type": "video/mp4",
        "Content-Range": f"bytes {start}-{start + len(content) - 1}/{total or len(content)}",
    }
    async with httpx.AsyncClient() as plain:
        return (await plain.put(url, content=content, headers=said | headers)).status_code


async def test_a_code_becomes_tokens_and_they_are_renewed_once_and_revoked(server: Server) -> None:
    app = {"client_key": "stand-in-key", "client_secret": "stand-in-secret"}
    asked = {
        "client_key": "stand-in-key",
        "response_type": "code",
        "scope": "user.info.basic,video.publish",
        "redirect_uri": "https://herald.example/callback",
        "state": "s",
        "approve": "rowan",
    }
    async with httpx.AsyncClient(base_url=server.url) as client:
        back = (await client.get("/v2/auth/authorize/", params=asked)).headers["Location"]
        code = parse_qs(urlsplit(back).query)["code"][0]
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": asked["redirect_uri"]}
        given = (await client.post("/v2/oauth/token/", data=app | grant)).json()
        assert set(given) == {
            *("access_token", "expires_in", "open_id", "refresh_expires_in", "refresh_token", "scope", "token_type"),
        }
        assert (given["scope"], given["open_id"]) == ("user.info.basic,video.publish", "-000rowan")
        again = app | {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
        renewed = (await client.post("/v2/oauth/token/", data=again)).json()
        assert renewed["refresh_token"] != given["refresh_token"]
        gone = await client.post("/v2/oauth/revoke/", data=app | {"token": renewed["access_token"]})
        assert gone.status_code == 200
        dead = await client.post("/v2/oauth/token/", data=again)
        assert (dead.status_code, dead.json()["error"]) == (200, "invalid_grant")


async def test_the_creator_is_described(client: httpx.AsyncClient) -> None:
    status, data = await ask(client, "post/publish/creator_info/query/")
    assert status == 200
    assert set(data) == {
        *("creator_avatar_url", "creator_username", "creator_nickname", "privacy_level_options"),
        *("comment_disabled", "duet_disabled", "stitch_disabled", "max_video_post_duration_sec"),
    }


async def test_a_film_goes_up_in_one_piece_and_is_public_with_a_number(client: httpx.AsyncClient) -> None:
    public = {"post_info": INFO | {"privacy_level": "PUBLIC_TO_EVERYONE"}}
    _, begun = await ask(client, "post/publish/video/init/", public | source(len(MP4)))
    assert set(begun) == {"publish_id", "upload_url"}
    status = {"publish_id": begun["publish_id"]}
    _, before = await ask(client, "post/publish/status/fetch/", status)
    assert before == {"status": "PROCESSING_UPLOAD", "uploaded_bytes": 0, "publicaly_available_post_id": []}
    assert await put(begun["upload_url"], MP4) == 201
    assert await put(begun["upload_url"], MP4) == 416, "the same piece a second time is no second post"
    _, after = await ask(client, "post/publish/status/fetch/", status)
    [number] = after["publicaly_available_post_id"]
    assert (after["status"], type(number)) == ("PUBLISH_COMPLETE", int)
    _, listed = await ask(client, "video/list/?fields=id,title,share_url", {"max_count": 20})
    assert [one["id"] for one in listed["videos"]] == [str(number)]
    assert listed["has_more"] is False
    query = {"filters": {"video_ids": [str(number), "1"]}}
    _, counted = await ask(client, "video/query/?fields=id,like_count,view_count", query)
    assert counted == {"videos": [{"id": str(number), "like_count": 0, "view_count": 0}]}


@pytest.mark.parametrize("settings", [Settings(processing_s=0.0, upload_s=60.0)])
async def test_pieces_come_in_order_and_as_announced(server: Server, client: httpx.AsyncClient) -> None:
    piece, size = 5_000_000, 10_000_123
    _, begun = await ask(client, "post/publish/inbox/video/init/", source(size, piece, 2))
    first, last = MP4 + bytes(piece - len(MP4)), bytes(size - piece)
    url = begun["upload_url"]
    assert await put(url, last, piece, size) == 416, "the second before the first"
    assert await put(url, first[:-1], 0, size) == 416, "shorter than announced"
    assert await put(url, first, 0, size, **{"Content-Type": "text/plain"}) == 400
    assert await put(url, first, 0, size, **{"Content-Range": "all"}) == 400
    assert await put(url + "x", first, 0, size) == 404
    assert await put(url, first, 0, size) == 206
    _, half = await ask(client, "post/publish/status/fetch/", {"publish_id": begun["publish_id"]})
    assert (half["status"], half["uploaded_bytes"]) == ("PROCESSING_UPLOAD", piece)
    assert await put(url, last, piece, size) == 201
    _, done = await ask(client, "post/publish/status/fetch/", {"publish_id": begun["publish_id"]})
    assert (done["status"], done["publicaly_available_post_id"]) == ("SEND_TO_USER_INBOX", [])
    server.world.settings.upload_s = 0.0
    assert await put(url, last, piece, size) == 403


@pytest.mark.parametrize(
    ("size", "piece", "pieces", "answered"),
    [
        (50_000_123, 10_000_000, 5, 200),
        (64_000_000, 64_000_000, 1, 200),
        (64_000_001, 64_000_001, 1, 400),
        (50_000_123, 10_000_000, 6, 400),
        (15_000_000, 10_000_000, 1, 400),
        (15_000_000, 4_999_999, 3, 400),
        (0, 0, 1, 400),
    ],
)
async def test_a_plan_of_pieces_is_held_to_the_rules(
    client: httpx.AsyncClient, size: int, piece: int, pieces: int, answered: int
) -> None:
    status, said = await ask(client, "post/publish/inbox/video/init/", source(size, piece, pieces))
    assert status == answered
    assert said == "invalid_params" or "upload_url" in said


async def test_what_is_no_film_fails_afterwards(client: httpx.AsyncClient) -> None:
    _, begun = await ask(client, "post/publish/video/init/", {"post_info": INFO, **source(5)})
    assert await put(begun["upload_url"], b"hello") == 201
    _, status = await ask(client, "post/publish/status/fetch/", {"publish_id": begun["publish_id"]})
    assert (status["status"], status["fail_reason"]) == ("FAILED", "file_format_check_failed")


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"title": "x" * 2201}, (400, "invalid_params")),
        ({"title": "😀" * 1101}, (400, "invalid_params")),
        ({"privacy_level": "FOLLOWER_OF_CREATOR"}, (403, "privacy_level_option_mismatch")),
        ({"privacy_level": "NOBODY"}, (400, "invalid_params")),
        ({"privacy_level": "SELF_ONLY", "brand_content_toggle": True}, (400, "invalid_params")),
    ],
)
async def test_settings_are_refused_with_their_codes(
    client: httpx.AsyncClient, changes: dict[str, object], answer: tuple[int, str]
) -> None:
    assert await ask(client, "post/publish/video/init/", {"post_info": INFO | changes, **source(12)}) == answer


@pytest.mark.parametrize("settings", [Settings(audited=False), Settings(audited=False, private_accounts=True)])
async def test_an_unaudited_app_posts_for_the_creator_alone_to_private_accounts(
    server: Server, client: httpx.AsyncClient
) -> None:
    refused = (403, "unaudited_client_can_only_post_to_private_accounts")
    body = {"post_info": INFO, **source(12)}
    assert await ask(client, "post/publish/video/init/", body) == refused
    body["post_info"] = INFO | {"privacy_level": "SELF_ONLY"}
    status, _ = await ask(client, "post/publish/video/init/", body)
    assert status == (200 if server.world.settings.private_accounts else 403)


def photos(*urls: str, cover: int = 0, mode: str = "DIRECT_POST") -> dict[str, object]:
    """The order to fetch photos."""
    return {
        "post_info": {"title": "funny cat", "description": "this will be #funny", "privacy_level": "SELF_ONLY"},
        "source_info": {"source": "PULL_FROM_URL", "photo_cover_index": cover, "photo_images": list(urls)},
        "post_mode": mode,
        "media_type": "PHOTO",
    }


@pytest.mark.parametrize("settings", [Settings(url_prefixes=("https://herald.example/media/",))])
@pytest.mark.parametrize(
    ("order", "answer"),
    [
        (photos("https://elsewhere.example/1.jpg"), (403, "url_ownership_unverified")),
        (photos("http://herald.example/media/1.jpg"), (403, "url_ownership_unverified")),
        (photos(), (400, "invalid_params")),
        (photos(*("https://herald.example/media/1.jpg",) * 36), (400, "invalid_params")),
        (photos("https://herald.example/media/1.jpg", cover=1), (400, "invalid_params")),
    ],
)
async def test_photos_are_fetched_from_verified_addresses_only(
    client: httpx.AsyncClient, order: dict[str, object], answer: tuple[int, str]
) -> None:
    assert await ask(client, "post/publish/content/init/", order) == answer


@pytest.mark.parametrize("settings", [Settings(inits_per_min=1, posts_per_day=1, pending_per_day=1)])
async def test_there_are_limits_of_a_minute_and_of_a_day(server: Server, client: httpx.AsyncClient) -> None:
    body = {"post_info": INFO, **source(len(MP4))}
    _, begun = await ask(client, "post/publish/video/init/", body)
    assert await ask(client, "post/publish/video/init/", body) == (429, "rate_limit_exceeded")
    server.world.settings.inits_per_min = 0
    assert await put(begun["upload_url"], MP4) == 201
    assert await ask(client, "post/publish/video/init/", body) == (403, "spam_risk_too_many_posts")
    assert await ask(client, "post/publish/creator_info/query/") == (403, "spam_risk_too_many_posts")
    _, begun = await ask(client, "post/publish/inbox/video/init/", source(len(MP4)))
    assert await put(begun["upload_url"], MP4) == 201
    refused = (403, "spam_risk_too_many_pending_share")
    assert await ask(client, "post/publish/inbox/video/init/", source(len(MP4))) == refused


async def test_tokens_and_what_they_cover_are_asked_for(server: Server, client: httpx.AsyncClient) -> None:
    user = "/v2/user/info/?fields=open_id,union_id,avatar_url,display_name,username,follower_count"
    assert set((await client.get(user)).json()["data"]["user"]) == set(user.partition("=")[2].split(","))
    few = {"Authorization": f"Bearer {server.token_of('junipercoffee', ('user.info.basic',))}"}
    refused = await client.get(user, headers=few)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "scope_not_authorized")
    nobody = await client.get(user, headers={"Authorization": "Bearer act.example"})
    assert (nobody.status_code, nobody.json()["error"]["code"]) == (401, "access_token_invalid")
    assert await ask(client, "post/publish/status/fetch/", {"publish_id": "v"}) == (400, "invalid_publish_id")
    others = {"Authorization": f"Bearer {server.token_of('rowan')}"}
    _, begun = await ask(client, "post/publish/inbox/video/init/", source(12))
    answer = await client.post(
        "/v2/post/publish/status/fetch/", json={"publish_id": begun["publish_id"]}, headers=others
    )
    assert answer.json()["error"]["code"] == "token_not_authorized_for_specified_publish_id"


async def test_conditions_are_told_in_tiktoks_form(server: Server, client: httpx.AsyncClient) -> None:
    _, begun = await ask(client, "post/publish/inbox/video/init/", source(len(MP4)))
    server.network.set_condition(DOWN)
    assert await ask(client, "video/list/?fields=id") == (503, "internal_error")
    server.network.set_condition(REFUSES_TEXT)
    assert await put(begun["upload_url"], MP4) == 403
    server.network.set_condition(HIDES_POST)
    assert await ask(client, "video/list/?fields=id") == (400, "invalid_params")
    server.network.set_condition(ACCESS_ENDED)
    assert await ask(client, "video/list/?fields=id") == (401, "access_token_invalid")
    anew = {"Authorization": f"Bearer {server.token_of('junipercoffee')}"}
    assert (await client.post("/v2/video/list/?fields=id", json={}, headers=anew)).status_code == 200
