"""How programs that think in contents are told of networks: X is `twitter`. A route's own words are told as such too.

So do the HTTP API's family B and its events; family A, which thinks in posts, says `x`.
"""

from collections.abc import Iterable

_TOLD = {"x": "twitter", "gmb": "google_business_profile"}
_MEANT = {"twitter": ("x", "twitter"), "google_business_profile": ("google_business_profile", "gmb")}


def told(network: str) -> str:
    """A network as it is told."""
    return _TOLD.get(network, network)


def meant(name: str) -> tuple[str, ...]:
    """The networks somebody means by a name."""
    wanted = name.strip().casefold()
    return _MEANT.get(wanted, (wanted,))


def all_meant(names: Iterable[str]) -> frozenset[str]:
    """The same for several."""
    return frozenset(network for name in names for network in meant(name))
