"""Herald is removed from a workspace while its database is away."""

from sqlalchemy import text

from bot.services.deps import Deps
from handlers.slack import installs
from sandbox.slack.app import Workspace
from tests.handlers.slack.office import office


async def test_an_uninstalling_that_could_not_be_heeded_is_told_again(deps: Deps, slack: Workspace) -> None:
    async with office(deps, slack, installs.register) as here:
        body = {
            "type": "event_callback",
            "event_id": "Ev1",
            "team_id": slack.team_id,
            "event": {"type": "app_uninstalled"},
        }
        async with deps.database.transaction() as session:
            await session.execute(text("ALTER TABLE slack_installations RENAME TO elsewhere"))
        first = await here.desk.handle(body, {}, socket=True)
        async with deps.database.transaction() as session:
            await session.execute(text("ALTER TABLE elsewhere RENAME TO slack_installations"))
        kept = await here.installation()
        again = await here.desk.handle(body, {"x-slack-retry-num": "1"}, socket=True)

        assert kept is not None
        assert (first.status, again.status) == (503, 200)
        assert await here.installation() is None
