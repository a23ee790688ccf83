"""A browser without a window: opens pages, keeps cookies, fills in their forms and presses their buttons."""

import html
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urljoin

import aiohttp


class _Forms(HTMLParser):
    """Reads a page's forms: where each goes, what it holds, and its buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(action=given.get("action", "")))
        elif self.forms and tag in {"input", "button"} and given.get("name"):
            kept = given.get("type") != "radio" or "checked" in given
            if tag == "input" and kept:
                self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif self.forms and tag == "select":
            self._select = given.get("name")
        elif self.forms and tag == "option" and self._select is not None:
            self.forms[-1].fields.setdefault(self._select, given.get("value", ""))


@dataclass(slots=True)
class Form:
    """A form as it stands on a page."""

    action: str
    fields: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class Page:
    """What the browser shows."""

    url: str
    status: int
    text: str

    @property
    def words(self) -> str:
        """Its source with entities resolved."""
        return html.unescape(self.text)

    def form(self, *names: str) -> Form:
        """The form that has fields of these names."""
        reader = _Forms()
        reader.feed(self.text)
        return next(form for form in reader.forms if set(names) <= set(form.fields))


class Browser:
    """One browser with its cookies."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def open(self, url: str) -> Page:
        """Go there, through all redirections."""
        async with self._session.get(url) as answer:
            return Page(str(answer.url), answer.status, await answer.text())

    async def send(self, page: Page, form: Form, **filled: str) -> Page:
        """Fill a form in and send it."""
        where = urljoin(page.url, form.action)
        async with self._session.post(where, data={**form.fields, **filled}) as answer:
            return Page(str(answer.url), answer.status, await answer.text())
