"""A brand on hold costs nothing while it waits."""

from bot.services import publishing
from storage import brands
from tests.toy_queue import Queue


async def test_a_due_post_of_a_held_brand_does_not_make_the_worker_look_without_pause(toy: Queue) -> None:
    await toy.post("Hello")
    assert await publishing.next_claim_in_s(toy.deps) is not None
    async with toy.deps.database.transaction() as session:
        await brands.hold_brand(session, toy.workspace_id, toy.brand.id, reason=None)
    assert await publishing.next_claim_in_s(toy.deps) is None
