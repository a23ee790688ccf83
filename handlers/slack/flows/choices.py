"""What can be chosen in the composer while somebody types: zones, accounts, brands."""

from collections.abc import Sequence

from bot.services.workspaces import Brand
from handlers.slack import gather
from handlers.slack.call import Call, Json
from handlers.slack.flows import keeping, places
from handlers.slack.views import composer, when
from handlers.slack.views.composer import Choice


async def zones(call: Call) -> Sequence[Json]:
    """Time zones that fit what was typed, the brand's and the person's first."""
    person = await call.person()
    brand = await places.brand_here(call)
    return when.zone_options(call.typed, first=(brand.timezone if brand is not None else None, person.zone))


async def accounts(call: Call) -> Sequence[Json]:
    """Accounts that fit what was typed."""
    composition = await keeping.composition_of(call)
    form = composer.read(call.view, composition.form)
    brand = await places.brand_by_id(call, form.brand_id) if form.brand_id else None
    called = await gather.names_of(call.deps, call.desk.people, call.installation)
    return composer.account_options(call.typed, await of_brand(call, brand), called)


async def brands(call: Call) -> Sequence[Json]:
    """Brands that fit what was typed."""
    return composer.brand_options(call.typed, await places.brands_of(call))


async def of_brand(call: Call, brand: Brand | None) -> list[Choice]:
    """A brand's accounts."""
    return [] if brand is None else composer.choices(await places.accounts_of(call, brand))
