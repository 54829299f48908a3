"""A spec's session: one file of specs, read in a session of its own, and the run of one spec in it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from luahost.errors import Frame, LimitExceeded, LuaError, LuaHostError, SpecFailed, SpecPending, TimeOver
from luahost.interruption import interruptible
from luahost.loading.source import readable_text
from luahost.reload.report import ReloadReport, SessionReport
from luahost.session import Session
from luahost.settings import Settings
from luahost.testing.coverage import Coverage
from luahost.testing.rooms import add_specs
from luahost.testing.staged_host import StagedHost
from luahost.vm import edge

__all__ = ["Listed", "SpecSession"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A spec as its file declares it: its names from the outermost `describe` on, and the line of its `it`."""

    names: tuple[str, ...]
    line: int
    is_pending: bool


class SpecSession:
    """A staged host with one session in which `file` has been read. A context manager."""

    def __init__(self, file: Path, settings: Settings, coverage: Coverage | None = None) -> None:
        self._file = file
        self._session: Session | None = None
        self._refused: LuaHostError | None = None
        self.host = StagedHost(settings=settings, on_opening=self._add_specs, coverage=coverage)
        self.name = name_of(file, self.host.site.root)

    def __enter__(self) -> SpecSession:
        """Starts the host; nothing has been loaded yet."""
        self.host.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes everything."""
        self.close()

    def close(self) -> None:
        """Does the same; twice is nothing."""
        self.host.close()

    def load(self) -> list[Listed]:
        """Loads the site and the spec's file; returns its specs in order. Raises what either raises."""
        session = self._session = self.host.create_session()
        if self._refused is not None:
            raise self._refused
        text = readable_text(self._file.read_bytes(), self.name)
        listed = _ask(session, "load", text, f"@{self.name}".encode())
        return [Listed(tuple(map(_text, reversed(spec["path"]))), spec["line"], spec["pending"]) for spec in listed]

    def run(self, number: int) -> None:
        """Runs the spec with this number, from 1; raises SpecFailed, SpecPending, and LuaError for what it raised."""
        session, began_s = self._session, time.monotonic()
        assert session is not None, "load comes first"
        told = _ask(session, "start", number)
        while "kind" in told and "message" not in told:
            answer = self._answer(session, told, began_s)
            told = _ask(session, "go_on", edge.pack(answer))
        _conclude(told)
        if self.host.errors:
            raise self.host.errors[0]

    def _add_specs(self, session: Session) -> None:
        try:
            add_specs(session, self.host.settings.vm)
        except LuaHostError as error:
            # A callback's error would only be logged: `load` raises it.
            self._refused = error

    def _answer(self, session: Session, request: dict[str, Any], began_s: float) -> dict[str, Any]:
        """Does what a spec asks for; what fails is raised in the spec, where it asked, unless its time is over."""
        try:
            value = self._do(session, request, self._left_s(began_s))
            if self.host.errors:
                raise self.host.errors.pop(0)
        except TimeOver as error:
            raise LimitExceeded(error.message, file=request.get("file"), line=request.get("line") or 0) from None
        except LuaError as error:
            frames = [{"file": frame.file, "line": frame.line, "name": frame.function} for frame in error.stack]
            placed = {"file": error.file, "line": error.line} if error.file else {}
            return {"message": error.message, "frames": frames, **placed}
        except LuaHostError as error:
            return {"message": str(error), "frames": []}
        return {"value": value}

    def _left_s(self, began_s: float) -> float:
        limit_s = self.host.limit_s
        left_s = began_s + limit_s - time.monotonic()
        if limit_s and left_s <= 0:
            raise TimeOver(f"the spec as a whole took longer than {limit_s:g} s and was ended")
        return left_s if limit_s else 0.0

    def _do(self, session: Session, request: dict[str, Any], left_s: float) -> Any:
        if request["kind"] == "advance":
            return self.host.advance(request["seconds"], within_s=left_s)
        if request["kind"] == "source":
            return self.host.text(_text(request["path"]))
        return _told(self.host.reload(_files(request["files"])), session)


def _ask(session: Session, name: str, *args: object) -> Any:
    """Returns what the guest's side of specs answers. Ctrl-C ends a spec that goes on and on, too."""
    return interruptible(session, lambda: session.ask_added("specs", name, *args))


def name_of(file: Path, site: Path) -> str:
    """Returns how a spec's file is called in messages: its path from the site, where it lies in it."""
    real = os.path.realpath(file)
    relative = os.path.relpath(real, site)
    return real if relative.startswith("..") else relative.replace(os.sep, "/")


def _text(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode(errors="replace")


def _files(files: dict[str, Any] | list[Any]) -> dict[str, Any]:
    # A table without entries crosses as a list.
    return {_text(path): None if text is False else text for path, text in dict(files).items()}


def _told(report: ReloadReport | None, session: Session) -> dict[str, Any]:
    """Returns what a reload did in the session, as a spec is told of it."""
    told: dict[str, Any] = {"ok": True, "changes": {}, "modules": [], "failures": [], "kept": [], "instances": 0}
    if report is None:
        return {**told, "generation": session.generation}
    own = next((own for own in report.sessions if own.id == session.id), None)
    if own is not None:
        told |= _own(own)
    error = own.error if own is not None and own.error else next(iter(report.errors), None)
    if error is not None:
        told |= {"ok": False, "error": str(error)}
    return {**told, "modules": list(report.modules), "generation": session.generation}


def _own(report: SessionReport) -> dict[str, Any]:
    changes = {
        change.name: {
            "added": list(change.added),
            "changed": list(change.changed),
            "removed": list(change.removed),
            "instances": change.instances,
        }
        for change in report.prototypes
    }
    failures = [
        {"type": failure.type, "message": failure.message, "file": failure.file, "line": failure.line}
        for failure in report.failures
    ]
    return {"changes": changes, "failures": failures, "kept": list(report.kept), "instances": report.instances}


def _conclude(outcome: dict[str, Any]) -> None:
    """Raises what a spec's outcome says, unless it passed."""
    if "pending" in outcome:
        raise SpecPending(_text(outcome["pending"]))
    if "message" not in outcome:
        return
    if not outcome.get("failed"):
        raise edge.error_of({**outcome, "line": outcome.get("line") or 0})
    raise SpecFailed(
        _text(outcome["message"]),
        file=outcome.get("file"),
        line=outcome["line"],
        stack=_frames(outcome["frames"]),
        details=[(_text(line["sign"]), _text(line["text"])) for line in outcome["details"]],
    )


def _frames(frames: Iterable[dict[str, Any]]) -> list[Frame]:
    return edge.frames_of(list(frames))
