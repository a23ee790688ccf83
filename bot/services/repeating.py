"""A creating call that its caller gave a name (`Idempotency-Key`) is done once, however often it comes.

The first one claims the name before anything else and writes its answer down afterwards. What a refused call would
have done is not done, so its name is free again. A process may die in between: after a minute a repetition takes over
and does the call again. What it makes gets the id that the first attempt would have given it (`id_of`), so that what
was made already is found, and a late first attempt cannot make it a second time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from bot import clock
from bot.domain.errors import Conflict
from bot.domain.ids import WorkspaceId
from bot.services.deps import Deps
from storage import idempotency
from storage.engine import Session
from storage.idempotency import CallName, NamedCall
from storage.ids import derived_id, new_id

__all__ = ["Answering", "CallName", "Claim", "Kept", "begin", "forget", "id_of", "settle"]

T = TypeVar("T")

KEPT = timedelta(hours=24)
_CUT_OFF = timedelta(minutes=1)


@dataclass(slots=True, kw_only=True)
class Claim:
    """This process works on the call."""

    workspace_id: WorkspaceId
    call: NamedCall
    resumed: bool
    """An attempt before it was cut off: what it makes may be there already."""
    answered: bool = False
    """The answer is kept already, with what it tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The call was answered before."""

    status: int
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering(Generic[T]):
    """A named call that is answered with what it did."""

    claim: Claim
    words: Callable[[T], str | None]
    """None for what holds a secret: that it is done is kept, not what it answered."""

    async def keep(self, session: Session, done: T) -> None:
        """Keep the answer in the transaction of what it tells of: both are there, or neither."""
        call = self.claim.call
        await idempotency.settle(session, self.claim.workspace_id, call, status=200, answer=self.words(done))
        self.claim.answered = True


async def begin(deps: Deps, workspace_id: WorkspaceId, name: CallName, body_hash: str) -> Claim | Kept:
    """Claim the call, or find its answer. Raises Conflict for another body, and while the first call runs."""
    now = clock.now()
    if new := await idempotency.begin_at_once(deps.database, workspace_id, name, body_hash, now):
        return Claim(workspace_id=workspace_id, call=new, resumed=False)
    async with deps.database.transaction() as session:
        call = await idempotency.known(session, workspace_id, name)
        if call is not None and call.created_at <= now - KEPT and (call.status or call.claimed_at <= now - _CUT_OFF):
            await idempotency.drop(session, workspace_id, name)
            call = None
        if call is None:
            new = await idempotency.begin(session, workspace_id, name, body_hash, now)
            if new is None:
                raise Conflict("The first call with this Idempotency-Key still runs. Try again in a moment.")
            return Claim(workspace_id=workspace_id, call=new, resumed=False)
        if call.body_hash != body_hash:
            raise Conflict("This Idempotency-Key was used with another body. Choose a new one for a new call.")
        if call.status is not None and call.answer is not None:
            return Kept(status=call.status, answer=call.answer)
        if call.status is not None:
            raise Conflict("This call was done, and what it answered is shown once. Nothing was done again.")
        if call.claimed_at > now - _CUT_OFF:
            raise Conflict("The first call with this Idempotency-Key still runs. Try again in a moment.")
        await idempotency.take_over(session, workspace_id, name, now)
        call = NamedCall(
            name=name, body_hash=body_hash, status=None, answer=None, created_at=call.created_at, claimed_at=now
        )
        return Claim(workspace_id=workspace_id, call=call, resumed=True)


async def settle(deps: Deps, claim: Claim, *, status: int, answer: str | None) -> None:
    """Keep the answer for a day; None where it holds a secret, which is then never shown again."""
    async with deps.database.transaction() as session:
        await idempotency.settle(session, claim.workspace_id, claim.call, status=status, answer=answer)


async def forget(deps: Deps, claim: Claim) -> None:
    """The call was refused: its name may be used again."""
    async with deps.database.transaction() as session:
        await idempotency.forget(session, claim.workspace_id, claim.call)


def id_of(claim: Claim | None, prefix: str) -> str:
    """The id of the one thing of this kind that the call makes; the same in each attempt at a named call."""
    if claim is None:
        return new_id(prefix)
    name = claim.call.name
    return derived_id(prefix, claim.call.created_at, claim.workspace_id, name.key_id, name.route, name.key)
