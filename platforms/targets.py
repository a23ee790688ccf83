"""Where requests go: addresses taken apart once, for most posts go to the same few."""

from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache

import httpx
from yarl import URL

from platforms.addresses import Guard, literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a request goes."""

    url: URL
    place: tuple[str, str, int]
    """Scheme, host and port: what a connection is for."""
    path: str
    said: tuple[tuple[str, str], ...]
    """What the address itself has a request say: its host, and who asks if that stands in it."""
    host: str
    port: int
    address: str | None
    """The host, if it is an address in plain form."""


@lru_cache(maxsize=512)
def target_of(url: str) -> Target:
    """The URL as it is sent. Most posts go to the same few; to take one apart costs as much as to send it."""
    parsed = httpx.URL(url)
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    there = URL(str(parsed), encoded=True)
    return Target(
        url=there,
        place=(parsed.scheme, parsed.host, port),
        path=there.raw_path_qs,
        said=_said(there),
        host=parsed.host,
        port=port,
        address=literal(parsed.host),
    )


def _said(url: URL) -> tuple[tuple[str, str], ...]:
    host = ("host", url.host_port_subcomponent or "")
    if not url.raw_user and not url.raw_password:
        return (host,)
    return host, ("authorization", "Basic " + b64encode(f"{url.user or ''}:{url.password or ''}".encode()).decode())


@lru_cache(maxsize=512)
def refuses(guard: Guard, host: str, port: int, address: str) -> bool:
    """Whether nobody may be asked at this address."""
    return guard.refuses(host, port, address)
