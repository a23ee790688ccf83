"""Herald's Home: what needs the reader, what is planned, how the accounts are. Built when it is opened."""

import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from bot import clock
from bot.domain import people
from bot.domain.approvals import Asking
from bot.domain.posts import PostView
from bot.services import approvers, holding, journal, onboarding, slotting
from bot.services.deps import Deps
from bot.services.workspaces import Brand
from handlers.slack import blocks as b
from handlers.slack import gather, names
from handlers.slack import home as face
from handlers.slack.api import InTrouble
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.facts import CardFacts, Names
from handlers.slack.flows import places
from handlers.slack.holds import HeldFacts
from handlers.slack.home import HomeFacts

_log = logging.getLogger(__name__)

_AHEAD = timedelta(days=7)
_MOST_PLANNED = 300
_MOST_NEEDING = 30
_MOST_DRAFTS = 30
_MOST_WHOLE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the reader chose to see. It travels in the view's metadata, which anybody may have written."""

    brand_id: str | None = None
    whole: frozenset[str] = frozenset()

    @classmethod
    def of(cls, kept: object) -> "Shown":
        """From the metadata of a view as Slack sends it back."""
        try:
            said = b.mapping(json.loads(b.word(kept) or "{}"))
        except ValueError:
            return cls()
        whole = map(b.word, b.sequence(said.get("whole"))[:_MOST_WHOLE])
        return cls(brand_id=b.word(said.get("brand")), whole=frozenset(key for key in whole if key))

    def kept(self) -> str:
        """For a view."""
        return json.dumps({"brand": self.brand_id, "whole": sorted(self.whole)[:_MOST_WHOLE]})


def register(desk: Desk) -> None:
    """Take the opening of Home and what can be chosen there."""
    desk.on_event("app_home_opened", opened)
    desk.on_action(names.REFRESH_HOME, refresh)
    desk.on_action(names.HOME_BRAND, choose_brand)
    desk.on_action(names.SHOW_ALL, show_all)
    desk.on_action(names.OPEN_HOME, refresh)
    desk.on_ended(refresh_if_there)


async def opened(call: Call) -> None:
    """Somebody looks at Home."""
    if call.event.get("tab") == "home":
        await _publish(call, Shown.of(b.mapping(call.event.get("view")).get("private_metadata")))


async def refresh(call: Call) -> None:
    """Build it anew."""
    await _publish(call, Shown.of(call.behind))
    if call.action.get("action_id") == names.OPEN_HOME:
        team, app = call.installation.team_id, call.installation.app_id
        where = f"<slack://app?team={team}&id={app}&tab=home|Open Herald's Home>" if app else "Open Herald's Home"
        await call.answer(f"{where}: click Herald under Apps, then Home.")


async def refresh_if_there(call: Call) -> None:
    """Build it anew if that is where a button was pressed, or in a modal that was opened from there."""
    if call.behind is not None:
        with suppress(InTrouble):  # what the button does is done
            await _publish(call, Shown.of(call.behind))


async def after_step(call: Call) -> None:
    """One of the first steps was done: the first message and Home say so."""
    await onboarding.tell(call.deps, call.workspace_id)
    await _publish(call, Shown())


async def choose_brand(call: Call) -> None:
    """Show one brand, or all."""
    chosen = None if call.value in {"", "all"} else call.value
    await _publish(call, Shown(brand_id=chosen))


async def show_all(call: Call) -> None:
    """Show a group in full."""
    before = Shown.of(call.behind)
    await _publish(call, Shown(brand_id=before.brand_id, whole=before.whole | {call.value[:40]}))


async def _publish(call: Call, shown: Shown) -> None:
    try:
        view = face.home(await _facts(call, shown), clock.now())
    except Exception:  # noqa: BLE001  # an empty Home would say less
        _log.exception("home could not be built", extra={"workspace_id": call.workspace_id})
        view = face.broken()
    await call.publish_home({**view, "private_metadata": shown.kept()})


