"""The public pages of a stand-in network: a profile and its posts. No script, nothing from outside.

Each network turns what it holds into the values below; the look is the same for all but for the colour of the band.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

from aiohttp import web

from sandbox.networks.network import StandIn

TWICE_WITHIN = timedelta(minutes=10)
REFRESH_S = 5
_STYLE = (Path(__file__).parent / "pages.css").read_text(encoding="utf-8")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:;"
    " form-action *; frame-ancestors 'self'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What tells one network from another."""

    title: str
    band: str
    """A CSS colour that white text can be read on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who posts. `handle` is written without @."""

    name: str
    handle: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture and its description; `kind` is what it is if no image."""

    src: str
    alt: str
    kind: str = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A link card."""

    href: str
    title: str
    description: str
    picture: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A post, its replies below it."""

    id: str
    href: str
    author: Author
    text: str
    """As it was written; compared for twins."""
    html: str
    """Safe HTML of the text."""
    taken_at: datetime
    """When the network took it."""
    numbers: tuple[tuple[str, int], ...]
    pictures: tuple[Picture, ...] = ()
    card: Card | None = None
    notes: tuple[str, ...] = ()
    """Facts to show above the text: a content warning."""
    language: str = ""
    extra: tuple[str, ...] = ()
    """Lines below the text, such as the answers of a poll."""
    replies: tuple["Shown", ...] = ()


def twins(posts: Iterable[Shown]) -> frozenset[str]:
    """The ids of posts with the same text as another one of the same author within ten minutes."""
    found: set[str] = set()
    seen: list[Shown] = []
    for post in posts:
        for other in seen:
            same = (post.author, post.text.strip()) == (other.author, other.text.strip()) and post.text.strip()
            if same and abs(post.taken_at - other.taken_at) <= TWICE_WITHIN:
                found |= {post.id, other.id}
        seen.append(post)
    return frozenset(found)


def everything(posts: Iterable[Shown]) -> list[Shown]:
    """The posts and all replies below them."""
    return [one for post in posts for one in (post, *everything(post.replies))]


def profile_page(
    look: Look, author: Author, facts: Sequence[tuple[str, int]], posts: Sequence[Shown], network: StandIn
) -> web.Response:
    """Who it is, and the posts as given (newest first), each with its thread; how to connect the demo's account."""
    known = "".join(f"<li><b>{count:,}</b> {escape(_counted(word, count))}</li>" for word, count in facts)
    head = (
        f'<header class="who">{_avatar(author, large=True)}<div><h1>{escape(author.name)}</h1>'
        f'<p class="soft">@{escape(author.handle)}</p><ul class="facts">{known}</ul></div></header>'
    )
    empty = f'<p class="empty">@{escape(re.split("[.@]", author.handle)[0])} has posted nothing yet.</p>'
    login = _login(network) if author.handle == network.handle else ""
    return _page(look, author.name, head + login + (_list(posts) if posts else empty), refresh=True)


def _login(network: StandIn) -> str:
    if not network.login:
        return ""
    typed = " · ".join(f"{escape(label)} <code>{escape(value)}</code>" for label, value in network.login)
    return f'<p class="login">To connect this account: {typed}</p>'


def post_page(look: Look, above: Sequence[Shown], post: Shown, also: Iterable[Shown]) -> web.Response:
    """One post between what it replies to and its replies. `also` are the author's posts, to tell twins."""
    marked = twins([*also, post])
    before = "".join(_article(one, marked, "above") for one in above)
    after = _replies(post, marked) or '<p class="empty">No replies.</p>'
    back = f'<p class="back"><a href="{escape(post.author.href)}">All posts of {escape(post.author.name)}</a></p>'
    body = f"{back}{before}{_article(post, marked, 'main')}<h2>Replies</h2>{after}"
    return _page(look, f"{post.author.name}: {post.text[:60]}", body)


def list_page(look: Look, title: str, posts: Sequence[Shown], *, empty: str) -> web.Response:
    """Posts below a heading."""
    shown = _list(posts) if posts else f'<p class="empty">{escape(empty)}</p>'
    return _page(look, title, f'<header class="who"><h1>{escape(title)}</h1></header>{shown}', refresh=True)


def missing_page(look: Look, sentence: str) -> web.Response:
    """There is nothing at this address."""
    return _page(
        look, sentence, f'<p class="empty">{escape(sentence)} <a href="/">Go to the profile</a></p>', status=404
    )


def card_page(look: Look, title: str, body: str, *, status: int = 200) -> web.Response:
    """A page of its own making inside the same frame; `body` is safe HTML."""
    return _page(look, title, body, status=status)


