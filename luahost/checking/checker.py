"""The checker: a site's code through all lints that are wanted, and what is left of it to tell."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from luahost.loading.roots import root_troubles
from luahost.loading.site import Site
from luahost.settings import Settings

from .code import Code, read_code
from .comment import Allowed
from .finding import Finding, printable
from .language_server import LanguageServer
from .lint import Lint
from .linter import Linter, LinterReport
from .lints import all_lints
from .selene import Selene

__all__ = ["LINTERS", "CheckReport", "Selection", "check"]

LINTERS: tuple[Linter, ...] = (LanguageServer(), Selene())

Which = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which lints are wanted: those in `only`, all if it is empty, but none in `skip`.

    The name of another program, `selene`, stands for all of its lints, `selene/…`.
    """

    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()

    def has(self, lint: str) -> bool:
        """Returns whether a lint is wanted."""
        names = {lint, lint.partition("/")[0]}
        return not names & self.skip and (not self.only or bool(names & self.only))

    def has_some_of(self, linter: str) -> bool:
        """Returns whether any lint of another program may be wanted."""
        return linter not in self.skip and (self.names(linter) or not self.only)

    def names(self, linter: str) -> bool:
        """Returns whether another program, or a lint of it, was asked for by its name."""
        return any(name.partition("/")[0] == linter for name in self.only)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What there is to say of a site: findings in the order of their places, in so many files.

    `notes` are about what was left out or is missing, `linters` the other programs that looked, `problems` why one
    could not.
    """

    files: int
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    linters: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def check(settings: Settings, selection: Selection | None = None, *, which: Which = shutil.which) -> CheckReport:
    """Returns what lints say of the site in the settings; runs nothing of it. `which` finds programs.

    Raises SiteError if there is no site, ExtraMissing if no parser is installed.
    """
    wanted = selection or Selection()
    code = read_code(Site(settings.site, settings.roots), settings)
    own = [finding for lint in _wanted_lints(wanted) for finding in lint.look(code)]
    found, linters, problems = _asked(code, wanted, which)
    allowed = _Allowances(code)
    findings = {each for each in [*own, *found] if wanted.has(each.lint) and not allowed.has(each)}
    files = {*map(printable, code.files), *(printable(page.file) for page in code.pages.pages)}
    files |= {each.file for each in code.findings}
    notes = (*root_troubles(settings.roots), *code.notes)
    return CheckReport(len(files), tuple(sorted(findings)), notes, linters, problems)


def _wanted_lints(selection: Selection) -> Iterator[Lint]:
    return (lint for lint in all_lints() if selection.has(lint.name))


def _asked(code: Code, selection: Selection, which: Which) -> tuple[list[Finding], tuple[str, ...], tuple[str, ...]]:
    """Returns what other programs find, which ones looked, and why others couldn't."""
    findings: list[Finding] = []
    linters, problems = [], []
    for linter in LINTERS:
        report = _answer(linter, code, selection, which)
        if report is None:
            continue
        findings += report.findings
        if report.problem:
            problems.append(f"{linter.executable}: {report.problem}")
        else:
            linters.append(linter.executable)
    return findings, tuple(linters), tuple(problems)


def _answer(linter: Linter, code: Code, selection: Selection, which: Which) -> LinterReport | None:
    """Returns what another program says; None if it isn't wanted, or not there and nobody asked for it."""
    path = which(linter.executable) if selection.has_some_of(linter.name) else None
    if path is None:
        is_named = selection.names(linter.name)
        return LinterReport(problem="it is not on the PATH: install it, or leave it out") if is_named else None
    return linter.look(path, code) if code.chunks else None


class _Allowances:
    """What the comments in the site's files allow."""

    def __init__(self, code: Code) -> None:
        pages = [(page.file, page.comments) for page in code.pages.pages]
        chunks = [(chunk.key, chunk.comments) for chunk in code.chunks.values()]
        self._by_file = {printable(file): Allowed(comments) for file, comments in [*chunks, *pages]}

    def has(self, finding: Finding) -> bool:
        """Returns whether a finding is allowed."""
        allowed = self._by_file.get(finding.file)
        return allowed is not None and allowed.is_allowed(finding.line, finding.lint)
