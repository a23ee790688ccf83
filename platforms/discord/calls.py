"""Addressing a webhook: its id stands in the address, its token is put in by the wire alone.

Source: https://docs.discord.com/developers/resources/webhook, read 2026-11-21.
"""

import re
from dataclasses import dataclass

from bot.domain.accounts import Connected, Secret
from bot.domain.errors import invalid
from platforms.base import SECRET_HERE, FilePart, JsonObject, Request

PLATFORM = "discord"
API = "https://discord.com"
VERSION = "/api/v10"
_WEBHOOK = re.compile(
    r"https?://(?P<host>[^/\s]+)/api/(?:v[0-9]+/)?webhooks/(?P<id>[0-9]{1,20})/(?P<token>[A-Za-z0-9_-]{20,200})"
    r"/?(?:\?\S*)?"
)
_HOSTS = frozenset({"discord.com", "discordapp.com"})
_BRANCHES = ("ptb.", "canary.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook, and where Discord is."""

    base_url: str
    id: str
    token: Secret

    def request(  # noqa: PLR0913  # what a request is made of, named
        self,
        operation: str,
        method: str,
        path: str = "",
        *,
        query: tuple[tuple[str, str], ...] = (),
        json: JsonObject | None = None,
        form: tuple[tuple[str, str], ...] = (),
        files: tuple[FilePart, ...] = (),
    ) -> Request:
        """A request to it."""
        return Request(
            operation=operation,
            method=method,
            url=f"{self.base_url}{VERSION}/webhooks/{self.id}/{SECRET_HERE}{path}",
            path_secret=self.token,
            query=query,
            json=json,
            form=form,
            files=files,
        )


def webhook_of(connected: Connected) -> Webhook:
    """The webhook that an account is."""
    account = connected.account
    return Webhook(base_url=account.service_url, id=account.platform_account_id, token=connected.tokens.access)


def webhook_at(address: str, base_url: str) -> Webhook:
    """The webhook of the address that Discord shows, on any of its hosts. Raises InvalidContent."""
    match = _WEBHOOK.fullmatch(address.strip())
    ours = base_url.partition("://")[2]
    host = match["host"].lower() if match else ""
    plain = next((host.removeprefix(one) for one in _BRANCHES if host.startswith(one)), host)
    if match is None or (plain not in _HOSTS and host != ours):
        raise invalid(
            "webhook",
            "This is not a webhook's address. Copy it in Discord: channel settings, Integrations, Webhooks. It begins"
            " with https://discord.com/api/webhooks/.",
        )
    return Webhook(base_url=base_url, id=match["id"], token=Secret(match["token"]))
