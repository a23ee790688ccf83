"""The desk: what Slack sends is acknowledged in time, done once, and answered; no exception gets out.

A listener that raises within 10 ms of its `ack()` loses that acknowledgement in Bolt 1.30 and people see "operation
failed" (measured 2026-11-21, slack_bolt/listener/asyncio_runner.py). So listeners here do nothing but acknowledge, and
the work runs in tasks of our own, which are awaited when the desk closes.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar, cast

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError

from bot.domain.errors import UserError
from bot.services import installing, repetitions
from bot.services.deps import Deps
from bot.services.repetitions import Turn
from handlers.slack import late, owning, refusing, shape, turns, watching
from handlers.slack.answers import Clear, Close, Errors, Push, Update, ViewAnswer
from handlers.slack.api import Api, InTrouble, error_of
from handlers.slack.call import Call
from handlers.slack.markup import escape
from handlers.slack.payload import Json, channel_of, names_in, text, user_of
from handlers.slack.people import People
from handlers.slack.quiet import BOLT

if TYPE_CHECKING:
    from bot.domain.installations import Installation

# pyright: reportUnknownMemberType=false
# Bolt's decorators are typed by halves; the listeners given to them are typed here.

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_COURTESY_S = 0.25
_VIEW_WAIT_S = 2.0
"""Slack waits 3 s for the answer to a submitted modal; the rest is for the way."""
_AFTER_ACK_S = 1.0
"""An update may not overtake the acknowledgement it follows."""
_GOODBYE_S = 5.0
_NOT_INSTALLED = "Herald is no longer installed in this workspace. Ask an admin to install it again."
_UNFINISHED = "You closed this before it was finished, so nothing was done."
_MISTAKE = "Herald made a mistake. Try it again; if it stays, tell who runs Herald this reference: {reference}."
REFUSED_TOKENS = frozenset({"token_revoked", "account_inactive", "invalid_auth", "token_expired", "not_authed"})

Listener = Callable[[Call], Awaitable[None]]
ViewListener = Callable[[Call], Awaitable[ViewAnswer]]
OptionsListener = Callable[[Call], Awaitable[Sequence[Mapping[str, Any]]]]
Farewell = Callable[[Json], Awaitable[object]]
"""Gets what Slack sent."""


class Desk:
    """Takes registrations, then requests. `app` is Bolt's; nobody registers anything there but this class."""

    def __init__(self, deps: Deps, api: Api, people: People, *, public_url: str | None = None) -> None:
        self.deps = deps
        self.api = api
        self.people = people
        self.public_url = public_url
        """Where browsers reach Herald; None: nowhere, so there are no connect pages to link to."""
        self.commands: set[str] = set()
        self.shortcuts: set[str] = set()
        self.actions: set[str | re.Pattern[str]] = set()
        self.options: set[str] = set()
        self.views: set[str] = set()
        self.events: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closings: dict[str, Listener] = {}
        self._endings: list[Listener] = []
        self._submitted: dict[str, asyncio.Task[ViewAnswer]] = {}
        self.app = AsyncApp(
            name="herald",
            logger=BOLT,
            client=api.client(),
            signing_secret="",  # requests over HTTP are verified in web.py, before anything reads them
            request_verification_enabled=False,
            authorize=self._authorizer(),
            user_facing_authorize_error_message=_NOT_INSTALLED,
        )

    # --- Registration ------------------------------------------------------------------------------------------------

    def on_command(self, name: str, fn: Listener, *, writers_only: bool = False) -> None:
        """`/name` was typed."""
        self.commands.add(name)
        self.app.command(name)(self._at_once(fn, writers_only=writers_only, changes=writers_only))

    def on_shortcut(self, callback_id: str, fn: Listener, *, writers_only: bool = False) -> None:
        """A shortcut, global or at a message, was chosen."""
        self.shortcuts.add(callback_id)
        self.app.shortcut(callback_id)(self._at_once(fn, writers_only=writers_only))

    def on_action(
        self,
        action_id: str | re.Pattern[str],
        fn: Listener,
        *,
        writers_only: bool = False,
        once: bool = True,
        changes: bool = False,
    ) -> None:
        """A button was pressed or a choice made. `once=False` for what may as well run twice, as counting letters.

        `changes`: it changes something, as what is for `writers_only` does in any case.
        """
        self.actions.add(action_id)
        listener = self._at_once(fn, writers_only=writers_only, once=once, changes=changes or writers_only)
        self.app.action({"action_id": action_id})(listener)

    def on_options(self, action_id: str, fn: OptionsListener) -> None:
        """Options are asked for while somebody types; `call.typed` has the letters. At most 100 are shown."""
        self.options.add(action_id)

        async def listener(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
            found = await self._guarded(fn(self._call(body, context)), [], body)
            grouped = bool(found) and "options" in found[0]
            listed = [dict(option) for option in found[:100]]
            await ack({"option_groups" if grouped else "options": listed})

        self.app.options({"action_id": action_id})(listener)

    def on_view(self, callback_id: str, fn: ViewListener, *, writers_only: bool = False, guarded: bool = True) -> None:
        """A modal was submitted. The answer of `fn` is shown; what takes over 2 s is shown later.

        `guarded=False` for what cannot be done twice anyway, by a transaction of its own: it need not be taken up in
        one before. A second answer that would be a refusal is the first one's then.
        """
        self.views.add(callback_id)

        async def listener(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
            call = self._call(body, context)
            key = call.view_state
            task = self._submitted.get(key)
            if task is not None and call.is_late:
                await call.acknowledge(ack, late.at_the_view(call.view, turns.BUSY, None))
                return
            if task is None:
                task = self._submitted[key] = self._own(
                    self._decide(call, fn, writers_only=writers_only, guarded=guarded or call.is_late)
                )
                task.add_done_callback(lambda _: self._submitted.pop(key, None))
            done, _ = await asyncio.wait({task}, timeout=_VIEW_WAIT_S)
            if not done:
                self._own(self._finish_late(call, task, taken_up=guarded or call.is_late))
            answer = task.result() if done else Update(late.checking(call.view, call.late_name))
            if call.is_late and isinstance(answer, Errors) and turns.BUSY not in answer.at.values():
                answer = Update(late.with_values(call.view, answer.at))
            await call.acknowledge(ack, answer)

        self.app.view_submission(callback_id)(listener)

    def on_closed(self, callback_id: str, fn: Listener) -> None:
        """A modal was closed by hand; `call.body["is_cleared"]` tells whether the whole stack was."""
        self._closings[callback_id] = fn

        async def closed(call: Call) -> None:
            key = turns.key_of(call.view_state)
            if call.is_late and (call.view_state in self._submitted or not await turns.is_left_behind(self.deps, key)):
                return  # who decides about it tells
            await fn(call)
            self._ended(call)

        self.app.view_closed(callback_id)(self._at_once(closed, writers_only=False))

    def on_ended(self, fn: Listener) -> None:
        """What was done in modals that were opened from Home is done: Home shows something else now."""
        self._endings.append(fn)

    def on_event(self, kind: str, fn: Listener) -> None:
        """An event happened."""
        self.events.add(kind)

        async def listener(body: dict[str, Any], context: AsyncBoltContext) -> None:
            call = self._call(body, context)
            self._own(self._attend(call, fn, key=f"event:{body.get('event_id')}", writers_only=False, silent=True))

        self.app.event(kind)(listener)

    def on_farewell(self, kind: str, fn: Farewell) -> None:
        """An event after which there may be no installation any more, nor a token to ask anything with.

        Nothing else tells of it, so it is acknowledged when it was heeded: until then Slack tells it again.
        """
        self.events.add(kind)

        async def heed(body: dict[str, Any], next: Callable[[], Awaitable[object]]) -> BoltResponse | None:  # noqa: A002  # Bolt reads names
            heeding = self._own(self._guarded(_heeded(fn, body), otherwise=False, body=body))
            done, _ = await asyncio.wait({heeding}, timeout=_VIEW_WAIT_S)
            if not done or not heeding.result():
                return owning.not_done()
            await next()
            return None

        async def listener() -> None:
            """It was heeded."""

        self.app.event(kind, middleware=[heed])(listener)

    # --- Requests ----------------------------------------------------------------------------------------------------

    async def handle(
        self, body: str | Mapping[str, Any], headers: Mapping[str, str | Sequence[str]], *, socket: bool
    ) -> BoltResponse:
        """Answer one request. Over HTTP its signature was checked before.

        What cannot be read or is for nobody is acknowledged all the same: Slack would repeat it, and show a failure.
        That is wanted where Herald itself could not look whom a request is for, or heed it, and nobody else says so.
        """
        mode = "socket_mode" if socket else "http"
        try:
            request = AsyncBoltRequest(
                mode=mode, body=dict(body) if isinstance(body, Mapping) else body, headers=dict(headers)
            )  # pyright: ignore[reportArgumentType]  # it reads mappings of either kind
            if not shape.fits(request.body):
                _log.warning("what slack sent has not its shape")
                return BoltResponse(status=200)
            answer = await self.app.async_dispatch(request)
        except Exception as error:  # noqa: BLE001  # the door
            _log.warning("what slack sent cannot be read", extra={"error": type(error).__name__})
            return BoltResponse(status=200)
        if request.context.get(owning.LOST) is True:
            return await owning.own_up(self.api, request.body)
        if answer.status not in {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}:
            _log.warning("nobody answered", extra={"status": answer.status, "names": names_in(request.body)})
            return BoltResponse(status=200)
        return answer

    def ready(self) -> None:
        """All is registered: what nobody registered is acknowledged too, or people see a warning at a dead button."""

        async def nobody(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            _log.warning("nobody listens", extra={"type": body.get("type"), "names": names_in(body)})

        self.app.action({"action_id": re.compile("")})(nobody)

    async def close(self) -> None:
        """Wait for what is under way, a few seconds at most."""
        if not self._tasks:
            return
        _, slow = await asyncio.wait(set(self._tasks), timeout=_GOODBYE_S)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)

    def keep(self, work: Awaitable[object], about: Json) -> asyncio.Task[object]:
        """Run this in the background; a failure is logged, and `close` waits for it."""
        return self._own(self._guarded(work, None, about))

    # --- Inside ------------------------------------------------------------------------------------------------------

    def _authorizer(self) -> Callable[..., Awaitable[AuthorizeResult]]:
        """Finds the installation a request belongs to. A plain function, for Bolt reads names of arguments."""

        async def authorize(
            context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None
        ) -> AuthorizeResult | None:
            try:
                installation = await installing.installation_of_team(self.deps, enterprise_id, team_id)
            except Exception:
                context[owning.LOST] = True
                raise
            if installation is None or installation.revoked:
                self._turn_away(context)
                return None
            context["installation"] = installation
            return AuthorizeResult(
                enterprise_id=installation.enterprise_id,
                team_id=installation.team_id,
                bot_id=installation.bot_id,
                bot_user_id=installation.bot_user_id,
                bot_token=installation.token.reveal(),
            )

        return cast("Callable[..., Awaitable[AuthorizeResult]]", authorize)  # Bolt takes None too, and does not say so

    def _turn_away(self, context: AsyncBoltContext) -> None:
        """Say it in the background; Bolt would do so first and acknowledge then."""
        url = text(cast("object", context.pop("response_url", None)))
        if url is not None:
            self.keep(self.api.respond(url, {"text": _NOT_INSTALLED, "replace_original": False}), {})

    def _call(self, body: Json, context: AsyncBoltContext) -> Call:
        installation = cast("Installation", context["installation"])
        return Call(
            desk=self,
            body=body,
            installation=installation,
            client=self.api.client(installation.token),
            user_id=user_of(body),
            channel_id=channel_of(body),
            trigger_id=text(body.get("trigger_id")),
        )

    def _at_once(
        self, fn: Listener, *, writers_only: bool, once: bool = True, changes: bool = False
    ) -> Callable[[AsyncAck, dict[str, Any], AsyncBoltContext], Awaitable[None]]:
        """A listener that acknowledges and leaves to a task what takes long, or may as well be lost."""

        async def listener(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
            call = self._call(body, context)
            key = call.press if once else None
            work = self._own(self._attend(call, fn, key=key, writers_only=writers_only))
            if once:
                await watching.until_done_or_noted(call, key if changes else None, work)
            await ack()

        return listener

    async def _attend(
        self, call: Call, fn: Listener, *, key: str | None, writers_only: bool, silent: bool = False
    ) -> None:
        await self._after_submissions()
        try:
            if key is not None and not await repetitions.first_time(self.deps, key):
                return
            if writers_only:
                await refusing.readers(call)
            await fn(call)
        except InTrouble as error:
            if not silent:
                await call.answer(error.message, owning.with_words(error.message, call.body))
        except UserError as error:
            if not silent:
                await call.answer(error.message)
        except Exception as error:  # noqa: BLE001  # the door: nothing gets out, the person is told
            told = await self._mistake(error, call)
            if told is not None and not silent:
                await call.answer(told, owning.with_words(told, call.body))

    async def _after_submissions(self) -> None:
        """Slack waits for the answers to modals, and for nothing that is done here: they go first, for a moment."""
        if self._submitted:
            await asyncio.wait(self._submitted.values(), timeout=_COURTESY_S)

    async def _decide(self, call: Call, fn: ViewListener, *, writers_only: bool, guarded: bool) -> ViewAnswer:
        """What the modal is answered. Slack waits for it, so it writes before those whom nobody waits for."""
        key = turns.key_of(call.view_state)
        with self.deps.database.hurried():
            answer, turn = await self._decided(call, fn, key if guarded else None, writers_only=writers_only)
            if not guarded and isinstance(answer, Errors | Update):
                done = repetitions.is_done(self.deps, key)
                if await self._guarded(done, otherwise=False, body=call.body):
                    return Close()
        # Nobody waits for this; who submits again meanwhile does.
        if turn is Turn.OURS and isinstance(answer, Close | Clear):
            self.keep(repetitions.end(self.deps, key), call.body)
        elif turn is Turn.OURS and guarded:
            self.keep(repetitions.forget(self.deps, key), call.body)
        if isinstance(answer, Clear):
            self._ended(call)
        return answer

    def _ended(self, call: Call) -> None:
        for fn in self._endings if call.behind is not None else ():
            self.keep(fn(call), call.body)

    async def _decided(
        self, call: Call, fn: ViewListener, key: str | None, *, writers_only: bool
    ) -> tuple[ViewAnswer, Turn]:
        turn = Turn.OURS
        try:
            if key is not None:
                turn = await turns.turn_of(self.deps, key)
            if turn is Turn.DONE:
                return Close(), turn
            if turn is Turn.THEIRS:
                return late.at_the_view(call.view, turns.BUSY, None), turn
            if writers_only:
                await refusing.readers(call)
            answer = await fn(call)
        except UserError as error:
            answer = late.at_the_view(call.view, error.message, error.field)
        except Exception as error:  # noqa: BLE001  # the door: nothing gets out, the person is told
            answer = late.at_the_view(call.view, await self._mistake(error, call) or _NOT_INSTALLED, None)
        return answer, turn

    async def _finish_late(self, call: Call, task: asyncio.Task[ViewAnswer], *, taken_up: bool) -> None:
        key = turns.key_of(call.view_state)
        if not taken_up:  # from here on whoever submits it again, or closes it, has to know that somebody is at it
            await self._guarded(repetitions.begin(self.deps, key), Turn.THEIRS, call.body)
        await asyncio.wait(
            {task, asyncio.ensure_future(asyncio.sleep(_AFTER_ACK_S))}, return_when=asyncio.ALL_COMPLETED
        )
        if not taken_up and not isinstance(task.result(), Close | Clear):
            await self._guarded(repetitions.forget(self.deps, key), None, call.body)
        match task.result():
            case Close() | Clear():
                view: Mapping[str, Any] = late.done()
            case Errors(at=at):
                view = late.with_values(call.view, at)
            case Update(view=view) | Push(view=view):
                pass
        shown = await self._guarded(late.shown(lambda: call.update_view(view)), {}, call.body)
        if not shown:
            await self._tell_late(call, task.result())

    async def _tell_late(self, call: Call, answer: ViewAnswer) -> None:
        """The modal was closed while it said "Checking…": what was not done is told, and kept as if closed now."""
        if isinstance(answer, Close | Clear):
            return
        sentences = dict.fromkeys(answer.at.values()) if isinstance(answer, Errors) else (_UNFINISHED,)
        await call.write("\n".join(f"⚠️ {escape(sentence)}" for sentence in sentences))
        closed = self._closings.get(text(call.view.get("callback_id")) or "")
        if closed is not None:
            await self._attend(call, closed, key=None, writers_only=False)

    async def _mistake(self, error: Exception, call: Call) -> str | None:
        """Log what nobody expected. The sentence for the person; None when Slack no longer lets us tell anything."""
        if isinstance(error, SlackApiError) and error_of(error) in REFUSED_TOKENS:
            await self._guarded(
                installing.token_refused(self.deps, call.workspace_id, call.installation), None, call.body
            )
            return None
        reference = secrets.token_hex(3).upper()
        facts = {"reference": reference, "workspace_id": call.workspace_id, "user": call.user_id}
        _log.error("a listener failed", extra=facts | {"names": names_in(call.body)}, exc_info=error)
        return _MISTAKE.format(reference=reference)

    async def _guarded(self, work: Awaitable[_T], otherwise: _T, body: Json) -> _T:
        try:
            return await work
        except UserError as error:
            _log.info("refused", extra={"names": names_in(body), "why": error.message})
        except Exception:  # noqa: BLE001  # the door
            _log.exception("background work failed", extra={"names": names_in(body)})
        return otherwise

    def _own(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _heeded(fn: Farewell, body: Json) -> bool:
    await fn(body)
    return True
