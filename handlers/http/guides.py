"""The networks' guides (docs/connectors) as pages, for who has to connect or mend an account."""

import asyncio
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.services.deps import Deps
from bot.services.guides import read_guide
from handlers.http import pages

if TYPE_CHECKING:
    from markdown_it.token import Token

_GUIDE = re.compile(r"(?:\./)?(\w+)\.md(#[\w-]*)?")
"""A link from one document to the one beside it."""
_KEPT = ("https://", "http://", "mailto:", "#")
_CACHE = "public, max-age=300"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guides:
    """The pages of one process; each is rendered once."""

    deps: Deps
    _rendered: dict[str, Response] = field(default_factory=dict[str, Response])

    def routes(self) -> list[Route]:
        """For the application."""
        return [Route("/guides/{network}", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """One network's guide."""
        name = str(request.path_params["network"])
        if name not in self._rendered:
            document = await read_guide(self.deps, name)
            if document is None:
                return pages.page(
                    404, "There is no such guide.", pages.text("Herald has one for each of its networks.")
                )
            self._rendered[name] = await asyncio.to_thread(_page, document, self.deps.guides.keys())
        return self._rendered[name]


def _page(document: str, known: Collection[str]) -> Response:
    """The page of a document. `known` are the guides that a link may lead to."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  # loaded when used: few processes are ever asked for a guide

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(document)
    title, body = _titled(tokens)
    parts = _address(body)
    for token in body:
        token.children = _linked(token.children, known) if token.children else token.children
    content = str(reader.renderer.render(body, reader.options, {}))
    content = content.replace("<table>", pages.TABLE).replace("</table>", pages.TABLE_END)
    content = content.replace("<pre>", pages.CODE)
    made = pages.page(200, title, pages.contents(parts), content, wide=True)
    made.headers["Cache-Control"] = _CACHE
    return made


def _titled(tokens: "list[Token]") -> "tuple[str, list[Token]]":
    """The document's own title, and the rest of it."""
    if [token.type for token in tokens[:3]] == ["heading_open", "inline", "heading_close"]:
        return _plain(tokens[1]), tokens[3:]
    return "Guide", tokens


def _plain(heading: "Token") -> str:
    return "".join(token.content for token in heading.children or ())


def _address(tokens: "Sequence[Token]") -> list[tuple[str, str]]:
    """Give each heading an id to be addressed by. Returns the chapters' as (id, title)."""
    chapters: list[tuple[str, str]] = []
    taken: dict[str, int] = {}
    for place, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        title = _plain(tokens[place + 1])
        slug = re.sub(r"[\W_]+", "-", title.casefold()).strip("-") or "part"
        taken[slug] = taken.get(slug, 0) + 1
        name = slug if taken[slug] == 1 else f"{slug}-{taken[slug]}"
        token.attrSet("id", name)
        if token.tag == "h2":
            chapters.append((name, title))
    return chapters


def _linked(tokens: "Sequence[Token]", known: Collection[str]) -> "list[Token]":
    """Links that lead somewhere from here; the others are left as their words. Links do not nest."""
    kept: list[Token] = []
    dropping = False
    for token in tokens:
        if token.type == "link_open":
            target = _target(str(token.attrGet("href") or ""), known)
            dropping = target is None
            token.attrSet("href", target or "")
        if token.type not in {"link_open", "link_close"} or not dropping:
            kept.append(token)
    return kept


def _target(href: str, known: Collection[str]) -> str | None:
    """Where a link leads on the page; None where nothing is served. Guides stand beside each other here as well."""
    beside = _GUIDE.fullmatch(href)
    if beside is not None and beside[1] in known:
        return beside[1] + (beside[2] or "")
    return href if href.startswith(_KEPT) else None
