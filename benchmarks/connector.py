"""The connector of the sink: one POST of about 1 KB per post, nothing on the network before it.

A repeat is a second post. Whether one can look if a post is there is the network's choice, as it is outside.
"""

from datetime import date, datetime

from benchmarks.content import body_of
from bot.domain.accounts import Connected
from bot.domain.capabilities import Capabilities, TextRules
from bot.domain.content import Draft
from bot.domain.gates import Budget, Scope
from platforms.base import (
    Absent,
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
_DEADLINE_S = 60.0
"""After this long without proof a person is asked; past the wire's time-out, or absence could prove nothing."""
_SOURCE = "benchmarks/sink.py"
_READ = date(2026, 11, 21)


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


async def _find(wire: Wire, account: Connected, _prepared: Prepared, key: Key, _since: datetime) -> Published | Absent:
    url = f"{account.account.service_url}/posts/{key.value}"
    body = _object(await wire.read(Request(operation="find", method="GET", url=url)))
    if body["id"] is None:
        return Absent(evidence="the sink does not have it")
    return Published(platform_post_id=str(body["id"]), permalink=str(body["url"]))


async def _find_nothing(
    _wire: Wire, _account: Connected, _prepared: Prepared, _key: Key, _since: datetime
) -> CannotTell:
    return CannotTell(reason="this sink shows nobody its posts")


def _object(answer: Answer) -> JsonObject:
    body = answer.json()
    if not isinstance(body, dict):
        raise TypeError("not an object")
    return body  # pyright: ignore[reportUnknownVariableType]  # checked by whoever takes a value


def _read_error(_answer: Answer) -> tuple[None, None]:
    return None, None


def budget_of(words: str) -> Budget:
    """The budget that `scope:amount:per_s` tells, as a worker's command line has it."""
    scope, amount, per_s = words.split(":")
    return Budget(
        name="posts", scope=Scope(scope), amount=int(amount), per_s=float(per_s), source=_SOURCE, read=_READ
    )  # fmt: skip


def sink_connector(*, searchable: bool = True, budgets: tuple[Budget, ...] = ()) -> Connector:
    """The connector of a sink that shows its posts, or of one that shows none, and of what it allows."""
    find = FindRules(repeat=Repeat.NEVER, looks=1, settle_s=0.0, deadline_s=_DEADLINE_S, source=_SOURCE, read=_READ)
    text = TextRules(limit=2_000, unit="characters", count=lambda draft: len(draft.text), source=_SOURCE, read=_READ)
    return Connector(
        spec=Spec(
            name=PLATFORM,
            title="Sink",
            post_types=("sink-post",),
            capabilities=Capabilities(name="Sink", text=text, media={}, max_attachments=0, threads=False),
            find=find,
            api_url="",
            errors=(),
            read_error=_read_error,
            read_reset=lambda _answer, _came: None,
            budgets=budgets,
        ),
        login=None,
        identify=_identify,
        refresh=None,
        prepare=_prepare,
        publish=_publish,
        find=_find if searchable else _find_nothing,
        metrics=None,
    )
