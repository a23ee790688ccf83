"""Ports for servers that are started a moment later, as processes of their own."""

import random
import socket

_FIRST, _BEYOND = 20_000, 32_000
"""Below those the kernel hands out by itself (Linux: from 32,768): nobody else gets one meanwhile by chance."""


def free_ports(many: int = 1) -> list[int]:
    """Ports in a row that nobody listens on."""
    while True:
        first = random.randrange(_FIRST, _BEYOND)  # noqa: S311  # which one does not matter
        ports = list(range(first, first + many))
        if all(_is_free(port) for port in ports):
            return ports


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
