"""Which network addresses a request may go to. The rule, and the resolver that holds it at the moment of connecting.

People give us addresses (an instance, a PDS, a link to make a card of). None of them may lead into the operator's own
network: the machine itself, its neighbours, a cloud's metadata service. A name is judged by every address it resolves
to, and the connection goes to the very addresses that were judged, so a name that changes its mind gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Well-known prefix of an IPv4 address. Source: https://www.rfc-editor.org/rfc/rfc6052#section-2.1, 2026-11-21."""
_LOW_32_BITS = 0xFFFF_FFFF
_LOOKUPS_AT_ONCE = 64
_INNER = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("fec0::/10"))
"""Not public, though Python 3.11 takes most of the first (where a cloud's metadata service is) and the second for it.

Sources: https://www.rfc-editor.org/rfc/rfc6890#section-2.2.2 and https://www.rfc-editor.org/rfc/rfc3879, 2026-11-22.
"""


class AddressRefused(OSError):
    """The host is, or resolves to, an address we do not go to. Nothing was connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Who may be reached. `allow_loopback` is HERALD_ALLOW_PRIVATE_ADDRESSES (tests, the sandbox).

    `trusted` are (host, port) pairs the operator configured (HERALD_<PLATFORM>_API_URL): they are taken as they are.
    """

    allow_loopback: bool = False
    trusted: frozenset[tuple[str, int]] = frozenset()

    def refuses(self, host: str, port: int, address: str) -> bool:
        """Whether connecting to `address`, found for `host`, is forbidden."""
        if (host.lower(), port) in self.trusted:
            return False
        found = ipaddress.ip_address(address.partition("%")[0])
        inner = embedded(found)
        return not (is_public(inner) or (self.allow_loopback and inner.is_loopback))


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, NAT64, 6to4), else the address itself."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & _LOW_32_BITS)
    return address.ipv4_mapped or address.sixtofour or address


def is_public(address: Address) -> bool:
    """Whether the address is somewhere on the public internet: not private, local, shared, reserved or multicast."""
    inner = any(address in network for network in _INNER)
    return address.is_global and not address.is_multicast and not address.is_reserved and not inner


def literal(host: str) -> str | None:
    """The address itself when the host of a URL is one in plain form (brackets removed), else None."""
    try:
        return str(ipaddress.ip_address(host.strip("[]").partition("%")[0]))
    except ValueError:
        return None


class SystemResolver(AbstractResolver):
    """Asks the system, on threads of its own.

    A name whose servers do not answer keeps a thread for half a minute, however soon nobody waits for it any more. The
    threads that the rest of the process shares are few: some such names, and no other is found and no file is read.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of `host`. Raises OSError when the name is unknown."""
        ask = partial(
            socket.getaddrinfo, host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Let the threads go, without waiting for names that nobody answers for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedResolver(AbstractResolver):
    """Resolves names like the system does and refuses a name as soon as one of its addresses is forbidden."""

    def __init__(self, guard: Guard, lookup: Callable[[], AbstractResolver] = SystemResolver) -> None:
        self._guard = guard
        self._inner = lookup()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The checked addresses of `host`. Raises AddressRefused, or OSError when the name is unknown."""
        found = await self._inner.resolve(host, port, family)
        if any(self._guard.refuses(host, port, result["host"]) for result in found):
            raise AddressRefused("the name leads to an address that is not public")
        return found

    async def close(self) -> None:
        """Let go of the system's resolver."""
        await self._inner.close()
