"""The fault matrix: every call that publishing makes, broken in every way that sandbox/faults.py knows.

One Herald, the real wire, its own database and worker, publishes one post for each case of a network, all at the same
time, each to an account behind a proxy of its own, which breaks that case's call. Afterwards the server's own list says
what came of it.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from sqlalchemy import select

from bot import clock
from bot.domain.accounts import Account
from bot.domain.ids import PostId
from bot.domain.posts import ItemView
from bot.domain.publication import State
from bot.services import connecting, journal, keeping, scheduling
from bot.services.deps import Deps
from handlers.clock.worker import work
from platforms import REGISTER
from platforms.addresses import Guard
from platforms.base import Endpoints, Repeat
from platforms.http import Sender
from platforms.transport import AiohttpTransport, Incoming, Outgoing
from sandbox.fault_proxy import FaultProxy, Passage, Rule
from sandbox.faults import is_like
from storage import accounts, brands, workspaces
from storage.brands import Brand
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.tables import PostItemRow
from storage.vault import Vault
from tests.crash.cases import AWAY, AWAY_S, SHORT_GRACE, Case, Step
from tests.crash.network import Call, Network, Person, Server
from tests.storage.media.films import film
from tests.toy_queue import Heard

_CONNECTS_WITHIN_S = 30.0
_LATER_S = 3.0
"""By how much what comes too late comes too late."""
_DRIP_S = 0.2
_MOST_POSTS = 90
"""Of one person: what a server shows at once."""
_ASKS = "Please look whether the post is there"
_ENDED = frozenset({State.PUBLISHED, State.FAILED, State.MISSED, State.CANCELLED})


class Impatient(AiohttpTransport):
    """Waits no longer than `timeout_s`, whatever a request allows."""

    timeout_s = _CONNECTS_WITHIN_S

    async def exchange(self, request: Outgoing) -> Incoming:
        """Send once."""
        return await super().exchange(
            replace(request, timeout_s=min(self.timeout_s, request.timeout_s or self.timeout_s))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A case under way."""

    case: Case
    person: Person
    proxy: FaultProxy
    post_id: PostId


