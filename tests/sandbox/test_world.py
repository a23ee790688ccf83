"""The whole stand-in world as a process: it says where it is, and it ends with whoever started it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.world import Settings, running

ROOT = Path(__file__).parents[2]


@contextmanager
def _started(*arguments: str) -> Iterator[tuple["subprocess.Popen[bytes]", Any]]:
    process = subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "-m", "sandbox", *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()


def test_it_says_where_everything_is_and_all_of_it_answers() -> None:
    with _started("--port", "0") as (_, where):
        people = httpx.get(f"{where['page']}/_page/people").json()
        assert people[0]["name"].lower() == "maya"
        bluesky, mastodon = where["bluesky"], where["mastodon"]
        login = {"identifier": bluesky["identifier"], "password": bluesky["password"]}
        session = httpx.post(f"{bluesky['service_url']}/xrpc/com.atproto.server.createSession", json=login).json()
        document = httpx.get(f"{bluesky['plc_url']}/{session['did']}").json()
        assert document["service"][0]["serviceEndpoint"] == bluesky["service_url"]
        me = httpx.get(
            f"{mastodon['instance_url']}/api/v1/accounts/verify_credentials",
            headers={"Authorization": f"Bearer {mastodon['token']}"},
        ).json()
        assert (me["username"], mastodon["handle"]) == ("junipercoffee", "junipercoffee@social.test")
        assert "New beans have arrived" in httpx.get(bluesky["web_url"], follow_redirects=True).text


def test_an_empty_world_has_no_posts() -> None:
    with _started("--port", "0", "--empty") as (_, where):
        page = httpx.get(where["bluesky"]["web_url"], follow_redirects=True).text
        assert "has posted nothing yet" in page


@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(wish: signal.Signals) -> None:
    with _started("--port", "0") as (process, _):
        process.send_signal(wish)
        assert process.wait(10) == 0


def test_it_ends_when_whoever_started_it_has_ended() -> None:
    with _started("--port", "0", "--with-parent") as (process, _):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


def test_two_worlds_stand_side_by_side() -> None:
    with _started() as (_, first), _started() as (_, second):
        assert len({first["page"], second["page"]}) == 2
        assert len({one["mastodon"]["instance_url"] for one in (first, second)}) == 2


async def test_the_page_sets_conditions_and_hears_of_posts() -> None:
    async with running(Settings(port=0, empty=True)) as world, httpx.AsyncClient() as http:
        bluesky = f"{world.bluesky.url}/xrpc"
        wish = {"name": "bluesky", "condition": "down"}
        assert (await http.post(f"{world.workspace.url}/_page/network", json=wish)).json()["ok"] is True
        login = {"identifier": world.bluesky.identifier, "password": world.bluesky.password}
        assert (await http.post(f"{bluesky}/com.atproto.server.createSession", json=login)).status_code == 503
        await http.post(f"{world.workspace.url}/_page/network", json={**wish, "condition": "ok"})
        session = (await http.post(f"{bluesky}/com.atproto.server.createSession", json=login)).json()
        record = {"text": "Hello", "createdAt": "2026-12-01T09:00:00Z"}
        made = {"repo": session["did"], "collection": "app.bsky.feed.post", "record": record}
        bearer = {"Authorization": f"Bearer {session['accessJwt']}"}
        await http.post(f"{bluesky}/com.atproto.repo.createRecord", json=made, headers=bearer)
        bearer = {"Authorization": f"Bearer {world.mastodon.token}"}
        await http.post(f"{world.mastodon.url}/api/v1/statuses", json={"status": "Hello"}, headers=bearer)
        published = [fact for fact in world.workspace.world.happened if fact.startswith("published:")]
        assert published == ["published:bluesky", "published:mastodon"]
