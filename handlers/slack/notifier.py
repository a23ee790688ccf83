"""Cards and notices as Slack messages: posted, changed in place, and found again when an answer was lost.

A message whose posting was never answered may stand there. With a `…:history` scope it is looked for by its metadata;
without one it is posted again, for a card that stands twice is a nuisance and a failure nobody hears of is harm.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError

from bot import clock
from bot.domain.ids import WorkspaceId
from bot.domain.installations import Installation
from bot.services import installing, repetitions
from bot.services.deps import Deps
from bot.services.ports import CardOwed, NotDelivered, Notice, Place
from handlers.slack.api import UNREACHABLE, Api, error_of, is_of_slack, retry_after_s, status_of
from handlers.slack.app import REFUSED_TOKENS
from handlers.slack.blocks import Message
from handlers.slack.limits import Pace, TooFast
from handlers.slack.payload import Json, record, records, text
from handlers.slack.scopes import HISTORY_SCOPES

_log = logging.getLogger(__name__)

_EVENT = "herald_notice"
_PLAIN = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "block_mismatch"})
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"})
_OUTSIDE = frozenset({"not_in_channel", "channel_not_found", "no_permission"})
_NO_THREAD = frozenset(
    {
        "thread_not_found",
        "invalid_thread_ts",
        "thread_locked",
        "cannot_reply_to_message",
        "restricted_action_thread_locked",
        "restricted_action_non_threadable_channel",
    }
)
"""The card it belongs under was deleted, or nobody may answer it; in the channel itself one may write."""
_LATER = frozenset(
    {
        "message_limit_exceeded",
        "org_login_required",
        "ekm_access_denied",
        "team_access_not_granted",
        "external_channel_migrating",
        "accesslimited",
        "access_denied",
    }
)
"""The whole workspace may not be written to for now, whatever is said there.

Source: docs.slack.dev/reference/methods/chat.postMessage, as listed by slack-ruby/slack-api-ref, read 2026-11-22.
"""
_TOO_FAST = frozenset({"ratelimited", "rate_limited"})
_CLOSED = frozenset({"is_archived"})
_FORBIDDEN = "restricted_action"
_PERSON = ("U", "W")
_UNSURE = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
_SERVER_ERROR = 500
_TOO_MANY = 429
_LONGEST_PLAIN = 3_900

_ASK_AGAIN = timedelta(minutes=1)
_REINSTALL = timedelta(minutes=10)
_DEFAULT_WAIT = timedelta(seconds=30)
_LOOK_BACK = timedelta(minutes=2)
_LOOK_FOR = timedelta(minutes=2)
"""So long something that may stand there already waits for a look; then it is said, perhaps once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a notice says, and where: in a channel, a thread, to one person; or in place of what stands there."""

    message: Message
    to: str
    """A channel's id, or a user's."""
    thread_ts: str | None = None
    broadcast: bool = False
    """Said in the thread and in the channel."""
    instead_of: Place | None = None
    otherwise: "Saying | None" = None
    """What is said when nobody may write there: to somebody directly."""


class Speech(Protocol):
    """Makes the words of cards and notices."""

    async def card(self, card: CardOwed, /) -> Message:
        """The card as it is to stand now."""
        ...

    async def notice(self, notice: Notice, /) -> Saying | None:
        """What a notice says; None: nothing any more."""
        ...

    async def owner(self, what: CardOwed | Notice, /) -> str | None:
        """The user id of who must be told when it cannot be said where it belongs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """One thing to be said, and what is needed when that fails."""

    what: CardOwed | Notice
    id: str
    """In the message's metadata."""
    installation: Installation
    since: datetime

    @property
    def workspace_id(self) -> WorkspaceId:
        return self.what.workspace_id


