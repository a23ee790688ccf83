"""What every connector keeps, proved from its data. A platform's test is a subclass with its case:

    class TestToy(ContractTests):
        case = ConnectorCase(connector=CONNECTOR, …)

and pytest runs, for every post type and every request of it, every way a request can fail.
"""

import copy
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime
from itertools import product
from pathlib import Path
from typing import ClassVar, cast

import pytest

from bot.domain.accounts import Connected
from bot.domain.capabilities import check
from bot.domain.content import Draft
from bot.domain.errors import Problem
from platforms.base import (
    Absent,
    CannotTell,
    Connector,
    Endpoints,
    Key,
    Page,
    Pending,
    Prepared,
    Published,
    Wire,
    capabilities_of,
    typed,
)
from platforms.errors import AccountError, NotSent, OutcomeUnknown, PlatformError, RateLimited, Refused
from platforms.oauth_rules import ClientAuth, Proof
from tests.platforms.quality_rules import RULES, SHOWN_BY_THE_SPEC, Status, read_quality
from tests.platforms.stage import Fault, NotingWire, Script, Step

_NOISE = {Fault.GARBAGE, Fault.WRONG_SHAPE, Fault.WRONG_LIST}
_VENDOR_SAYS_NO = {Fault.UNAUTHORIZED, Fault.FORBIDDEN, Fault.LIMITED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One post, from draft to published, with every request on the way."""

    name: str
    draft: Draft
    prepare: tuple[Step, ...] = ()
    publish: tuple[Step, ...]
    """Exactly one of them is the creating call: the last, unless `creates` says which."""
    creates: int = -1
    published: Published | Pending
    pages: Mapping[str, Page] = field(default_factory=dict[str, Page])


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """One use of `find` on the first scenario's post: what the platform shows, and what is to be concluded."""

    name: str
    steps: tuple[Step, ...]
    concludes: Published | type[Pending] | type[Absent] | type[CannotTell]
    prepared: Prepared | None = None
    """What `prepare` had stored; by default what the first scenario's makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Two drafts around a limit: the first just fits, the second is one too many."""

    name: str
    fits: Draft
    over: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Any other function (identify, login, metrics, poll, finish, delete, …) with its requests and result."""

    name: str
    call: Callable[[Wire], Awaitable[object]]
    steps: tuple[Step, ...]
    gives: object
    creates: bool = False
    """Whether its last request is the creating one: a `finish`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorCase:
    """A connector and the data that proves it. `refusals` are the vendor's own error bodies for 401, 403 and 429."""

    connector: Connector
    connected: Connected
    endpoints: Endpoints
    key: Key
    folder: Path
    """Where its quality.toml is."""
    refusals: Mapping[int, bytes]
    scenarios: tuple[Scenario, ...]
    looking: tuple[Looking, ...]
    limits: tuple[Limit, ...]
    calls: tuple[Call, ...] = ()
    since: datetime
    """When the first attempt was armed, for `find`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """A connector's function on the stage: what it did."""

    wire: NotingWire
    script: Script


class ContractTests:
    """The contract. Subclasses are named Test… and set `case`."""

    case: ClassVar[ConnectorCase]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Spread the case's data over the tests that ask for it."""
        case = self.case
        spread: dict[str, list[object]] = {
            "scenario": list(case.scenarios),
            "looking": list(case.looking),
            "limit": list(case.limits),
            "call": list(case.calls),
            "faults": [tuple(Fault)],
        }
        for name, values in spread.items():
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, values, ids=[_called(value) for value in values])

    @pytest.fixture(autouse=True)
    def nothing_leaks(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        """Whatever a test does: no secret in a log line, and the inputs as they were."""
        before = copy.deepcopy((self.case.connected, self.case.key, [scene.draft for scene in self.case.scenarios]))
        with caplog.at_level("DEBUG"):
            yield
        assert before == (self.case.connected, self.case.key, [scene.draft for scene in self.case.scenarios])
        self._hides_secrets(caplog.text)

    async def test_a_post_sends_exactly_the_recorded_requests_and_creates_once(self, scenario: Scenario) -> None:
        show, prepared = await self._prepare(scenario)
        assert show.script.finished
        assert set(show.wire.verbs) <= {"read", "prepare"}

        show, published = await self._publish(scenario, prepared)

        assert published == scenario.published
        assert show.script.finished
        assert show.wire.verbs.count("create") == 1
        assert show.wire.verbs[scenario.creates] == "create"

    async def test_what_prepare_stores_is_small_plain_json_without_secrets(self, scenario: Scenario) -> None:
        _, prepared = await self._prepare(scenario)

        stored = json.dumps(prepared.data)
        assert json.loads(stored) == prepared.data
        assert len(stored) < 100_000
        self._hides_secrets(stored)

    async def test_every_failure_while_preparing_says_that_nothing_was_created(
        self, scenario: Scenario, faults: Sequence[Fault]
    ) -> None:
        for fault, (number, step) in product(faults, enumerate(scenario.prepare)):
            script = Script(scenario.prepare, breaks=(number, fault), refusals=self.case.refusals)
            raised = await self._raised(self._prepare(scenario, script))
            if raised is None:
                unnoticed = _NOISE if step.bodiless else {Fault.WRONG_SHAPE}
                assert step.optional or fault in unnoticed, f"{step.url}: {fault} went unnoticed"
                continue
            assert not isinstance(raised, OutcomeUnknown), f"{step.url}: {fault}"
            if step.foreign and fault in {Fault.UNAUTHORIZED, Fault.FORBIDDEN}:
                assert isinstance(raised, NotSent), f"{step.url}: {fault}"
                continue
            self._expect(raised, fault, number)

    async def test_every_failure_while_publishing_is_classed_right(
        self, scenario: Scenario, faults: Sequence[Fault]
    ) -> None:
        _, prepared = await self._prepare(scenario)
        creating = scenario.creates % len(scenario.publish)
        for fault, (number, step) in product(faults, enumerate(scenario.publish)):
            script = Script(scenario.publish, breaks=(number, fault), refusals=self.case.refusals)
            raised = await self._raised(self._publish(scenario, prepared, script))
            if raised is None and step.optional and number != creating:
                continue
            assert raised is not None, f"{step.url}: {fault} went unnoticed"
            doubtful = number == creating and fault not in {*_VENDOR_SAYS_NO, Fault.NOT_CONNECTED}
            assert isinstance(raised, OutcomeUnknown) == doubtful, f"{step.url}: {fault} became {type(raised).__name__}"
            if not doubtful:
                self._expect(raised, fault, number)

    async def test_looking_concludes_what_is_there(self, looking: Looking) -> None:
        show, found = await self._find(looking)

        assert show.script.finished
        assert set(show.wire.verbs) <= {"read"}
        if isinstance(looking.concludes, Published):
            assert found == looking.concludes
        else:
            assert isinstance(found, looking.concludes)

    async def test_a_look_that_failed_is_never_a_proof(self, looking: Looking, faults: Sequence[Fault]) -> None:
        for fault, (number, step) in product(faults, enumerate(looking.steps)):
            script = Script(looking.steps, breaks=(number, fault), refusals=self.case.refusals)
            found: list[object] = []

            async def look(script: Script = script, found: list[object] = found) -> None:
                found.append((await self._find(looking, script))[1])

            raised = await self._raised(look())
            assert not isinstance(raised, OutcomeUnknown)
            assert all(isinstance(one, CannotTell) for one in found), f"{step.url}: {fault} was taken for {found}"

    def test_looking_was_tried_with_every_conclusion_the_platform_allows(self) -> None:
        concluded = {
            type(one.concludes) if isinstance(one.concludes, Published) else one.concludes for one in self.case.looking
        }
        marks = read_quality(self.case.folder / "quality.toml")

        assert (Published in concluded) == (marks["find-presence"].status is Status.DONE)
        assert (Absent in concluded) == (marks["find-absence"].status is Status.DONE)
        assert CannotTell in concluded

    def test_at_the_limit_fits_and_one_over_is_refused_before_any_request(self, limit: Limit) -> None:
        assert self._problems(limit.fits) == ()
        problems = self._problems(limit.over)
        assert problems
        assert all(problem.message for problem in problems)

    def test_every_draft_of_a_scenario_passes_the_check(self, scenario: Scenario) -> None:
        assert self._problems(scenario.draft) == ()
        assert typed(self.case.connector.spec, replace(scenario.draft, post_type="")) == scenario.draft

    def _problems(self, draft: Draft) -> tuple[Problem, ...]:
        """What is wrong with it as the kind of post it becomes."""
        connector, limits = self.case.connector, self.case.connected.account.limits
        draft = typed(connector.spec, draft)
        return check(draft, capabilities_of(connector, limits, draft.post_type))

    async def test_every_other_call_gives_what_the_platform_said(self, call: Call) -> None:
        script = Script(call.steps, refusals=self.case.refusals)
        wire = self._wire(script)

        assert await call.call(wire) == call.gives
        assert script.finished
        assert "create" not in wire.verbs[: -1 if call.creates else None]
        assert not call.creates or wire.verbs[-1] == "create"

    async def test_every_other_call_fails_by_a_known_class(self, call: Call, faults: Sequence[Fault]) -> None:
        for fault, (number, step) in product(faults, enumerate(call.steps)):
            script = Script(call.steps, breaks=(number, fault), refusals=self.case.refusals)
            raised = await self._raised(call.call(self._wire(script)))
            if raised is None:
                assert step.optional or fault in {Fault.GARBAGE, Fault.WRONG_SHAPE, Fault.WRONG_LIST}, step.url
            elif call.creates and step is call.steps[-1]:
                doubtful = fault not in {*_VENDOR_SAYS_NO, Fault.NOT_CONNECTED}
                assert isinstance(raised, OutcomeUnknown) == doubtful, f"{step.url}: {fault}"
            else:
                assert not isinstance(raised, OutcomeUnknown)

    def test_spec_functions_and_quality_agree(self) -> None:
        connector, marks = self.case.connector, read_quality(self.case.folder / "quality.toml")

        assert set(marks) == set(RULES)
        shown = {name: shows(connector) for name, shows in SHOWN_BY_THE_SPEC.items()}
        assert shown == {name: marks[name].status is Status.DONE for name in SHOWN_BY_THE_SPEC}
        assert bool(connector.spec.login) == (connector.login is not None)
        assert (connector.finish is None) or (connector.poll is not None)
        assert {*connector.spec.by_type, *connector.spec.find_by_type} <= set(connector.spec.post_types)
        assert {scene.draft.post_type for scene in self.case.scenarios} == set(connector.spec.post_types)
        assert connector.spec.find.deadline_s > 0
        self._numbers_agree(connector)

    def _numbers_agree(self, connector: Connector) -> None:
        """Whoever tells numbers says how they may be asked for, and what of that publishing spends of, too."""
        rules = connector.spec.numbers
        assert (rules is not None) == (connector.metrics is not None or connector.account_metrics is not None)
        if rules is None:
            return
        assert (rules.history_days > 0) == (connector.history is not None)
        assert all(budget.cost == 1 for budget in rules.budgets)
        shared = {budget.name: budget for budget in connector.spec.budgets}
        for budget in rules.budgets:
            known = shared.get(budget.name, budget)
            assert (known.scope, known.amount, known.per_s) == (budget.scope, budget.amount, budget.per_s)

    def test_oauth_rules_fit_together(self) -> None:
        connector = self.case.connector
        assert_oauth_fits(connector)

    def test_every_fact_has_a_source_and_a_date(self) -> None:
        facts = list(_facts(self.case.connector.spec))

        assert facts
        for name, source, read in facts:
            assert source.startswith("https://"), f"{name}: {source!r}"
            assert read is None or date(2026, 1, 1) <= read <= date(2100, 1, 1), f"{name}: {read}"

    async def _prepare(self, scenario: Scenario, script: Script | None = None) -> tuple[Show, Prepared]:
        script = script or Script(scenario.prepare, refusals=self.case.refusals)
        wire, case = self._wire(script, scenario.pages), self.case
        prepare, draft = case.connector.prepare, scenario.draft
        prepared = await prepare(wire, case.endpoints, case.connected, draft, case.key, None)
        while prepared.wait_s is not None and not script.finished:
            self._hides_secrets(json.dumps(prepared.data))
            earlier = Prepared(data=json.loads(json.dumps(prepared.data)), wait_s=prepared.wait_s)
            prepared = await prepare(wire, case.endpoints, case.connected, draft, case.key, earlier)
        return Show(wire=wire, script=script), prepared

    async def _publish(
        self, scenario: Scenario, prepared: Prepared, script: Script | None = None
    ) -> tuple[Show, Published | Pending]:
        script = script or Script(scenario.publish, refusals=self.case.refusals)
        wire, stored = self._wire(script), Prepared(data=json.loads(json.dumps(prepared.data)))
        published = await self.case.connector.publish(wire, self.case.connected, stored, self.case.key)
        assert stored == Prepared(data=json.loads(json.dumps(prepared.data)))
        return Show(wire=wire, script=script), published

    async def _find(self, looking: Looking, script: Script | None = None) -> tuple[Show, object]:
        case = self.case
        prepared = looking.prepared
        if prepared is None:
            _, prepared = await self._prepare(case.scenarios[0])
        script = script or Script(looking.steps, refusals=case.refusals)
        wire = self._wire(script)
        found = await case.connector.find(wire, case.connected, prepared, case.key, case.since)
        return Show(wire=wire, script=script), found

    def _wire(self, script: Script, pages: Mapping[str, Page] | None = None) -> NotingWire:
        return NotingWire(self.case.connector.spec, script, pages or {})

    async def _raised(self, call: Awaitable[object]) -> PlatformError | None:
        """The call's PlatformError, looked over for secrets. Any other exception is a fault of the connector."""
        raised: PlatformError | None = None
        try:
            await call
        except PlatformError as error:
            raised = error
        if raised is not None:
            self._hides_secrets(_told(raised))
            assert raised.platform in {"", self.case.connector.spec.name}
            assert raised.safe
        return raised

    def _expect(self, raised: PlatformError, fault: Fault, number: int) -> None:
        expected: dict[Fault, tuple[type[PlatformError], ...]] = {
            Fault.UNAUTHORIZED: (AccountError,),
            Fault.FORBIDDEN: (AccountError, Refused),
            Fault.LIMITED: (RateLimited,),
        }
        classes = expected.get(fault, (NotSent,))
        assert isinstance(raised, classes), f"step {number}: {fault} became {type(raised).__name__}"

    def _hides_secrets(self, text: str) -> None:
        tokens = self.case.connected.tokens
        for secret in (tokens.access, tokens.refresh, *tokens.extra.values()):
            assert secret is None or secret.reveal() not in text


def _called(value: object) -> str:
    return "every fault" if isinstance(value, tuple) else str(getattr(value, "name", value))


def assert_oauth_fits(connector: Connector) -> None:
    """What platforms/oauth.py relies on, and what would end in accounts that take each other's access away."""
    rules = connector.spec.oauth
    assert rules is not None or connector.choices is None, "choices come of a consent"
    if rules is None:
        return
    calls = (rules.exchange, rules.refresh, rules.revoke)
    addresses = [rules.authorize, rules.token, *(call.address for call in calls if call is not None and call.address)]
    start = "/" if connector.server is not None else "https://"
    assert all(address.startswith(start) for address in addresses), addresses
    assert (rules.registration_path is None) == (connector.register is None)
    assert connector.choices is None or not rules.rotates, "accounts of one consent would use up each other's tokens"
    assert rules.exchange is None or rules.exchange.carries is Proof.ACCESS, (
        "an exchange is by the access a code brought"
    )
    assert rules.pkce or rules.client is not ClientAuth.PUBLIC, "a public app proves itself by PKCE alone"


def _told(error: PlatformError) -> str:
    """Everything an error would show to a person or a log, its causes included."""
    told = ""
    at: BaseException | None = error
    while at is not None:
        told += f"{at!r} {at} {vars(at)} "
        at = at.__cause__ or at.__context__
    return told


def _facts(value: object, name: str = "spec") -> Iterator[tuple[str, str, date | None]]:
    """Every (where, source, read) in a tree of dataclasses, tuples and mappings."""
    if is_dataclass(value) and not isinstance(value, type):
        if hasattr(value, "source"):
            yield name, getattr(value, "source", ""), getattr(value, "read", None)
        for one in fields(value):
            yield from _facts(getattr(value, one.name), f"{name}.{one.name}")
    elif isinstance(value, tuple):
        for number, one in enumerate(cast("tuple[object, ...]", value)):
            yield from _facts(one, f"{name}[{number}]")
    elif isinstance(value, Mapping):
        for key, one in cast("Mapping[object, object]", value).items():
            yield from _facts(one, f"{name}[{key}]")
