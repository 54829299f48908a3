"""Findings: what `doctor` found, by section, with what to do below each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from .reports import counted

if TYPE_CHECKING:
    from luahost.doctor.finding import Finding

__all__ = ["findings"]

STYLES = {"ok": "green", "note": "dim", "warning": "yellow", "wrong": "bold red"}
WIDTH = max(map(len, STYLES))


def findings(found: Sequence[Finding]) -> Text:
    """Returns the findings in their sections, and how many want something done."""
    lines: list[Text] = []
    for section, members in groupby(found, lambda finding: finding.section):
        lines.append(Text(section, style="bold"))
        for finding in members:
            lines += _lines(finding)
        lines.append(Text())
    return Text("\n").join([*lines, _summary(found)])


def _lines(finding: Finding) -> Iterator[Text]:
    yield Text.assemble("  ", (finding.level.ljust(WIDTH), STYLES[finding.level]), f"  {finding.text}")
    if finding.advice:
        yield Text(f"  {' ' * WIDTH}  → {finding.advice}")


def _summary(found: Sequence[Finding]) -> Text:
    wrong = sum(finding.level == "wrong" for finding in found)
    warnings = sum(finding.level == "warning" for finding in found)
    if wrong:
        return Text(f"{counted(wrong, 'thing')} wrong, {counted(warnings, 'warning')}", style=STYLES["wrong"])
    if warnings:
        return Text(f"nothing wrong, {counted(warnings, 'warning')}", style=STYLES["warning"])
    return Text("nothing wrong", style=STYLES["ok"])
