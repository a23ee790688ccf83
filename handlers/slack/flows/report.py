"""`/social report`: what some days brought, to the asker alone; to the channel, as CSV and as a picture on request."""

import logging
from zoneinfo import ZoneInfo

from bot import clock
from bot.domain.errors import NotFound
from bot.domain.report import MOST_DAYS, Span, read_span, split_brand
from bot.services import charting, reporting
from bot.services.workspaces import Brand
from handlers.slack import blocks as b
from handlers.slack import names, summaries
from handlers.slack import report as face
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.facts import channel_mention
from handlers.slack.flows import handing, places

_log = logging.getLogger(__name__)

_STALE = "This report is too old. Type `/social report` for a new one."


def register(desk: Desk) -> None:
    """Take the buttons; the command comes through `/social`."""
    desk.on_action(names.REPORT_CSV, as_csv)
    desk.on_action(names.REPORT_PICTURE, as_picture)
    desk.on_action(names.REPORT_POST, post_it, writers_only=True)


async def report(call: Call, rest: str) -> None:
    """`[brand] [today | yesterday | week | last week | month | FIRST_DAY LAST_DAY]`."""
    known = await places.brands_of(call)
    named, words = split_brand(rest, [brand.name for brand in known])
    brand = await places.brand_called(call, named) if named is not None else await places.brand_here(call)
    if brand is None:
        example = b.inert(known[0].name, 40) if known else "NAME"
        raise NotFound(f"Say which brand: `/social report {example}`.", field="brand")
    span = read_span(words, clock.now().astimezone(ZoneInfo(brand.timezone)).date())
    made = await reporting.report(call.deps, brand, span)
    said = await summaries.report(call.deps, call.desk.people, call.installation, brand, made, private=True)
    await call.answer(said.text, said.blocks, simpler=said.simpler)


async def _pressed(call: Call) -> tuple[Brand, Span] | None:
    """Of which brand and which days; who pressed is told when there is no such thing. Raises NotAllowed."""
    await places.must_read(call)
    found = face.span_of(call.value)
    if found is None or not 0 < found[1].days <= MOST_DAYS:
        await call.answer(_STALE)
        return None
    return await places.brand_by_id(call, found[0]), found[1]


async def post_it(call: Call) -> None:
    """Have the report in the brand's channel."""
    found = await _pressed(call)
    if found is None:
        return
    brand, span = found
    new = await reporting.owe(call.deps, brand, span)
    where = channel_mention(brand.channel) or "the channel"
    await call.answer(f"The report is {'on its way' if new else 'already on its way'} to {where}.")


async def as_csv(call: Call) -> None:
    """Put the posts and their numbers below the report, as CSV."""
    found = await _pressed(call)
    if found is None or not await handing.may_hand_over(call):
        return
    brand, span = found
    made = await reporting.as_csv(call.deps, brand, span)
    comment = f"{b.inert(face.days(span))} as CSV: every post and its newest numbers. An empty field is unknown."
    # With its mark, or spreadsheets take it for an older encoding.
    await handing.hand_over(call, _file_name(brand, span, "csv"), made.encode("utf-8-sig"), comment, what="report")


async def as_picture(call: Call) -> None:
    """Put the chart below the report, as a picture."""
    found = await _pressed(call)
    if found is None or not await handing.may_hand_over(call):
        return
    brand, span = found
    made = await reporting.report(call.deps, brand, span)
    try:
        picture = await reporting.as_picture(brand, made)
    except charting.CannotDraw:
        _log.exception("a chart could not be drawn", extra={"brand_id": brand.id})
        await call.answer("The chart could not be drawn. The numbers are in the CSV.")
        return
    if picture is None:
        await call.answer("No views are known of these days, so there is nothing to draw.")
        return
    shown = [f"{bar.label} {'n/a' if bar.value is None else f'{bar.value:,}'}" for bar in made.bars]
    alt = f"Views, {', '.join(shown)}"[:1000]
    await handing.hand_over(call, _file_name(brand, span, "png"), picture, "", what="report", alt_text=alt)


def _file_name(brand: Brand, span: Span, kind: str) -> str:
    name = "".join(letter if letter.isalnum() else "-" for letter in brand.name.casefold())[:40].strip("-")
    return f"{name or 'report'}-{span.since}-{span.until}.{kind}"
