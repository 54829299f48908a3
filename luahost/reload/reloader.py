"""The reloader: brings what changed on disk to every session, each between two of its turns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from luahost.clock import Clock
from luahost.errors import LuaError, LuaHostError
from luahost.loading.names import Names
from luahost.loading.sources import Refresh, Source, Sources
from luahost.reload.report import ReloadReport, SessionReport
from luahost.reload.steps import Step, Steps

Done = Callable[[SessionReport | None], None]

MOST_CODE_BYTES = 64 * 1024
"""How much bytecode goes along with a request."""


@dataclass(frozen=True, slots=True)
class ReloadRequest:
    """What a session is to reload: versions of files by key, and the keys of deleted ones to unload.

    `codes` has the bytecode of what was saved, if that isn't much: so sessions need not ask for it, one by one.
    `only` are the keys of the save itself: all that is outstanding is tried first, then these alone. `missing` are the
    keys of files that are gone, unloaded or not; `relinked` tells that names may mean other files than before. `keeps`:
    what undoing it needs is to be kept, under its `number`. `undo` is the number of the reload to undo, if that is all.
    """

    versions: dict[str, int]
    only: frozenset[str]
    gone: tuple[str, ...]
    missing: tuple[str, ...]
    relinked: bool
    cascade: bool
    strict: bool
    codes: dict[str, bytes]
    number: int = 0
    keeps: bool = False
    undo: int = 0


class Reloadable(Protocol):
    """A session, as far as a reload knows it."""

    id: str

    def reload(self, request: ReloadRequest, done: Done) -> None:
        """Reloads between two turns, on any thread, and calls `done` with the report; None: it wasn't concerned."""


class Reloader:
    """Reads what changed, once, and hands it to the sessions; tells of the outcome through `on_report`.

    Invariant: `_latest` has the newest good version of every file that changed since the start, so that a session that
    could not take one yet (its reload failed, another file of the save didn't parse) takes it with the next. What was
    undone is not in it until it is saved again.
    """

    def __init__(
        self,
        sources: Sources,
        names: Names,
        sessions: Callable[[], Iterable[Reloadable]],
        on_report: Callable[[ReloadReport], None],
        clock: Clock,
        *,
        cascade: bool,
        strict: bool,
        unloads: bool,
        keeps: bool = False,
    ) -> None:
        self._sources = sources
        self._names = names
        self._sessions = sessions
        self._on_report = on_report
        self._clock = clock
        self._cascade, self._strict, self._unloads = cascade, strict, unloads
        self._lock = threading.Lock()
        self._latest: dict[str, int] = {}
        self._held: dict[str, int] = {}
        self._broken: dict[str, bytes | None] = {}
        self._steps = Steps(is_kept=keeps)

    def reload(
        self, keys: Iterable[str], *, began_s: float | None = None, relinked: bool = False, again: bool | None = None
    ) -> Run:
        """Begins a reload of what changed among `keys`; answers the run, which may be waited for.

        `relinked` tells that links or folders may have changed: a name may mean another file than before. `again`:
        files whose reload was undone are taken though their content is no news; by default where `keys` are those of
        saves.

        A file that doesn't parse stops the whole save before any session is touched; its other files wait for it.
        One that never did was loaded by nobody, and stops no other.
        """
        began = self._clock.now() if began_s is None else began_s
        wanted = set(keys)
        with self._lock:
            away = wanted & self._steps.away if (not relinked if again is None else again) else ()
            relinked = relinked and self._names.have_moved()
            found = self._sources.refresh(sorted(wanted | self._broken.keys()), away)
            self._steps.away.difference_update(found.changed)
            number = self._steps.next_number()
            run = Run(self._clock, began, self._on_report, found.gone, partial(self._note, number))
            errors = [error for error in found.errors if error.file in wanted and self._is_new(error)]
            is_stopped = any(self._sources.was_good(error.file) for error in errors if error.file)
            self._broken = {error.file: self._sources.broken(error.file) for error in found.errors if error.file}
            self._hold(found.changed)
            if is_stopped or (errors and not found.changed):
                run.fail(tuple(found.changed), errors)
                return run
            only = self._release(found)
            request = self._request(number, only, found.gone, _codes_of(found.changed, only), relinked=relinked)
        if only or request.missing or relinked:
            run.start(list(self._sessions()), request)
        else:
            run.end_unconcerned()
        return run

    def undo(self) -> Run:
        """Begins to undo the last reload that was applied; answers the run. Raises NothingToUndo."""
        with self._lock:
            step = self._steps.take()
            taken = {key: self._latest.pop(key) for key in step.modules if key in self._latest}
            request = self._request(self._steps.next_number(), frozenset(step.modules), [], {}, relinked=False)
        run = Run(self._clock, self._clock.now(), partial(self._tell_undone, step, taken))
        run.start(list(self._sessions()), replace(request, versions={}, keeps=False, undo=step.number))
        return run

    def _note(self, number: int, report: SessionReport) -> None:
        with self._lock:
            self._steps.note(number, report)

    def _tell_undone(self, step: Step, taken: dict[str, int], report: ReloadReport) -> None:
        with self._lock:
            if self._steps.note_undone(step, report):
                self._latest = {**taken, **self._latest}
        self._on_report(report)

    def _is_new(self, error: LuaError) -> bool:
        """Tells whether a file's mistake is not the one that it had at the last look."""
        if not error.file or error.file not in self._broken:
            return True
        return self._broken[error.file] != self._sources.broken(error.file)

    def _hold(self, changed: dict[str, Source]) -> None:
        """Notes what has changed; of a file that is kept out from now on, no earlier version is news any more."""
        for key, source in changed.items():
            if source.no_reload:
                self._held.pop(key, None)
                self._latest.pop(key, None)
            else:
                self._held[key] = source.version

    def _release(self, found: Refresh) -> frozenset[str]:
        """Lets what changed go; what waits for a file that doesn't parse goes along when that does."""
        going = [key for key in self._held if key in found.changed or not self._broken]
        self._latest.update({key: self._held.pop(key) for key in going})
        return frozenset(going)

    def _request(
        self, number: int, only: frozenset[str], gone: list[str], codes: dict[str, bytes], *, relinked: bool
    ) -> ReloadRequest:
        return ReloadRequest(
            versions=dict(self._latest),
            only=only,
            gone=tuple(gone) if self._unloads else (),
            missing=tuple(gone),
            relinked=relinked,
            cascade=self._cascade,
            strict=self._strict,
            codes=codes,
            number=number,
            keeps=self._steps.is_kept,
        )


