"""Files: the site's folders, whether they can be written, and whether a save in them is noticed."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from luahost.errors import SiteError, WatchError
from luahost.loading.roots import ADVICE as ROOT_ADVICE
from luahost.loading.roots import root_trouble
from luahost.loading.site import Site
from luahost.reload.polling_watcher import PollingWatcher
from luahost.reload.watchdog_watcher import WatchdogWatcher
from luahost.reload.watcher import Watcher
from luahost.settings import Settings

from .finding import Finding

__all__ = ["check_files", "check_inotify", "unwritable"]

SECTION = "Files"
OWN_FOLDER = ".luahost"
"""What luahost itself writes into a site."""
PATIENCE_S = 3.0
FEW_WATCHES, FEW_INSTANCES = 8192, 64
INOTIFY = Path("/proc/sys/fs/inotify")

POLL_ADVICE = "look at the files instead: luahost run --poll, or poll_s = 0.5 in luahost.toml"


def check_files(settings: Settings) -> Iterator[Finding]:
    """Yields what is the matter with the site's folder, and whether file events arrive there."""
    try:
        root = Site(settings.site, settings.roots).root
    except SiteError as error:
        yield Finding(SECTION, "site", "wrong", str(error))
        return
    yield Finding(SECTION, "site", "ok", f"the site is {root}")
    yield _main(root)
    yield from _roots(settings)
    problem = unwritable(root)
    yield _writable(problem)
    if (root / OWN_FOLDER).exists():
        yield _own_folder(unwritable(root / OWN_FOLDER))
    yield _events(settings, root if not problem else None)
    yield from check_inotify()


def check_inotify(folder: Path = INOTIFY) -> Iterator[Finding]:
    """Yields the limits of file events on Linux, read from `folder`; nothing on other systems."""
    for name, few in (("max_user_watches", FEW_WATCHES), ("max_user_instances", FEW_INSTANCES)):
        try:
            limit = int((folder / name).read_text())
        except (OSError, ValueError):
            continue
        text = f"{limit} {'watched folders' if name == 'max_user_watches' else 'watchers'} a user ({name})"
        if limit >= few:
            yield Finding(SECTION, f"inotify.{name}", "ok", text)
        else:
            advice = f"raise it: sudo sysctl fs.inotify.{name}={few * 8}"
            yield Finding(SECTION, f"inotify.{name}", "warning", f"only {text}", advice)


def _main(root: Path) -> Finding:
    if (root / "lua" / "main.lua").is_file():
        return Finding(SECTION, "main", "ok", "lua/main.lua is there")
    advice = "write lua/main.lua; it runs first in every session"
    return Finding(SECTION, "main", "warning", "lua/main.lua is not there: sessions start empty", advice)


def unwritable(folder: Path) -> str:
    """Returns why no file can be made in a folder, by trying; nothing if it can."""
    try:
        with tempfile.TemporaryFile(prefix=".luahost-doctor-", dir=folder) as file:
            file.write(b"written")
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _roots(settings: Settings) -> Iterator[Finding]:
    for root in settings.roots:
        trouble = root_trouble(root)
        if trouble:
            yield Finding(SECTION, "root", "wrong", f"{root}, of `roots`, {trouble}", ROOT_ADVICE)
        else:
            yield Finding(SECTION, "root", "ok", f"modules may come from {os.path.realpath(root)}")


def _writable(problem: str) -> Finding:
    if not problem:
        return Finding(SECTION, "writable", "ok", "the site can be written")
    advice = "give this user the right to write to the folder, if that is not as you want it"
    text = f"the site can't be written ({problem}): the prompt keeps no history"
    return Finding(SECTION, "writable", "warning", text, advice)


def _own_folder(problem: str) -> Finding:
    if not problem:
        return Finding(SECTION, "own", "ok", f"{OWN_FOLDER} can be written")
    text = f"{OWN_FOLDER} can't be written ({problem}): neither saved sessions nor the prompt's history go there"
    return Finding(SECTION, "own", "wrong", text, f"make room for a folder {OWN_FOLDER} that this user may write to")


def _events(settings: Settings, root: Path | None) -> Finding:
    if not settings.watch:
        return Finding(SECTION, "events", "note", "saves are not watched (setting watch)")
    way = f"found by looking every {settings.poll_s:g} s" if settings.poll_s else "told by the system"
    try:
        seconds = _seconds_to_event(PollingWatcher(settings.poll_s) if settings.poll_s else WatchdogWatcher(), root)
    except WatchError as error:
        return Finding(SECTION, "events", "wrong", str(error), POLL_ADVICE)
    except OSError as error:
        text = f"file events could not be tried: {error.strerror or error}"
        return Finding(SECTION, "events", "warning", text, "make room for temporary files, and look again")
    if seconds is None:
        text = f"a file was written, and within {PATIENCE_S:g} s no event came ({sys.platform})"
        return Finding(SECTION, "events", "wrong", text, POLL_ADVICE)
    return Finding(SECTION, "events", "ok", f"a save is {way} (took {seconds:.2f} s)")


def _seconds_to_event(watcher: Watcher, root: Path | None) -> float | None:
    """Returns how long the event of a file written below `root` took to come, None if it did not."""
    arrived = threading.Event()
    with tempfile.TemporaryDirectory(prefix=".luahost-doctor-", dir=root) as folder:
        try:
            watcher.start(lambda change: arrived.set())
            watcher.watch(folder, recursive=True)
            began_s = time.monotonic()
            (Path(folder) / "written.lua").write_text("return 1\n")
            return time.monotonic() - began_s if arrived.wait(PATIENCE_S) else None
        finally:
            watcher.close()
