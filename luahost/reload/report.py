"""Reports: what a reload did, kept and could not do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from luahost.errors import LuaError, LuaHostError


@dataclass(frozen=True, slots=True)
class PrototypeChange:
    """A prototype whose declared fields or base changed; `instances` is how many live ones were brought along."""

    name: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    rebased: bool
    instances: int


@dataclass(frozen=True, slots=True)
class MutateFailure:
    """Instances whose `mutate` raised: they keep their data, and their step waits for the next save."""

    type: str
    message: str
    file: str | None
    line: int
    instances: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class SessionReport:
    """What a reload did in one session. `error` is set, and the rest empty, where it was taken back."""

    id: str
    generation: int
    ok: bool = True
    error: LuaHostError | None = None
    modules: tuple[str, ...] = ()
    prototypes: tuple[PrototypeChange, ...] = ()
    instances: int = 0
    failures: tuple[MutateFailure, ...] = ()
    pending: tuple[MutateFailure, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReloadReport:
    """What one reload did in all sessions that it concerned. `duration_ms` counts from its begin to the last session.

    `busy` are the vended ids of sessions that were still in a turn; they take the reload at its end. `undone`: it took
    the last reload back.
    """

    modules: tuple[str, ...]
    sessions: tuple[SessionReport, ...]
    duration_ms: float
    errors: tuple[LuaHostError, ...] = ()
    gone: tuple[str, ...] = ()
    busy: tuple[str, ...] = field(default=())
    undone: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing failed: no file, no session. Pending mutations are no failure of the reload."""
        return not self.errors


def session_report(vended_id: str, answered: dict[str, Any], notes: tuple[str, ...] = ()) -> SessionReport:
    """Returns the kernel's report of one session as a value."""
    return SessionReport(
        id=vended_id,
        generation=answered["generation"],
        modules=tuple(answered["modules"]),
        prototypes=tuple(map(_change, answered["prototypes"])),
        instances=answered["instances"],
        failures=tuple(map(_failure, answered["failures"])),
        pending=tuple(map(_failure, answered["pending"])),
        kept=(*answered["kept"], *notes),
    )


def _change(entry: dict[str, Any]) -> PrototypeChange:
    return PrototypeChange(
        name=entry["name"],
        added=tuple(entry["added"]),
        changed=tuple(entry["changed"]),
        removed=tuple(entry["removed"]),
        rebased=entry["rebased"],
        instances=entry["instances"],
    )


def _failure(entry: dict[str, Any]) -> MutateFailure:
    return MutateFailure(
        type=entry["type"],
        message=entry["message"],
        file=entry.get("file"),
        line=entry["line"],
        instances=entry["instances"],
        version=entry.get("version") or 0,
    )


__all__ = ["LuaError", "MutateFailure", "PrototypeChange", "ReloadReport", "SessionReport", "session_report"]
