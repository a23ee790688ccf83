"""Files handed to people: below the message whose button asked for them, or in their own messages with Herald."""

import logging

from slack_sdk.errors import SlackApiError

from handlers.slack import blocks as b
from handlers.slack import uploads
from handlers.slack.api import UNREACHABLE, error_of
from handlers.slack.call import Call
from handlers.slack.payload import record, text

_log = logging.getLogger(__name__)

_NO_RIGHT = "To put files here, an admin must let Herald write files: add Herald again."
_NOT_HERE = frozenset({"not_in_channel", "channel_not_found"})


async def may_hand_over(call: Call) -> bool:
    """Whether Herald may write files; who asked is told if not."""
    if not uploads.may_upload(call.installation):
        await call.answer(_NO_RIGHT)
        return False
    return True


async def hand_over(  # noqa: PLR0913  # what is handed over, by name
    call: Call, file_name: str, content: bytes, comment: str, *, what: str, alt_text: str = ""
) -> None:
    """Put a file below the message whose button was pressed; where that is private, in our own conversation."""
    api, token = call.desk.api, call.installation.token
    try:
        place, under = await _below(call, file_name, what)
        file_id = await uploads.upload(api, token, file_name, content, alt_text=alt_text)
        await uploads.share(api, token, [file_id], channel=place, under=under, comment=comment)
    except (SlackApiError, *UNREACHABLE) as error:
        word = error_of(error) if isinstance(error, SlackApiError) else type(error).__name__
        _log.warning("a file was not taken", extra={"user": call.user_id, "error": word})
        invite = " Type `/invite @Herald` here first." if word in _NOT_HERE else " Try it again in a minute."
        await call.answer(f"Slack did not take the file.{invite}")


async def _below(call: Call, file_name: str, what: str) -> tuple[str | None, str | None]:
    """Channel and message. Raises SlackApiError, or one of `UNREACHABLE`."""
    where = record(call.body.get("container"))
    ts = text(call.message.get("ts")) or text(where.get("message_ts"))
    if call.channel_id is not None and ts is not None and not where.get("is_ephemeral"):
        return call.channel_id, ts
    told = await call.desk.api.write(
        call.installation.token,
        "chat.postMessage",
        channel=call.user_id,
        text=f"Here is {b.inert(file_name)}:",
        unfurl_links=False,
        unfurl_media=False,
    )
    await call.answer(f"It is in your messages with Herald, since only you can see this {what}.")
    return text(told.get("channel")), text(told.get("ts"))
