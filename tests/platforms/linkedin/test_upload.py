"""What the contract cannot say of uploads: where the token goes, and answers that lack something."""

from dataclasses import replace

import httpx
import pytest

from platforms.base import Prepared
from platforms.errors import MediaRefused, Unavailable
from platforms.http import HttpWire
from platforms.linkedin import CONNECTOR
from tests.platforms.linkedin.samples import CONNECTED, DRAFT, ENDPOINTS, IMAGE, KEY, VIDEO
from tests.platforms.stage import respond

FILM = replace(DRAFT, post_type="linkedin-video", attachments=(VIDEO,))
PICTURE = replace(DRAFT, post_type="linkedin-image", attachments=(IMAGE,))


class LinkedIn:
    """Answers an initializeUpload with this, and everything else with nothing."""

    def __init__(self, value: dict[str, object], *, status: int = 200) -> None:
        self.sent: list[httpx.Request] = []
        self._value, self._status = value, status

    async def prepare(self, draft: object = PICTURE) -> Prepared:
        """Upload the draft's file."""
        wire = HttpWire(CONNECTOR.spec, httpx.MockTransport(self._answer))
        return await CONNECTOR.prepare(wire, ENDPOINTS, CONNECTED, draft, KEY, None)  # pyright: ignore[reportArgumentType]  # a Draft

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.sent.append(request)
        if request.method == "POST" and len(self.sent) == 1:
            return respond(request, 200, {"value": self._value})
        return respond(request, self._status, None)


@pytest.mark.parametrize(
    ("address", "trusted"),
    [
        ("https://www.linkedin.com/dms-uploads/x", True),
        ("https://dms.licdn.com/x", True),
        ("https://api.linkedin.com/x", True),
        ("http://www.linkedin.com/dms-uploads/x", False),
        ("https://notlinkedin.com/x", False),
        ("https://linkedin.com.example/x", False),
    ],
)
async def test_the_token_goes_to_linkedin_alone(address: str, *, trusted: bool) -> None:
    linkedin = LinkedIn({"image": "urn:li:image:1", "uploadUrl": address})
    prepared = await linkedin.prepare()
    assert ("authorization" in linkedin.sent[1].headers) == trusted
    assert linkedin.sent[1].content == IMAGE.path.read_bytes()
    assert prepared.wait_s is not None


@pytest.mark.parametrize("value", [{"image": "urn:li:image:1"}, {"uploadUrl": "https://www.linkedin.com/x"}, {}])
async def test_half_an_answer_is_none(value: dict[str, object]) -> None:
    with pytest.raises(Unavailable):
        await LinkedIn(value).prepare()


@pytest.mark.parametrize("instruction", [{"firstByte": 0}, {"uploadUrl": "https://www.linkedin.com/x", "firstByte": 0}])
async def test_a_part_without_an_address_or_a_mark_is_no_part(instruction: dict[str, object]) -> None:
    with pytest.raises(Unavailable):
        await LinkedIn({"video": "urn:li:video:1", "uploadInstructions": [instruction]}).prepare(FILM)


async def test_a_refused_upload_names_the_file() -> None:
    linkedin = LinkedIn({"image": "urn:li:image:1", "uploadUrl": "https://www.linkedin.com/x"}, status=413)
    with pytest.raises(MediaRefused, match=IMAGE.media.file_name):
        await linkedin.prepare()
