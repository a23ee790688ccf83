"""Numbers and charts as people read them: unknown is n/a, thousands have commas, from 10,000 on they are rounded."""

from collections.abc import Sequence

from bot.domain.digest import Bar
from handlers.slack import blocks as b
from handlers.slack.blocks import Json

_THOUSANDS = 10_000
_MILLIONS = 1_000_000
_MOST_CELLS = 24
_LABEL_LIMIT, _TITLE_LIMIT = 20, 50


def number(value: int | None) -> str:
    """`n/a`, `0`, `1,204`, `12.5k`, `3.1M`."""
    if value is None:
        return "n/a"
    if abs(value) < _THOUSANDS:
        return f"{value:,}"
    size, unit = (1000, "k") if abs(value) < _MILLIONS - 50 else (_MILLIONS, "M")
    return f"{value / size:,.1f}".removesuffix(".0") + unit


def counted(value: int | None, one: str, many: str) -> str:
    """`1 view`, `12.5k views`, `views n/a`."""
    return f"{many} n/a" if value is None else f"{number(value)} {one if value == 1 else many}"


def changed(pct: int | None, against: str) -> str:
    """`, 18 % over the 7-day mean`; nothing when it is unknown."""
    if pct is None:
        return ""
    if pct == 0:
        return f", as much as {against}"
    return f", {abs(pct):,} % {'over' if pct > 0 else 'under'} {against}"


def signed(pct: int | None) -> str:
    """`+18 %`, `−4 %`, `n/a`."""  # noqa: RUF002  # a minus
    if pct is None:
        return "n/a"
    return f"{'+' if pct > 0 else '−' if pct < 0 else '±'}{abs(pct):,} %"  # noqa: RUF001  # a minus


def chart(title: str, kind: str, series: str, bars: Sequence[Bar]) -> Json:
    """Slack's own chart. A bar whose value is unknown has its label and no value.

    Source: docs.slack.dev/reference/block-kit/blocks/data-visualization-block, read 2026-11-21.
    """
    labels = _labels(bars)
    points = [
        {"label": label, "value": bar.value} for label, bar in zip(labels, bars, strict=True) if bar.value is not None
    ]
    return {
        "type": "data_visualization",
        "title": b.cut(title, _TITLE_LIMIT),
        "chart": {
            "type": kind,
            "series": [{"name": b.cut(series, _LABEL_LIMIT), "data": points}],
            "axis_config": {"categories": labels},
        },
    }


def _labels(bars: Sequence[Bar]) -> list[str]:
    return [b.cut(bar.label, _LABEL_LIMIT) for bar in bars]


def in_code(title: str, bars: Sequence[Bar]) -> list[Json]:
    """The same in code font, where Slack does not take its own chart."""
    top = max((bar.value or 0 for bar in bars), default=0)
    label = max((len(bar.label) for bar in bars), default=0)
    shown = [number(bar.value) for bar in bars]
    wide = max(map(len, shown), default=0)
    lines = [
        f"{bar.label:<{label}}  {text:>{wide}} {'█' * _cells(bar.value, top)}".rstrip()
        for bar, text in zip(bars, shown, strict=True)
    ]
    return [b.section(f"*{b.inert(title)}*"), b.code(lines)]


def _cells(value: int | None, top: int) -> int:
    if not value or value < 0 or not top:
        return 0
    return max(round(_MOST_CELLS * value / top), 1)
