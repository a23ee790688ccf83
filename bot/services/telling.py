"""Saying what is owed to one channel, one thing after another, and writing down what got through.

Older first, a card before the lines of its thread. A failure ends the work on this channel for a while; what is
hopeless is given up, with its reason. Where nobody may write, what is loud is said all the same: the notifier finds a
person to tell. What got through is written down for many at once, a moment later: whoever is killed in that moment has
said a few things that are said again, unless the notifier may look whether they stand there.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot import clock
from bot.services.deps import Deps
from bot.services.ports import CardOwed, NotDelivered, Notice, Notifier, Place
from storage import cards, lanes, outbox
from storage.lanes import Lane

if TYPE_CHECKING:
    from bot.domain.ids import PostId

_log = logging.getLogger(__name__)

_AT_ONCE = 100
_FIRST_PAUSE_S = 2.0
_LONGEST_PAUSE_S = 60.0
_DOUBLINGS = 10
_REFUSALS = 5
"""So often a thing may be refused of itself, or break for a reason of ours, before it is given up."""
_SAVE_EVERY_S = 0.05
_SAVE_AGAIN_S = 0.5
_JUST_AFTER = timedelta(microseconds=1)
_MOST_UNSAVED = 200
_MOST_UNWRITTEN = 3
"""So much of a channel, at a message a second, whoever was killed may have said and not written down."""
_LONGEST_ERROR = 200

_LOUD = frozenset({"broadcast", "missed", "access", "preflight"})

_IN_PLACE = frozenset({"mended", "network_back", "access_now", "preflight_now", "approval_now"})
"""They change what an earlier notice said, where it stands."""

Owed = CardOwed | Notice


class Teller:
    """Clears one lane."""

    def __init__(  # noqa: PLR0913  # what it works with
        self, deps: Deps, notifier: Notifier, saver: "Saver", lane: Lane, *, send_s: float, refused: Counter[str]
    ) -> None:
        self._deps = deps
        self._notifier = notifier
        self._saver = saver
        self._lane = lane
        self._send_s = send_s
        self._times_refused = refused
        """How often each thing was refused of itself; what an outage does to it is not counted."""
        self._shown: dict[PostId, tuple[int, Place | None]] = {}
        """What became of the cards of this round, of which the lines read before know nothing."""
        self._shut = False
        """Whether nobody may write in this channel."""
        self._tried_at = clock.now()
        self._doubtful = 0

    def doubt(self) -> None:
        """Whoever was killed here may have said the first of it: it is to be looked for where that is possible."""
        self._doubtful = _MOST_UNWRITTEN

    async def clear(self, may_say: Callable[[], bool]) -> None:
        """Say all that is due, until something fails or nothing may be said any more."""
        while may_say():
            await self._saver.flush()
            if self._shut:
                return
            self._shown.clear()
            steps = await self._steps()
            if not steps:
                return
            for step in steps:
                if not may_say() or not await self._say(step):
                    return
                if self._saver.behind():
                    await self._saver.flush()

    async def _steps(self) -> list[Owed]:
        lane, now = self._lane, clock.now()
        async with self._deps.database.reading() as session:
            owed = await cards.owed(session, lane.workspace_id, lane.channel, limit=_AT_ONCE)
            notices = await outbox.due(session, lane.workspace_id, lane.channel, now=now, limit=_AT_ONCE)
        return in_order(owed, notices)

    async def _say(self, step: Owed) -> bool:
        """Whether the next thing may be said."""
        if self._shut and (isinstance(step, CardOwed) or step.kind not in _LOUD):
            return True
        self._tried_at = clock.now()
        if self._doubtful:
            self._doubtful -= 1
            step = replace(step, tries=max(step.tries, 1))
        return await (self._show(step) if isinstance(step, CardOwed) else self._deliver(step))

    # --- Cards ---

    async def _show(self, card: CardOwed) -> bool:
        if card.post_id in self._shown and self._shown[card.post_id][0] >= card.wanted:
            return True
        if card.channel is None:
            return self._give_up(card, "the brand has no channel any more")
        try:
            async with asyncio.timeout(self._send_s):
                place = await self._notifier.show(card)
        except Exception as error:  # noqa: BLE001  # whatever broke stops this lane alone
            return await self._refused(card, error)
        self._shown[card.post_id] = (card.wanted, place)
        return self._got_through(card, place)

    # --- Notices ---

    async def _deliver(self, notice: Notice) -> bool:
        if not await self._card_is_there(notice):
            return False
        ready = await self._placed(notice)
        if isinstance(ready, str):
            return self._give_up(notice, ready)
        try:
            async with asyncio.timeout(self._send_s):
                place = await self._notifier.deliver(ready)
        except Exception as error:  # noqa: BLE001  # whatever broke stops this lane alone
            return await self._refused(notice, error)
        return self._got_through(notice, place)

    def _got_through(self, what: Owed, place: Place | None) -> bool:
        self._times_refused.pop(_name(what), None)
        self._saver.add(what, place)
        return True

    async def _card_is_there(self, notice: Notice) -> bool:
        """A card that was never posted comes before its lines. False when it failed just now."""
        post_id = notice.post_id
        if post_id is None or notice.card is not None or not notice.card_owed or post_id in self._shown or self._shut:
            return True
        async with self._deps.database.reading() as session:
            card = await cards.owed_of(session, notice.workspace_id, post_id)
        return card is None or await self._show(card)

    async def _placed(self, notice: Notice) -> Notice | str:
        """The notice with the places it refers to, or why it can never be said."""
        shown = self._shown.get(notice.post_id) if notice.post_id is not None else None
        if shown is not None:  # a card that was deleted stands somewhere else now
            notice = replace(notice, card=shown[1] or notice.card)
        if notice.kind == "thread" and notice.card is None:
            return "its card could not be shown"
        if notice.kind in _IN_PLACE:
            await self._saver.flush()
            async with self._deps.database.reading() as session:
                place = await outbox.place_of(session, notice.workspace_id, str(notice.payload["notice_id"]))
            return "what it mends was not shown" if place is None else replace(notice, place=place)
        return notice

    # --- Failing ---

    def _give_up(self, what: Owed, reason: str) -> bool:
        _log.warning("notice given up", extra={**_ids(what), "reason": reason})
        self._times_refused.pop(_name(what), None)
        if isinstance(what, CardOwed):
            self._shown[what.post_id] = (what.wanted, what.place)
        self._saver.add(what, what.place if isinstance(what, CardOwed) else None, given_up=reason)
        return True

    async def _refused(self, what: Owed, error: Exception) -> bool:
        """Whether the lane goes on: only after what is hopeless."""
        refusal = self._understood(what, error)
        times = self._times_refused[_name(what)] + 1 if refusal.of_itself else 0
        if refusal.hopeless or times >= _REFUSALS:
            return self._give_up(what, refusal.reason)
        if what.tries == 0:
            _log.warning("notice not delivered yet", extra={**_ids(what), "reason": refusal.reason})
        await self._saver.flush()
        pause = refusal.again_after or timedelta(
            seconds=min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(what.tries, _DOUBLINGS))
        )
        async with self._deps.database.transaction() as session:
            if isinstance(what, CardOwed):
                await cards.failed(session, what, error=refusal.reason[:_LONGEST_ERROR])
            else:
                await outbox.failed(session, what, error=refusal.reason[:_LONGEST_ERROR])
            known_at = self._tried_at if refusal.as_of is None else refusal.as_of + _JUST_AFTER
            await lanes.close_lane(session, self._lane, tried_at=known_at, until=clock.now() + pause)
        if times:  # only now: while the database is away it is not the thing that is at fault
            self._times_refused[_name(what)] = times
        self._shut = refusal.shut
        return refusal.shut

    def _understood(self, what: Owed, error: Exception) -> NotDelivered:
        if isinstance(error, NotDelivered):
            return error
        if isinstance(error, TimeoutError):
            return NotDelivered("no answer in time")
        _log.error("notice not delivered", extra=_ids(what), exc_info=error)
        return NotDelivered("Herald made a mistake while saying it", of_itself=True)


def in_order(owed: Sequence[CardOwed], notices: Sequence[Notice]) -> list[Owed]:
    """Cards and notices as they are to be said: older first, of the same age the card.

    Where a list may go on, nothing is said that could be younger than what it goes on with.
    """
    keyed: list[tuple[datetime, int, Owed]] = [(card.since, 0, card) for card in owed]
    keyed += [(notice.due_at, 1, notice) for notice in notices]
    keyed.sort(key=lambda one: one[:2])
    ends = [many[-1] for many in (owed, notices) if len(many) >= _AT_ONCE]
    if not ends:
        return [step for _, _, step in keyed]
    horizon = min(end.since if isinstance(end, CardOwed) else end.due_at for end in ends)
    return [step for at, _, step in keyed if at <= horizon]


def _name(what: Owed) -> str:
    return f"card {what.post_id}" if isinstance(what, CardOwed) else what.id


def _ids(what: Owed) -> dict[str, object]:
    kind = "card" if isinstance(what, CardOwed) else what.kind
    return {"kind": kind, "post_id": what.post_id, "workspace_id": what.workspace_id}


class Saver:
    """Writes down what became of cards and notices, of all lanes together."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._cards: list[tuple[CardOwed, Place | None, str | None]] = []
        self._notices: list[tuple[Notice, Place | None, str | None]] = []
        self._writing = asyncio.Lock()
        self._more = asyncio.Event()
        self._oldest_s: float | None = None
        self.got_through = 0
        """How much was delivered and written down."""

    def add(self, what: Owed, place: Place | None, *, given_up: str | None = None) -> None:
        """It stands there; or it was given up, for a reason."""
        if isinstance(what, CardOwed):
            self._cards.append((what, place, given_up))
        else:
            self._notices.append((what, place, given_up))
        self._oldest_s = self._oldest_s or clock.uptime_s()
        self._more.set()

    @property
    def unsaved(self) -> int:
        """How much is not written down yet."""
        return len(self._cards) + len(self._notices)

    def behind(self) -> bool:
        """Whether nothing more should be said before something is written down."""
        late = self._oldest_s is not None and clock.uptime_s() - self._oldest_s > _SAVE_AGAIN_S
        return late or self.unsaved >= _MOST_UNSAVED

    def forget(self) -> None:
        """Give up what cannot be written down: another deliverer says it again."""
        if self.unsaved:
            _log.error("delivered and not written down", extra={"notices": self.unsaved})
        self._cards, self._notices, self._oldest_s = [], [], None

    async def run(self) -> None:
        """Write down what comes, a moment later, until cancelled."""
        while True:
            await self._more.wait()
            await asyncio.sleep(_SAVE_EVERY_S)
            self._more.clear()
            try:
                await self.flush()
            except Exception:  # noqa: BLE001  # kept; the lanes wait meanwhile
                _log.exception("deliveries not written down yet", extra={"notices": self.unsaved})
                await asyncio.sleep(_SAVE_AGAIN_S)
                self._more.set()

    async def flush(self) -> None:
        """Write down all that was added so far. One transaction. Raises when the database is away; nothing is lost."""
        async with self._writing:
            if not self.unsaved:
                return
            told_cards, told_notices, now = list(self._cards), list(self._notices), clock.now()
            async with self._deps.database.transaction() as session:
                await cards.settle(session, told_cards, now=now)
                await outbox.settle(session, told_notices, now=now)
            del self._cards[: len(told_cards)], self._notices[: len(told_notices)]
            self.got_through += sum(given_up is None for _, _, given_up in (*told_cards, *told_notices))
            self._oldest_s = clock.uptime_s() if self.unsaved else None
