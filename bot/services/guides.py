"""The networks' guides: where people read how an account is connected, and mended when it breaks."""

import asyncio

from bot.domain.accounts import Account, Health
from bot.services.deps import Deps

CONNECTING, MENDING = "connect", "when-it-breaks"
"""The parts that every guide has, as their headings are addressed."""
_BROKEN = frozenset({Health.EXPIRED, Health.REVOKED})


def guide_path(deps: Deps, platform: str, part: str) -> str | None:
    """The address of a part of a network's guide, below Herald's own; None where that guide is not installed."""
    return f"/guides/{platform}#{part}" if platform in deps.guides else None


def guide_url(deps: Deps, platform: str, part: str = MENDING) -> str | None:
    """The whole address; None also where Herald has no public address."""
    path = guide_path(deps, platform, part)
    return None if deps.public_url is None or path is None else deps.public_url + path


def guide_urls(deps: Deps) -> dict[str, str]:
    """By network: where people read how an account is mended."""
    found = {platform: guide_url(deps, platform) for platform in deps.guides}
    return {platform: url for platform, url in found.items() if url is not None}


def guide_for(deps: Deps, account: Account) -> str | None:
    """Where to read how this account is mended; None too where nobody has to reconnect it."""
    return guide_url(deps, account.platform) if account.health in _BROKEN else None


async def read_guide(deps: Deps, platform: str) -> str | None:
    """A guide in Markdown; None where there is none of that name, which never becomes a path."""
    path = deps.guides.get(platform)
    if path is None:
        return None
    try:
        return await asyncio.to_thread(path.read_text, encoding="utf-8")
    except FileNotFoundError:
        return None
