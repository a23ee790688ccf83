"""A platform stands alone: whoever reads one folder has read all that is said of that network."""

from platforms import REGISTER
from tests.house import of_herald


def test_a_platform_knows_no_other_platform() -> None:
    known = [
        f"{source.path}: {name}"
        for source in of_herald()
        for name in source.imports
        if (own := _platform_of(source.module)) and (other := _platform_of(name)) and other != own
    ]

    assert known == []


def _platform_of(module: str) -> str | None:
    """`x` for all below `platforms.x`; what lies beside the platforms serves them all."""
    parts = module.split(".")
    return parts[1] if parts[0] == "platforms" and parts[1:] and parts[1] in REGISTER else None
