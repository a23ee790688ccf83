"""The networks' guides, as a browser meets them."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from bot.services import guides
from handlers.http.app import application
from platforms import REGISTER
from storage.engine import Database
from tests.house import HOUSE
from tests.tools import tools

HERE = "https://herald.example"
FOLDER = HOUSE / "docs" / "connectors"
ALL = {name: FOLDER / f"{name}.md" for name in REGISTER}
Opened = Callable[[Mapping[str, Path]], AbstractAsyncContextManager[httpx.AsyncClient]]


pytestmark = pytest.mark.one_engine


@pytest.fixture
async def opened(database: Database, tmp_path: Path) -> AsyncIterator[Opened]:
    async with tools(database, tmp_path) as deps:

        @asynccontextmanager
        async def open_with(known: Mapping[str, Path]) -> AsyncIterator[httpx.AsyncClient]:
            app = application(replace(deps, guides=known), public_url=HERE)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=HERE) as client:
                yield client

        yield open_with


class Read(HTMLParser):
    """What a browser makes of a page: elements, ids and links; unbalanced elements are refused."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self._stack: list[str] = []
        self.feed(page)
        assert self._stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if "href" in given else []
        assert not [name for name in given if name.startswith("on") or name == "style"]
        if tag not in {"meta", "br", "hr"}:
            self._stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._stack.pop() == tag


async def page_of(opened: Opened, tmp_path: Path, document: str) -> str:
    path = tmp_path / "guide.md"
    path.write_text(document, encoding="utf-8")
    async with opened({"toot": path, "chirp": path}) as client:
        return (await client.get("/guides/toot")).text


@pytest.mark.parametrize("name", REGISTER)
async def test_every_network_has_a_guide_that_says_how_to_connect_and_what_to_do_when_it_breaks(
    opened: Opened, name: str
) -> None:
    async with opened(ALL) as client:
        page = await client.get(f"/guides/{name}")
    read = Read(page.text)

    assert page.status_code == 200
    assert {guides.CONNECTING, guides.MENDING} <= set(read.ids)
    assert len(read.ids) == len(set(read.ids))
    assert {link[1:] for link in read.links if link.startswith("#")} <= set(read.ids)
    assert page.text.count("<h1>") == 1
    assert {"nav", "table", "th", "td", "code"} <= read.tags
    assert not read.tags & {"script", "img", "iframe", "form"}
    assert "| ---" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert page.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize(
    "path",
    [
        "toot",
        "writing",
        "LinkedIn",
        "linkedin.md",
        "..",
        "../using",
        "%2e%2e%2fusing",
        "..%2Fusing",
        "linkedin%00",
        "a/b",
    ],
)
async def test_nothing_but_the_networks_of_the_register_has_a_guide(opened: Opened, path: str) -> None:
    async with opened(ALL) as client:
        page = await client.get(f"/guides/{path}")

    assert page.status_code == 404
    assert "markdown" not in page.text.casefold()


async def test_without_its_documents_herald_serves_no_guide_and_links_to_none(
    opened: Opened, database: Database, tmp_path: Path
) -> None:
    async with opened({}) as client:
        assert (await client.get("/guides/linkedin")).status_code == 404
    async with opened({"linkedin": tmp_path / "gone.md"}) as client:
        assert (await client.get("/guides/linkedin")).status_code == 404
    async with tools(database, tmp_path) as deps:
        bare, nowhere = replace(deps, public_url=HERE), replace(deps, guides=ALL)
        assert guides.guide_urls(bare) == guides.guide_urls(nowhere) == {}
        assert guides.guide_path(bare, "linkedin", guides.CONNECTING) is None


async def test_the_address_of_a_guide_leads_to_the_part_about_mending(database: Database, tmp_path: Path) -> None:
    async with tools(database, tmp_path) as made:
        deps = replace(made, public_url=HERE, guides=ALL)

    assert guides.guide_urls(deps).keys() == REGISTER.keys()
    assert guides.guide_url(deps, "x") == f"{HERE}/guides/x#when-it-breaks"
    assert guides.guide_url(deps, "toot") is None


async def test_html_in_a_document_is_shown_and_does_nothing(opened: Opened, tmp_path: Path) -> None:
    page = await page_of(
        opened, tmp_path, "# <b>T\n\n<script>alert(1)</script> <img src=x onerror=y>\n\n[go](javascript:x)\n"
    )

    assert not Read(page).tags & {"script", "img", "b", "a"}
    assert "<h1>&lt;b&gt;T</h1>" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


async def test_links_between_guides_stay_links_and_those_to_what_is_not_served_become_words(
    opened: Opened, tmp_path: Path
) -> None:
    document = (
        "[a](chirp.md#when-it-breaks) [b](../using.md) [c](writing.md) [d](/etc/passwd) [*e*](https://e.example/?x=1)"
        " [f](#here) <https://g.example> [h](//evil.example)\n\n| [i](./chirp.md) |\n|---|\n"
    )
    page = await page_of(opened, tmp_path, document)

    assert Read(page).links == ["chirp#when-it-breaks", "https://e.example/?x=1", "#here", "https://g.example", "chirp"]
    assert re.search(r"</a> b c d <a", page)
    assert page.count("<h1>Guide</h1>") == 1


async def test_headings_of_one_name_are_told_apart(opened: Opened, tmp_path: Path) -> None:
    page = await page_of(opened, tmp_path, "# T\n\n## When `it` breaks!\n\n## When it breaks\n\n### *…*\n")

    assert Read(page).ids == ["when-it-breaks", "when-it-breaks-2", "part"]
    assert '<a href="#when-it-breaks-2">When it breaks</a>' in page


async def test_a_guide_is_read_once_and_answered_from_memory(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "guide.md"
    path.write_text("# One\n")
    async with opened({"toot": path}) as client:
        first = await client.get("/guides/toot")
        path.unlink()
        again = await client.get("/guides/toot")

    assert first.text == again.text
    assert again.status_code == 200
