"""Arming many at once, of which one cannot be armed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot import clock
from bot.domain.accounts import Connected
from bot.domain.content import Draft
from bot.domain.items import ErrorClass
from bot.domain.publication import State
from bot.services import publishing, working
from platforms.base import Endpoints, Key, Prepared, Wire
from storage.engine import Database
from storage.media.folder import FolderStore
from tests.services.test_gates import another
from tests.toy import ToyNetwork, toy_connector
from tests.toy_queue import Queue, queue


async def test_one_item_that_cannot_be_armed_does_not_stop_all_others(
    database: Database, network: ToyNetwork, tmp_path: Path
) -> None:
    """It goes back with a fault of ours, and ends after a few tries."""
    plain = toy_connector()

    async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
        wire: Wire, at: Endpoints, account: Connected, draft: Draft, key: Key, earlier: Prepared | None
    ) -> Prepared:
        made = await plain.prepare(wire, at, account, draft, key, earlier)
        return Prepared(data={**made.data, "odd": object()}) if draft.text == "Odd" else made

    async with queue(database, replace(plain, prepare=prepare), network, FolderStore(tmp_path)) as toy:
        other = await another(toy, network, "Heron")
        due_at = clock.now() + timedelta(seconds=1)
        odd = await toy.post("Odd", due_at=due_at)
        sound = await other.post_all([f"Sound {number}" for number in range(20)], due_at)
        async with toy.working():
            for post_id in sound:
                assert await other.until(post_id, State.PUBLISHED, within_s=12) == [State.PUBLISHED]
            assert max(network.arrivals) - due_at < timedelta(seconds=1)
            assert await toy.until(odd, State.SCHEDULED, within_s=5) == [State.SCHEDULED]
        (item,) = (await toy.see(odd)).items
        assert item.error == (ErrorClass.UNAVAILABLE, "Herald could not make it ready; it tries again.")


async def test_what_can_never_be_armed_ends(toy: Queue) -> None:
    await toy.post("Odd")
    (job,) = await publishing.claim(toy.deps, await working.join(toy.deps), limit=1)
    tried = replace(job, item=replace(job.item, tries=3))
    outcome = publishing.not_armed(toy.deps, publishing.Ready(job=tried, prepared=Prepared(data={})))
    assert outcome.trouble is not None
    assert outcome.trouble.kind is ErrorClass.INTERNAL
