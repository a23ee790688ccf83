"""Which accounts a word means that somebody typed behind a command."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.domain.accounts import Account
from handlers.slack.facts import Names

_ALIKE = 0.75
"""How much of a mistyped name has to be right, of 1."""


def is_called(account: Account, word: str, called: Names) -> bool:
    """`bluesky`, `@juniper.example`, `bluesky:juniper.example`, whatever the capitals."""
    wanted = word.casefold().removeprefix("@")
    platform, _, handle = wanted.partition(":")
    network, title, mine = _names(account, called)
    if handle:
        return platform in {network, title} and handle.removeprefix("@") == mine
    return wanted in {network, title, mine}


def alike(word: str, known: Sequence[Account], called: Names) -> list[Account]:
    """The accounts that are called nearly so: who mistyped one need not read them all."""
    wanted = word.casefold().removeprefix("@")
    return [one for one in known if get_close_matches(wanted, _names(one, called), n=1, cutoff=_ALIKE)]


def _names(account: Account, called: Names) -> tuple[str, str, str]:
    """What an account may be called, in small letters: its network twice, and its handle."""
    return account.platform, called.title(account.platform).casefold(), account.handle.casefold()
