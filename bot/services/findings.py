"""What a look at the network means for an item of which nobody knows. Pure: no clock, no storage, no network.

It is there, it is proved absent, nobody can tell yet, or a human is asked: by the platform's `FindRules`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.items import ErrorClass, Live, Outcome, QueuedItem, Trouble
from bot.domain.publication import Event, State
from bot.services.working import SEND_WITHIN_S
from platforms.base import CREATE_TIMEOUT_S, FindRules, Published

LAST_ARRIVAL_S = CREATE_TIMEOUT_S + SEND_WITHIN_S
"""So long after arming a request may still arrive there."""
SILENT_DEADLINE_S = 3_600.0
"""So long after arming a human is asked at last, though the network never answered."""
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 30.0
_WAIT_SHARE = 0.25
"""A look that could not tell is repeated after this share of the time since the send: often at first, then seldom."""
_LOST_TRACK = "The network took it, and Herald lost track of it. It looks for it."
_TAKEN = "The network took it, and does not show it."


def found(item: QueuedItem, answer: Published, *, now: datetime) -> Outcome:
    """It is there."""
    live = Live(platform_post_id=answer.platform_post_id, permalink=answer.permalink, extra=answer.extra)
    evidence = f"looked and found {answer.platform_post_id}" + (f"; {answer.note}" if answer.note else "")
    return replace(_outcome(item, Event.FOUND, now), live=live, evidence=evidence)


def absent(item: QueuedItem, evidence: str, rules: FindRules, *, asked_at: datetime, now: datetime) -> Outcome:
    """What one more look that found nothing means, by the platform's rules of proof.

    Enough looks, far enough apart, the last of them asked later than any request could still arrive: proved absent, and
    it may be sent again. Otherwise one look more, at the earliest instant that could complete the proof. What counts is
    when the network was asked: an answer that was long on its way tells of then, not of now.

    What the network once said it has is proved absent by nothing: it may work on it unseen, and a person is asked.
    """
    looks = item.looks + 1
    if item.handle is not None:
        return replace(cannot_tell(item, _TAKEN, rules, now=now), evidence=evidence)
    armed_at = item.armed_at or item.due_at
    quiet_after = armed_at + timedelta(seconds=LAST_ARRIVAL_S + 1) if rules.settle_s else armed_at
    if looks < rules.looks or asked_at < quiet_after:
        next_look = max(now + timedelta(seconds=max(rules.settle_s, 1.0)), quiet_after if looks >= rules.looks else now)
        why = _doubt(item, "Not found yet; Herald looks again before it may be sent again.")
        outcome = _later(item, now, why, at=next_look)
        return replace(outcome, looks=looks, evidence=f"look {looks}: {evidence}")
    if item.error_class == ErrorClass.DUPLICATE:
        message = (
            "The network says the same text is already there, but Herald cannot find it. Not posted a second time."
        )
        why = Trouble(kind=ErrorClass.DUPLICATE, message=message)
        return replace(_outcome(item, Event.REFUSED, now), trouble=why, evidence=evidence, decision=message)
    window_s = rules.repeat_window_s
    if window_s is not None and now > (item.first_armed_at or armed_at) + timedelta(seconds=window_s):
        return ask(item, "It is not there, but too much time has passed to send it again safely.", now=now)
    seen = f"proved absent after {looks} looks: {evidence}"
    again = replace(_outcome(item, Event.PROVED_ABSENT, now), due_at=now, counts_as_try=True, evidence=seen)
    return replace(again, decision="it is sent again")


def cannot_tell(item: QueuedItem, reason: str, rules: FindRules, *, now: datetime, silent: bool = False) -> Outcome:
    """A look without a result: another one later, or after the deadline a human is asked.

    What the network works on is asked about until then, and looked for after it, as long as it may honestly take.
    `silent`: the host did not answer, which says nothing of the post, so more patience is due.
    """
    armed_at = item.armed_at or item.due_at
    if item.state is State.CONFIRMING:
        if now >= _deadline(armed_at, rules, silent=silent):
            return lost_track(item, now=now)
        again = _outcome(item, Event.ACCEPTED, now)
        check_at = now + timedelta(seconds=LONGEST_WAIT_S)
        return replace(again, handle=item.handle, check_at=check_at, evidence=reason)
    deadline = looks_until(item, rules, silent=silent)
    if now >= deadline or not rules.tells:
        return ask(item, reason, now=now)
    wait_s = min(LONGEST_WAIT_S, max(FIRST_WAIT_S, (now - armed_at).total_seconds() * _WAIT_SHARE))
    why = _doubt(item, f"{reason} Herald looks again; it is not sent again meanwhile.")
    return replace(_later(item, now, why, at=min(now + timedelta(seconds=wait_s), deadline)), evidence=reason)


def ask(item: QueuedItem, reason: str, *, now: datetime) -> Outcome:
    """Herald looks no more: somebody has to say."""
    why = _doubt(item, f"{reason} Please look whether the post is there.")
    asking = replace(_outcome(item, Event.STILL_UNKNOWN, now), trouble=why, ask_human=True, looks=item.looks)
    return replace(asking, evidence=reason, decision="a person is asked, and Herald looks no more")


class Sent(Protocol):
    """When something was handed over to a network, and whether that once said it has it."""

    @property
    def armed_at(self) -> datetime | None:
        """When it may have been sent last."""
        ...

    @property
    def due_at(self) -> datetime | None:
        """When it was to be sent."""
        ...

    @property
    def key_at(self) -> datetime:
        """Its planned second."""
        ...

    @property
    def handle(self) -> Mapping[str, object] | None:
        """What the network named it by when it took it."""
        ...


def looks_until(item: Sent, rules: FindRules, *, silent: bool = False) -> datetime:
    """As long as what may be live is looked for; a person is asked then. `silent`: the host does not answer."""
    deadline = _deadline(item.armed_at or item.due_at or item.key_at, rules, silent=silent)
    return deadline if item.handle is None else max(deadline, works_until(item, rules))


def _deadline(armed_at: datetime, rules: FindRules, *, silent: bool) -> datetime:
    return armed_at + timedelta(seconds=max(rules.deadline_s, SILENT_DEADLINE_S if silent else 0.0))


def works_until(item: Sent, rules: FindRules) -> datetime:
    """As long as that a network that took it may work on it; after it, it is looked for and in the end a person asked.

    From arming on, or from its planned second, where the network was given it before that and waits for it.
    """
    began = max(filter(None, (item.armed_at, item.due_at, item.key_at)))
    return began + timedelta(seconds=max(rules.deadline_s, rules.works_s))


def lost_track(item: QueuedItem, *, now: datetime, message: str = _LOST_TRACK) -> Outcome:
    """The network took it and nobody can ask how far it is: look for it."""
    why = Trouble(kind=ErrorClass.NO_ANSWER, message=message)
    return replace(_outcome(item, Event.ANSWER_LOST, now), trouble=why, check_at=now)


def _outcome(item: QueuedItem, event: Event, now: datetime) -> Outcome:
    return Outcome(item=item, attempt=item.attempt, event=event, at=now)


def _later(item: QueuedItem, now: datetime, why: Trouble, *, at: datetime) -> Outcome:
    again = replace(_outcome(item, Event.STILL_UNKNOWN, now), trouble=why, check_at=at, looks=item.looks)
    return replace(again, decision=f"Herald looks again at {at.isoformat('T', 'milliseconds')}")


def _doubt(item: QueuedItem, message: str) -> Trouble:
    """A duplicate that is looked for stays one."""
    duplicate = item.error_class == ErrorClass.DUPLICATE
    return Trouble(kind=ErrorClass.DUPLICATE if duplicate else ErrorClass.NO_ANSWER, message=message)