async def _facts(call: Call, shown: Shown) -> HomeFacts:
    person = await call.person()
    known = await places.brands_of(call)
    chosen = next((brand for brand in known if brand.id == shown.brand_id), None)
    brand_ids = [chosen.id] if chosen is not None else None
    deps, workspace_id = call.deps, call.workspace_id
    needing = await journal.needing(deps, workspace_id, brand_ids=brand_ids, limit=_MOST_NEEDING)
    until = clock.now() + _AHEAD
    planned = await journal.upcoming(deps, workspace_id, brand_ids=brand_ids, until=until, limit=_MOST_PLANNED)
    needed = {post.post_id for post in needing}
    held_posts = await journal.overdue_on_hold(deps, workspace_id, brand_ids=brand_ids, limit=_MOST_NEEDING)
    needing = [*needing, *(post for post in held_posts if post.post_id not in needed)][:_MOST_NEEDING]
    planned = [post for post in planned if post not in held_posts]
    free = await slotting.free_ahead(deps, [chosen] if chosen is not None else known, until=until) if planned else {}
    asked = await approvers.waiting_for(deps, workspace_id, call.user_id, brand_ids=brand_ids, limit=_MOST_NEEDING)
    needing = [post for post in needing if post not in asked]
    mine = await journal.drafts(deps, workspace_id, call.actor, limit=_MOST_DRAFTS)
    mine = [post for post in mine if chosen is None or post.brand_id == chosen.id]
    sent_back = [post for post in mine if await _is_sent_back(deps, post)]
    needing = [*needing, *sent_back][:_MOST_NEEDING]
    mine = [post for post in mine if post not in needing]
    accounts = [one for brand in ([chosen] if chosen else known) for one in await places.accounts_of(call, brand)]
    held = await _holds(call, known, chosen, person.zone or "UTC")
    called = await gather.names_of(deps, call.desk.people, call.installation, [one.hold.by for one in held])
    newest = await journal.list_posts(deps, workspace_id, brand=chosen, limit=10) if not planned else []
    zone = person.zone or (known[0].timezone if known else "UTC")
    return HomeFacts(
        brands=known,
        brand_id=chosen.id if chosen is not None else None,
        names=called,
        zone=zone,
        steps=gather.steps_of(await onboarding.progress(deps, workspace_id), called),
        needs=[await gather.card(deps, call.desk.people, call.installation, post.post_id) for post in needing],
        requests=[await gather.card(deps, call.desk.people, call.installation, post.post_id) for post in asked],
        planned=_cards(planned, known, called),
        free=sorted(moment.at for moments in free.values() for moment in moments),
        drafts=_cards(mine, known, called),
        accounts=await gather.accounts(deps, accounts),
        may_write=people.may_write(person),
        may_manage=await places.may_manage(call, chosen),
        last_published=gather.last_published(newest, called, zone),
        holds=held,
        shown_whole=shown.whole,
    )


async def _is_sent_back(deps: Deps, post: PostView) -> bool:
    """Whether an approver wants it changed: its author has to act before it can go out."""
    asked = await approvers.asked(deps, post)
    return asked is not None and asked.request.state is Asking.CHANGES


async def _holds(call: Call, known: Sequence[Brand], chosen: Brand | None, zone: str) -> list[HeldFacts]:
    """What is on hold: everything, or else brand by brand."""
    found = await holding.holds_of(call.deps, call.workspace_id)
    whole = found.get(None)
    held = [brand for brand in ([chosen] if chosen is not None else known) if brand.id in found]
    brands: list[Brand | None] = [None] if whole is not None else [*held]
    return [
        HeldFacts(
            brand=brand,
            hold=found[brand.id if brand is not None else None],
            waiting=await holding.waiting(call.deps, call.workspace_id, brand.id if brand is not None else None),
            zone=zone,
        )
        for brand in brands
    ]


def _cards(found: Sequence[PostView], known: Sequence[Brand], called: Names) -> list[CardFacts]:
    brands = {brand.id: brand for brand in known}
    return [gather.plain_card(post, brands[post.brand_id], called) for post in found if post.brand_id in brands]
