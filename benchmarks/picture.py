# pyright: basic, reportMissingImports=false
# `make bench` installs the library that draws; whoever checks types need not have it.
"""A run as a picture: `python -m benchmarks.picture RESULTS PICTURE` draws build/bench.json again."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.contenders import (
    APSCHEDULER,
    BARE,
    CELERY,
    ON_POSTGRESQL,
    ON_SQLITE,
    PGQUEUER,
    PROCRASTINATE,
    TWO_WORKERS,
)
from benchmarks.works import INSTANT

_COLOURS = {
    BARE: "#9aa3ad",
    ON_POSTGRESQL: "#0f6e84",
    TWO_WORKERS: "#4fa8ba",
    ON_SQLITE: "#12405a",
    PGQUEUER: "#d9822b",
    CELERY: "#7a9a3a",
    APSCHEDULER: "#a4478f",
    PROCRASTINATE: "#b5483f",
}
_SHORT = {
    BARE: "bare loop, nothing stored",
    TWO_WORKERS: "Herald, PostgreSQL ×2",  # noqa: RUF001  # the sign is meant
    CELERY: "celery + redis",
    APSCHEDULER: "APScheduler",
}
_INK, _FAINT, _PAPER, _GRID = "#1d2730", "#5c6873", "#ffffff", "#e4e8ec"
_TWICE, _LOST, _FORGOTTEN = "#b5483f", "#2b2f36", "#d9a441"
_WRONGS = (
    ("duplicates", _TWICE, "sent twice"),
    ("lost", _LOST, "never sent"),
    ("unrecorded", _FORGOTTEN, "sent, id lost"),
)
_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": _INK,
    "axes.labelcolor": _FAINT,
    "axes.edgecolor": _GRID,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "xtick.color": _FAINT,
    "ytick.color": _INK,
    "svg.fonttype": "path",
    "svg.hashsalt": "herald",
}
_EARLIEST_S = 0.002


def draw(results: Path, picture: Path) -> None:
    """Draw what a run wrote; the picture's kind follows from its name."""
    run = json.loads(results.read_text())
    by_work = {one["work"]["name"]: one for one in run["works"]}
    instant = by_work.get(INSTANT) or next(iter(by_work.values()), None)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(13, 9.2), facecolor=_PAPER)
        grid = figure.add_gridspec(
            2, 2, left=0.175, right=0.965, top=0.85, bottom=0.1, wspace=0.58, hspace=0.42, width_ratios=(1.12, 1)
        )
        _head(figure, run, instant)
        if instant is not None:
            _lateness(figure.add_subplot(grid[0, 0]), instant["results"])
            _rates(figure.add_subplot(grid[0, 1]), instant["results"])
            _costs(figure.add_subplot(grid[1, 0]), instant["results"])
        if run["killed"]:
            _kills(figure.add_subplot(grid[1, 1]), run["killed"])
        picture.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(picture, dpi=110, facecolor=_PAPER)


def _head(figure: Figure, run: dict[str, Any], instant: dict[str, Any] | None) -> None:
    posts = "" if instant is None else f"{instant['work']['posts']:,} posts due at one instant"
    figure.text(0.03, 0.95, f"{posts}: who is late, and what it costs", fontsize=17, fontweight="bold")
    machine = run["machine"]
    figure.text(
        0.03, 0.918,
        "Same work for all: claim from the database, one 1 KB POST, the id in a durable commit. "
        f"One run, {run['at'][:10]}, {machine['cores']} cores, CPython {machine['python']}, "
        f"PostgreSQL {run['postgresql'].get('server_version', '?').split()[0]}. Compare, do not quote.",
        fontsize=9.5, color=_FAINT,
    )  # fmt: skip


def _label(name: str) -> str:
    return _SHORT.get(name, name).replace(", a network that shows nothing", ",\nnetwork shows nothing")


def _bare_axes(axes: Axes, title: str) -> None:
    axes.set_title(title)
    axes.set_facecolor(_PAPER)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0)
    axes.grid(axis="x", color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def _lateness(axes: Axes, results: Sequence[dict[str, Any]]) -> None:
    """How many percent of the posts were out how long after their second."""
    _bare_axes(axes, "How much was out, how late")
    axes.grid(axis="y", color=_GRID, linewidth=0.8)
    latest = max(one["figures"]["max_s"] for one in results)
    ends: list[tuple[float, dict[str, Any]]] = []
    for one in results:
        name, late = one["contender"], [max(_EARLIEST_S, value) for value in one["figures"]["late"]]
        ours = name.startswith("Herald")
        axes.step(
            [*late, latest * 1.6], [*range(101), 100], where="post", color=_COLOURS.get(name, _FAINT),
            linewidth=2.4 if ours else 1.5, linestyle=(0, (4, 2)) if name == BARE else "-", zorder=3 if ours else 2,
        )  # fmt: skip
        ends.append((late[50], one))
    axes.set_xscale("log")
    axes.yaxis.tick_right()
    axes.tick_params(length=0, which="both")
    axes.set_xlim(_EARLIEST_S, latest * 1.6)
    axes.set_ylim(0, 103)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value * 1000:.0f} ms" if value < 1 else f"{value:.0f} s")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f} %")
    axes.set_xlabel("after their second")
    for _, one in sorted(ends, key=lambda end: end[0]):
        name = one["contender"]
        axes.plot([], [], color=_COLOURS.get(name, _FAINT), linewidth=3, label=_label(name))
    axes.legend(
        loc="center left", bbox_to_anchor=(-0.46, 0.5), frameon=False, fontsize=8.5, handlelength=0.9, labelspacing=0.75
    )


