"""Draws one chart: JSON on standard input, PNG on standard output. Run by charting.py in a process of its own."""

import json
import sys
from collections.abc import Sequence
from io import BytesIO
from typing import Any

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false, reportUnknownArgumentType=false
# The library leaves its keyword arguments without types.

_TEAL, _INK, _PALE = "#0f6e66", "#3d4a52", "#dfe5e8"
_WIDTH_IN, _HEIGHT_IN, _DOTS = 8.0, 3.6, 160
_THOUSAND = 10_000


def png(title: str, bars: Sequence[tuple[str, int | None]]) -> bytes:
    """The chart as a picture; an unknown bar is left out and says n/a."""
    import matplotlib as mpl  # noqa: PLC0415  # only in this process, and only to draw

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: PLC0415

    plt.rcParams["font.family"] = "DejaVu Sans"
    figure, axes = plt.subplots(figsize=(_WIDTH_IN, _HEIGHT_IN), dpi=_DOTS, layout="constrained")
    places = range(len(bars))
    drawn = axes.bar(places, [value or 0 for _, value in bars], color=_TEAL, width=0.68, zorder=2)
    axes.bar_label(drawn, labels=[short(value) for _, value in bars], padding=3, color=_INK, fontsize=9)
    axes.set_xticks(list(places), [label for label, _ in bars], color=_INK, fontsize=9)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(round(value))))
    axes.tick_params(axis="both", length=0, colors=_INK, labelsize=9)
    axes.grid(axis="y", color=_PALE, linewidth=0.8, zorder=0)
    axes.margins(y=0.14)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_PALE)
    axes.set_title(_plain(title), loc="left", color=_INK, fontsize=11, fontweight="bold", pad=12)
    made = BytesIO()
    figure.savefig(made, format="png", facecolor="white")
    return made.getvalue()


def short(value: int | None) -> str:
    """`1,204`, `12.5k`, `n/a`."""
    if value is None:
        return "n/a"
    return f"{value:,}" if abs(value) < _THOUSAND else f"{value / 1000:,.1f}k".replace(".0k", "k")


def _plain(text: str) -> str:
    """Without what the library reads as mathematics."""
    return text.replace("\\", "").replace("$", "\\$")


def main() -> None:
    """Draw what standard input says."""
    asked: Any = json.load(sys.stdin)
    bars = [(str(label), None if value is None else int(value)) for label, value in asked["bars"]]
    sys.stdout.buffer.write(png(str(asked["title"]), bars))


if __name__ == "__main__":
    main()
