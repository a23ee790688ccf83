"""What will go wrong with a waiting item, as far as anybody can know: its access, budget, files, text and links.

Asks and changes nothing, but for the health of accounts that nobody asked about for six hours. A trouble is small JSON:

    what        and beside it
    reconnect
    quota       until (ISO), late (whether it still goes out, only later)
    media       file (its name): it is missing
    content     said (a sentence of the network's rules)
    link        url, status (0: no such host)
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar

from bot import clock
from bot.domain.accounts import Account, Health
from bot.domain.errors import Conflict, NotFound, UserError
from bot.domain.gates import Budget, Ledger, Reason, Scope, free, key_of_account, key_of_app, opens_at, spend
from bot.domain.ids import AccountId, MediaId
from bot.domain.links import addresses_in
from bot.domain.posts import ItemView, PostView
from bot.domain.publication import State
from bot.domain.slots import Moment
from bot.services import connecting, planning
from bot.services.deps import Deps
from bot.services.files import File
from bot.services.planning import At, Plan, Target, Wish
from platforms.base import capabilities_of
from platforms.web import NO_SUCH_HOST
from storage import accounts, brands, endings, gates, posts, preflights
from storage.brands import Brand
from storage.engine import Session
from storage.media import rows
from storage.preflights import Waiting

_log = logging.getLogger(__name__)

_K = TypeVar("_K")
_V = TypeVar("_V")

Trouble = Mapping[str, Any]

_ASKED_LATELY = timedelta(hours=6)
_LOST = frozenset({Health.EXPIRED, Health.REVOKED})
_WAITS = frozenset({State.SCHEDULED, State.CLAIMED})
_MOST_LINKS = 5
_LOOKS_AT_ONCE = 8
_NOTICEABLE = timedelta(minutes=1)
_COUNTED_AHEAD = 200
"""Of a budget for more posts than this what is planned is not counted: it would take longer than it is worth."""
_NOT_THERE = frozenset({NO_SUCH_HOST, int(HTTPStatus.NOT_FOUND), int(HTTPStatus.GONE)})
"""What is told of a link. Many sites refuse robots, or are slow or out of order for a while: that tells nothing."""


@dataclass(slots=True)
class Round:
    """One walk over waiting items: each account and each link is asked about once."""

    deps: Deps
    _accounts: dict[AccountId, asyncio.Task[Account | None]] = field(
        default_factory=dict[AccountId, asyncio.Task[Account | None]]
    )
    _links: dict[str, asyncio.Task[int | None]] = field(default_factory=dict[str, asyncio.Task[int | None]])
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_LOOKS_AT_ONCE))

    async def troubles(self, item: Waiting) -> tuple[Trouble, ...]:
        """What will go wrong with it; empty when all is fine, or nobody can tell."""
        account = await _once(self._accounts, item.account_id, lambda: self._account(item))
        if account is None or item.platform not in self.deps.connectors:
            return ()
        async with self.deps.database.reading() as session:
            post = await posts.get_post(session, item.workspace_id, item.post_id)
            brand = await brands.get_brand(session, item.workspace_id, item.brand_id)
            until = await _waits_until(self.deps, session, item, account)
        own = next((one for one in post.items if one.item_id == item.item_id), None)
        if own is None:
            return ()
        found: list[Trouble] = []
        if _is_lost(account, item.due_at):
            found.append({"what": "reconnect"})
        elif until is not None and until > item.due_at + _NOTICEABLE:
            late = until < item.due_at + brand.grace
            found.append({"what": "quota", "until": until.isoformat(), "late": late})
        found += await self._content(item, own, post, brand, account)
        found += await self._dead_links(own, post)
        return tuple(found)

    async def _account(self, item: Waiting) -> Account | None:
        """The account, asked about at its platform unless somebody did lately; None once it is disconnected."""
        deps = self.deps
        try:
            async with deps.database.reading() as session:
                account = await accounts.get_account(session, item.workspace_id, item.account_id)
            if account.platform not in deps.connectors or account.health in _LOST:
                return account
            async with deps.database.transaction() as session:
                ours = await endings.claim_check(session, account.id, checked_before=clock.now() - _ASKED_LATELY)
            return (await self._asked(account)) if ours else account
        except NotFound:
            return None

    async def _asked(self, account: Account) -> Account:
        async with self._slots:
            return (await connecting.check(self.deps, account)).account

    async def _content(  # which item, in which form, of which post, for whom
        self, item: Waiting, own: ItemView, post: PostView, brand: Brand, account: Account
    ) -> list[Trouble]:
        files, missing = await self._files(post)
        if missing:
            told_here = not _before(own, post)
            return [{"what": "media", "file": name} for name in missing] if told_here else []
        connector = self.deps.connectors[item.platform]
        takes = capabilities_of(connector, account.limits)
        target = Target(account=account, connector=connector, takes=takes, kind=own.kind)
        moment = Moment(at=item.scheduled_at)
        plan = Plan(wish=_wish(item, own, post, brand), now=clock.now(), moment=moment, targets=(target,), files=files)
        return [{"what": "content", "said": problem.message} for problem in planning.refusals(self.deps, plan)]

    async def _files(self, post: PostView) -> tuple[tuple[File, ...], list[str]]:
        """Its files, and the names of those that are missing."""
        if not post.files:
            return (), []
        async with self.deps.database.reading() as session:
            known = await rows.stored(session, post.workspace_id, {file.media_id for file in post.files})
        files: list[File] = []
        missing: list[str] = []
        for one in post.files:
            media = known.get(one.media_id)
            if media is None or not await self._has(media.sha256):
                missing.append(one.file_name)
            else:
                files.append(File(media=media, path=self.deps.media.path_of(media.sha256)))
        return tuple(files), list(dict.fromkeys(missing))

    async def _has(self, sha256: str) -> bool:
        try:
            return await self.deps.media.has(sha256)
        except (Conflict, OSError):  # the store does not answer, which says nothing of the file
            return True

    async def _dead_links(self, item: ItemView, post: PostView) -> list[Trouble]:
        web = self.deps.web
        if web is None:
            return []
        found: list[Trouble] = []
        elsewhere = {url for other in _before(item, post) for url in _links(post, other)}
        own = [url for url in _links(post, item) if url not in elsewhere]
        for url in own[:_MOST_LINKS]:
            status = await _once(self._links, url, lambda url=url: self._look(url))
            if status in _NOT_THERE:
                found.append({"what": "link", "url": url, "status": status})
        return found

    async def _look(self, url: str) -> int | None:
        async with self._slots:
            return await self.deps.web.look(url) if self.deps.web is not None else None


async def _once(known: dict[_K, asyncio.Task[_V]], key: _K, ask: Callable[[], Awaitable[_V]]) -> _V:
    """The answer to a question that is asked once in a round, however many want to know."""

    async def answer() -> _V:
        return await ask()

    if key not in known:
        known[key] = asyncio.create_task(answer())
    return await asyncio.shield(known[key])


def _is_lost(account: Account, due_at: datetime) -> bool:
    ended = account.ends_at is not None and account.ends_at <= due_at and not account.renews
    return ended or account.health in _LOST


def _before(item: ItemView, post: PostView) -> list[ItemView]:
    """The post's other accounts of which is told first what is wrong with the post itself: once is enough."""
    waiting = [one for one in post.items if one.part == 0 and one.status in _WAITS]
    own = next((place for place, one in enumerate(waiting) if one.item_id == item.item_id), 0)
    return waiting[:own]


