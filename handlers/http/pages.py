"""The one look of the pages people see in a browser: one column of 480 px (guides 720), light and dark, no script."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape

from starlette.responses import HTMLResponse

_STYLE = """
:root{color-scheme:light dark;--ink:#1b2733;--ink-2:#566370;--line:#c3ccd3;--page:#fff;--soft:#f4f6f7;--go:#1f5d57;
--go-ink:#fff;--bad:#a4262c}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebef;--ink-2:#a3b0bb;--line:#46545f;--page:#161d23;--soft:#1f2830;
--go:#7cc4b8;--go-ink:#10201e;--bad:#ff9a94}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:480px;margin:0 auto;padding:48px 16px}
h1{font-size:22px;line-height:1.3;margin:0 0 8px;overflow-wrap:anywhere}
p{margin:0;overflow-wrap:anywhere}
.quiet,.hint,footer{color:var(--ink-2);font-size:14px}
form,.bar,form+.quiet,details+.quiet{margin:24px 0 0}
label{display:block;font-weight:600;margin:16px 0 4px}
input{width:100%;font:inherit;color:inherit;background:var(--page);border:1px solid var(--ink-2);border-radius:6px;
padding:9px 12px}
form .button{margin-top:20px}
input[aria-invalid]{border-color:var(--bad)}
.wrong{color:var(--bad);font-size:14px;margin:4px 0 0}
.notice{border-left:4px solid var(--bad);background:var(--soft);padding:8px 12px;margin:16px 0 0}
.button{display:inline-block;margin:0 8px 0 0;padding:9px 16px;border:1px solid var(--go);border-radius:6px;
background:var(--go);color:var(--go-ink);font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
.button.second{background:none;color:var(--go)}
:focus-visible{outline:3px solid var(--go);outline-offset:2px}
p+p{margin:8px 0 0}
fieldset{border:0;margin:0;padding:0}
legend{font-weight:600;padding:0;margin:0 0 8px}
.choice{display:flex;gap:12px;align-items:center;font-weight:400;margin:0;padding:10px 0;
border-top:1px solid var(--line)}
.choice input{width:20px;height:20px;flex:none;margin:0}
.choice img{width:40px;height:40px;border-radius:6px;flex:none}
.choice span{overflow-wrap:anywhere;min-width:0}
.choice .hint{display:block}
details{margin:24px 0 0;border-top:1px solid var(--line);padding:16px 0 0}
summary{cursor:pointer}
main.wide{max-width:720px}
main.wide p{margin:12px 0}
h2{font-size:18px;line-height:1.3;margin:36px 0 8px;scroll-margin-top:16px}
h2:target{border-left:4px solid var(--go);padding-left:12px}
h3{font-size:16px;margin:24px 0 8px}
a:not(.button){color:var(--go);overflow-wrap:anywhere}
li{margin:4px 0}
code{font:14px/1.4 ui-monospace,monospace;background:var(--soft);border-radius:4px;padding:1px 4px;
overflow-wrap:anywhere}
pre{background:var(--soft);border-radius:6px;padding:12px;overflow-x:auto;margin:12px 0}
pre code{padding:0;overflow-wrap:normal}
.table{overflow-x:auto;margin:12px 0}
table{border-collapse:collapse;width:100%;font-size:15px}
th,td{text-align:left;vertical-align:top;padding:8px 12px 8px 0;border-top:1px solid var(--line)}
thead tr:first-child th{border-top:0;color:var(--ink-2);font-size:14px}
th:empty{padding:0}
td:first-child code{white-space:nowrap}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;margin:16px 0;padding:0;font-size:14px}
nav li{margin:0}
.operation{margin:0;padding:12px 0}
.operation>summary .quiet{display:block;padding-left:16px}
.operation table{table-layout:fixed}
.operation td{overflow-wrap:break-word}
.operation td code{overflow-wrap:break-word}
.operation td:first-child code{white-space:normal;overflow-wrap:anywhere}
.said{display:block}
.call{overflow-wrap:anywhere}
.call b{font:600 13px/1 ui-monospace,monospace;color:var(--go)}
.call .delete{color:var(--bad)}
.operation:target>summary{border-left:4px solid var(--go);padding-left:12px}
small{font-weight:400;color:var(--ink-2)}
footer{margin:40px 0 0;border-top:1px solid var(--line);padding:12px 0 0}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def page(
    status: int,
    title: str,
    *parts: str,
    go_on: str | None = None,
    pictures: Iterable[str] = (),
    wide: bool = False,
) -> HTMLResponse:
    """A whole page. `title` is text, `parts` are HTML as the functions below make it.

    `go_on` is an address the browser moves to at once: a redirect would be held back by the policy on forms.
    `pictures` are the sites that pictures on it may come from. `wide` is for what is read, with tables.
    """
    main = '<main class="wide">' if wide else "<main>"
    move = f'<meta http-equiv="refresh" content="0;url={escape(go_on)}">' if go_on is not None else ""
    content = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">{move}'
        f"<title>{escape(title)} · Herald</title><style>{_STYLE}</style></head>"
        f"<body>{main}<h1>{escape(title)}</h1>{''.join(parts)}<footer>Herald</footer></main></body></html>"
    )
    return HTMLResponse(content, status_code=status, headers=_HEADERS | _policy(pictures))


