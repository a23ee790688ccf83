"""The page where a person picks which of the accounts behind one consent Herald may publish to."""

from collections.abc import Collection
from html import escape
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse

from bot.services.consenting import Choosing, Offered
from handlers.http import pages

FIELD = "choice"
_WRONG = "choice-wrong"
_LONGEST_PICTURE = 2_048


def page(choosing: Choosing, *, action: str, wrong: str | None = None, ticked: Collection[str] = ()) -> HTMLResponse:
    """What there is to pick from. `wrong` says what to mend, and `ticked` is what was ticked then."""
    told = f'<p class="wrong" id="{_WRONG}" role="alert">{escape(wrong)}</p>' if wrong else ""
    described = f' aria-describedby="{_WRONG}"' if wrong else ""
    rows = "".join(_row(offered, ticked=offered.id in ticked) for offered in choosing.offered)
    form = (
        f'<form method="post" action="{escape(action)}">'
        f'<input type="hidden" name="state" value="{escape(choosing.state)}">'
        f"<fieldset{described}><legend>Which may Herald publish to?</legend>{rows}</fieldset>{told}"
        '<button class="button">Connect</button></form>'
    )
    return pages.page(
        422 if wrong else 200,
        f"Connect {choosing.title}",
        pages.text(f"for {choosing.brand.name}", quiet=True),
        form,
        pages.text("This choice waits for 10 minutes. Nothing is connected before it.", quiet=True),
        pictures=[site for offered in choosing.offered if (site := _site(offered.picture_url)) is not None],
    )


def in_the_terminal(choosing: Choosing) -> HTMLResponse:
    """It was begun at the command line, which asks."""
    return pages.page(
        200,
        "Choose in the terminal.",
        pages.text(f"{choosing.title} lets Herald publish to several accounts; the command you began with asks which."),
    )


def _row(offered: Offered, *, ticked: bool) -> str:
    free = offered.taken_by is None
    state = (" checked" if ticked and free else "") + ("" if free else " disabled")
    name = offered.display_name or offered.handle
    shown = f"@{offered.handle}" if offered.handle and offered.handle != name else ""
    taken = f"already in {offered.taken_by}" if offered.taken_by is not None else ""
    hint = " · ".join(part for part in (offered.kind, shown, taken) if part)
    below = f'<span class="hint">{escape(hint)}</span>' if hint else ""
    return (
        f'<label class="choice"><input type="checkbox" name="{FIELD}" value="{escape(offered.id)}"{state}>'
        f"{_picture(offered.picture_url)}<span>{escape(name)}{below}</span></label>"
    )


def _picture(url: str | None) -> str:
    if url is None or _site(url) is None:
        return ""
    return f'<img src="{escape(url)}" alt="" loading="lazy" referrerpolicy="no-referrer">'


def _site(url: str | None) -> str | None:
    """Where a picture comes from, for the page's policy; None for what is not shown."""
    if url is None or len(url) > _LONGEST_PICTURE:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    plain = host is not None and host.isascii() and host.replace("-", "").replace(".", "").isalnum()
    if parts.scheme != "https" or not plain:
        return None
    return f"https://{host}" + (f":{port}" if port is not None else "")
