"""users.*, conversations.*, team.info, bots.info: who and what there is."""

from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.settings import Json
from sandbox.slack.shapes import show_bot, show_bot_user, show_channel, show_message, show_user
from sandbox.slack.state import Channel, Message
from sandbox.slack.webapi import Request, method

READ = {"channel": "channels:read", "private": "groups:read", "im": "im:read"}
HISTORY = {"channel": "channels:history", "private": "groups:history", "im": "im:history"}
MOST_PAGE = 999


def _kind(channel: Channel) -> str:
    return "private" if channel.private else channel.kind


def _page(call: Request, everything: list[Any]) -> tuple[list[Any], Json]:
    start = call.number("cursor", 0)
    size = min(max(1, call.number("limit", 100)), MOST_PAGE)
    more = str(start + size) if start + size < len(everything) else ""
    return everything[start : start + size], {"response_metadata": {"next_cursor": more}}


@method("users.info", "users:read", tier=4)
async def user_info(call: Request) -> Json:
    """One person."""
    wanted = call.text("user", needed=True)
    if wanted == call.world.bot_user_id:
        return {"user": show_bot_user(call.world)}
    person = call.world.people.get(wanted)
    if person is None:
        raise SlackError("user_not_found")
    return {"user": show_user(call.world, person)}


@method("users.list", "users:read", tier=2)
async def user_list(call: Request) -> Json:
    """Everybody of this workspace."""
    world = call.world
    here = [show_user(world, one) for one in world.people.values() if one.team_id == world.team_id]
    members, page = _page(call, [*here, show_bot_user(world)])
    return {"members": members, "cache_ts": 0, **page}


@method("conversations.info")
async def info(call: Request) -> Json:
    """One conversation."""
    channel = call.channel()
    call.allow(READ[_kind(channel)])
    return {"channel": show_channel(call.world, channel)}


@method("conversations.list", tier=2)
async def listing(call: Request) -> Json:
    """The conversations of the kinds asked for."""
    kinds = {"public_channel": "channel", "private_channel": "private", "im": "im"}
    wanted = [one.strip() for one in (call.text("types") or "public_channel").split(",")]
    for one in wanted:
        if one in kinds:
            call.allow(READ[kinds[one]])
        elif one != "mpim":
            raise SlackError("invalid_types")
    chosen = {kinds.get(one) for one in wanted}
    world = call.world
    found = [
        show_channel(world, one)
        for one in world.channels.values()
        if _kind(one) in chosen
        and not (one.archived and call.flag("exclude_archived"))
        and not (one.private and world.bot_user_id not in one.members)
    ]
    channels, page = _page(call, found)
    return {"channels": channels, **page}


@method("conversations.open", "im:write")
async def open_im(call: Request) -> Json:
    """The app's conversation with one person."""
    users = call.text("users", needed=True).split(",")
    if len(users) != 1:
        raise SlackError("method_not_supported_for_channel_type")
    if users[0] not in call.world.people:
        raise SlackError("user_not_found")
    channel = call.world.im_of(users[0])
    if channel is None:
        raise SlackError("user_not_found")
    return {"channel": {"id": channel.id}}


@method("conversations.join", "channels:join")
async def join(call: Request) -> Json:
    """Enter a public channel."""
    world, channel = call.world, call.channel()
    if channel.kind != "channel" or channel.private:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    channel.members.add(world.bot_user_id)
    world.changed()
    return {"channel": show_channel(world, channel)}


@method("conversations.members", tier=4)
async def members(call: Request) -> Json:
    """Who is in a conversation."""
    channel = call.channel()
    call.allow(READ[_kind(channel)])
    everybody, page = _page(call, sorted(channel.members))
    return {"members": everybody, **page}


def _readable(call: Request) -> Channel:
    channel = call.channel()
    call.allow(HISTORY[_kind(channel)])
    if call.world.bot_user_id not in channel.members:
        raise SlackError("not_in_channel", channel=channel.id)
    return channel


def _shown(call: Request, message: Message, channel: Channel) -> Json:
    shown = show_message(call.world, message)
    if not call.flag("include_all_metadata"):
        shown.pop("metadata", None)
    replies = [one for one in channel.messages if one.thread_ts == message.ts]
    if replies:
        shown |= {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}
    return shown


@method("conversations.history")
async def history(call: Request) -> Json:
    """The messages of a conversation, newest first."""
    channel = _readable(call)
    oldest, latest = call.text("oldest") or "0", call.text("latest") or "9" * 10
    within = call.flag("inclusive")
    found = [
        _shown(call, one, channel)
        for one in reversed(channel.messages)
        if not one.ephemeral_to
        and (one.thread_ts is None or one.broadcast)
        and (float(oldest) < float(one.ts) < float(latest) or (within and one.ts in {oldest, latest}))
    ]
    messages, page = _page(call, found)
    more = bool(page["response_metadata"]["next_cursor"])
    return {"messages": messages, "has_more": more, "pin_count": 0, **page}


@method("conversations.replies")
async def replies(call: Request) -> Json:
    """A message and what was said below it, oldest first."""
    channel = _readable(call)
    parent = channel.message(call.text("ts", needed=True))
    if parent is None or parent.ephemeral_to:
        raise SlackError("thread_not_found")
    root = parent.thread_ts or parent.ts
    found = [one for one in channel.messages if root in {one.ts, one.thread_ts} and not one.ephemeral_to]
    messages, page = _page(call, [_shown(call, one, channel) for one in found])
    return {"messages": messages, "has_more": bool(page["response_metadata"]["next_cursor"]), **page}


@method("team.info", "team:read")
async def team_info(call: Request) -> Json:
    """The workspace."""
    world = call.world
    return {"team": {"id": world.team_id, "name": world.team_name, "domain": world.domain, "url": f"{world.url}/"}}


@method("bots.info", "users:read")
async def bot_info(call: Request) -> Json:
    """The app's bot."""
    if (call.text("bot") or call.world.bot_id) != call.world.bot_id:
        raise SlackError("bot_not_found")
    return {"bot": show_bot(call.world)}
