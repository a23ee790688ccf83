"""Closes every socket that would leave this machine: a test that needs the outside fails at once and says where to."""

import ipaddress
import socket
import sys
from typing import Any


class OutsideAddressError(RuntimeError):
    """A test tried to reach something beyond loopback."""


def _is_inside(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a path: UNIX sockets stay on the machine
    host = str(address[0]).partition("%")[0]
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        connection, address = arguments
        is_network = connection.family in {socket.AF_INET, socket.AF_INET6}
        if is_network and not _is_inside(address):
            raise OutsideAddressError(f"a test may only reach loopback, not {address!r}")


sys.addaudithook(_watch)
