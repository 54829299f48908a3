"""A site with a running host and session, and saves that reach them."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from luahost import Host, ReloadReport, Session, Settings
from luahost.clock import Clock
from tests.site_files import write_files

DEADLINE_S = 20.0


class LiveSite:
    """One host on a folder, with one session. `save` brings files to it: through the watcher, or by `host.reload()`.

    A text that is None deletes the file.
    """

    def __init__(
        self, root: Path, settings: Settings, *, is_watched: bool, clock: Clock | None = None, undo: bool = False
    ) -> None:
        self.root = root
        self.is_watched = is_watched
        self.host = Host(root, watch=is_watched, settings=settings, clock=clock, undo=undo)
        self.host.__enter__()
        self._told: queue.Queue[ReloadReport] = queue.Queue()
        self.host.on("reload_applied", self._told.put)
        self.host.on("reload_failed", self._told.put)
        self.session: Session = self.host.create_session()

    def write(self, files: Mapping[str, str | None]) -> None:
        """Writes files and leaves the reload to somebody else."""
        write_files(self.root, files)

    def save(self, files: Mapping[str, str | None]) -> ReloadReport:
        """Saves files as one batch; returns the report of the reload."""
        report = self.attempt(files)
        assert report is not None, "the save concerned nobody"
        return report

    def save_well(self, files: Mapping[str, str | None]) -> ReloadReport:
        """Saves files as one batch, which is to be applied."""
        report = self.save(files)
        assert report.ok, report.errors
        return report

    def attempt(self, files: Mapping[str, str | None]) -> ReloadReport | None:
        """Saves files as one batch; returns the report of the reload, None where it can tell that there was none."""
        if not self.is_watched:
            self.write(files)
            return self.host.reload()
        if len(files) == 1:
            self.write(files)
        else:
            self._write_at_once(files)
        return self.next_report()

    def next_report(self) -> ReloadReport:
        """Waits for the next report that the host tells of."""
        return self._told.get(timeout=DEADLINE_S)

    def eval(self, code: str) -> Any:
        """Returns what a chunk answers in the session."""
        return self.session.eval(code)

    def require(self, name: str) -> None:
        """Loads a module into the session."""
        self.session.require(name)

    def close(self) -> None:
        """Leaves the host."""
        self.host.__exit__(None, None, None)

    def _write_at_once(self, files: Mapping[str, str | None]) -> None:
        """Prepares the texts beside the watched folders, so that all files change within a moment."""
        prepared = self.root / "prepared"
        prepared.mkdir(exist_ok=True)
        moves: list[Callable[[], object]] = []
        for number, (relative, text) in enumerate(files.items()):
            path = self.root / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                moves.append(path.unlink)
                continue
            fresh = prepared / str(number)
            fresh.write_text(text)
            moves.append(lambda fresh=fresh, path=path: os.replace(fresh, path))
        for move in moves:
            move()
