"""Upload sessions against the stand-in: pieces, breaks, another machine, sessions that are over, and what is secret."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.domain.content import Draft
from platforms.base import Absent, CannotTell, Endpoints, Pending, Published
from platforms.errors import DuplicateRefused, MaterialGone, MediaRefused, Unavailable
from platforms.http import HttpWire
from platforms.transport import FaultKind, TransportFault
from platforms.youtube import CONNECTOR, session
from platforms.youtube.session import GRANULE_BYTES, PIECE_BYTES
from sandbox.networks.youtube.world import Settings
from tests.platforms.youtube.conftest import KEY, Bench, elsewhere

LARGE = 3 * GRANULE_BYTES + 11
LONG = 3 * PIECE_BYTES + 11
"""Three pieces and a bit."""
SINCE = datetime(2026, 11, 21, 9, tzinfo=UTC)
Films = Callable[[int], Draft]


class Breaking(httpx.AsyncBaseTransport):
    """Passes requests on, and lets the given ones break off after they were carried out."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *breaks: int) -> None:
        self.sent: list[httpx.Request] = []
        self._inner, self._breaks = inner, breaks

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        answer = await self._inner.handle_async_request(request)
        if len(self.sent) in self._breaks:
            raise TransportFault(FaultKind.LOST, written=True)
        return answer


@pytest.mark.parametrize("size", [1, GRANULE_BYTES - 1, GRANULE_BYTES, GRANULE_BYTES + 1, LARGE])
async def test_a_film_of_any_size_arrives_whole_and_exists_only_after_its_last_bytes(
    bench: Bench, film: Films, size: int
) -> None:
    draft = film(size)

    prepared = await bench.prepare(draft)

    assert bench.server.world.videos == {}
    done = await bench.publish(prepared)
    assert isinstance(done, Published)
    [video] = bench.server.world.videos.values()
    assert video.sha256 == hashlib.sha256(draft.attachments[0].path.read_bytes()).hexdigest()
    assert done.platform_post_id == video.id


async def test_an_upload_that_breaks_off_goes_on_where_it_was(bench: Bench, film: Films) -> None:
    draft = film(LONG)
    breaking = Breaking(bench.sender._transport, 3)  # pyright: ignore[reportPrivateUsage]  # between wire and network
    wire = HttpWire(CONNECTOR.spec, breaking)

    halfway = await CONNECTOR.prepare(wire, Endpoints(api=""), bench.connected, draft, KEY, None)
    whole = await CONNECTOR.prepare(wire, Endpoints(api=""), bench.connected, draft, KEY, halfway)

    assert halfway.wait_s is not None
    assert whole.wait_s is None
    ranges = [request.headers.get("content-range", "") for request in breaking.sent]
    pieces = [f"{at * PIECE_BYTES}-{(at + 1) * PIECE_BYTES - 1}" for at in range(3)]
    assert ranges == ["", *(f"bytes {at}/{LONG}" for at in (*pieces[:2], "*", pieces[2]))]
    assert isinstance(await bench.publish(whole), Published)
    assert len(bench.server.world.sessions) == 1


async def test_an_upload_that_breaks_off_again_and_again_is_given_back(bench: Bench, film: Films) -> None:
    draft = film(LARGE)
    halfway = replace(await bench.prepare(draft), data={**(await bench.prepare(draft)).data, "resumes": 5})
    [*_, last] = bench.server.world.sessions.values()
    last.has = 0
    wire = HttpWire(CONNECTOR.spec, Breaking(bench.sender._transport, 2))  # pyright: ignore[reportPrivateUsage]  # the same

    with pytest.raises(Unavailable):
        await CONNECTOR.prepare(wire, Endpoints(api=""), bench.connected, draft, KEY, halfway)


async def test_another_machine_takes_the_session_over_with_its_own_copy_of_the_film(
    bench: Bench, film: Films, tmp_path: Path
) -> None:
    draft = film(LARGE)
    prepared = await bench.prepare(draft)
    draft.attachments[0].path.unlink()
    there = elsewhere(film(LARGE), tmp_path / "copy.mp4")
    draft.attachments[0].path.unlink()

    with pytest.raises(MaterialGone):
        await bench.publish(prepared)
    again = await bench.prepare(there, prepared)

    assert isinstance(await bench.publish(again), Published)
    assert len(bench.server.world.sessions) == len(bench.server.world.videos) == 1