class SlackNotifier:
    """A notifier for every workspace Herald is installed in."""

    def __init__(self, deps: Deps, api: Api, speech: Speech, *, pace: Pace | None = None) -> None:
        self._deps = deps
        self._api = api
        self._speech = speech
        self._pace = pace or Pace()
        self._told: set[str] = set()
        """Where somebody was asked for help since something could be posted there."""

    async def show(self, card: CardOwed) -> Place:
        """Post the card, or change it where it stands; one that was deleted is posted anew. Raises NotDelivered."""
        errand = await self._errand(card, f"{card.post_id}", card.since)
        message = await self._speech.card(card)
        refusal = NotDelivered("the brand has no channel", hopeless=True)
        for channel in dict.fromkeys(name for name in (card.channel, card.home) if name is not None):
            try:
                return await self._show_in(channel, card, errand, message)
            except NotDelivered as refused:
                if not refused.shut:
                    raise
                refusal = refused
        raise refusal

    async def _show_in(self, channel: str, card: CardOwed, errand: _Errand, message: Message) -> Place:
        saying = Saying(message=message, to=channel)
        stands = card.place if card.place is not None and card.place.channel == channel else None
        stands = stands or await self._left_by_an_earlier_try(errand, saying)
        if stands is not None:  # the card may have moved on since that try
            changed = await self._change(errand, stands, message)
            if changed is not None:
                return changed
        return await self._post(errand, saying)

    async def deliver(self, notice: Notice) -> Place | None:
        """Say a notice where it belongs. Raises NotDelivered."""
        errand = await self._errand(notice, notice.id, notice.created_at)
        saying: Saying | None = await self._speech.notice(notice)
        if saying is None:
            return None
        if saying.instead_of is not None:
            return await self._change(errand, saying.instead_of, saying.message)
        refusals: list[NotDelivered] = []
        while saying is not None:
            try:
                return await self._left_by_an_earlier_try(errand, saying) or await self._post(errand, saying)
            except NotDelivered as refused:
                refusals.append(refused)
                saying = _otherwise(saying, refused)
        raise next((refused for refused in refusals if not refused.hopeless), refusals[0])

    async def _errand(self, what: CardOwed | Notice, name: str, since: datetime) -> _Errand:
        installation = await installing.installation_of(self._deps, what.workspace_id)
        if installation is None:
            raise NotDelivered("Herald is not in this workspace's Slack", hopeless=True)
        if installation.revoked:
            refused = "Slack refuses the bot's token"
            raise NotDelivered(refused, again_after=_REINSTALL, as_of=installation.installed_at)
        return _Errand(what=what, id=name, installation=installation, since=since)

    # --- Posting -----------------------------------------------------------------------------------------------------

    async def _left_by_an_earlier_try(self, errand: _Errand, saying: Saying) -> Place | None:
        """What a try whose answer was lost left there. Raises NotDelivered while that cannot be seen, for a while."""
        if errand.what.tries == 0:
            return None
        try:
            return await self._find(errand, saying)
        except _CannotLook as hidden:
            if clock.now() - errand.since > _LOOK_FOR:
                return None
            raise NotDelivered("it may stand there already", again_after=hidden.wait) from hidden

    async def _post(self, errand: _Errand, saying: Saying) -> Place:
        body: dict[str, Any] = {
            "channel": saying.to,
            **_content(saying.message),
            "thread_ts": saying.thread_ts,
            "reply_broadcast": True if saying.broadcast else None,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": _EVENT, "event_payload": {"id": errand.id}},
        }
        try:
            posted = _place(await self._say(errand, "chat.postMessage", body, saying.message, pace_in=saying.to))
        except _Unsure as lost:
            with suppress(_CannotLook):
                if found := await self._find(errand, saying):
                    return found
            raise NotDelivered(lost.reason) from lost
        except SlackApiError as error:
            raise await self._refused(errand, error, saying.to) from error
        if errand.what.tries > 0 or _told_key(errand, saying.to) in self._told:
            await repetitions.forget(self._deps, _told_key(errand, saying.to))
            self._told.discard(_told_key(errand, saying.to))
        return posted

    async def _change(self, errand: _Errand, place: Place, message: Message) -> Place | None:
        """Where it stands now; None when there is nothing to change any more."""
        body = {"channel": place.channel, "ts": place.ts, **_content(message)}
        try:
            await self._say(errand, "chat.update", body, message)
        except _Unsure as lost:
            raise NotDelivered(lost.reason) from lost
        except SlackApiError as error:
            if error_of(error) in _GONE:
                return None
            raise await self._refused(errand, error, place.channel) from error
        return place

    async def _say(
        self, errand: _Errand, method: str, body: Mapping[str, Any], message: Message, pace_in: str | None = None
    ) -> Json:
        """Once; if Slack does not take its blocks in a simpler form, if there is one, and at last without any."""
        try:
            return await self._call(errand, method, body, pace_in)
        except SlackApiError as error:
            if error_of(error) not in _PLAIN or not body.get("blocks"):
                raise
            facts = {"method": method, "error": error_of(error), "id": errand.id}
            if message.simpler is None:
                _log.exception("slack does not take these blocks; said in plain text", extra=facts)
            else:
                _log.info("slack does not take these blocks; said in simpler ones", extra=facts)
        if message.simpler is not None:
            plainer = Message(text=message.text, blocks=message.simpler)
            return await self._say(errand, method, {**body, "blocks": list(message.simpler)}, plainer, pace_in)
        plain = {**body, "text": str(body["text"])[:_LONGEST_PLAIN]}
        del plain["blocks"]
        return await self._call(errand, method, plain, pace_in)

    async def _call(self, errand: _Errand, method: str, body: Mapping[str, Any], pace_in: str | None) -> Json:
        """Raises NotDelivered when surely nothing was said, _Unsure when perhaps something was, else SlackApiError."""
        team_id = errand.installation.team_id
        try:
            await self._pace.turn(team_id, method, pace_in)
            return await self._api.write(errand.installation.token, method, **body)
        except TooFast as busy:
            raise NotDelivered("the channel is full", again_after=busy.wait) from busy
        except aiohttp.ClientConnectorError as error:
            raise NotDelivered(f"Slack cannot be reached ({type(error).__name__})") from error
        except UNREACHABLE as error:
            raise _Unsure(f"Slack did not answer ({type(error).__name__})") from error
        except SlackApiError as error:
            word = error_of(error)
            if word in _TOO_FAST or status_of(error) == _TOO_MANY:
                wait_s = retry_after_s(error) or _DEFAULT_WAIT.total_seconds()
                self._pace.hold(team_id, method, wait_s, pace_in)
                raise NotDelivered("Slack asks to wait", again_after=timedelta(seconds=wait_s)) from error
            if word in _LATER:
                raise NotDelivered(f"Slack takes nothing for now ({word})", again_after=_ASK_AGAIN) from error
            if word in _UNSURE or not is_of_slack(error) or status_of(error) >= _SERVER_ERROR:
                raise _Unsure(f"Slack is in trouble ({word})") from error
            raise

    async def _find(self, errand: _Errand, saying: Saying) -> Place | None:
        """The message, if it stands there after all and we may look. Raises _CannotLook when Slack does not show it."""
        channel, granted = saying.to, errand.installation.scopes
        if not set(HISTORY_SCOPES) & set(granted) or not channel.startswith(("C", "G")):
            return None
        method = "conversations.replies" if saying.thread_ts is not None else "conversations.history"
        thread = {"ts": saying.thread_ts} if saying.thread_ts is not None else {}
        oldest = f"{(errand.since - _LOOK_BACK).timestamp():.6f}"
        asked = {"channel": channel, "oldest": oldest, "include_all_metadata": "true", "limit": 200, **thread}
        try:
            await self._pace.turn(errand.installation.team_id, method)
            page = await self._api.read(errand.installation.token, method, **asked)
        except TooFast as busy:
            raise _CannotLook(busy.wait) from busy
        except UNREACHABLE as error:
            raise _CannotLook from error
        except SlackApiError as error:
            if error_of(error) in _TOO_FAST or status_of(error) == _TOO_MANY:
                raise _CannotLook(timedelta(seconds=retry_after_s(error) or _DEFAULT_WAIT.total_seconds())) from error
            if error_of(error) in _UNSURE or not is_of_slack(error) or status_of(error) >= _SERVER_ERROR:
                raise _CannotLook from error
            return None
        for message in records(page.get("messages")):
            metadata = record(message.get("metadata"))
            named = record(metadata.get("event_payload")).get("id")
            ts = text(message.get("ts"))
            if metadata.get("event_type") == _EVENT and named == errand.id and ts is not None:
                return Place(channel=channel, ts=ts)
        return None

    # --- Refusals ----------------------------------------------------------------------------------------------------

    async def _refused(  # noqa: PLR0911  # a table
        self, errand: _Errand, error: SlackApiError, channel: str
    ) -> NotDelivered:
        """What a refusal means for this errand. Tells a person once when only a person can help."""
        word = error_of(error)
        if word in REFUSED_TOKENS:
            await installing.token_refused(self._deps, errand.workspace_id, errand.installation)
            refused = f"Slack refuses the bot's token ({word})"
            return NotDelivered(refused, again_after=_REINSTALL, as_of=errand.installation.installed_at)
        if word in _NO_THREAD:
            return _NoThread(f"nobody may answer there ({word})", hopeless=True)
        if channel.startswith(_PERSON):
            return NotDelivered(f"this person cannot be written to ({word})", hopeless=True, shut=True)
        if word in _OUTSIDE:
            await self._tell(errand, channel, f"I cannot post in <#{channel}>. Type `/invite @Herald` there.")
            return NotDelivered(f"Herald is not in the channel ({word})", shut=True)
        if word in _CLOSED:
            await self._tell(errand, channel, f"<#{channel}> is archived. Choose another channel with `/social brand`.")
            return NotDelivered("the channel is archived", hopeless=True, shut=True)
        if word.startswith(_FORBIDDEN):
            sentence = f"I may not post in <#{channel}>. An admin can allow it, or choose another with `/social brand`."
            await self._tell(errand, channel, sentence)
            return NotDelivered(f"posting there is restricted ({word})", again_after=_ASK_AGAIN, shut=True)
        _log.error("slack refused a message", extra={"error": word, "id": errand.id})
        return NotDelivered(f"Slack refused it ({word})", again_after=_ASK_AGAIN, of_itself=True)

    async def _tell(self, errand: _Errand, channel: str, sentence: str) -> None:
        """Write to who must help, once until something could be posted there again. Never fails."""
        whom = await self._speech.owner(errand.what) or errand.installation.installed_by
        if whom is None or channel == whom or not await repetitions.first_time(self._deps, _told_key(errand, channel)):
            return
        self._told.add(_told_key(errand, channel))
        try:
            await self._api.write(errand.installation.token, "chat.postMessage", channel=whom, text=sentence)
        except (SlackApiError, *UNREACHABLE) as error:
            _log.warning("nobody could be told", extra={"workspace_id": errand.workspace_id, "error": str(error)[:100]})
            await repetitions.forget(self._deps, _told_key(errand, channel))


class _NoThread(NotDelivered):
    """What is to be said in a thread cannot be said there."""


def _otherwise(saying: Saying, refused: NotDelivered) -> Saying | None:
    """What is said in its place, if anything."""
    if isinstance(refused, _NoThread):
        return replace(saying, thread_ts=None, broadcast=False) if saying.broadcast else None
    return saying.otherwise if refused.shut or refused.of_itself else None


class _CannotLook(Exception):
    """Slack does not show now what stands there; it may after this wait."""

    def __init__(self, wait: timedelta | None = None) -> None:
        super().__init__()
        self.wait = wait


class _Unsure(Exception):
    """It may have been taken, and it may not."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _told_key(errand: _Errand, channel: str) -> str:
    return f"told:{errand.workspace_id}:{channel}"


def _place(posted: Json) -> Place:
    """Where it stands, as Slack says. Raises _Unsure when it does not say."""
    channel, ts = text(posted.get("channel")), text(posted.get("ts"))
    if channel is None or ts is None:
        raise _Unsure("Slack did not say where it stands")
    return Place(channel=channel, ts=ts)


def _content(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": list(message.blocks)}
