"""The state machine: no sequence of events makes a second post."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.publication import (
    MAY_BE_LIVE,
    TABLE,
    Effect,
    Event,
    ImpossibleMove,
    Proof,
    State,
    move,
    states_allowing,
    summary,
)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_a_pair_that_is_not_in_the_table_raises(state: State, event: Event) -> None:
    if (state, event) in TABLE:
        assert move(state, event) is TABLE[state, event]
    else:
        with pytest.raises(ImpossibleMove):
            move(state, event)


def test_every_way_back_to_scheduled_names_its_proof() -> None:
    for (state, event), transition in TABLE.items():
        assert (transition.to is State.SCHEDULED) <= (transition.proof is not None), (state, event)
        if state in MAY_BE_LIVE and transition.to is State.SCHEDULED:
            assert transition.proof is not Proof.NEVER_ARMED, (state, event)


def test_only_claimed_items_are_armed_and_arming_opens_the_journal() -> None:
    assert states_allowing(Event.ARM) == {State.CLAIMED}
    armed = move(State.CLAIMED, Event.ARM)
    assert armed.to is State.SENDING
    assert Effect.NEW_ATTEMPT in armed.effects


def test_an_expired_lease_never_sends_an_armed_item_back() -> None:
    assert move(State.SENDING, Event.LEASE_EXPIRED).to is State.UNCONFIRMED


def test_nothing_follows_published_or_cancelled() -> None:
    assert not [pair for pair in TABLE if pair[0] in {State.PUBLISHED, State.CANCELLED}]


def test_every_state_is_reached_and_every_event_is_used() -> None:
    reached = {transition.to for transition in TABLE.values()} | {State.DRAFT}
    assert reached == set(State)
    assert {event for _, event in TABLE} == set(Event)


def test_what_fails_or_is_missed_is_told() -> None:
    for (state, event), transition in TABLE.items():
        if transition.to in {State.FAILED, State.MISSED} and event not in {Event.PARENT_FAILED, Event.PARENT_MISSED}:
            assert Effect.TELL in transition.effects, (state, event)


def test_a_post_shows_what_needs_attention_most() -> None:
    assert summary([State.PUBLISHED, State.FAILED, State.SCHEDULED]) is State.FAILED
    assert summary([State.PUBLISHED, State.PUBLISHED]) is State.PUBLISHED
    assert summary([State.PUBLISHED, State.CANCELLED]) is State.PUBLISHED
    with pytest.raises(ValueError, match="empty"):
        summary([])


@dataclass
class World:
    """A network that may lose requests, answers, or time, and an item that lives with it.

    `requests` are creating calls on their way: none, waiting to arrive, arrived. The world only lets happen what could:
    a worker learns "not sent" only if nothing arrived or will, and finds or misses a post only as it really is.
    """

    keyed: bool
    state: State = State.SCHEDULED
    posts: int = 0
    in_flight: bool = False
    calls: int = 0
    humans: int = 0
    trace: list[str] = field(default_factory=list)

    def possible(self) -> list[tuple[str, Event | None]]:
        """What can happen next: (what the network does, what the item is told)."""
        steps: list[tuple[str, Event | None]] = [("idle", e) for s, e in TABLE if s is self.state and self.honest(e)]
        if self.in_flight:
            steps += [("arrives", None), ("is lost", None)]
        return steps

    def honest(self, event: Event) -> bool:
        """Whether the event, which is a statement about the network, would be true."""
        live = self.posts > 0
        match event:
            case Event.CREATED | Event.FOUND | Event.ACCEPTED | Event.CONFIRMED_BY_HAND:
                return live
            case Event.NOT_SENT | Event.REFUSED | Event.PARENT_FAILED:
                return not live and not self.in_flight
            case Event.PROVED_ABSENT:
                return not live and (self.keyed or not self.in_flight)
            case Event.SEND_AGAIN:
                return False
            case Event.TAKE_BACK:
                return not live and not self.in_flight
            case _:
                return True

    def step(self, network: str, event: Event | None) -> None:
        """Let it happen."""
        self.trace.append(f"{network} {event}")
        if network == "arrives":
            self.posts = 1 if self.keyed else self.posts + 1
            self.in_flight = False
        elif network == "is lost":
            self.in_flight = False
        if event is None:
            return
        self.state = move(self.state, event).to
        if event is Event.ARM:
            self.calls += 1
            self.in_flight = True


@settings(max_examples=500)
@given(keyed=st.booleans(), choices=st.lists(st.integers(min_value=0, max_value=10_000), max_size=60))
def test_whatever_the_network_does_there_is_at_most_one_post(keyed: bool, choices: list[int]) -> None:  # noqa: FBT001
    world = World(keyed=keyed)
    for choice in choices:
        steps = world.possible()
        if not steps:
            break
        world.step(*steps[choice % len(steps)])
        assert world.posts <= 1, world.trace
        if world.state in {State.FAILED, State.MISSED, State.CANCELLED} and "arrives" in " ".join(world.trace):
            assert world.posts <= 1


@given(choices=st.lists(st.integers(min_value=0, max_value=10_000), max_size=60))
def test_between_two_creating_calls_there_is_always_a_proof(choices: list[int]) -> None:
    state, proofs_since_arming, armed_before = State.DRAFT, set[Proof](), False
    for choice in choices:
        events = sorted(event for s, event in TABLE if s is state)
        if not events:
            break
        event = events[choice % len(events)]
        transition = move(state, event)
        if event is Event.ARM:
            assert not armed_before or proofs_since_arming - {Proof.NEVER_ARMED}
            armed_before, proofs_since_arming = True, set()
        elif transition.proof is not None:
            proofs_since_arming.add(transition.proof)
        state = transition.to
