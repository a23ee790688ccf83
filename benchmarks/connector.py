"""The connector of the sink: one POST of about 1 KB per post, nothing on the network before it."""

from datetime import date, datetime

from bot.domain.accounts import Connected
from bot.domain.capabilities import Capabilities, TextRules
from bot.domain.content import Draft
from platforms.base import (
    Answer,
    CannotTell,
    Connector,
    Endpoints,
    FindRules,
    Identity,
    JsonObject,
    Key,
    Prepared,
    Published,
    Repeat,
    Request,
    Spec,
    Wire,
)

PLATFORM = "sink"
TOKEN = "a token of the sink"  # noqa: S105  # the sink asks for none
_TEXT = "A sentence of some length, as people write them. " * 19
_SOURCE = "benchmarks/sink.py"
_READ = date(2026, 11, 21)


def text_of(number: int) -> str:
    """A post's text, about 950 bytes."""
    return f"{number:07d} {_TEXT}"


def body_of(text: str, key: str) -> dict[str, object]:
    """What is posted."""
    return {"text": text, "key": key}


async def _identify(_wire: Wire, account: Connected) -> Identity:
    known = account.account
    return Identity(
        platform_account_id=known.platform_account_id,
        handle=known.handle,
        display_name=known.display_name,
        service_url=known.service_url,
    )


async def _prepare(  # a connector's signature
    _wire: Wire, _at: Endpoints, _account: Connected, draft: Draft, key: Key, _earlier: Prepared | None
) -> Prepared:
    return Prepared(data=body_of(draft.text, key.value))


async def _publish(wire: Wire, account: Connected, prepared: Prepared, _key: Key) -> Published:
    answer = await wire.create(
        Request(
            operation="posts",
            method="POST",
            url=f"{account.account.service_url}/posts",
            json=prepared.data,
            bearer=account.tokens.access,
        )
    )
    body = _object(answer)
    return Published(platform_post_id=str(body["id"]), permalink=str(body["url"]))


async def _find(_wire: Wire, _account: Connected, _prepared: Prepared, _key: Key, _since: datetime) -> CannotTell:
    return CannotTell(reason="the sink keeps no posts")


def _object(answer: Answer) -> JsonObject:
    body = answer.json()
    if not isinstance(body, dict):
        raise TypeError("not an object")
    return body  # pyright: ignore[reportUnknownVariableType]  # checked by whoever takes a value


def _read_error(_answer: Answer) -> tuple[None, None]:
    return None, None


CONNECTOR = Connector(
    spec=Spec(
        name=PLATFORM,
        title="Sink",
        post_types=("sink-post",),
        capabilities=Capabilities(
            name="Sink",
            text=TextRules(
                limit=2_000, unit="characters", count=lambda draft: len(draft.text), source=_SOURCE, read=_READ
            ),
            media={},
            max_attachments=0,
            threads=False,
        ),
        find=FindRules(repeat=Repeat.RECORD, source=_SOURCE, read=_READ),
        api_url="",
        errors=(),
        read_error=_read_error,
        read_reset=lambda _answer, _came: None,
    ),
    login=None,
    identify=_identify,
    refresh=None,
    prepare=_prepare,
    publish=_publish,
    find=_find,
    metrics=None,
)
