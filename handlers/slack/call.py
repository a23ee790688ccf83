"""One interaction: what somebody did in Slack, who it was, and the ways to answer."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import Conflict
from bot.domain.ids import WorkspaceId
from bot.domain.installations import Installation
from bot.domain.people import Person, actor_of
from bot.services.deps import Deps
from handlers.slack import blocks as b
from handlers.slack import names
from handlers.slack.answers import View, ViewAnswer, as_ack
from handlers.slack.api import UNREACHABLE, InTrouble, error_of, telling_trouble
from handlers.slack.payload import Json, record, records
from handlers.slack.payload import text as text_of

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck

    from handlers.slack.app import Desk

_log = logging.getLogger(__name__)

_OUTRUN = frozenset({"hash_conflict", "not_found", "view_not_found"})
"""A newer view won, or the person closed it: nothing to say."""

_HOME = "\n"
"""In what a modal remembers: after it comes what Home does."""
_LONGEST_METADATA = 3_000
_LATE = "late:"
"""How the `external_id` of a modal begins that says "Checking…"; behind it comes the state it was submitted in."""

_TOO_LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
_EXPIRED = "Slack did not wait long enough for Herald to open this. Please do it once more."
_CLOSED_BELOW = "You closed this before Herald could open what comes next."


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One interaction of one person in one workspace. `body` is what Slack sent; ids in it are anybody's words."""

    desk: "Desk"
    body: Json
    installation: Installation
    client: AsyncWebClient
    """Speaks with the workspace's bot token."""
    user_id: str
    channel_id: str | None
    trigger_id: str | None
    telling: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first thing of this is said to Slack: what had to be done is done then."""

    @property
    def workspace_id(self) -> WorkspaceId:
        """The workspace in which it happened."""
        return self.installation.workspace_id

    @property
    def deps(self) -> Deps:
        """What services work with."""
        return self.desk.deps

    @property
    def actor(self) -> str:
        """The person, as the journal names people of Slack."""
        return actor_of(self.user_id)

    # --- What Slack sent ---------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What stood after a command."""
        return text_of(self.body.get("text")) or ""

    @property
    def action(self) -> Json:
        """The button pressed or the choice made; empty when it was something else."""
        return next(iter(records(self.body.get("actions"))), record(None))

    @property
    def value(self) -> str:
        """What a pressed button or a chosen option carries."""
        chosen = record(self.action.get("selected_option"))
        return text_of(self.action.get("value")) or text_of(chosen.get("value")) or ""

    @property
    def view(self) -> Json:
        """The modal or Home tab it happened in; empty elsewhere."""
        view = record(self.body.get("view"))
        own, home, _ = (text_of(view.get("private_metadata")) or "").partition(_HOME)
        return {**view, "private_metadata": own} if home else view

    @property
    def view_state(self) -> str:
        """A modal's state. Submitted twice in one state it is one submission, unless it was answered with errors.

        While it says "Checking…" it is in the state in which it was submitted.
        """
        name = text_of(self.view.get("external_id")) or ""
        return name.removeprefix(_LATE) if self.is_late else f"{self.view.get('id')}:{self.view.get('hash')}"

    @property
    def is_late(self) -> bool:
        """Whether the modal says "Checking…": it was submitted before, and who decides about it may be gone."""
        return (text_of(self.view.get("external_id")) or "").startswith(_LATE)

    @property
    def late_name(self) -> str:
        """The `external_id` of this modal while it says "Checking…"."""
        return f"{_LATE}{self.view_state}"

    @property
    def press(self) -> str | None:
        """What makes this press of a button, command or shortcut different from every other one."""
        if self.trigger_id is not None:
            return f"trigger:{self.trigger_id}"
        return f"closed:{self.view_state}" if self.view.get("id") else None

    @property
    def behind(self) -> str | None:
        """What Home remembers of what it shows, where this happened there or in a modal that was opened from there."""
        view = record(self.body.get("view"))
        given = text_of(view.get("private_metadata")) or ""
        return (given or "{}") if view.get("type") == "home" else given.partition(_HOME)[2] or None

    def remembering(self, view: View) -> dict[str, Any]:
        """The modal, knowing Home behind it: what is done in it changes what stands there."""
        metadata = f"{view.get('private_metadata') or ''}{_HOME}{self.behind}"
        if self.behind is None or len(metadata) > _LONGEST_METADATA:
            return dict(view)
        return {**view, "private_metadata": metadata}

    @property
    def values(self) -> Json:
        """The inputs: block id, then action id, then Slack's own form of the value."""
        state = record(self.view.get("state")) or record(self.body.get("state"))
        return record(state.get("values"))

    @property
    def private_metadata(self) -> str:
        """What the modal was given to remember."""
        return text_of(self.view.get("private_metadata")) or ""

    @property
    def message(self) -> Json:
        """The message it happened at; empty elsewhere."""
        return record(self.body.get("message"))

    @property
    def event(self) -> Json:
        """The event; empty elsewhere."""
        return record(self.body.get("event"))

    @property
    def typed(self) -> str:
        """What was typed to find options."""
        return text_of(self.body.get("value")) or ""

    @property
    def response_url(self) -> str | None:
        """Where an answer can be sent without being in the channel."""
        return text_of(self.body.get("response_url"))

    @property
    def private_place(self) -> str:
        """The address by which the private message is changed whose button was pressed; empty elsewhere."""
        return (self.response_url or "") if record(self.body.get("container")).get("is_ephemeral") is True else ""

    # --- Answers -----------------------------------------------------------------------------------------------------

    async def acknowledge(self, ack: "AsyncAck", answer: ViewAnswer) -> None:
        """Answer the submission of a modal."""
        said = as_ack(answer)
        if "view" in said:
            said["view"] = self.remembering(said["view"])
        await (ack(said) if said else ack())

    async def person(self) -> Person:
        """Who it was. Raises NotAllowed for bots and for people whom Slack does not show us."""
        return await self.desk.people.person(self.installation, self.user_id)

    async def answer(
        self, text: str, blocks: Sequence[Json] | None = None, *, simpler: Sequence[Json] | None = None
    ) -> None:
        """Tell this person alone: at the place where they are, else in our direct messages. Never raises.

        `simpler` is what Slack gets when it does not take the blocks.
        """
        if await self._answer_here(text, blocks):
            return
        if simpler is not None and await self._answer_here(text, simpler):
            return
        await self.write(text, blocks if simpler is None else simpler)

    async def _answer_here(self, text: str, blocks: Sequence[Json] | None) -> bool:
        message: dict[str, Any] = {"text": text, "response_type": "ephemeral", "replace_original": False}
        if blocks:
            message["blocks"] = list(blocks)
        if await self._respond(message):
            return True
        if self.channel_id is not None and not self.channel_id.startswith("D") and await self._whisper(text, blocks):
            return True
        return await self._show_over_view(text, blocks)

    async def _show_over_view(self, text: str, blocks: Sequence[Json] | None) -> bool:
        """On Home, and in a modal that only says something, an answer stands in a modal. False: not possible."""
        shown = [dict(block) for block in blocks] if blocks else [b.section(text)]
        view = b.modal(names.NOTHING_TO_SUBMIT, "Herald", shown)
        try:
            if self.view.get("type") == "home" and self.trigger_id is not None:
                await self.open_view(view)
            elif self.view.get("callback_id") == names.NOTHING_TO_SUBMIT:
                return bool(await self.update_view(view))
            else:
                return False
        except (Expired, InTrouble, SlackApiError, *UNREACHABLE):
            return False
        return True

    async def write(self, text: str, blocks: Sequence[Json] | None = None) -> bool:
        """A direct message to this person. Never raises; False when it did not get through."""
        try:
            await self._write(
                "chat.postMessage",
                channel=self.user_id,
                text=text,
                blocks=_list(blocks),
                unfurl_links=False,
                unfurl_media=False,
            )
        except (SlackApiError, *UNREACHABLE) as error:
            _log.warning("an answer was not delivered", extra={"user": self.user_id, "error": _word(error)})
            return False
        return True

    async def replace(self, text: str, blocks: Sequence[Json] | None = None) -> bool:
        """Put this in the place of the message whose button was pressed, private ones too. False: not possible."""
        message: dict[str, Any] = {"text": text, "replace_original": True}
        if blocks:
            message["blocks"] = list(blocks)
        return await self._respond(message)

    async def redraw(self, text: str, blocks: Sequence[Json]) -> None:
        """Put this where somebody pressed, if nothing else does: in a private message, or a modal that only shows."""
        if record(self.body.get("container")).get("is_ephemeral") is True:
            await self.replace(text, blocks)
        elif self.view.get("callback_id") == names.NOTHING_TO_SUBMIT:
            await self._show_over_view(text, blocks)

    async def remove(self) -> bool:
        """Take away the private message whose button was pressed. False: not possible."""
        return await self._respond({"delete_original": True})

    async def open_view(self, view: View) -> Json:
        """Open a modal; first thing, for the permission to do so lasts 3 seconds. The view as Slack made it.

        Where this happened in a modal, it lies above that one. Raises Expired when it came too late, and InTrouble.
        """
        method = "views.push" if self.view.get("type") == "modal" else "views.open"
        return await self._show(method, trigger_id=self.trigger_id, view=self.remembering(view))

    async def update_view(
        self, view: View, *, view_id: str | None = None, name: str | None = None, view_hash: str | None = None
    ) -> Json:
        """Put this in the place of a modal (None: of the one in which this happened); empty if that is gone or newer.

        `view_hash` names the state it was built for; without it this one wins. `name`: its `external_id`.
        """
        which = {"view_id": view_id or text_of(self.view.get("id"))} if name is None else {"external_id": name}
        arguments: dict[str, Any] = {**which, "view": self.remembering(view)}
        if view_hash is not None:
            arguments["hash"] = view_hash
        try:
            return await self._show("views.update", **arguments)
        except SlackApiError as error:
            if error_of(error) in _OUTRUN:
                return {}
            raise

    async def publish_home(self, view: View, *, view_hash: str | None = None) -> None:
        """Show this on the person's Home tab. `view_hash` as in `update_view`."""
        arguments: dict[str, Any] = {"user_id": self.user_id, "view": dict(view)}
        if view_hash is not None:
            arguments["hash"] = view_hash
        try:
            with telling_trouble():
                await self._write("views.publish", **arguments)
        except SlackApiError as error:
            if error_of(error) not in _OUTRUN:
                raise

    async def _show(self, method: str, **arguments: Any) -> Json:  # noqa: ANN401  # as Slack takes them
        try:
            with telling_trouble():
                shown = await self._write(method, **arguments)
        except SlackApiError as error:
            if error_of(error) in _TOO_LATE:
                raise Expired(_EXPIRED) from error
            if method == "views.push" and error_of(error) in _OUTRUN:
                raise Expired(_CLOSED_BELOW) from error
            raise
        return record(shown.get("view"))

    async def _whisper(self, text: str, blocks: Sequence[Json] | None) -> bool:
        try:
            await self._write(
                "chat.postEphemeral", channel=self.channel_id, user=self.user_id, text=text, blocks=_list(blocks)
            )
        except (SlackApiError, *UNREACHABLE):
            return False
        return True

    async def _respond(self, message: Json) -> bool:
        """Through the address that came with what happened. False: there is none, or it is not taken."""
        self.telling.set()
        return self.response_url is not None and await self.desk.api.respond(self.response_url, message)

    async def _write(self, method: str, **body: Any) -> Json:  # noqa: ANN401  # JSON
        self.telling.set()
        return await self.desk.api.write(self.installation.token, method, **body)


class Expired(Conflict):
    """Slack waits 3 seconds for a modal; this one came later."""


def _list(blocks: Sequence[Json] | None) -> list[dict[str, Any]] | None:
    return [dict(block) for block in blocks] if blocks else None


def _word(error: Exception) -> str:
    return error_of(error) if isinstance(error, SlackApiError) else type(error).__name__
