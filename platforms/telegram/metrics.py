"""How many read the channel. Bots are not told views, forwards or reactions of their posts.

Source: https://core.telegram.org/bots/api#getchatmembercount, 2026-11-21.
"""

from bot.domain.accounts import Connected
from platforms.base import AccountNumbers, Endpoints, Wire
from platforms.telegram.calls import Bot, chat_of, result_of, unreadable


async def account_metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.account_metrics
    connected: Connected,
) -> AccountNumbers:
    """The chat's members. Raises PlatformError."""
    account = connected.account
    bot = Bot(base_url=account.service_url, token=connected.tokens.access)
    chat = await chat_of(wire, bot, account.platform_account_id)
    answer = await wire.read(bot.request("getChatMemberCount", {"chat_id": chat.id}))
    count = result_of(answer)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise unreadable("getChatMemberCount", answer)
    return AccountNumbers(followers=count, raw={"member_count": count})
