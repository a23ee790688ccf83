"""Which accounts a word means that somebody typed behind a command."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.domain.accounts import Account
from bot.domain.errors import NotFound
from bot.services import connecting
from bot.services.workspaces import Brand
from handlers.slack import blocks as b
from handlers.slack.call import Call
from handlers.slack.facts import Names
from handlers.slack.flows import places

_ALIKE = 0.75
"""How much of a mistyped name has to be right, of 1."""


async def read(call: Call, words: list[str], called: Names) -> tuple[Brand | None, list[Account] | None]:
    """`[BRAND] [ACCOUNT]`: the brand named, else the one of this place; its accounts of that name, None where none is.

    Raises NotFound where what was typed is neither.
    """
    known = await places.brands_of(call)
    named, rest = _brand(words, known)
    brand, word = named or await places.brand_here(call), " ".join(rest)
    if not word:
        return brand, None
    of_brand = await connecting.list_accounts(call.deps, [call.workspace_id], brand=brand)
    fits = [account for account in of_brand if is_called(account, word, called)]
    if not fits:
        there = ", ".join(one.name for one in known[:5]) or "none yet"
        raise NotFound(f"There is no brand or account “{b.cut(word, 40)}” here. Brands: {there}.", field="brand")
    return brand, fits


def _brand(words: list[str], known: Sequence[Brand]) -> tuple[Brand | None, list[str]]:
    """The brand with whose name the line begins, the longest one, and the words behind it."""
    for brand in sorted(known, key=lambda brand: -len(brand.name.split())):
        name = brand.name.casefold().split()
        if name and [word.casefold() for word in words[: len(name)]] == name:
            return brand, words[len(name) :]
    return None, words


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
