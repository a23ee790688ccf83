"""What an upload does with answers that the contract does not list."""

from dataclasses import replace
from typing import Any

import pytest

from platforms.base import Endpoints, Prepared
from platforms.errors import Unavailable
from platforms.facebook import CONNECTOR
from platforms.facebook.kinds import REEL, VIDEO
from platforms.http import HttpWire
from tests.platforms.facebook.pieces import (
    API,
    BASE,
    BEARER,
    CONNECTED,
    DRAFT,
    ENDPOINTS,
    KEY,
    PAGE,
    REEL_STEPS,
    film,
    of_type,
    picture,
    post,
)
from tests.platforms.stage import Script, Step

REEL_DRAFT = of_type(REEL, attachments=(film(),), options={"type": "reel"})


async def prepared(
    *steps: Step, kind: str = REEL, endpoints: Endpoints = ENDPOINTS, earlier: Prepared | None = None
) -> Prepared:
    """What comes of these answers."""
    script = Script(steps, refusals={})
    draft = REEL_DRAFT if kind == REEL else of_type(kind, attachments=(film(),))
    made = await CONNECTOR.prepare(HttpWire(CONNECTOR.spec, script), endpoints, CONNECTED, draft, KEY, earlier)
    assert script.finished
    return made


def to(address: str) -> Step:
    """The start of a reel that is to go there."""
    return replace(REEL_STEPS[0], answer={"video_id": "900", "upload_url": address})


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/v", "http://rupload.facebook.com/v", "https://rupload.facebook.com.evil.example/v"],
)
async def test_the_token_goes_to_no_other_host(address: str) -> None:
    with pytest.raises(Unavailable):
        await prepared(to(address))


async def test_the_upload_host_moves_with_the_configuration() -> None:
    there = replace(REEL_STEPS[1], url="http://127.0.0.1:9/video-upload/v25.0/900")
    moved = Endpoints(api=API, auth="http://127.0.0.1:9")
    assert (await prepared(REEL_STEPS[0], there, endpoints=moved)).data["web"] == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "wanted",
    [("0", "8"), ("4", "8"), ("9", "8"), ("8", "13"), ("", "8"), ("x", "8")],
)
async def test_pieces_that_lead_nowhere_end_it(wanted: tuple[str, str]) -> None:
    start = post(f"{PAGE}/videos", {"upload_session_id": "7", "video_id": "9", "start_offset": "4", "end_offset": "8"})
    odd = post(f"{PAGE}/videos", {"start_offset": wanted[0], "end_offset": wanted[1]})
    with pytest.raises(Unavailable):
        await prepared(start, odd, kind=VIDEO)


async def test_a_text_needs_no_call() -> None:
    script = Script((), refusals={})
    made = await CONNECTOR.prepare(HttpWire(CONNECTOR.spec, script), ENDPOINTS, CONNECTED, DRAFT, KEY, None)
    assert made.wait_s is None


_LOOK = Step(
    method="GET", url=f"{BASE}/811", query={"fields": "status,post_id,permalink_url"}, headers=BEARER, answer={}
)
_GONE = {"error": {"message": "Unsupported get request.", "code": 100, "error_subcode": 33}}


@pytest.mark.parametrize("status", ["upload_complete", "processing", "ready"])
async def test_a_film_of_an_earlier_try_is_used_as_long_as_it_may_become_a_post(status: str) -> None:
    earlier = Prepared(data={"kind": REEL, "text": "Good morning", "video": "811"})
    shown = replace(_LOOK, answer={"status": {"video_status": status}})
    assert (await prepared(shown, earlier=earlier)).data["video"] == "811"


@pytest.mark.parametrize(
    "said",
    [{"answer": {"status": {"video_status": "expired"}}}, {"status": 400, "answer": _GONE}],
    ids=["over", "gone"],
)
async def test_a_film_of_which_nothing_can_come_any_more_goes_up_anew(said: dict[str, Any]) -> None:
    earlier = Prepared(data={"kind": REEL, "text": "Good morning", "video": "811"})
    made = await prepared(replace(_LOOK, **said), *REEL_STEPS[:2], earlier=earlier)
    assert made.data["video"] == "900"


async def test_photos_of_an_earlier_try_are_used_unless_one_is_gone() -> None:
    draft = replace(DRAFT, attachments=(picture(),))
    earlier = Prepared(data={"kind": draft.post_type, "text": draft.text, "photos": ["701"]})
    look = replace(_LOOK, url=f"{BASE}/701", query={"fields": "id"}, answer={"id": "701"})

    async def photos(*steps: Step) -> object:
        wire = HttpWire(CONNECTOR.spec, Script(steps, refusals={}))
        return (await CONNECTOR.prepare(wire, ENDPOINTS, CONNECTED, draft, KEY, earlier)).data["photos"]

    up = Step(method="POST", url=f"{BASE}/{PAGE}/photos", headers=BEARER, answer={"id": "702"})
    assert await photos(look) == ["701"]
    assert await photos(replace(look, status=400, answer=_GONE), up) == ["702"]
