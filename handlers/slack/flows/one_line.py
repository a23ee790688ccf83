"""`/post "TEXT" to ACCOUNTS WHEN`: scheduled straight away if everything is clear, the composer if anything is not."""

from bot import clock
from bot.domain.composition import Form, When
from bot.domain.errors import InvalidContent, UserError
from bot.domain.one_line import Line, read_line
from bot.domain.slots import Moment
from bot.domain.when import AtOnce, Later, read_when
from bot.services import connecting, scheduling
from bot.services.scheduling import Wish
from handlers.slack import echo, names
from handlers.slack.call import Call, Desk
from handlers.slack.flows import compose, places
from storage.brands import Brand


def register(desk: Desk) -> None:
    """Take the command."""
    desk.on_command(names.POST, post, writers_only=True)


async def post(call: Call) -> None:
    """Write a post."""
    line = read_line(str(call.body.get("text", "")))
    await compose.open_composer(call, Form(text=line.text))