def _links(post: PostView, item: ItemView) -> Iterator[str]:
    texts = (post.text_of(item), *post.parts)
    yield from dict.fromkeys([*(url for text in texts for url in addresses_in(text)), *filter(None, [post.link])])


def _wish(item: Waiting, own: ItemView, post: PostView, brand: Brand) -> Wish:
    """The post as it was asked for, for this one item."""
    return Wish(
        brand=brand,
        to=(own.place,),
        text=post.text,
        when=At(text=item.scheduled_at.isoformat()),
        parts=post.parts,
        variants={variant: text for variant, text in post.variants.items() if variant == own.variant},
        media=tuple((MediaId(file.media_id), file.alt_text) for file in post.files),
        link=post.link,
        options={variant: chosen for variant, chosen in post.options.items() if variant == own.variant},
        media_for=post.media_for,
        asked_by=post.created_by,
    )


# --- Budgets ---------------------------------------------------------------------------------------------------------


async def _waits_until(deps: Deps, session: Session, item: Waiting, account: Account) -> datetime | None:
    """Until when its account will take no posts at its second, by what was spent and what is planned before it.

    A network that is down now may well be back by then.
    """
    shut = await gates.closed(session, now=clock.now())
    gate = shut.of(item.platform, item.account_id, account.service_url)
    told = [gate.until] if gate is not None and gate.reason is not Reason.DOWN else []
    spec = deps.connectors[item.platform].spec
    budgets = [one for one in spec.budgets if not one.post_types or item.post_type in one.post_types]
    if budgets:
        keys = {Scope.ACCOUNT: key_of_account(item.account_id), Scope.APP: key_of_app(item.platform)}
        ledgers = await gates.ledgers_of(session, keys.values())
        for budget in budgets:
            ledger = ledgers.get(keys[budget.scope], {}).get(budget.name, Ledger())
            told.append(_opens(budget, await _with_plans(session, item, budget, ledger), item.due_at))
    return max(told, default=None)


async def _with_plans(session: Session, item: Waiting, budget: Budget, ledger: Ledger) -> Ledger:
    if budget.scope is not Scope.ACCOUNT or budget.amount // budget.cost > _COUNTED_AHEAD:
        return ledger
    planned = await preflights.planned_before(
        session,
        item,
        since=item.due_at - timedelta(seconds=budget.per_s),
        post_types=budget.post_types,
        limit=budget.amount // budget.cost,
    )
    for due_at in planned:
        if free(budget, ledger, due_at) > 0:
            ledger = spend(budget, ledger, 1, due_at)
    return ledger


def _opens(budget: Budget, ledger: Ledger, at: datetime) -> datetime:
    return opens_at(budget, ledger, at) if free(budget, ledger, at) == 0 else at


async def all_troubles(deps: Deps, items: list[Waiting]) -> list[tuple[Trouble, ...] | None]:
    """Of each item, in order; None where looking itself went wrong, which is no sign of anything."""
    walk = Round(deps)

    async def of(item: Waiting) -> tuple[Trouble, ...] | None:
        try:
            return await walk.troubles(item)
        except UserError:
            return None
        except Exception:  # noqa: BLE001  # one look that breaks must not keep the others from being made
            _log.exception("look ahead failed", extra={"item_id": item.item_id, "platform": item.platform})
            return None

    return list(await asyncio.gather(*(of(item) for item in items)))
