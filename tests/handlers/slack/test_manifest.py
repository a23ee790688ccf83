"""The app as Slack is told of it, against the app as it listens, and within Slack's limits."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from bot.services.deps import Deps
from handlers.slack import listeners, names
from handlers.slack.api import opened
from handlers.slack.app import Desk
from handlers.slack.people import People
from handlers.slack.scopes import SCOPES
from tests.house import text_of

yaml = pytest.importorskip("yaml", reason="PyYAML reads the manifest; it is not installed")

HERE = "https://herald.example.org"
ADDRESSES = frozenset({"url", "request_url", "message_menu_options_url", "redirect_urls"})


def read(name: str) -> Any:  # noqa: ANN401  # YAML
    return yaml.safe_load(text_of(name))


@pytest.fixture
async def desk(deps: Deps) -> AsyncIterator[Desk]:
    async with opened(HERE) as api:
        ready = Desk(deps, api, People(api))
        listeners.register(ready)
        yield ready


def without_addresses(value: Any) -> Any:  # noqa: ANN401  # YAML
    if isinstance(value, dict):
        return {key: without_addresses(one) for key, one in value.items() if key not in ADDRESSES}
    return [without_addresses(one) for one in value] if isinstance(value, list) else value


def addresses(value: Any) -> Iterator[str]:  # noqa: ANN401  # YAML
    if isinstance(value, dict):
        for key, one in value.items():
            if key in ADDRESSES:
                yield from one if isinstance(one, list) else [one]
            else:
                yield from addresses(one)
    elif isinstance(value, list):
        for one in value:
            yield from addresses(one)


def test_the_names_of_the_manifest_are_the_names_in_the_code() -> None:
    features = read("manifest.yml")["features"]
    assert {one["command"] for one in features["slash_commands"]} == {names.POST, names.SOCIAL}
    shortcuts = {(one["type"], one["callback_id"]) for one in features["shortcuts"]}
    assert shortcuts == {("global", names.COMPOSE), ("message", names.COMPOSE_FROM_MESSAGE)}


async def test_what_is_listened_to_is_what_the_manifest_says(desk: Desk) -> None:
    manifest = read("manifest.yml")
    assert {one["command"] for one in manifest["features"]["slash_commands"]} == desk.commands
    assert {one["callback_id"] for one in manifest["features"]["shortcuts"]} == desk.shortcuts
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == desk.events


def test_the_scopes_asked_for_are_those_of_the_manifest() -> None:
    assert tuple(read("manifest.yml")["oauth_config"]["scopes"]["bot"]) == SCOPES


def test_both_manifests_are_one_app() -> None:
    socket, http = read("manifest.yml"), read("docs/manifest.http.yml")
    assert list(addresses(socket)) == []
    assert set(addresses(http)) == {f"{HERE}/slack/events", f"{HERE}/slack/oauth_redirect"}
    assert [socket["settings"].pop("socket_mode_enabled"), http["settings"].pop("socket_mode_enabled")] == [True, False]
    assert without_addresses(http) == socket


@pytest.mark.parametrize("name", ["manifest.yml", "docs/manifest.http.yml"])
def test_the_manifest_keeps_slack_s_limits(name: str) -> None:
    """Source: github.com/slackapi/manifest-schema, manifest.schema.2.0.0, read 2026-11-21."""
    manifest = read(name)
    shown, features = manifest["display_information"], manifest["features"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert len(features["bot_user"]["display_name"]) <= 80
    assert len(features["slash_commands"]) <= 50
    for command in features["slash_commands"]:
        assert 2 <= len(command["command"]) <= 32
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000
        assert command["should_escape"] is True
    assert len(features["shortcuts"]) <= 10
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
        assert len(shortcut["callback_id"]) <= 255
