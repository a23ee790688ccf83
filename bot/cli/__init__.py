"""The `herald` command: arguments to services, and what they say back to people and programs."""

from bot.cli.main import main

__all__ = ["main"]
