"""The history of reloads: what each did, kept and could not do, short enough to be kept."""

from __future__ import annotations

from typing import Any

from luahost.errors import LuaError, LuaHostError
from luahost.inspection.plain import clipped
from luahost.reload.report import MutateFailure, PrototypeChange, ReloadReport, SessionReport

__all__ = ["MOST_SESSIONS", "error_entry", "reload_entry"]

MOST_SESSIONS = 20
"""Of a reload of many sessions, so many are kept; those first in which something failed."""

MOST_ITEMS = 50
LONGEST = 2000


def reload_entry(report: ReloadReport, at_s: float) -> dict[str, Any]:
    """Returns a reload as plain data; `at_s` is when it ended, in seconds since 1970."""
    shown = sorted(report.sessions, key=lambda session: session.ok and not session.failures)[:MOST_SESSIONS]
    return {
        "at_s": at_s,
        "ok": report.ok,
        "undone": report.undone,
        "ms": round(report.duration_ms, 1),
        "modules": report.modules[:MOST_ITEMS],
        "gone": report.gone[:MOST_ITEMS],
        "busy": report.busy[:MOST_ITEMS],
        "errors": [error_entry(error) for error in report.errors[:MOST_ITEMS]],
        "sessions": [_session(session) for session in shown],
        "session_count": len(report.sessions),
        "instances": sum(session.instances for session in report.sessions),
    }


def error_entry(error: LuaHostError) -> dict[str, Any]:
    """Returns an error as plain data: message, place, and the Lua stack."""
    if not isinstance(error, LuaError):
        return {"message": clipped(str(error), LONGEST), "file": None, "line": 0, "stack": []}
    stack = [f"{frame.file}:{frame.line} {frame.function}".strip() for frame in error.stack[:MOST_ITEMS]]
    return {"message": clipped(error.message, LONGEST), "file": error.file, "line": error.line, "stack": stack}


def _session(report: SessionReport) -> dict[str, Any]:
    return {
        "id": report.id,
        "generation": report.generation,
        "ok": report.ok,
        "error": error_entry(report.error) if report.error is not None else None,
        "modules": report.modules[:MOST_ITEMS],
        "prototypes": [_change(change) for change in report.prototypes[:MOST_ITEMS]],
        "instances": report.instances,
        "failures": [_failure(failure) for failure in report.failures[:MOST_ITEMS]],
        "pending": [_failure(failure) for failure in report.pending[:MOST_ITEMS]],
        "kept": [clipped(note, LONGEST) for note in report.kept[:MOST_ITEMS]],
    }


def _change(change: PrototypeChange) -> dict[str, Any]:
    return {
        "name": change.name,
        "added": change.added,
        "changed": change.changed,
        "removed": change.removed,
        "rebased": change.rebased,
        "instances": change.instances,
    }


def _failure(failure: MutateFailure) -> dict[str, Any]:
    return {
        "type": failure.type,
        "message": clipped(failure.message, LONGEST),
        "file": failure.file,
        "line": failure.line,
        "instances": failure.instances,
    }
