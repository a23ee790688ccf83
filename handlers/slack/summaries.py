"""Digests and reports, from the facts that were kept and what is so now, to messages."""

from bot.domain.digest import Digest
from bot.domain.errors import NotFound
from bot.domain.installations import Installation
from bot.domain.publication import State
from bot.domain.report import Report
from bot.services import digesting, reporting, workspaces
from bot.services.deps import Deps
from bot.services.ports import Notice
from bot.services.workspaces import Brand
from handlers.slack import digest as day
from handlers.slack import gather, standing
from handlers.slack import report as span
from handlers.slack.blocks import Message
from handlers.slack.facts import CardFacts, troubled
from handlers.slack.people import People

KINDS = frozenset({digesting.KIND, reporting.KIND})


async def of_notice(
    deps: Deps, people: People, installation: Installation, notice: Notice
) -> tuple[Brand, Message] | None:
    """What such a notice says, and of which brand; None: nothing any more."""
    if notice.brand_id is None:
        return None
    brand = await workspaces.get_brand(deps, notice.workspace_id, notice.brand_id)
    if notice.kind == digesting.KIND:
        kept = digesting.unpacked(notice.payload.get("digest"))
        return brand, await digest(deps, people, installation, brand, kept)
    return brand, await report(deps, people, installation, brand, reporting.unpacked(notice.payload.get("report")))


async def digest(deps: Deps, people: People, installation: Installation, brand: Brand, kept: Digest) -> Message:
    """The digest, with the posts that need somebody as they are now: who was mended meanwhile is left out."""
    needs: list[CardFacts] = []
    for post_id in kept.needs:
        try:
            facts = await gather.card(deps, people, installation, post_id)
        except NotFound:
            continue
        if troubled(standing.of(facts).state) or facts.post.status is State.AWAITING_APPROVAL:
            needs.append(facts)
    return day.message(kept, brand, await gather.names_of(deps, people, installation), needs)


async def report(  # noqa: PLR0913  # for whom, of what
    deps: Deps,
    people: People,
    installation: Installation,
    brand: Brand,
    made: Report,
    *,
    private: bool = False,
) -> Message:
    """The report."""
    called = await gather.names_of(deps, people, installation)
    return span.message(made, brand, called, private=private)
