"""A host for tests: files are saved in memory, time passes when it is told to, and nothing is watched or stored."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import msgspec

from luahost.errors import LuaError, LuaHostError, ModuleNotFound, SessionBusy, TimeOver
from luahost.host import Host
from luahost.loading.site import Site
from luahost.loading.source import readable_text
from luahost.loading.sources import Sources
from luahost.news import GuestError, LogLine
from luahost.reload.report import ReloadReport
from luahost.session import Session
from luahost.settings import Settings
from luahost.testing.coverage import Coverage
from luahost.testing.fake_clock import FakeClock
from luahost.testing.overlay import OverlaidFile, OverlaidSite, Overlay
from luahost.testing.rooms import add_coverage
from luahost.vm.compiler import Compiler

__all__ = ["StagedHost"]

SLOWER = 10.0
"""How many times longer a turn may take whose lines are counted."""

TURNS = 12
"""A test as a whole may take as many times the limit of one turn."""

OnOpening = Callable[[Session], None]


class StagedHost(Host):
    """Obeys `Host`; what a test saves by `edit` or `reload(files)` lies over the site's files until the host is left.

    Time stands still but for `advance`. `errors` are those that no caller got: of timers, hooks, watchers. What
    sessions print goes to standard output, what they log to standard error.
    """

    def __init__(
        self,
        site: str | os.PathLike[str] | None = None,
        *,
        settings: Settings | None = None,
        on_opening: OnOpening | None = None,
        coverage: Coverage | None = None,
    ) -> None:
        """Opens the site, without the store that its settings name; `on_opening` sees each session before its code.

        `coverage` takes which lines ran; turns may take longer then.
        """
        self._overlay = Overlay()
        self._time = FakeClock()
        given = settings or Settings(site=os.fspath(site) if site is not None else ".")
        self._coverage = coverage
        super().__init__(site, settings=_staged(given, SLOWER if coverage else 1.0), clock=self._time)
        self.errors: list[LuaHostError] = []
        self.on("lua_error", self._note)
        self.on("log", _show)
        if coverage is not None:
            self.on("session_opening", lambda session: add_coverage(session, self.settings.vm))
        if on_opening is not None:
            self.on("session_opening", on_opening)

    def __enter__(self) -> StagedHost:
        """Starts the threads."""
        super().__enter__()
        return self

    def close(self) -> None:
        """Takes what was counted, and closes everything. Twice is nothing."""
        if self._coverage is not None:
            for session in self.sessions:
                self._coverage.take(session, self)
        super().close()

    @property
    def limit_s(self) -> float:
        """How long a test as a whole may take, in real seconds; 0: for ever."""
        return self.settings.time_limit_s * TURNS

    @property
    def sources(self) -> Sources:
        """The versions of the site's files, as the sessions have them."""
        return self._services.sources

    @property
    def edited(self) -> dict[str, bytes]:
        """The texts that lie over the site's files, by tracking key."""
        return self._overlay.texts()

    def edit(self, files: Mapping[str, str | bytes | None]) -> None:
        """Saves texts over the site's files, which stay as they are; None deletes one.

        Raises LuaHostError for a path that is no Lua file of the site. Sessions take it with the next `reload`.
        """
        edits = {self._key_of(path): text for path, text in files.items()}
        for key, text in edits.items():
            self._overlay.put(key, text.encode() if isinstance(text, str) else text)

    def reload(self, files: Mapping[str, str | bytes | None] | None = None) -> ReloadReport | None:
        """Saves `files`, if any, then does what `Host.reload` does."""
        self.edit(files or {})
        return super().reload()

    def text(self, path: str) -> bytes:
        """Returns the text of a file of the site as the sessions see it; raises ModuleNotFound."""
        key = self._key_of(path)
        if self._overlay.covers(key):
            covering = self._overlay.text(key)
            if covering is None:
                raise ModuleNotFound(f"'{key}' is gone: a test has deleted it")
            return covering
        return _read(self.site.path(key), key)

    def advance(self, seconds: float, *, within_s: float | None = None) -> None:
        """Lets time pass: timers that become due fire, each at its moment and in a turn of its own.

        Raises TimeOver if they are not through after `within_s` of real time, `limit_s` if that is None.
        """
        deadline = _deadline(self.limit_s if within_s is None else within_s)
        until_s, schedule = self._time.now() + seconds, self._services.schedule
        while (due_s := schedule.next_s()) is not None and due_s <= until_s:
            self._time.advance(max(0.0, due_s - self._time.now()))
            schedule.fire()
            self._wait_for_turns()
            if time.monotonic() > deadline:
                raise TimeOver(f"the timers of {seconds:g} s take too long; does one start itself again?")
        self._time.advance(max(0.0, until_s - self._time.now()))

    def _wait_for_turns(self) -> None:
        """Waits until what was posted to the sessions is done."""
        for session in self.sessions:
            done = threading.Event()
            session.post(done.set)
            limit_s = self.settings.time_limit_s + self.settings.wait_s
            if not done.wait(limit_s * 2 or None):
                raise SessionBusy("time can't pass in a turn of the session: call advance outside of `run`")

    def _key_of(self, path: str) -> str:
        """Returns the tracking key of a Lua file that is there, or might be."""
        if not path.endswith(".lua"):
            raise LuaError(f"'{path}' is no Lua file of the site; name one like 'apps/x/app.lua'")
        try:
            return self.site.locate(path if "/" in path else f"./{path}")
        except ModuleNotFound as error:
            if "no such file" not in str(error):
                raise
            return os.path.normpath(path)

    def _open_site(self) -> Site:
        return OverlaidSite(self.settings.site, self.settings.roots, self._overlay)

    def _new_sources(self, site: Site) -> Sources:
        new_file = partial(OverlaidFile, overlay=self._overlay)
        return Sources(site, Compiler(self.settings.vm).compile, new_file=new_file)

    def _start_schedule(self) -> None:
        """Leaves it to `advance` to fire timers."""

    def _note(self, raised: GuestError) -> None:
        self.errors.append(raised.error)


def _show(line: LogLine) -> None:
    if line.level == "print":
        print(line.message)
    else:
        place = f"{line.file}:{line.line}: " if line.file else ""
        print(f"{line.level}: {place}{line.message}", file=sys.stderr)


def _read(path: Path, key: str) -> bytes:
    try:
        return readable_text(path.read_bytes(), key)
    except OSError as error:
        raise ModuleNotFound(f"'{key}' can't be read: {error.strerror}") from error


def _staged(settings: Settings, slower: float) -> Settings:
    return msgspec.structs.replace(
        settings,
        store="",
        watch=False,
        time_limit_s=settings.time_limit_s * slower,
        load_time_limit_s=settings.load_time_limit_s * slower,
    )


def _deadline(within_s: float) -> float:
    return time.monotonic() + within_s if within_s else float("inf")
