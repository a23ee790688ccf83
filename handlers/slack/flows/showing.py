"""The composer as it stands: built, kept before another modal lies above it, and shown with what was done there."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot import clock
from bot.domain.composition import Composition, Form
from bot.domain.errors import UserError
from bot.domain.ids import AccountId
from bot.services import best_times, composing, slotting
from bot.services.workspaces import Brand
from handlers.slack import blocks as b
from handlers.slack import gather
from handlers.slack.answers import Close, ViewAnswer
from handlers.slack.call import Call
from handlers.slack.flows import approvals, choices, keeping, places
from handlers.slack.views import composer, own_texts
from handlers.slack.views.composer import ComposerFacts


async def built(  # noqa: PLR0913  # what the composer shows, by name
    call: Call,
    composition: Composition,
    *,
    notice: str | None = None,
    warning: str | None = None,
    marks: Mapping[str, str] | None = None,
    fresh: int = 0,
) -> b.Json:
    """The composer's modal. `marks` are those of its inputs where it is open already."""
    form = composition.form
    brand = await places.brand_by_id(call, form.brand_id) if form.brand_id else None
    facts = await _facts(call, composition, brand)
    return composer.build(form, replace(facts, notice=notice, warning=warning, marks=marks or {}, fresh=fresh))


async def _facts(call: Call, composition: Composition, brand: Brand | None) -> ComposerFacts:
    person = await call.person()
    return ComposerFacts(
        composition_id=composition.id,
        brand=brand,
        brands=await places.brands_of(call),
        accounts=await choices.of_brand(call, brand),
        names=await gather.names_of(call.deps, call.desk.people, call.installation),
        now=clock.now(),
        reader_zone=person.zone,
        counts=await composing.counts(call.deps, call.workspace_id, composition.form),
        asked=await composing.asked(call.deps, call.workspace_id, composition.form),
        slot_at=await _slot(call, brand, composition.form),
        best=await best_times.look(call.deps, brand, _accounts(composition.form)) if brand is not None else None,
        may_read_files=not call.installation.scopes or "files:read" in call.installation.scopes,
        editing=composition.post_id is not None,
        approves=await approvals.approves_first(call, brand, composition.form.approver),
    )


async def _slot(call: Call, brand: Brand | None, form: Form) -> datetime | None:
    if brand is None:
        return None
    try:
        return (await slotting.next_free(call.deps, brand, _accounts(form))).at
    except UserError:
        return None


def _accounts(form: Form) -> list[AccountId]:
    return [AccountId(name) for name in form.account_ids]


async def as_it_stands(call: Call) -> Composition:
    """The composer with what is typed now, kept before another modal lies above it."""
    composition = await keeping.composition_of(call)
    return await kept(call, composition, composer.settled(composer.read(call.view, composition.form), call.view))


async def kept(call: Call, composition: Composition, form: Form) -> Composition:
    """The composition with this form, remembered."""
    await composing.save_form(call.deps, call.workspace_id, call.user_id, composition.id, form)
    return replace(composition, form=form)


async def show(call: Call, composition: Composition, view_id: str | None) -> None:
    """Show what was typed above the composer in it; called from a modal that remembers how its inputs are marked."""
    if view_id:
        view = await built(call, composition, marks=own_texts.marks_below(call.view))
        call.desk.keep(call.update_view(view, view_id=view_id), {})


async def back(call: Call, composition: Composition, form: Form) -> ViewAnswer:
    """Keep what was typed right above the composer, and show it there."""
    composition = await kept(call, composition, form)
    await show(call, composition, b.word(call.view.get("previous_view_id")))
    return Close()