@dataclass(kw_only=True)
class Gauntlet:
    """Everything that a network's cases run through."""

    deps: Deps
    transport: Impatient
    network: Network
    server: Server
    folder: Path
    timeout_s: float
    took_s: dict[str, float] = field(default_factory=dict[str, float])
    """How long each case took."""
    _brands: dict[bool, Brand] = field(default_factory=dict[bool, Brand])
    """By whether their posts may be very late."""
    _person: Person | None = None
    _posts: int = 0
    """Of that person."""

    async def run(self, cases: Sequence[Case], *, within_s: float) -> dict[str, str]:
        """Publish one post for each case; returns what is wrong, by the cases' names."""
        async with AsyncExitStack() as proxies:
            trials = [await self._begin(case, proxies) for case in cases]
            self.transport.timeout_s = self.timeout_s
            stop = asyncio.Event()
            breaking = asyncio.create_task(self._break(trials))
            worker = asyncio.create_task(work(self.deps, Heard(), stop))
            began_s = clock.uptime_s()
            deadline_s = began_s + within_s
            open_trials = list(trials)
            while open_trials and clock.uptime_s() < deadline_s:
                await asyncio.sleep(0.2)
                open_trials = [trial for trial in open_trials if not await self._ended(trial, began_s)]
            breaking.cancel()
            await asyncio.gather(breaking, return_exceptions=True)
            stop.set()
            await worker
            wrong = {trial.case.name: await self._judge(trial) for trial in trials}
        return {name: what for name, what in wrong.items() if what}

    async def _begin(self, case: Case, proxies: AsyncExitStack) -> Trial:
        """An account behind a proxy of its own, and a post to it; the proxy then breaks what the case says."""
        place = urlsplit(self.server.url)
        proxy = await proxies.enter_async_context(FaultProxy((place.hostname or "", place.port or 80)))
        person, brand = await self._somebody(case), await self._brand(patient=case.times is not None)
        connected = await self._connect(brand, person, proxy.url)
        if case.step == "renewing":
            async with self.deps.database.transaction() as session:
                logins = await accounts.load_connected(session, self.deps.vault, [connected.id])
                tokens = replace(logins[connected.id][0].tokens, access_expires_at=clock.now())
                await accounts.store_tokens(session, brand.workspace_id, self.deps.vault, connected, tokens)
        wish = scheduling.Wish(
            brand=brand,
            to=(connected.id,),
            text=case.texts[0],
            parts=tuple(case.texts[1:]),
            media=self._files(case),
            options={self.network.platform: self.network.options} if self.network.options else {},
            when=scheduling.Now(),
            asked_by="tests",
        )
        post = await scheduling.schedule_post(self.deps, wish)
        proxy.rules = list(self._rules(case))
        return Trial(case=case, person=person, proxy=proxy, post_id=post.post_id)

    async def _somebody(self, case: Case) -> Person:
        """The same person as before, until they have many posts."""
        self._posts += len(case.texts)
        if self._person is None or self._posts > _MOST_POSTS:
            self._person, self._posts = await self.server.new_person(), len(case.texts)
        return self._person

    async def _brand(self, *, patient: bool) -> Brand:
        if not self._brands:
            async with self.deps.database.transaction() as session:
                workspace = await workspaces.create_workspace(session, "Paperboat")
                for name, grace in (("Juniper", brands.DEFAULT_GRACE), ("Rowan", SHORT_GRACE)):
                    made = await brands.create_brand(session, workspace.id, name, timezone="UTC", grace=grace)
                    self._brands[name == "Juniper"] = made
        return self._brands[patient]

    async def _connect(self, brand: Brand, person: Person, url: str) -> Account:
        name = self.network.platform
        if person.connection is None:
            assert person.fields is not None
            return await connecting.connect(self.deps, brand, name, person.fields(url), asked_by="tests")
        kept = await keeping.keep(self.deps, brand, REGISTER[name], person.connection(url), asked_by="tests")
        return kept.account

    def _files(self, case: Case) -> tuple[tuple[Path, str], ...]:
        if self.network.files == "video":
            return ((self._film(), ""),)
        if self.network.files == "image" or case.step == "uploading":
            return ((self._picture(), "A sheet of blue"),)
        return ()

    def _film(self) -> Path:
        path = self.folder / "blue.mp4"
        return (
            path
            if path.exists()
            else film(path, codec="libx264", sound="aac", seconds=4, size=(360, 640), options={"movflags": "faststart"})
        )

    def _picture(self) -> Path:
        path = self.folder / "blue.jpg"
        if not path.exists():
            Image.new("RGB", (400, 300), (40, 60, 200)).save(path, "JPEG")
        return path

    def _rules(self, case: Case) -> Iterator[Rule]:
        creating = self.network.creating
        if case.step == "looking":
            yield Rule(fault="reset_after", method=creating.method, path=creating.path, header=creating.header, times=1)
        if case.fault == AWAY:
            return
        call = self._call(case.step)
        delays = {"late": self.timeout_s + _LATER_S, "slow": 2 * self.timeout_s, "drip_after": _DRIP_S}
        yield Rule(
            fault=case.fault,
            method=call.method,
            path=call.path,
            header=call.header,
            times=case.times,
            delay_s=delays.get(case.fault, 0.0),
            retry_after_s=case.retry_after_s,
        )

    def _call(self, step: Step) -> Call:
        calls = {
            "creating": self.network.creating,
            "threading": self.network.creating,
            "looking": self.network.looking,
            "uploading": self.network.uploading,
            "renewing": self.network.renewing,
        }
        call = calls[step]
        assert call is not None
        return call

    async def _break(self, trials: Sequence[Trial]) -> None:
        """Refuse connections where a case says so, until it is over or we are cancelled."""

        async def away(trial: Trial) -> None:
            async with trial.proxy.away():
                await (asyncio.sleep(AWAY_S) if trial.case.times is not None else asyncio.Event().wait())

        await asyncio.gather(*(away(trial) for trial in trials if trial.case.fault == AWAY))

    async def _ended(self, trial: Trial, began_s: float) -> bool:
        items = await self._items(trial)
        over = all(item.status in _ENDED for item in items) or self._is_asked(items) or await self._asked(items[0])
        if over:
            self.took_s[trial.case.name] = clock.uptime_s() - began_s
        return over

    async def _items(self, trial: Trial) -> tuple[ItemView, ...]:
        workspace_id = self._brands[True].workspace_id
        return (await journal.show_post(self.deps, workspace_id, trial.post_id)).items

    async def _asked(self, item: ItemView) -> bool:
        """Whether a person is asked what became of it."""
        async with self.deps.database.reading() as session:
            at = await session.scalar(select(PostItemRow.asked_at).where(PostItemRow.id == item.item_id))
        return item.status is State.UNCONFIRMED and at is not None

    async def _judge(self, trial: Trial) -> str:
        """What is wrong with a trial's end, or nothing."""
        case = trial.case
        if case.leaves_doubt(self.network):
            return await self._judge_doubt(trial)
        items = sorted(await self._items(trial), key=lambda item: item.part)
        there = [(one, text) for one, text in (await trial.person.posts()).items() if text in case.texts]
        if self._is_asked(items):
            return self._judge_asked(trial, [text for _, text in there])
        known = [(item.platform_post_id, text) for item, text in zip(items, case.texts, strict=True)]
        wanted = known if case.end is State.PUBLISHED else []
        faults = {
            f"it ended as {[(item.status.value, item.error) for item in items]}": {item.status for item in items}
            != {case.end},
            f"Herald knows of {wanted}, and there stand {there}": sorted(there) != sorted(wanted, key=str),
            f"{self._carried_out(trial)} calls made a post": self._carried_out(trial) != len(wanted)
            and not self._repeats_harmlessly(case),
            "nothing was broken": case.fault != AWAY
            and all(passage.fault != case.fault for passage in trial.proxy.passages),
        }
        return "; ".join(words for words, wrong in faults.items() if wrong)

    def _is_asked(self, items: Sequence[ItemView]) -> bool:
        """Whether a person is asked, at a network where looking cannot settle anything."""
        asked = [item for item in items if item.status is State.UNCONFIRMED and item.error is not None]
        return not self.network.finds and any(_ASKS in item.error[1] for item in asked if item.error is not None)

    def _judge_asked(self, trial: Trial, there: Sequence[str]) -> str:
        """What is wrong with asking: nothing was in doubt, or something was sent again."""
        sent = sum(self._creates(passage) for passage in trial.proxy.passages)
        faults = {
            f"{sent} creating calls were made": sent != 1,
            f"there stand {there}": len(there) > 1,
        }
        return "; ".join(words for words, wrong in faults.items() if wrong)

    def _creates(self, passage: Passage) -> bool:
        """Whether the world sees the result of that request."""
        calls = (self.network.creating, *self.network.also_creating)
        return any(is_like(passage.request, call.method, call.path, call.header) for call in calls)

    async def _judge_doubt(self, trial: Trial) -> str:
        """The same where nobody can look: it was sent once, a person is asked, and what continues it waits."""
        first, *others = sorted(await self._items(trial), key=lambda item: item.part)
        there = [text for text in (await trial.person.posts()).values() if text in trial.case.texts]
        calls = sum(self._creates(passage) for passage in trial.proxy.passages)
        faults = {
            f"it ended as {first.status.value}, and nobody is asked": not await self._asked(first),
            f"its parts are {[item.status.value for item in others]}": {item.status for item in others}
            - {State.SCHEDULED}
            != set(),
            f"{calls} creating calls were made": calls != 1,
            f"there stand {there}": there not in ([], [trial.case.name]),
        }
        return "; ".join(words for words, wrong in faults.items() if wrong)

    def _carried_out(self, trial: Trial) -> int:
        """How many creating calls the server carried out, and said so."""
        return sum(
            passage.answer is not None and passage.answer.status // 100 == HTTPStatus.OK // 100
            for passage in trial.proxy.passages
            if self._creates(passage)
        )

    def _repeats_harmlessly(self, case: Case) -> bool:
        """Whether a request that arrives at last may meet the post that a repeat has made meanwhile."""
        return case.fault == "late" and REGISTER[self.network.platform].spec.find.repeat is Repeat.RECORD


@asynccontextmanager
async def gauntlet(
    database: Database, network: Network, server: Server, folder: Path, *, timeout_s: float
) -> AsyncGenerator[Gauntlet]:
    """A Herald that waits no longer than `timeout_s` for any answer."""
    endpoints = Endpoints(api=server.url, auth=server.url, directory=server.url)
    async with Impatient(guard=Guard(allow_loopback=True)) as transport:
        deps = Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors=REGISTER,
            endpoints=dict.fromkeys(REGISTER, endpoints),
            sender=Sender(transport),
            media=FolderStore(folder / "media"),
            chance=random.Random(1).random,  # noqa: S311  # spreads waits, repeatably; no secret
            public_url="https://herald.example",
        )
        yield Gauntlet(
            deps=deps, transport=transport, network=network, server=server, folder=folder, timeout_s=timeout_s
        )
