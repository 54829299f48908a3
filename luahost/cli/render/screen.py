"""The screen: what is printed where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.text import Text

from luahost.errors import LuaHostError
from luahost.literals import results

from . import listings, overviews
from .checks import checked
from .faults import fault
from .findings import findings
from .grids import NARROW
from .records import record, records
from .reports import reload
from .sources import Sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from luahost.attach.messages import Hello
    from luahost.checking.checker import CheckReport
    from luahost.doctor.finding import Finding
    from luahost.news import LogLine
    from luahost.records.contents import Contents
    from luahost.reload.report import ReloadReport
    from luahost.settings import Settings
    from luahost.storage.port import Busy, Head, Version

__all__ = ["Screen"]

LEVELS = ("error", "warn", "info", "debug", "trace")
USE_JSON = "use --json"
STYLES = {"error": "red", "warn": "yellow", "debug": "dim", "trace": "dim"}


class Screen:
    """Prints results, `print` lines and reloads to standard output; errors and logs to standard error.

    Safe to call from any thread: what is printed in one call stays together.
    """

    def __init__(
        self, site: Path, *, level: str = "info", out: Console | None = None, err: Console | None = None
    ) -> None:
        self.sources = Sources(site)
        self._level = LEVELS.index(level)
        self._out = out or Console(highlight=False)
        self._err = err or Console(stderr=True, highlight=False)

    @property
    def width(self) -> int:
        """How many columns standard output has."""
        return self._out.width

    def banner(self, version: str, settings: Settings) -> None:
        """Prints what runs."""
        self._print(listings.banner(version, settings))

    def results(self, values: tuple[Any, ...]) -> None:
        """Prints what an expression answered."""
        self._print(Text(results(values, width=self._out.width)))

    def text(self, text: str) -> None:
        """Prints what is written already."""
        self._print(Text(text))

    def error(self, error: LuaHostError) -> None:
        """Prints an error with its source and Lua stack."""
        self._err.print(fault(error, self.sources, width=self._err.width), soft_wrap=True)

    def reload(self, report: ReloadReport) -> None:
        """Prints what a reload did; to standard error if something failed."""
        console = self._out if report.ok else self._err
        console.print(reload(report, self.sources, width=console.width), soft_wrap=True)

    def log(self, line: LogLine) -> None:
        """Prints a line that guest code printed, as it is, or logged, if its level is shown."""
        if line.level == "print":
            # Not through rich, which would expand tabs and take control characters out.
            self._out.file.write(f"{line.message}\n")
            self._out.file.flush()
        elif LEVELS.index(line.level) <= self._level:
            place = f"{line.file}:{line.line}: " if line.file else ""
            self._err.print(
                Text(f"{line.level}: {place}{line.message}", style=STYLES.get(line.level, "")), soft_wrap=True
            )

    def sessions(
        self, rows: Sequence[Mapping[str, Any]], current: str | None = None, *, is_prompt: bool = False
    ) -> None:
        """Prints the sessions, the one with the id `current` marked. `is_prompt`: where no option can be given."""
        way = "look from another terminal: luahost sessions" if is_prompt else USE_JSON
        self._show(overviews.sessions(rows, current, width=self.width), way)

    def session(self, seen: Mapping[str, Any]) -> None:
        """Prints what a session has."""
        self._show(overviews.session(seen, width=self.width), USE_JSON)

    def host(self, hello: Hello) -> None:
        """Prints which host is asked."""
        self._print(overviews.host(hello))

    def attached(self, hello: Hello, row: Mapping[str, Any]) -> None:
        """Prints what a prompt is attached to."""
        self._print(overviews.attached(hello, row))

    def commands(self, helps: Mapping[str, str]) -> None:
        """Prints what can be typed."""
        self._print(listings.commands(helps))

    def findings(self, found: Sequence[Finding]) -> None:
        """Prints what the doctor found."""
        self._print(findings(found))

    def checked(self, report: CheckReport) -> None:
        """Prints what the lints found; what could not be looked at, to standard error."""
        for line in (*report.notes, *report.problems):
            self.trouble(line)
        self._print(checked(report))

    def records(self, heads: Sequence[Head]) -> None:
        """Prints the saved sessions."""
        self._print(records(heads))

    def record(self, head: Head, contents: Contents, versions: Sequence[Version], holder: Busy | None) -> None:
        """Prints what is known of one saved session."""
        self._print(record(head, contents, versions, holder))

    def note(self, text: str) -> None:
        """Prints a sentence of ours to standard output."""
        self._print(Text(text, style="dim"))

    def trouble(self, text: str) -> None:
        """Prints a sentence of ours to standard error."""
        self._err.print(Text(text, style="yellow"), soft_wrap=True)

    def _show(self, shown: RenderableType, way: str) -> None:
        if self.width < NARROW:
            self.trouble(f"the terminal has {self.width} columns: tables need {NARROW}: widen it, or {way}")
        self._out.print(shown)

    def _print(self, text: Text) -> None:
        self._out.print(text, soft_wrap=True)
