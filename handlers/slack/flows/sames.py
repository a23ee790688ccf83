"""A post that says what another one said on the same account: its author is asked once whether that is meant."""

from bot.domain.composition import Form
from bot.domain.ids import PostId
from bot.services import composing
from bot.services.workspaces import Brand
from handlers.slack import blocks as b
from handlers.slack import gather, times
from handlers.slack.call import Call


async def warning(call: Call, form: Form, brand: Brand | None, *, beside: PostId | None = None) -> str | None:
    """`Same text went to X · @junipercoffee on 20 Nov, 09:00 Berlin.`, or None; of posts other than `beside`."""
    found = await composing.said_before(call.deps, call.workspace_id, form, beside=beside)
    if found is None:
        return None
    called = await gather.names_of(call.deps, call.desk.people, call.installation)
    where = b.bare(called.account(found.account.platform, found.account.handle))
    if found.is_under_way:
        return f"Same text is on its way to {where}."
    at = times.spelled(found.at, brand.timezone if brand is not None else "UTC")
    return f"Same text went to {where} on {at}." if found.is_out else f"Same text is planned for {where} on {at}."