def _bars(axes: Axes, results: Sequence[dict[str, Any]], values: Sequence[float], words: Sequence[str]) -> None:
    names = [one["contender"] for one in results]
    places = list(range(len(names)))[::-1]
    axes.barh(places, values, height=0.66, color=[_COLOURS.get(name, _FAINT) for name in names])
    axes.set_yticks(places, [_label(name) for name in names], fontsize=9)
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        label.set_fontweight("bold" if name.startswith("Herald") else "normal")
    room = max(values) * 0.015
    for place, value, word in zip(places, values, words, strict=True):
        axes.text(value + room, place, word, va="center", fontsize=9)
    axes.set_xlim(0, max(values) * 1.3)


def _rates(axes: Axes, results: Sequence[dict[str, Any]]) -> None:
    _bare_axes(axes, "Posts a second, all ids durable")
    ranked = sorted(results, key=lambda one: -one["figures"]["posts_per_s"])
    values = [one["figures"]["posts_per_s"] for one in ranked]
    words = [f"{value:,.0f}{_beside(one)}" for one, value in zip(ranked, values, strict=True)]
    _bars(axes, ranked, values, words)
    axes.set_xlim(0, max(values) * 1.42)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def _beside(one: dict[str, Any]) -> str:
    ratio = one["posts_per_s_to_pgqueuer"]
    if ratio is None or one["contender"] in (BARE, PGQUEUER):
        return ""
    return f"   {ratio:.1f} × pgqueuer"  # noqa: RUF001  # the sign is meant


def _costs(axes: Axes, results: Sequence[dict[str, Any]]) -> None:
    _bare_axes(axes, "CPU seconds for 1,000 posts (pale: the servers), memory")
    ranked = sorted(results, key=lambda one: one["figures"]["cpu_s_per_1000"] + _servers(one))
    own = [one["figures"]["cpu_s_per_1000"] for one in ranked]
    both = [cpu_s + _servers(one) for cpu_s, one in zip(own, ranked, strict=True)]
    words = [f"{value:.2f}   {one['figures']['peak_mb']:.0f} MB" for one, value in zip(ranked, both, strict=True)]
    _bars(axes, ranked, both, words)
    for bar in axes.patches:
        bar.set_alpha(0.35)
    colours = [_COLOURS.get(one["contender"], _FAINT) for one in ranked]
    axes.barh(list(range(len(ranked)))[::-1], own, height=0.66, color=colours)


def _servers(one: dict[str, Any]) -> float:
    return one["figures"]["servers_cpu_s_per_1000"] or 0.0


def _kills(axes: Axes, killed: Sequence[dict[str, Any]]) -> None:
    """What SIGKILL in mid-drain did, stacked."""
    _bare_axes(axes, f"SIGKILL at half of {killed[0]['posts']} posts, then a restart")
    ours_first = sorted(killed, key=lambda one: (not one["contender"].startswith("Herald"), -_wrong(one)))
    places = list(range(len(ours_first)))[::-1]
    left = [0] * len(ours_first)
    for key, colour, word in _WRONGS:
        values = [one[key] for one in ours_first]
        axes.barh(places, values, height=0.66, left=left, color=colour, label=word)
        left = [before + value for before, value in zip(left, values, strict=True)]
    room = max(*left, 20) * 0.02
    for place, one, end in zip(places, ours_first, left, strict=True):
        axes.text(end + room, place, _fate(one), va="center", fontsize=9, color=_INK if end else "#0f6e84")
    names = [one["contender"] for one in ours_first]
    axes.set_yticks(places, [_label(name) for name in names], fontsize=9)
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        label.set_fontweight("bold" if name.startswith("Herald") else "normal")
    axes.set_xlim(0, max(*left, 20) * 1.45)
    axes.set_xlabel("posts, by the network's own log")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=3, frameon=False, fontsize=9)


def _wrong(one: dict[str, Any]) -> int:
    return one["duplicates"] + one["lost"] + one["unrecorded"]


def _fate(one: dict[str, Any]) -> str:
    said = [
        f"{one[key]} {word}"
        for key, word in (("duplicates", "twice"), ("lost", "lost"), ("unrecorded", "id lost"))
        if one[key]
    ]
    asked = f", a person is asked about {one['asked']}" if one["asked"] else ""
    return (", ".join(said) or "none twice, none lost") + asked


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]))
