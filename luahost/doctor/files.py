"""Files: the site's folder, and whether a save in it is noticed."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from luahost.errors import SiteError, WatchError
from luahost.loading.site import Site
from luahost.reload.polling_watcher import PollingWatcher
from luahost.reload.watchdog_watcher import WatchdogWatcher
from luahost.reload.watcher import Watcher
from luahost.settings import Settings

from .finding import Finding

__all__ = ["check_files", "check_inotify"]

SECTION = "Files"
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
    is_writable = os.access(root, os.W_OK | os.X_OK)
    yield _writable(is_writable)
    yield _events(settings, root if is_writable else None)
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


def _writable(is_writable: bool) -> Finding:
    if is_writable:
        return Finding(SECTION, "writable", "ok", "the site can be written")
    advice = "give this user the right to write to the folder, if that is not as you want it"
    return Finding(SECTION, "writable", "warning", "the site can't be written: the prompt keeps no history", advice)


def _events(settings: Settings, root: Path | None) -> Finding:
    if not settings.watch:
        return Finding(SECTION, "events", "note", "saves are not watched (setting watch)")
    way = f"found by looking every {settings.poll_s:g} s" if settings.poll_s else "told by the system"
    try:
        seconds = _seconds_to_event(PollingWatcher(settings.poll_s) if settings.poll_s else WatchdogWatcher(), root)
    except WatchError as error:
        return Finding(SECTION, "events", "wrong", str(error), POLL_ADVICE)
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
