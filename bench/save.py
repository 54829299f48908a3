"""From a save to migrated objects: real files, the watcher on, three ways in which editors save."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench import sites
from bench.measure import Effort, spread
from bench.report import Row
from luahost import Host, Session

BOUND_MS = 15.0
PATIENCE_S = 2.0
APART_S = 0.15
"""Saves of a person: further apart than the time within which the host gathers them."""


def run(effort: Effort) -> list[Row]:
    """Returns the row of all saves; how many were lost stands in its note."""
    with sites.site(thing=sites.migrating_module(0), main='require("thing")') as folder, Host(folder) as host:
        session = host.create_session()
        session.execute(sites.making(100))
        taken = _save_all(host, session, folder / "lua" / "thing.lua", effort.rounds(51, 9))
    found = [ms for ms in taken if ms is not None]
    note = f"{len(taken)} saves, {len(taken) - len(found)} lost"
    return [
        Row("save → objects migrated", "–", f"{len(found)} of {len(taken)}", spread(found), "ms", BOUND_MS, note=note)
    ]


def _save_all(host: Host, session: Session, file: Path, saves: int) -> list[float | None]:
    applied = threading.Event()
    host.on("reload_applied", lambda _report: applied.set())
    ways = [_in_place, _replace, _replace_with_backup]
    return [_save(session, file, version, ways[version % 3], applied) for version in range(1, saves + 1)]


def _save(
    session: Session, file: Path, version: int, write: Callable[[Path, str], None], applied: threading.Event
) -> float | None:
    """Returns the milliseconds from the begin of the save to migrated objects; None if it was lost."""
    time.sleep(APART_S)
    applied.clear()
    began = time.perf_counter()
    write(file, sites.migrating_module(version))
    applied.wait(PATIENCE_S)
    taken_ms = (time.perf_counter() - began) * 1000
    return taken_ms if session.eval("return things[1].seen") == version else None


def _in_place(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def _replace(file: Path, text: str) -> None:
    temporary = file.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, file)


def _replace_with_backup(file: Path, text: str) -> None:
    os.replace(file, file.with_name(file.name + "~"))
    file.write_text(text, encoding="utf-8")
