"""Who may only read is told so, by the name of the brand and of somebody who can help."""

from bot.domain import people
from bot.domain.people import Person, Role, actor_of
from bot.services import workspaces
from bot.services.workspaces import Brand
from handlers.slack import gather
from handlers.slack.call import Call

_MOST_NAMED = 2


async def readers(call: Call) -> Person:
    """The person, who may write. Raises NotAllowed."""
    person = await call.person()
    if people.may_write(person):
        return person
    brand = None
    if call.channel_id is not None and person.role is not Role.OUTSIDER:
        brand = await workspaces.brand_of_channel(call.deps, call.workspace_id, call.channel_id)
    people.refuse_writing(person, brand.name if brand is not None else None, ask=await who_helps(call, brand))
    return person


async def who_helps(call: Call, brand: Brand | None) -> list[str]:
    """The names of a brand's managers, else of who installed Herald; none for people of other workspaces."""
    if (await call.person()).role is Role.OUTSIDER:
        return []
    users = list(await workspaces.managers_of(call.deps, brand)) if brand is not None else []
    users += [call.installation.installed_by] if call.installation.installed_by and not users else []
    actors = [actor_of(user) for user in users if user != call.user_id][:_MOST_NAMED]
    called = await gather.names_of(call.deps, call.desk.people, call.installation, actors)
    return sorted(name for actor in actors if (name := called.people.get(actor)))
