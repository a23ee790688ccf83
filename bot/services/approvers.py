"""Who approves a brand's posts: its rule and its approvers, and what waits for each of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bot import clock
from bot.domain.approvals import Asking, Rule, who_decides, who_is_asked
from bot.domain.errors import Conflict, invalid
from bot.domain.ids import BrandId, PostId, WorkspaceId
from bot.domain.posts import PostView
from bot.services import agreeing, approving
from bot.services.approving import show_now, tell, write_down
from bot.services.deps import Deps
from storage import approvals, audit, cards, installations, lines, post_holds, posts
from storage.approvals import Request
from storage.brands import Brand
from storage.engine import Session

_MOST_OPEN = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A brand's rule, and the user ids of its approvers."""

    rule: Rule
    approvers: tuple[str, ...]


async def rule_of(deps: Deps, brand: Brand) -> Approval:
    """Whose word the brand's posts need."""
    async with deps.database.reading() as session:
        rule = await approvals.rule_of(session, brand.workspace_id, brand.id)
        return Approval(rule=rule, approvers=await approvals.approvers_of(session, brand.workspace_id, brand.id))


def checked_rule(rule: Rule, approvers: Collection[str]) -> None:
    """Raise InvalidContent for a rule that nobody could follow."""
    if rule is not Rule.NONE and not approvers:
        raise invalid("approvers", "Choose who approves.")
    for user in approvers:
        if not (user[:1] in {"U", "W"} and user.isalnum() and user.isascii() and user.isupper()):
            raise invalid("approvers", f"{user[:40]!r} is no user id of Slack, such as U0123ABCD.")


async def set_rule(deps: Deps, brand: Brand, *, rule: Rule, approvers: Collection[str], asked_by: str) -> Approval:
    """Have the brand's posts need this word; what is scheduled already stays so.

    What waits is looked at anew: it goes where nobody else has to agree any more, and new approvers are asked. Raises
    InvalidContent, and Conflict for a workspace that is not in Slack, where nobody could decide.
    """
    checked_rule(rule, approvers)
    now = clock.now()
    async with deps.database.transaction() as session:
        workspace_id = brand.workspace_id
        before = await approvals.approvers_of(session, workspace_id, brand.id)
        was = await approvals.rule_of(session, workspace_id, brand.id)
        after = tuple(sorted(set(approvers)))
        if (was, before) == (rule, after):
            return Approval(rule=rule, approvers=after)
        if rule is not Rule.NONE and not await installations.is_installed(session, workspace_id):
            raise Conflict("Approvers decide in Slack, and Herald is in no Slack here.", field="approvers")
        await approvals.set_rule(session, workspace_id, brand.id, rule)
        await approvals.set_approvers(session, workspace_id, brand.id, after, named_by=asked_by)
        detail = {"brand_id": brand.id, "rule": rule.value, "approvers": list(after)}
        event = audit.AuditEvent(at=now, actor=asked_by, event="approvals_changed", detail=detail)
        await audit.add_event(session, workspace_id, event)
        waiting = await approvals.open_posts(session, workspace_id, brand_ids=[brand.id], limit=_MOST_OPEN)
        for post_id in sorted(waiting):
            await _judge_anew(session, workspace_id, post_id, by=asked_by, now=now)
    return Approval(rule=rule, approvers=after)


async def _judge_anew(session: Session, workspace_id: WorkspaceId, post_id: PostId, *, by: str, now: datetime) -> None:
    """By the rule that is new. `by` has changed it."""
    await post_holds.lock(session, workspace_id, post_id)
    post = await posts.get_post(session, workspace_id, post_id)
    request = await approvals.request_of(session, workspace_id, post_id)
    if request is None or request.state is not Asking.WAITING:
        return
    if await approvals.rule_of(session, workspace_id, post.brand_id) is Rule.NONE:
        await approving.guard(session, workspace_id, post_id, by=by, now=now)
        await write_down(session, post, "approve", "Nobody has to approve it any more.", by=by, now=now)
        await lines.changed(session, workspace_id, post_id, "approve", by=by, now=now, facts={"unruled": True})
        return
    if await agreeing.agree(session, post, request, request.decided_by or by, now):
        await write_down(session, post, "approve", "Everybody who has to has approved it.", by=by, now=now)
        await lines.changed(session, workspace_id, post_id, "approve", by=by, now=now, facts={"enough": True})
    else:
        still = await asked_in(session, post)
        await tell(session, post, request, still.missing if still is not None else ())  # nobody is told twice
        await cards.want(session, workspace_id, [post_id], now=now)
    await show_now(session, workspace_id, request, now)


# --- For the faces ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How the asking about a post stands."""

    request: Request
    rule: Rule
    may: tuple[str, ...]
    """The user ids of those whose word counts."""
    users: tuple[str, ...]
    """Those of them who are asked for it."""
    agreed: tuple[tuple[str, datetime], ...]
    """Those of them who agreed to this version, and when."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Those who are asked and have not."""
        given = {user for user, _ in self.agreed}
        return tuple(user for user in self.users if user not in given)


async def asked(deps: Deps, post: PostView) -> Asked | None:
    """What people are or were asked about the post; None while nobody was."""
    async with deps.database.reading() as session:
        return await asked_in(session, post)


async def asked_in(session: Session, post: PostView) -> Asked | None:
    """The same within a transaction."""
    request = await approvals.request_of(session, post.workspace_id, post.post_id)
    if request is None:
        return None
    approvers = await approvals.approvers_of(session, post.workspace_id, post.brand_id)
    may = who_decides(approvers, post.created_by, request.asked_by)
    votes = await approvals.votes_of(session, post.workspace_id, request)
    rule = await approvals.rule_of(session, post.workspace_id, post.brand_id)
    return Asked(
        request=request,
        rule=rule,
        may=may,
        users=who_is_asked(rule, may, post.approver),
        agreed=tuple((vote.user_id, vote.at) for vote in votes if vote.user_id in may),
    )


async def waiting_for(
    deps: Deps,
    workspace_id: WorkspaceId,
    user_id: str,
    *,
    brand_ids: Collection[BrandId] | None = None,
    limit: int = 50,
) -> list[PostView]:
    """The posts that wait for this person's word, the first to end first."""
    async with deps.database.reading() as session:
        found = await approvals.open_posts(session, workspace_id, brand_ids=brand_ids, of=user_id, limit=limit)
        return [await posts.get_post(session, workspace_id, post_id) for post_id in found]
