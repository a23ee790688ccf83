"""How family B spells networks: X is `twitter` there. A route's own words are told as networks' too."""

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