def time_taken(moment: datetime) -> str:
    """To the tenth of a second, cut and never rounded up."""
    exact = f"{moment:%H:%M:%S}.{moment.microsecond // 100_000}"
    day = f"{moment.day} {moment:%b %Y}"
    return f'<time datetime="{moment.isoformat()}">{exact} UTC · {day}</time>'


def _page(look: Look, title: str, body: str, *, status: int = 200, refresh: bool = False) -> web.Response:
    again = f'<meta http-equiv="refresh" content="{REFRESH_S}">' if refresh else ""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{again}'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{escape(title)} · stand-in for {escape(look.title)}</title>"
        f"<style>{_STYLE}:root{{--band:{look.band}}}</style></head><body>"
        f'<div class="band"><div><b>stand-in for {escape(look.title)}</b>'
        "<span>On this computer alone. Nothing here is on the internet.</span></div></div>"
        f"<main>{body}</main></body></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status, headers=_HEADERS)


def _list(posts: Sequence[Shown]) -> str:
    marked = twins(everything(posts))
    return "".join(
        f'<section class="thread">{_article(p, marked, "root")}{_replies(p, marked)}</section>' for p in posts
    )


def _replies(post: Shown, marked: frozenset[str]) -> str:
    if not post.replies:
        return ""
    inside = "".join(_article(reply, marked, "reply") + _replies(reply, marked) for reply in post.replies)
    return f'<div class="replies">{inside}</div>'


def _article(post: Shown, marked: frozenset[str], place: str) -> str:
    band = (
        '<p class="twice" role="alert">Same text twice: this text was posted twice within 10 minutes.</p>'
        if post.id in marked
        else ""
    )
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in post.notes)
    extra = "".join(f"<li>{escape(line)}</li>" for line in post.extra)
    numbers = "".join(f"<li><b>{count:,}</b> {escape(_counted(word, count))}</li>" for word, count in post.numbers)
    spoken = f'<span class="soft"> · {escape(post.language)}</span>' if post.language else ""
    return (
        f'<article class="{place}">{band}<div class="by">{_avatar(post.author)}<div>'
        f'<a class="name" href="{escape(post.author.href)}">{escape(post.author.name)}</a> '
        f'<span class="soft">@{escape(post.author.handle)}</span><br>'
        f'<a class="when" href="{escape(post.href)}">Taken {time_taken(post.taken_at)}</a>{spoken}</div></div>'
        f'{notes}<div class="text">{post.html}</div>{f"<ul class=extra>{extra}</ul>" if extra else ""}'
        f'{_pictures(post.pictures)}{_card(post.card)}<ul class="numbers">{numbers}</ul></article>'
    )


def _avatar(author: Author, *, large: bool = False) -> str:
    initials = "".join(word[0] for word in author.name.split()[:2]).upper() or "?"
    return f'<span class="avatar{" large" if large else ""}" aria-hidden="true">{escape(initials)}</span>'


def _pictures(pictures: Sequence[Picture]) -> str:
    if not pictures:
        return ""
    shown = "".join(f"<figure>{_picture(one)}{_described(one)}</figure>" for one in pictures)
    return f'<div class="pictures n{min(len(pictures), 4)}">{shown}</div>'


def _picture(picture: Picture) -> str:
    if picture.kind != "image":
        return f'<div class="file">{escape(picture.kind)}</div>'
    return f'<img src="{escape(picture.src)}" alt="{escape(picture.alt)}">'


def _described(picture: Picture) -> str:
    if picture.alt:
        return f"<figcaption><b>Description</b> {escape(picture.alt)}</figcaption>"
    return '<figcaption class="none">No description</figcaption>'


def _card(card: Card | None) -> str:
    if card is None:
        return ""
    picture = f'<img src="{escape(card.picture)}" alt="">' if card.picture else ""
    host = escape(card.href.partition("://")[2].partition("/")[0])
    return (
        f'<a class="card" href="{escape(_safe(card.href))}" rel="nofollow noopener noreferrer">{picture}<span>'
        f'<span class="soft">{host}</span><b>{escape(card.title)}</b>{escape(card.description)}</span></a>'
    )


def anchor(href: str, html: str) -> str:
    """A link to somewhere of a text's own choosing; `html` is safe. Only web addresses become one."""
    return f'<a href="{escape(_safe(href))}" rel="nofollow noopener noreferrer">{html}</a>'


def _safe(href: str) -> str:
    return href if href.lower().startswith(("https://", "http://", "/")) else "#"


def _counted(word: str, count: int) -> str:
    """`reply` as one, `replies` as many; words with no plural are given as `pinned|pinned`."""
    one, _, many = word.partition("|")
    return one if count == 1 else many or f"{one}s"
