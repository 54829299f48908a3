"""Reloading: how one session carries out a reload, and what it falls back to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from luahost.errors import LimitExceeded, LuaHostError
from luahost.reload.reloader import ReloadRequest
from luahost.reload.report import SessionReport, session_report
from luahost.vm import edge


@dataclass(frozen=True, slots=True)
class Reloading:
    """Carries out a reload in the session `id`, which has taken `generation` of them.

    `run(packed request)` is the turn, `take_outcome()` answers the packed report of a reload that stands though a limit
    ended its turn, `report_error` is told of what ended it, `spare_bytes` answers how much memory is left.
    """

    id: str
    generation: int
    run: Callable[[bytes], Any]
    take_outcome: Callable[[], bytes | None]
    report_error: Callable[[LuaHostError], None]
    spare_bytes: Callable[[], int]

    def carry_out(self, request: ReloadRequest) -> SessionReport | None:
        """Returns the report; None if nothing concerned the session.

        All that is outstanding is tried first, then the save alone.
        """
        try:
            return self._try(request, request.versions)
        except LuaHostError as error:
            if request.only >= request.versions.keys():
                return self._failed(error)
            return self._carry_out_only(request, error)

    def _carry_out_only(self, request: ReloadRequest, error: LuaHostError) -> SessionReport | None:
        versions = {key: version for key, version in request.versions.items() if key in request.only}
        try:
            return self._try(request, versions, (f"an earlier save still waits: {error}",))
        except LuaHostError as second:
            return self._failed(second)

    def _failed(self, error: LuaHostError) -> SessionReport:
        return SessionReport(id=self.id, generation=self.generation, ok=False, error=error)

    def _try(
        self, request: ReloadRequest, versions: dict[str, int], notes: tuple[str, ...] = ()
    ) -> SessionReport | None:
        asked = {
            "versions": versions,
            "codes": request.codes,
            "gone": request.gone,
            "missing": request.missing,
            "relinked": request.relinked,
            "cascade": request.cascade,
            "strict": request.strict,
            "keep": self._keep(request),
            "undo": request.undo,
        }
        answered = self._answer(edge.pack({name: value for name, value in asked.items() if value}))
        return None if answered is None else session_report(self.id, answered, notes)

    def _keep(self, request: ReloadRequest) -> dict[str, int] | None:
        """Returns what the session is told of keeping what undoing this reload needs: half of what it has left."""
        return {"number": request.number, "bytes": self.spare_bytes() // 2} if request.keeps else None

    def _answer(self, packed: bytes) -> Any:
        """Returns the kernel's report; also of a reload that stands though a limit ended a `mutate` or hook of it."""
        try:
            return self.run(packed)
        except LimitExceeded as error:
            outcome = self.take_outcome()
            report = edge.unpack(outcome) if outcome is not None else None
            if report is None or report["generation"] <= self.generation:
                raise
            if not _name_cause(report, error):
                self.report_error(error)
            return report


def _name_cause(report: dict[str, Any], error: LimitExceeded) -> bool:
    """Lets the mutations that a limit ended say what it was, and where; returns whether there are any.

    The kernel knows of it only that it was ended.
    """
    ended = {entry["type"] for entry in report["failures"] if entry.get("kind") == "limit"}
    for entry in (*report["failures"], *report["pending"]):
        if entry.get("kind") == "limit" and entry["type"] in ended:
            entry.update(message=error.message, file=error.file, line=error.line, version=error.version)
    return bool(ended)
