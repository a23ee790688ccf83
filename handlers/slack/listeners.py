"""Who listens to what: the one list of everything registered at the desk. manifest.yml says the same, by test."""

from handlers.slack import flows, installs
from handlers.slack.app import Desk


def register(desk: Desk) -> None:
    """Register all of it; afterwards the desk is ready."""
    installs.register(desk)
    flows.register(desk)
    desk.ready()
