"""A run's results as tables: what stands in them, printed for people or as Markdown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.table import Table

from benchmarks.contenders import PGQUEUER
from benchmarks.drains import PEERS_IN_FLIGHT
from benchmarks.figures import Figures, Result, Work
from benchmarks.goals import Goal
from benchmarks.kills import LATENCY_S, Survival

_NONE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table: the first column holds names, the others figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def printed(self) -> Table:
        """For the terminal."""
        table = Table(title=self.title, title_justify="left")
        for column in self.columns:
            table.add_column(column, justify="right" if column else "left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """For a page."""
        lines = [self.columns, tuple("--:" if column else "---" for column in self.columns), *self.rows]
        return f"{self.title}:\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    name: str
    one: Figures
    bare: Figures
    pgqueuer: Figures | None
    posts: int
    """What the others do."""


def _to_pgqueuer(row: _Row, read: Callable[[Figures], float]) -> str:
    return _NONE if row.pgqueuer is None else f"{read(row.one) / read(row.pgqueuer):.2f}"


_COLUMNS: tuple[tuple[str, Callable[[_Row], str]], ...] = (
    ("", lambda row: row.name if row.one.posts == row.posts else f"{row.name} ({row.one.posts:,} posts)"),
    ("in flight", lambda row: str(row.one.in_flight)),
    ("first", lambda row: f"{row.one.first_s:.3f}"),
    ("p50", lambda row: f"{row.one.p50_s:.3f}"),
    ("p99", lambda row: f"{row.one.p99_s:.3f}"),
    ("max", lambda row: f"{row.one.max_s:.3f}"),
    ("p99 : bare", lambda row: f"{row.one.p99_s / row.bare.p99_s:.2f}" if row.one.posts == row.posts else _NONE),
    ("posts/s", lambda row: f"{row.one.posts_per_s:,.0f}"),
    (": bare", lambda row: f"{row.one.posts_per_s / row.bare.posts_per_s:.2f}"),
    (": pgqueuer", lambda row: _to_pgqueuer(row, lambda one: one.posts_per_s)),
    ("CPU s", lambda row: f"{row.one.cpu_s_per_1000:.2f}"),
    ("+ servers", lambda row: _NONE if (used := row.one.servers_cpu_s_per_1000) is None else f"{used:.2f}"),
    ("peak MB", lambda row: f"{row.one.peak_mb:.0f}"),
    ("twice", lambda row: str(row.one.duplicates)),
    ("lost", lambda row: str(row.one.lost)),
)


def drained(work: Work, results: Sequence[Result]) -> Sheet:
    """A work's table; the first result is the bare loop's."""
    answers = f"answers after {work.latency_s * 1000:.0f} ms" if work.latency_s else "answers at once"
    by_name = {one.contender: one.figures for one in results}
    rows = [
        _Row(
            name=one.contender,
            one=one.figures,
            bare=results[0].figures,
            pgqueuer=by_name.get(PGQUEUER),
            posts=work.posts,
        )
        for one in results
    ]
    return Sheet(
        title=f"{work.posts:,} posts due at one instant, network {answers} (seconds after due; CPU seconds per 1,000)",
        columns=tuple(column for column, _ in _COLUMNS),
        rows=tuple(tuple(read(row) for _, read in _COLUMNS) for row in rows),
    )


def survived(killed: Sequence[Survival]) -> Sheet:
    """What SIGKILL did to each."""
    network = f"network answers after {LATENCY_S * 1000:.0f} ms, {PEERS_IN_FLIGHT} in flight"
    return Sheet(
        title=f"SIGKILL at half of {killed[0].posts} posts, then a restart; {network}",
        columns=("", "killed at", "twice", "lost", "sent, id lost", "in doubt", "a person is asked", "last arrival s"),
        rows=tuple(_fate(one) for one in killed),
    )


def _fate(one: Survival) -> tuple[str, ...]:
    ours = one.contender.startswith("Herald")
    return (
        one.contender,
        str(one.killed_at),
        str(one.duplicates),
        str(one.lost),
        str(one.unrecorded),
        str(one.in_doubt) if ours else _NONE,
        str(one.asked) if ours else _NONE,
        _NONE if one.recovered_s is None else f"{one.recovered_s:.1f}",
    )


def reached(goals: Sequence[Goal]) -> Sheet:
    """What was to be reached, line by line."""
    return Sheet(
        title="Herald's goals, in this run on this machine",
        columns=("", "figure", "wanted", "verdict"),
        rows=tuple((goal.text, f"{goal.figure:,.2f}{goal.unit}", goal.wanted, goal.verdict) for goal in goals),
    )