def _policy(pictures: Iterable[str]) -> dict[str, str]:
    sites = " ".join(sorted(set(pictures)))
    return {"Content-Security-Policy": _POLICY + (f"; img-src {sites}" if sites else "")}


def text(words: str, *, quiet: bool = False) -> str:
    """A paragraph."""
    return f'<p class="quiet">{escape(words)}</p>' if quiet else f"<p>{escape(words)}</p>"


def alert(words: str, reference: str | None = None) -> str:
    """What went wrong, read out at once by a screen reader."""
    told = f' <span class="quiet">Reference {escape(reference)}</span>' if reference else ""
    return f'<p class="notice" role="alert">{escape(words)}{told}</p>'


def button(label: str, address: str, *, second: bool = False) -> str:
    """A link that looks like a button."""
    kind = "button second" if second else "button"
    return f'<a class="{kind}" href="{escape(address)}">{escape(label)}</a>'


def link(label: str, address: str) -> str:
    """A quiet line that leads elsewhere."""
    return f'<p class="quiet"><a href="{escape(address)}">{escape(label)}</a></p>'


def contents(parts: Iterable[tuple[str, str]]) -> str:
    """What a long page has, as (id, title)."""
    entries = "".join(f'<li><a href="#{escape(name)}">{escape(title)}</a></li>' for name, title in parts)
    return f'<nav aria-label="On this page"><ul>{entries}</ul></nav>' if entries else ""


TABLE = '<div class="table" role="region" aria-label="Table" tabindex="0"><table>'
"""A table that scrolls by itself where the screen is narrow, by keys too."""
TABLE_END = "</table></div>"
CODE = '<pre tabindex="0">'
"""The same of lines of code."""


def entry(  # noqa: PLR0913  # what an input needs, by name
    name: str,
    label: str,
    *,
    way: str,
    value: str = "",
    secret: bool = False,
    required: bool = True,
    wrong: str | None = None,
) -> str:
    """A labelled input of the form `way`. A secret's value is never written into the page."""
    place = escape(f"{way}-{name}")
    kind = "password" if secret else "text"
    shown = "" if secret else f' value="{escape(value)}"'
    fault = f' aria-invalid="true" aria-describedby="{place}-wrong"' if wrong else ""
    told = f'<p class="wrong" id="{place}-wrong">{escape(wrong)}</p>' if wrong else ""
    need = " required" if required else ""
    optional = "" if required else ' <span class="hint">(optional)</span>'
    return (
        f'<label for="{place}">{escape(label)}{optional}</label>'
        f'<input id="{place}" name="{escape(name)}" type="{kind}" autocomplete="off" autocapitalize="none" '
        f'spellcheck="false"{shown}{need}{fault}>{told}'
    )


def form(way: str, entries: Iterable[str], label: str, *, second: bool = False) -> str:
    """A form that comes back to the page's own address; `way` says which one it was."""
    kind = "button second" if second else "button"
    return (
        f'<form method="post"><input type="hidden" name="way" value="{escape(way)}">{"".join(entries)}'
        f'<button class="{kind}">{escape(label)}</button></form>'
    )


def folded(summary: str, content: str, *, unfolded: bool = False) -> str:
    """Something fewer people need."""
    state = " open" if unfolded else ""
    return f"<details{state}><summary>{escape(summary)}</summary>{content}</details>"
