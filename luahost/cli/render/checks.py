"""Checks: what lints found, a line for each as `file:line:column: message [lint]`, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from .reports import counted

if TYPE_CHECKING:
    from luahost.checking.checker import CheckReport
    from luahost.checking.finding import Finding

__all__ = ["checked"]


def checked(report: CheckReport) -> Text:
    """Returns the findings and the summary."""
    return Text("\n").join([*map(_line, report.findings), _summary(report)])


def _line(finding: Finding) -> Text:
    place = f"{finding.file}:{finding.line}:{finding.column}:"
    return Text.assemble((place, "bold"), f" {finding.message} ", (f"[{finding.lint}]", "dim"))


def _summary(report: CheckReport) -> Text:
    found = len(report.findings)
    files = len({finding.file for finding in report.findings})
    others = f" (with {' and '.join(report.linters)})" if report.linters else ""
    if not found:
        return Text(f"{counted(report.files, 'file')}, nothing to say{others}", style="green")
    return Text(
        f"{counted(report.files, 'file')}, {counted(found, 'finding')} in {files} of them{others}", style="yellow"
    )
