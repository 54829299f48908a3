"""The coverage summary: a line for each file at the end of pytest's output, and the LCOV file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from luahost.testing.coverage import Coverage, CoveredFile
from luahost.testing.lcov import lcov, shown_path

__all__ = ["ranges", "rows", "summarize"]

HEAD = ("file", "lines", "missed", "ran", "not run")
ELLIPSIS = "…"


def summarize(reporter: pytest.TerminalReporter, config: pytest.Config, coverage: Coverage, file: Path) -> None:
    """Writes `file`, and the table to the terminal; says so if none ran."""
    covered = coverage.files()
    reporter.section("Lua coverage")
    if not covered:
        reporter.write_line("no Lua ran, so there is nothing to count")
        return
    for row in rows(covered, config.rootpath, reporter._tw.fullwidth if reporter.isatty else None):
        reporter.write_line(row)
    try:
        file.write_text(lcov(covered, config.rootpath), encoding="utf-8")
    except OSError as error:
        reporter.write_line(f"{file} can't be written: {error.strerror}", red=True)
        return
    reporter.write_line(f"LCOV written to {os.fspath(file)}")


def rows(files: Sequence[CoveredFile], root: Path, width: int | None = None) -> list[str]:
    """Returns the table: a head, a row for each file, and one for all; none is wider than `width`, if there is one."""
    cells = [_cells(file, root) for file in files]
    lines, missed = sum(len(file.lines) for file in files), sum(len(file.missed) for file in files)
    table = [HEAD, *cells, ("all", str(lines), str(missed), _percent(lines, missed), "")]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEAD) - 1)]
    shown = [_row(row, widths) for row in table]
    return shown if width is None else [_cut(row, width) for row in shown]


def ranges(lines: Sequence[int]) -> str:
    """Returns lines with those that follow each other taken together: `3-5, 9`."""
    if not lines:
        return ""
    ends = [index for index, (one, other) in enumerate(pairwise(lines)) if other > one + 1]
    starts = [0, *(end + 1 for end in ends)]
    parts = zip(starts, [*ends, len(lines) - 1], strict=True)
    return ", ".join(f"{lines[a]}-{lines[b]}" if b > a else str(lines[a]) for a, b in parts)


def _cells(file: CoveredFile, root: Path) -> tuple[str, ...]:
    lines, missed = len(file.lines), len(file.missed)
    return shown_path(file.path, root), str(lines), str(missed), _percent(lines, missed), ranges(file.missed)


def _percent(lines: int, missed: int) -> str:
    # Never 100 % while a line is missing.
    return f"{int(100 * (lines - missed) / lines) if lines else 100} %"


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers, rest = row
    padded = [name.ljust(widths[0]), *(cell.rjust(size) for cell, size in zip(numbers, widths[1:], strict=True)), rest]
    return "  ".join(padded).rstrip()


def _cut(row: str, width: int) -> str:
    return row if len(row) <= width else row[: width - 1] + ELLIPSIS
