"""Steps: which reload was applied last, and of which files something else runs than what is on disk."""

from __future__ import annotations

from dataclasses import dataclass

from luahost.errors import NothingToUndo
from luahost.reload.report import ReloadReport, SessionReport

__all__ = ["Step", "Steps"]


@dataclass(frozen=True, slots=True)
class Step:
    """A reload that some session has applied: its number, and the keys of the modules that ran."""

    number: int
    modules: tuple[str, ...]


class Steps:
    """Numbers reloads, and keeps the last one that was applied, to be undone once. Not for two threads at a time.

    `away` are the keys of files whose reload was undone: they are taken again when somebody saves or asks for them.
    """

    def __init__(self, *, is_kept: bool) -> None:
        self.is_kept = is_kept
        self.away: set[str] = set()
        self._count = 0
        self._last: Step | None = None
        self._why = "nothing to undo: no reload has been applied yet"

    def next_number(self) -> int:
        """Returns the number of a reload that begins."""
        self._count += 1
        return self._count

    def take(self) -> Step:
        """Returns the step to undo, which is there no longer; raises NothingToUndo if there is none."""
        if not self.is_kept:
            raise NothingToUndo(
                "nothing to undo: this host doesn't keep what that needs; make it with Host(…, undo=True)"
            )
        if self._last is None:
            raise NothingToUndo(self._why)
        step, self._last = self._last, None
        self.away.update(step.modules)
        self._why = "nothing to undo: the last reload has been undone; a save or a reload takes the files as they are"
        return step

    def note(self, number: int, report: SessionReport) -> None:
        """Notes how a reload ended in one session; where it failed, the step before it stays the last one."""
        last = self._last
        if not report.ok or (last is not None and last.number > number):
            return
        before = last.modules if last is not None and last.number == number else ()
        if before and before == report.modules:
            return
        self._last = Step(number, tuple(dict.fromkeys((*before, *report.modules))))

    def note_undone(self, step: Step, report: ReloadReport) -> bool:
        """Notes how an undo ended; returns whether it failed everywhere, so that it may be tried again."""
        if any(session.ok for session in report.sessions):
            return False
        self.away.difference_update(step.modules)
        if self._last is None:
            self._last = step
        return True
