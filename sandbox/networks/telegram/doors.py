"""What every method does first and last: whose token it is, the parameters in any form, refusals in the API's form."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

from aiohttp import BodyPartReader, web

from sandbox.networks.telegram.world import Bot, Chat, World

WORLD = web.AppKey("world", World)
Values = dict[str, object]


class Refusal(Exception):
    """An answer in the Bot API's error form."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.parameters = code, parameters

    def answer(self) -> web.Response:
        """As the Bot API writes it."""
        body: Values = {"ok": False, "error_code": self.code, "description": str(self)}
        return web.json_response(body | ({"parameters": self.parameters} if self.parameters else {}), status=self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file in the request."""

    name: str
    mime_type: str
    content: bytes


@dataclass(slots=True, kw_only=True)
class Asked:
    """One call of a method."""

    world: World
    bot: Bot
    values: Values
    uploads: dict[str, Upload] = field(default_factory=dict[str, Upload])

    def chat(self) -> Chat:
        """The chat it is about. Raises the refusals of one that is not there, has moved, or has no such bot."""
        wanted = str(self.values.get("chat_id", ""))
        if not wanted:
            raise bad("chat_id is empty")
        chats = self.world.chats.values()
        found = next((chat for chat in chats if wanted in {str(chat.id), f"@{chat.username}"}), None)
        if found is None:
            raise bad("chat not found")
        if found.moved_to is not None:
            moved = "group chat was upgraded to a supergroup chat"
            raise Refusal(400, f"Bad Request: {moved}", migrate_to_chat_id=found.moved_to)
        if not found.inside:
            raise Refusal(403, f"Forbidden: bot was kicked from the {found.kind} chat")
        return found

    def object_of(self, name: str) -> object:
        """A parameter that is JSON, also where it came in a form."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            raise bad(f"can't parse {name} JSON object") from None

    def text_of(self, name: str) -> str:
        """A parameter that is text."""
        value = self.values.get(name)
        return "" if value is None else str(value)


def bad(description: str) -> Refusal:
    """A request that cannot be carried out."""
    return Refusal(400, f"Bad Request: {description}")


Method = Callable[[Asked], Awaitable[object]]


async def read(request: web.Request) -> tuple[Values, dict[str, Upload]]:
    """Parameters from the query, a JSON or form body, and files."""
    values: Values = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json" and request.can_read_body:
        body: object = await request.json()
        values |= cast("Values", body) if isinstance(body, dict) else {}
    elif request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.filename is None:
                values[part.name or ""] = await part.text()
            else:
                mime_type = part.headers.get("Content-Type", "application/octet-stream")
                content = bytes(await part.read())
                uploads[part.name or ""] = Upload(name=part.filename, mime_type=mime_type, content=content)
    elif request.can_read_body:
        values |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    return values, uploads