def _codes_of(changed: dict[str, Source], keys: frozenset[str]) -> dict[str, bytes]:
    codes = {key: source.code for key, source in changed.items() if key in keys}
    return codes if sum(map(len, codes.values())) <= MOST_CODE_BYTES else {}


class Run:
    """One reload under way in many sessions. The last session that is done tells of the outcome."""

    def __init__(
        self,
        clock: Clock,
        began_s: float,
        on_report: Callable[[ReloadReport], None],
        gone: Iterable[str] = (),
        on_session: Callable[[SessionReport], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._began_s = began_s
        self._on_report = on_report
        self._on_session = on_session
        self._gone = tuple(gone)
        self._lock = threading.Lock()
        self._left: set[str] = set()
        self._reports: list[SessionReport] = []
        self._finished = threading.Event()
        self._report: ReloadReport | None = None
        self._only: frozenset[str] = frozenset()
        self._is_undo = False

    def start(self, sessions: list[Reloadable], request: ReloadRequest) -> None:
        """Asks every session to reload."""
        self._only, self._is_undo = request.only, request.undo > 0
        self._left = {session.id for session in sessions}
        if not sessions:
            self.end_unconcerned()
        for session in sessions:
            session.reload(request, self._done_by(session.id))

    def fail(self, modules: tuple[str, ...], errors: Iterable[LuaError]) -> None:
        """Ends the run before any session was touched."""
        files = tuple(error.file for error in errors if error.file)
        self._end(ReloadReport((*modules, *files), (), self._ms(), tuple(errors), self._gone))

    def end_unconcerned(self) -> None:
        """Ends a run that concerns no session; there is a report only if files are gone."""
        self._end(ReloadReport((), (), self._ms(), (), self._gone) if self._gone else None)

    def wait(self, timeout_s: float | None) -> ReloadReport | None:
        """Waits for the outcome; None if nothing was concerned. Sessions still busy then are in `busy`."""
        if not self._finished.wait(timeout_s):
            with self._lock:
                return self._summary()
        return self._report

    def _done_by(self, session_id: str) -> Done:
        def done(report: SessionReport | None) -> None:
            if report is not None:
                self._on_session(report)
            with self._lock:
                if report is not None:
                    self._reports.append(report)
                self._left.discard(session_id)
                if self._left:
                    return
                summary = self._summary()
            self._end(summary if self._reports or self._gone else None)

        return done

    def _summary(self) -> ReloadReport:
        reports = sorted(self._reports, key=lambda report: int(report.id))
        modules = dict.fromkeys(key for report in reports for key in (report.modules or sorted(self._only)))
        errors: dict[str, LuaHostError] = {}
        for report in reports:
            if report.error is not None:
                errors.setdefault(str(report.error), report.error)
        return ReloadReport(
            tuple(modules),
            tuple(reports),
            self._ms(),
            tuple(errors.values()),
            self._gone,
            tuple(sorted(self._left)),
            self._is_undo,
        )

    def _ms(self) -> float:
        return (self._clock.now() - self._began_s) * 1000

    def _end(self, report: ReloadReport | None) -> None:
        self._report = report
        if report is not None:
            self._on_report(report)
        self._finished.set()
