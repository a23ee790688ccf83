"""The contract, held by a toy connector, and broken by toys that are broken in one way each."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Draft
from bot.domain.ids import AccountId, BrandId, WorkspaceId
from platforms.base import (
    Absent,
    Answer,
    CannotTell,
    Connection,
    Connector,
    Endpoints,
    FilePart,
    FindRules,
    Identity,
    Key,
    LoginField,
    Prepared,
    Published,
    Repeat,
    Request,
    Wire,
)
from platforms.errors import OutcomeUnknown, PlatformError, Unavailable
from tests.platforms.contract import Call, ConnectorCase, ContractTests, Limit, Looking, Scenario
from tests.platforms.quality_rules import RULES, read_quality
from tests.platforms.stage import Fault, NotingWire, Script, Step
from tests.platforms.toys import AT, READ_ON, SOURCE, error_body, spec

API = "https://toy.example"
TOKEN = Secret("toy-s3cr3t")
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="toy",
        platform_account_id="17",
        handle="juniper",
        display_name="Juniper",
        service_url=API,
    ),
    tokens=Tokens(access=TOKEN),
)
IDENTITY = Identity(platform_account_id="17", handle="juniper", display_name="Juniper", service_url=API)


def word(answer: Answer, name: str, failure: type[PlatformError]) -> str:
    try:
        value = cast("dict[str, object]", answer.json())[name]
    except (ValueError, KeyError, TypeError):
        value = None
    if not isinstance(value, str):
        raise failure("Toy gave an answer that cannot be read.", platform="toy")
    return value


def request(connected: Connected, method: str, path: str, json: Mapping[str, object] | None = None) -> Request:
    return Request(
        operation=f"toy {path}", method=method, url=f"{API}{path}", bearer=connected.tokens.access, json=json
    )


async def identify(wire: Wire, connected: Connected) -> Identity:
    answer = await wire.read(request(connected, "GET", "/me"))
    return replace(IDENTITY, handle=word(answer, "name", Unavailable))


async def login(wire: Wire, endpoints: Endpoints, given: Mapping[str, str | Secret]) -> Connection:
    del wire, endpoints, given
    return Connection(identity=IDENTITY, tokens=CONNECTED.tokens)


async def prepare(  # noqa: PLR0913, PLR0917  # the connector's signature
    wire: Wire, endpoints: Endpoints, connected: Connected, draft: Draft, key: Key, earlier: Prepared | None
) -> Prepared:
    del endpoints, key, earlier
    answer = await wire.prepare(request(connected, "POST", "/drafts", {"text": draft.text}))
    return Prepared(data={"draft": word(answer, "draft", Unavailable)})


async def publish(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Published:
    await wire.read(request(connected, "GET", "/ready"))
    body = {"draft": prepared.data["draft"], "key": key.value}
    answer = await wire.create(request(connected, "POST", "/posts", body))
    return Published(platform_post_id=word(answer, "id", OutcomeUnknown), permalink=None)


async def find(
    wire: Wire, connected: Connected, prepared: Prepared, key: Key, since: object
) -> Published | Absent | CannotTell:
    del key, since
    answer = await wire.read(request(connected, "GET", f"/drafts/{prepared.data['draft']}"))
    state = word(answer, "state", Unavailable)
    if state == "open":
        return Absent(evidence="the draft is still open")
    if state == "posted":
        return Published(platform_post_id=word(answer, "id", Unavailable), permalink=None)
    return CannotTell(reason=f"the draft is {state}")


TOY = Connector(
    spec=spec(login=(LoginField(name="token", label="Token", secret=True),)),
    login=login,
    identify=identify,
    refresh=None,
    prepare=prepare,
    publish=publish,
    find=find,
    metrics=None,
)
BEARER = {"authorization": "Bearer toy-s3cr3t"}
DRAFT = Draft(text="hello", post_type="toy-post", due_at=AT)
LOOK = Step(method="GET", url=f"{API}/drafts/d1", headers=BEARER, answer={"state": "open"})
CASE = ConnectorCase(
    connector=TOY,
    connected=CONNECTED,
    endpoints=Endpoints(api=API),
    key=Key(value="0" * 32, at=AT),
    folder=Path(__file__).parent / "toy",
    refusals={401: error_body("bad token"), 403: error_body("no"), 429: error_body("slow down")},
    scenarios=(
        Scenario(
            name="text",
            draft=DRAFT,
            prepare=(
                Step(
                    method="POST", url=f"{API}/drafts", headers=BEARER, json={"text": "hello"}, answer={"draft": "d1"}
                ),
            ),
            publish=(
                Step(method="GET", url=f"{API}/ready", optional=True),
                Step(
                    method="POST",
                    url=f"{API}/posts",
                    query={},
                    content=b'{"draft":"d1","key":"' + b"0" * 32 + b'"}',
                    answer={"id": "7"},
                ),
            ),
            published=Published(platform_post_id="7", permalink=None),
        ),
    ),
    looking=(
        Looking(name="not there", steps=(LOOK,), concludes=Absent),
        Looking(
            name="there",
            steps=(replace(LOOK, answer={"state": "posted", "id": "7"}),),
            concludes=Published(platform_post_id="7", permalink=None),
        ),
        Looking(name="who knows", steps=(replace(LOOK, answer={"state": "lost"}),), concludes=CannotTell),
    ),
    limits=(Limit(name="text", fits=replace(DRAFT, text="x" * 20), over=replace(DRAFT, text="x" * 21)),),
    calls=(
        Call(
            name="identify",
            call=lambda wire: identify(wire, CONNECTED),
            steps=(Step(method="GET", url=f"{API}/me", headers=BEARER, answer={"name": "juniper"}),),
            gives=IDENTITY,
        ),
    ),
    since=AT,
)


class TestToy(ContractTests):
    """The toy keeps the contract."""

    case = CASE


async def publishes_by_read(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Published:
    await wire.read(request(connected, "GET", "/ready"))
    body = {"draft": prepared.data["draft"], "key": key.value}
    answer = await wire.prepare(request(connected, "POST", "/posts", body))
    return Published(platform_post_id=word(answer, "id", Unavailable), permalink=None)


async def publishes_and_believes(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Published:
    try:
        return await publish(wire, connected, prepared, key)
    except OutcomeUnknown as error:
        raise Unavailable("Toy did not answer.") from error


async def prepares_with_the_token(  # noqa: PLR0913, PLR0917  # the connector's signature
    wire: Wire, endpoints: Endpoints, connected: Connected, draft: Draft, key: Key, earlier: Prepared | None
) -> Prepared:
    prepared = await prepare(wire, endpoints, connected, draft, key, earlier)
    return Prepared(data={**prepared.data, "token": connected.tokens.access.reveal()})


async def prepares_by_creating(  # noqa: PLR0913, PLR0917  # the connector's signature
    wire: Wire, endpoints: Endpoints, connected: Connected, draft: Draft, key: Key, earlier: Prepared | None
) -> Prepared:
    del endpoints, key, earlier
    answer = await wire.create(request(connected, "POST", "/drafts", {"text": draft.text}))
    return Prepared(data={"draft": word(answer, "draft", Unavailable)})


async def finds_nothing_in_every_failure(
    wire: Wire, connected: Connected, prepared: Prepared, key: Key, since: object
) -> Published | Absent | CannotTell:
    try:
        return await find(wire, connected, prepared, key, since)
    except PlatformError:
        return Absent(evidence="it did not answer")


def contract_of(connector: Connector) -> ContractTests:
    class Broken(ContractTests):
        case = replace(CASE, connector=connector)

    return Broken()


@pytest.mark.parametrize(
    ("connector", "test", "arguments"),
    [
        (replace(TOY, publish=publishes_by_read), "a_post_sends_exactly_the_recorded_requests_and_creates_once", ()),
        (replace(TOY, publish=publishes_by_read), "every_failure_while_publishing_is_classed_right", ((Fault.LOST,),)),
        (
            replace(TOY, publish=publishes_and_believes),
            "every_failure_while_publishing_is_classed_right",
            ((Fault.LOST,),),
        ),
        (
            replace(TOY, publish=publishes_and_believes),
            "every_failure_while_publishing_is_classed_right",
            ((Fault.GARBAGE,),),
        ),
        (replace(TOY, prepare=prepares_with_the_token), "what_prepare_stores_is_small_plain_json_without_secrets", ()),
        (replace(TOY, prepare=prepares_by_creating), "a_post_sends_exactly_the_recorded_requests_and_creates_once", ()),
        (
            replace(TOY, prepare=prepares_by_creating),
            "every_failure_while_preparing_says_that_nothing_was_created",
            ((Fault.LOST,),),
        ),
    ],
)
async def test_a_broken_toy_is_found_out(
    connector: Connector, test: str, arguments: tuple[tuple[Fault, ...], ...]
) -> None:
    contract = contract_of(connector)

    with pytest.raises(AssertionError):
        await getattr(contract, f"test_{test}")(CASE.scenarios[0], *arguments)


async def test_a_toy_that_takes_silence_for_absence_is_found_out() -> None:
    contract = contract_of(replace(TOY, find=finds_nothing_in_every_failure))

    with pytest.raises(AssertionError, match="was taken for"):
        await contract.test_a_look_that_failed_is_never_a_proof(CASE.looking[0], (Fault.LOST,))


async def test_a_request_that_differs_from_the_record_is_found_out() -> None:
    step = Step(method="POST", url=f"{API}/posts", headers={"x": "y"})
    script = Script((step,), refusals={})
    wire = NotingWire(TOY.spec, script, {})

    with pytest.raises(AssertionError):
        await wire.read(request(CONNECTED, "POST", "/posts"))
    with pytest.raises(AssertionError, match="unexpected request"):
        await wire.read(request(CONNECTED, "POST", "/posts"))


async def test_a_form_that_differs_from_the_record_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "tree.png"
    path.write_bytes(b"png")
    form = replace(
        request(CONNECTED, "POST", "/files"), form=(("alt", "a tree"),), files=(FilePart(path=path, mime_type="t/t"),)
    )
    step = Step(method="POST", url=f"{API}/files", parts=(("alt", b"a tree"), ("file", b"png")))

    async def send(one: Request) -> None:
        await NotingWire(TOY.spec, Script((step,), refusals={}), {}).prepare(one)

    await send(form)
    for other in (replace(form, form=()), replace(form, files=()), request(CONNECTED, "POST", "/files", {"alt": "a"})):
        with pytest.raises(AssertionError):
            await send(other)


def test_a_spec_that_promises_what_its_functions_lack_is_found_out() -> None:
    rules = FindRules(repeat=Repeat.KEY, source=SOURCE, read=READ_ON)

    with pytest.raises(AssertionError):
        contract_of(replace(TOY, spec=spec(find=rules))).test_spec_functions_and_quality_agree()
    with pytest.raises(AssertionError):
        contract_of(replace(TOY, login=None)).test_spec_functions_and_quality_agree()


def test_a_fact_without_a_source_is_found_out() -> None:
    rules = FindRules(repeat=Repeat.NEVER, source="I remember", read=READ_ON)

    with pytest.raises(AssertionError, match="I remember"):
        contract_of(replace(TOY, spec=spec(find=rules))).test_every_fact_has_a_source_and_a_date()


def test_a_quality_file_says_why_something_is_not_done(tmp_path: Path) -> None:
    path = tmp_path / "quality.toml"
    path.write_text('[rules]\nmetrics = {status = "todo"}\n', encoding="utf-8")

    with pytest.raises(ValueError, match="gives no reason"):
        read_quality(path)
    assert set(read_quality(CASE.folder / "quality.toml")) == set(RULES)
