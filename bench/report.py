"""The report: rows of results as text for the terminal and as bench/results.md."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.measure import Pairs, Spread, spread

RESULTS = Path(__file__).parent / "results.md"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of results. `value` is what the bound speaks of: a ratio, or a number of `unit`."""

    work: str
    floor: str
    ours: str
    value: Spread
    unit: str
    bound: float
    at_least: bool = False
    note: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the median keeps the bound."""
        return self.value.median >= self.bound if self.at_least else self.value.median <= self.bound


def ratio_row(work: str, pairs: Pairs, bound: float, unit: str, factor: float, note: str = "") -> Row:
    """Returns the row of a comparison; `factor` turns what was measured into `unit`."""
    floor, ours = spread(pairs.floor).times(factor), spread(pairs.ours).times(factor)
    return Row(
        work, f"{_number(floor.median)} {unit}", f"{_number(ours.median)} {unit}", pairs.ratio(), "×", bound, note=note
    )


def limit_row(work: str, numbers: list[float], bound: float, unit: str, factor: float) -> Row:
    """Returns the row of something that has no floor."""
    ours = spread(numbers).times(factor)
    return Row(work, "–", f"{_number(ours.median)} {unit}", ours, unit, bound)


def line(row: Row) -> str:
    """Returns a row as one line of a terminal."""
    mark = "ok  " if row.is_met else "OVER"
    note = f"  ({row.note})" if row.note else ""
    return f"{mark} {row.work}: {_value(row)}, bound {_bound(row)}; floor {row.floor}, ours {row.ours}{note}"


def markdown(rows: list[Row], command: str) -> str:
    """Returns the whole of bench/results.md."""
    head = [
        "# Results",
        "",
        f"{_machine()}.",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, `{command}`. Load at the end: {os.getloadavg()[0]:.1f}.",
        "",
        "The floor is a hand-written minimum on raw lupa that does the same visible work. The value is the median of",
        "rounds in which both went by turns, with the least and the most.",
        "",
        "| work | floor | ours | value (least – most) | bound | kept |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join(head + [_table_row(row) for row in rows]) + "\n"


def _table_row(row: Row) -> str:
    work = f"{row.work} ({row.note})" if row.note else row.work
    cells = [work, row.floor, row.ours, _value(row), _bound(row), "yes" if row.is_met else "**no**"]
    return f"| {' | '.join(cells)} |"


def _value(row: Row) -> str:
    value = row.value
    return f"{_number(value.median)} {row.unit} ({_number(value.least)} – {_number(value.most)})"


def _bound(row: Row) -> str:
    return f"{'≥' if row.at_least else '≤'} {_number(row.bound)} {row.unit}"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _machine() -> str:
    system = f"{platform.system()} {platform.release()}"
    python = f"Python {sys.version.split()[0]}, lupa {version('lupa')} (lua54)"
    return f"{_cpu()}, {os.cpu_count()} cores, {system}, {python}"


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )
