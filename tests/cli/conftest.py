"""A desk with a brand of two accounts, and another workspace beside it."""

from pathlib import Path

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Nothing made yet."""
    return Desk(folder=tmp_path, capsys=capsys)


@pytest.fixture
def juniper(desk: Desk) -> Desk:
    """Workspace Paperboat with brand Juniper, which has an account on each platform."""
    place = desk.good("workspaces", "create", "Paperboat")
    brand = desk.good(
        "brands", "create", "--workspace", place["workspace_id"], "Juniper", "--timezone", "Europe/Berlin"
    )
    desk.connect(brand, "bluesky", "juniper.example")
    desk.connect(brand, "mastodon", "juniper@example.social")
    return desk
