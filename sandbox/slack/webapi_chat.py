"""chat.*: posting, changing and taking back messages."""

from sandbox.slack.checks import check_blocks
from sandbox.slack.errors import SlackError
from sandbox.slack.reading import listing, mapping
from sandbox.slack.settings import Json
from sandbox.slack.shapes import filled, show_message
from sandbox.slack.state import Channel, Message
from sandbox.slack.webapi import Request, method, spend

MOST_POSTED = 40_000
"""Characters; more is cut off. Source: docs.slack.dev/reference/methods/chat.postMessage, 2026-11-21."""
MOST_UPDATED = 4_000
"""Characters; more is refused. Source: docs.slack.dev/reference/methods/chat.update, 2026-11-21."""
MOST_MARKDOWN = 12_000
MOST_ATTACHMENTS = 100


def _open(call: Request, channel: Channel) -> None:
    world = call.world
    if channel.archived:
        raise SlackError("is_archived", channel=channel.id)
    if world.bot_user_id in channel.members:
        return
    public = channel.kind == "channel" and not channel.private
    scopes = call.token.scopes if call.token else ()
    if not (public and "chat:write.public" in scopes and call.method == "chat.postMessage"):
        raise SlackError("not_in_channel", channel=channel.id)


def _content(call: Request, channel: Channel) -> tuple[str, list[Json] | None, list[Json] | None]:
    try:
        return _read_content(call)
    except SlackError as error:
        error.channel = channel.id
        raise


def _read_content(call: Request) -> tuple[str, list[Json] | None, list[Json] | None]:
    blocks = check_blocks(call.world, call.json("blocks", "invalid_blocks_format"))
    attachments = listing(call.json("attachments"))
    text, markdown = call.text("text"), call.text("markdown_text")
    if markdown:
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > MOST_MARKDOWN:
            raise SlackError("msg_too_long")
        text, blocks = markdown, [{"type": "markdown", "text": markdown}]
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    if not text.strip() and not blocks and not attachments:
        raise SlackError("no_text")
    return text, filled(blocks), attachments or None


def _metadata(call: Request) -> Json | None:
    given = call.json("metadata", "invalid_metadata_format")
    if given is None:
        return None
    if set(mapping(given)) != {"event_type", "event_payload"}:
        raise SlackError("invalid_metadata_format")
    return mapping(given)


def _thread(call: Request, channel: Channel) -> str | None:
    thread = call.text("thread_ts")
    if not thread:
        return None
    parent = channel.message(thread)
    if parent is None or parent.ephemeral_to:
        raise SlackError("thread_not_found", channel=channel.id)
    return parent.thread_ts or parent.ts


def _own_message(call: Request, channel: Channel, *, otherwise: str) -> Message:
    """The app's own message that the call names; raises the error `otherwise` for somebody else's."""
    message = channel.message(call.text("ts", needed=True))
    if message is None or message.ephemeral_to:
        raise SlackError("message_not_found", channel=channel.id)
    if message.user != call.world.bot_user_id:
        raise SlackError(otherwise, channel=channel.id)
    return message


@method("chat.postMessage", "chat:write", tier=4)
async def post_message(call: Request) -> Json:
    """Say something in a conversation."""
    world = call.world
    channel = call.channel(person=True)
    if channel.kind == "im" and not world.manifest.messages_tab:
        raise SlackError("messages_tab_disabled", channel=channel.id)
    _open(call, channel)
    text, blocks, attachments = _content(call, channel)
    thread = _thread(call, channel)
    if world.settings.strict_rates:
        spend(world, f"post:{channel.id}", 1, 1.0)
    message = Message(
        ts=world.next_ts(),
        channel=channel.id,
        user=world.bot_user_id,
        bot_id=world.bot_id,
        text=text[:MOST_POSTED],
        blocks=blocks,
        attachments=attachments,
        thread_ts=thread,
        broadcast=thread is not None and call.flag("reply_broadcast"),
        metadata=_metadata(call),
    )
    world.post(message)
    return {"channel": channel.id, "ts": message.ts, "message": show_message(world, message)}


@method("chat.update", "chat:write")
async def update(call: Request) -> Json:
    """Change a message of the app; what is not given stays."""
    world, channel = call.world, call.channel()
    message = _own_message(call, channel, otherwise="cant_update_message")
    if channel.archived:
        raise SlackError("is_archived", channel=channel.id)
    text, blocks, attachments = _content(call, channel)
    if len(text) > MOST_UPDATED:
        raise SlackError("msg_too_long", channel=channel.id)
    message.text = text or message.text
    if call.values.get("blocks") is not None:
        message.blocks = blocks
    if call.values.get("attachments") is not None:
        message.attachments = attachments
    message.metadata = _metadata(call) or message.metadata
    message.broadcast = message.broadcast or (bool(message.thread_ts) and call.flag("reply_broadcast"))
    message.edited = world.next_ts()
    world.changed()
    shown = show_message(world, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


@method("chat.delete", "chat:write")
async def delete(call: Request) -> Json:
    """Take a message of the app back."""
    world, channel = call.world, call.channel()
    message = _own_message(call, channel, otherwise="cant_delete_message")
    channel.messages.remove(message)
    world.changed()
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", "chat:write", tier=4)
async def post_ephemeral(call: Request) -> Json:
    """Say something that one person alone sees, until they reload."""
    world, channel = call.world, call.channel()
    user = call.text("user", needed=True)
    _open(call, channel)
    if user not in channel.members:
        raise SlackError("user_not_in_channel", channel=channel.id)
    text, blocks, attachments = _content(call, channel)
    message = Message(
        ts=world.next_ts(),
        channel=channel.id,
        user=world.bot_user_id,
        bot_id=world.bot_id,
        text=text[:MOST_POSTED],
        blocks=blocks,
        attachments=attachments,
        thread_ts=_thread(call, channel),
        ephemeral_to=user,
    )
    world.post(message)
    return {"message_ts": message.ts}


@method("chat.getPermalink", tier=4)
async def get_permalink(call: Request) -> Json:
    """Where a message can be opened."""
    channel = call.channel()
    ts = call.text("message_ts", needed=True)
    if channel.message(ts) is None:
        raise SlackError("message_not_found")
    link = f"{call.world.url}/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}
