"""Connecting by consent from the command line: the browser agrees, the terminal asks which account is meant."""

import asyncio
import re
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest

from bot.cli import consent
from bot.config import read_settings
from bot.domain.accounts import Account
from bot.domain.errors import Conflict, InvalidContent
from bot.services import connecting
from bot.services.consenting import Offered
from bot.wiring import Herald
from storage.engine import Database
from tests.oauth_toy import Stage, stage
from tests.platforms.oauth_styles import case


@dataclass(kw_only=True)
class Terminal:
    """A Herald without a web process, and what the command prints."""

    at: Stage
    herald: Herald
    capsys: pytest.CaptureFixture[str]
    said: str = ""

    async def connect(self, picks: Collection[str] = (), query: str = "&approve=juniper") -> list[Account]:
        """Run the command, and agree in a browser at the address it prints."""
        asking = asyncio.create_task(consent.ask(self.herald, self.at.brand, "toy", "", picks=picks))
        while (address := re.search(r"^http://.*$", self.said, re.MULTILINE)) is None:
            await asyncio.sleep(0.05)
            self.said += self.capsys.readouterr().err
            assert not asking.done(), asking.result()
        async with aiohttp.ClientSession() as browser, browser.get(f"{address[0]}{query}") as page:
            self.said += await page.text()
        return list(await asking)


@pytest.fixture
async def terminal(
    database: Database, tmp_path: Path, unused_tcp_port: int, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Terminal]:
    async with stage(database, tmp_path, case("facebook"), picks=True) as at:
        known = at.server.grants.apps
        known["the id"] = replace(known["the id"], redirect_uris=())
        at.toy.pages = {"juniper": ["beans", "cups", "tea"]}
        settings = read_settings({"HERALD_PORT": str(unused_tcp_port)}, ["toy"])
        yield Terminal(at=at, herald=Herald(settings=settings, deps=at.deps), capsys=capsys)


async def test_those_named_by_handle_or_id_are_connected(terminal: Terminal) -> None:
    connected = await terminal.connect(picks=("@Beans", "id-tea"))
    assert [account.handle for account in connected] == ["beans", "tea"]
    assert "Choose in the terminal." in terminal.said


async def test_nobody_to_ask_lists_what_there_is_and_connects_nothing(terminal: Terminal) -> None:
    """The tests' standard input is no terminal."""
    with pytest.raises(InvalidContent, match="Say which with --pick: beans, cups, tea"):
        await terminal.connect()
    assert await connecting.list_accounts(terminal.at.deps, [terminal.at.brand.workspace_id]) == []


async def test_only_one_is_not_asked_about(terminal: Terminal) -> None:
    terminal.at.toy.pages = {"juniper": ["beans"]}
    assert [account.handle for account in await terminal.connect()] == ["beans"]


async def test_an_app_that_is_not_configured_is_told_before_anything_is_opened(terminal: Terminal) -> None:
    bare = replace(terminal, herald=replace(terminal.herald, deps=replace(terminal.at.deps, apps={})))
    with pytest.raises(Conflict, match="set TOY_CLIENT_ID and TOY_CLIENT_SECRET"):
        await consent.ask(bare.herald, bare.at.brand, "toy", "")


OFFERED = tuple(
    Offered(id=f"id-{name}", handle=name, display_name=name.title(), kind="Page", picture_url=None, taken_by=None)
    for name in ("beans", "cups")
)


def test_what_is_typed_is_read_as_numbers() -> None:
    assert consent.numbered(OFFERED, " 2, 1") == {"id-beans", "id-cups"}
    for wrong in ("", "0", "3", "two", "1-2"):
        with pytest.raises(InvalidContent, match="Type numbers from 1 to 2"):
            consent.numbered(OFFERED, wrong)


def test_a_name_that_fits_none_or_several_is_refused() -> None:
    twins = (*OFFERED, replace(OFFERED[0], id="id-other"))
    with pytest.raises(InvalidContent, match="names several of"):
        consent.named(twins, ["beans"])
    with pytest.raises(InvalidContent, match="'milk' names none of: beans, cups"):
        consent.named(OFFERED, ["milk"])
    assert consent.named(twins, ["id-other"]) == {"id-other"}
