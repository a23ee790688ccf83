"""What each class of error means for an item, before and after it was armed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.ids import AccountId, BrandId, ItemId, PostId, WorkspaceId
from bot.domain.items import ErrorClass, QueuedItem
from bot.domain.publication import Event, State, move
from bot.services import reconciling
from bot.services.verdicts import verdict
from platforms import errors

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ITEM = QueuedItem(
    id=ItemId("item_1"),
    workspace_id=WorkspaceId("ws_1"),
    brand_id=BrandId("brand_1"),
    post_id=PostId("post_1"),
    account_id=AccountId("acc_1"),
    platform="toy",
    post_type="toy-post",
    part=0,
    state=State.SENDING,
    version=1,
    key="0" * 32,
    key_at=NOW,
    due_at=NOW,
    missed_after=NOW + timedelta(minutes=15),
    attempt=1,
    tries=0,
    text="Hello",
)

CASES = [
    (errors.Unavailable("x"), Event.NOT_SENT, Event.RELEASE, ErrorClass.UNAVAILABLE),
    (errors.NotReady("x"), Event.NOT_SENT, Event.RELEASE, ErrorClass.UNAVAILABLE),
    (errors.MaterialGone("x"), Event.NOT_SENT, Event.RELEASE, ErrorClass.MEDIA),
    (errors.Fenced("x"), Event.NOT_SENT, Event.RELEASE, ErrorClass.UNAVAILABLE),
    (errors.RateLimited("x"), Event.NOT_SENT, Event.RELEASE, ErrorClass.RATE_LIMITED),
    (errors.ContentRefused("x"), Event.REFUSED, Event.REFUSED, ErrorClass.CONTENT),
    (errors.MediaRefused("x"), Event.REFUSED, Event.REFUSED, ErrorClass.MEDIA),
    (errors.DuplicateRefused("x"), Event.ANSWER_LOST, Event.REFUSED, ErrorClass.DUPLICATE),
    (errors.Reconnect("x"), Event.REFUSED, Event.REFUSED, ErrorClass.ACCOUNT),
    (errors.ScopeMissing("x"), Event.REFUSED, Event.REFUSED, ErrorClass.PERMISSION),
    (errors.OutcomeUnknown("x"), Event.ANSWER_LOST, Event.RELEASE, ErrorClass.NO_ANSWER),
    (errors.PlatformError("x"), Event.ANSWER_LOST, Event.RELEASE, ErrorClass.NO_ANSWER),
]


@pytest.mark.parametrize(("error", "armed", "claimed", "kind"), CASES, ids=lambda value: type(value).__name__)
def test_each_error_has_one_meaning_in_each_state(
    error: errors.PlatformError, armed: Event, claimed: Event, kind: ErrorClass
) -> None:
    for state, event in ((State.SENDING, armed), (State.CLAIMED, claimed)):
        outcome = verdict(replace(ITEM, state=state), error, attempt=1, now=NOW, chance=0.5)
        assert outcome.event is event
        assert outcome.trouble is not None
        assert outcome.trouble.kind is kind
        move(state, outcome.event)


def test_a_rate_limited_item_keeps_its_place_in_the_line_and_it_is_no_failed_try() -> None:
    """Its account's gate says until when; bot/services/gating.py closes that."""
    late = replace(ITEM, due_at=NOW - timedelta(minutes=3))
    outcome = verdict(late, errors.RateLimited("x", until=NOW + timedelta(minutes=7)), attempt=1, now=NOW, chance=0.5)
    assert (outcome.due_at, outcome.claim_at) == (None, late.due_at - timedelta(seconds=5))
    assert not outcome.counts_as_try


@pytest.mark.parametrize(
    ("until", "told"),
    [
        (NOW + timedelta(minutes=7), "on (the network asked to wait until then)"),
        (None, "on (the network named no time)"),
    ],
)
def test_a_rate_limited_items_journal_names_the_instant_it_goes_on(until: datetime | None, told: str) -> None:
    outcome = verdict(ITEM, errors.RateLimited("x", until=until), attempt=1, now=NOW, chance=0.5)
    again = (until or NOW + timedelta(seconds=60)).isoformat("T", "milliseconds")
    assert outcome.decision == f"nothing was sent; it tries again from {again} {told}"


def test_a_fenced_item_keeps_its_second() -> None:
    outcome = verdict(ITEM, errors.Fenced("x"), attempt=1, now=NOW, chance=0.5)
    assert outcome.due_at is None
    assert not outcome.counts_as_try


def test_trouble_while_preparing_early_does_not_move_the_second_forward() -> None:
    early = replace(ITEM, state=State.CLAIMED, due_at=NOW + timedelta(seconds=4))
    outcome = verdict(early, errors.Unavailable("x"), attempt=0, now=NOW, chance=0.0)
    assert outcome.due_at is None
    assert outcome.claim_at == NOW


def test_waiting_before_it_was_armed_never_brings_it_out_before_its_second() -> None:
    early = replace(ITEM, state=State.CLAIMED, due_at=NOW + timedelta(seconds=60))
    outcome = verdict(early, errors.RateLimited("x"), attempt=0, now=NOW, chance=0.5)
    assert (outcome.due_at, outcome.claim_at) == (None, NOW)


def test_an_item_its_network_works_on_and_nobody_can_ask_about_is_not_left_there() -> None:
    outcome = reconciling._homeless(replace(ITEM, state=State.CONFIRMING))
    assert move(State.CONFIRMING, outcome.event).to is State.UNCONFIRMED