async def test_the_last_bytes_sent_twice_make_one_video(bench: Bench, film: Films) -> None:
    prepared = await bench.prepare(film(LARGE))

    first, second = await bench.publish(prepared), await bench.publish(prepared)

    assert first == second
    assert len(bench.server.world.videos) == 1
    again = await bench.prepare(film(LARGE), prepared)
    assert again.data == prepared.data


async def test_a_session_that_has_lost_bytes_says_so_and_is_filled_again(bench: Bench, film: Films) -> None:
    prepared = await bench.prepare(film(LARGE))
    [upload] = bench.server.world.sessions.values()
    upload.has, upload.digest = 0, hashlib.sha256()

    with pytest.raises(MaterialGone):
        await bench.publish(prepared)

    assert isinstance(await bench.find(prepared, SINCE), Absent)
    assert isinstance(await bench.publish(await bench.prepare(film(LARGE), prepared)), Published)


async def test_a_session_that_is_over_is_begun_anew_only_when_no_video_is_like_it(bench: Bench, film: Films) -> None:
    prepared = await bench.prepare(film(9))
    bench.server.world.sessions.clear()

    with pytest.raises(MaterialGone):
        await bench.publish(prepared)
    assert isinstance(await bench.find(prepared, SINCE), CannotTell)
    fresh = await bench.prepare(film(9), prepared)
    assert isinstance(await bench.publish(fresh), Published)

    bench.server.world.sessions.clear()
    with pytest.raises(DuplicateRefused):
        await bench.publish(fresh)
    kept = await bench.prepare(film(9), fresh)
    assert kept.data["session"] == fresh.data["session"]
    assert isinstance(await bench.find(fresh, SINCE), Published)
    assert len(bench.server.world.videos) == 1


async def test_no_token_goes_to_an_address_that_is_not_googles(bench: Bench, film: Films) -> None:
    class Elsewhere(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers={"location": "https://evil.example/?upload_id=1"}, request=request)

    wire = HttpWire(CONNECTOR.spec, Elsewhere())

    with pytest.raises(Unavailable):
        await CONNECTOR.prepare(wire, Endpoints(api=""), bench.connected, film(9), KEY, None)


async def test_the_sessions_secret_is_in_no_log_and_no_call(
    bench: Bench, film: Films, caplog: pytest.LogCaptureFixture
) -> None:
    wire = bench.wire()
    with caplog.at_level(logging.DEBUG):
        prepared = await CONNECTOR.prepare(wire, Endpoints(api=""), bench.connected, film(9), KEY, None)
        await CONNECTOR.publish(wire, bench.connected, prepared, KEY)

    [secret] = bench.server.world.sessions
    assert secret in str(prepared.data)
    assert secret not in caplog.text + repr(wire.calls)
    assert secret not in repr(session.Session.read(prepared.data["session"]).request("x", bench.connected, "", None))


@pytest.mark.parametrize("settings", [Settings(processing_s=0.0, becomes="failed:codec")])
async def test_a_film_youtube_cannot_process_is_refused_with_its_reason(bench: Bench, film: Films) -> None:
    with pytest.raises(MediaRefused, match="codec"):
        await bench.publish(await bench.prepare(film(9)))


@pytest.mark.parametrize("settings", [Settings(processing_s=0.0, becomes="failed:codec")])
async def test_a_film_asked_for_again_after_youtube_refused_it_goes_up_anew(bench: Bench, film: Films) -> None:
    prepared = await bench.prepare(film(9))
    with pytest.raises(MediaRefused):
        await bench.publish(prepared)
    bench.server.world.settings.becomes = "processed"

    again = await bench.publish(await bench.prepare(film(9), prepared))

    assert isinstance(again, Published)


@pytest.mark.parametrize("settings", [Settings(processing_s=60.0)])
async def test_a_film_under_way_is_asked_after(bench: Bench, film: Films) -> None:
    pending = await bench.publish(await bench.prepare(film(9)))
    assert isinstance(pending, Pending)
    [video] = bench.server.world.videos.values()

    assert isinstance(await bench.poll(pending), Pending)
    video.ready_at = video.taken_at
    done = await bench.poll(pending)

    assert isinstance(done, Published)
    del bench.server.world.videos[video.id]
    with pytest.raises(Unavailable):
        await bench.poll(pending)


@pytest.mark.parametrize("settings", [Settings(processing_s=0.0, audited=False)])
async def test_a_project_without_an_audit_says_that_its_videos_are_private(bench: Bench, film: Films) -> None:
    done = await bench.publish(await bench.prepare(film(9)))

    assert isinstance(done, Published)
    assert "private instead of public" in done.note
