"""A host that is stopped at every point of heartbeat and save, past its lease, and continued after a takeover.

    python -m tests.simulation.pauses --store sqlite:PATH

The host is a process of its own. At each point it has a new session, which it changes; then it renews its leases,
saves, and stops itself at that point. A successor takes the session over, if the database lets it, and writes; then the
host goes on. Without its fence (`--unfenced`) a host writes as whoever holds the lease: it trusts what its heartbeat
found.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luahost import Host, LuaHostError, Session, Settings
from luahost.records import keeper, rounds, saving
from luahost.storage import postgres_storage, sql_storage, sqlite_storage
from luahost.storage.body import digest_of, pack_body
from luahost.storage.door import Door, Run
from luahost.storage.opening import open_storage
from luahost.storage.port import Acquired, Owner, Write
from luahost.storage.sql_storage import SqlStorage
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
MAIN = "app = session:restore() or { n = 0 } session:createAppVariable(app)"
TTL_S, PATIENCE_S, DEADLINE_S = 0.2, 0.3, 30.0
SUCCESSOR = Owner("successor")
MINE = b"of the successor"


class PausingDoor:
    """Obeys `Door`. Counts the points of what is written through it, and stops the process at one of them."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.capabilities = door.capabilities
        self.stops_at = -1
        self.passed: list[str] = []

    @contextmanager
    def writing(self, *, is_durable: bool = True) -> Iterator[Run]:
        """A transaction; a point before it, before each query in it, before its commit, and behind it."""
        self._point("begin")
        with self._door.writing(is_durable=is_durable) as run:
            yield self._counted(run)
            self._point("commit")
        self._point("done")

    def __getattr__(self, name: str) -> Any:
        """What reads, and the rest, is the inner door's."""
        return getattr(self._door, name)

    def _counted(self, run: Run) -> Run:
        def counted(name: str, /, **values: Any) -> list[tuple[Any, ...]]:
            self._point(name)
            return run(name, **values)

        return counted

    def _point(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) - 1 == self.stops_at:
            # To this thread: it would go on for a moment if another one took the signal.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def live(site: str, url: str, *, is_fenced: bool) -> None:
    """Lives as the host: a line is the point at which to stop, an empty one the end; tells of each step."""
    keeper.TTL_S = saving.TTL_S = rounds.TTL_S = TTL_S
    rounds.RENEW_S = DEADLINE_S  # heartbeats come when they are told to
    if not is_fenced:
        sql_storage._check = _trusting  # type: ignore[assignment]
    storage = open_storage(url)
    assert isinstance(storage, SqlStorage)
    storage._door = door = PausingDoor(storage._door)  # type: ignore[assignment]
    settings = Settings(site=site, autosave_s=(1000.0, 1000.0), wait_s=DEADLINE_S)
    with Host(settings=settings, watch=False, store=storage) as host:
        host.on("session_lost", lambda lost: _tell("lost"))
        for line in sys.stdin:
            _one_point(host, door, int(line))
    storage.close()


def _one_point(host: Host, door: PausingDoor, at: int) -> None:
    session = host.create_session()
    session.execute("app.n = 1")
    session.save()
    session.execute("app.n = 2")
    _tell("key", session.key)
    door.passed, door.stops_at = [], at
    is_saved = _save(host, session, 2)
    passed, door.stops_at = door.passed, -1
    # It stays open: its last save is not to come among the next one's points.
    if not (_save(host, session, 3) and is_saved):
        wait_for(lambda: session.is_closed, "the end of a session that was lost")
    _tell("end" if not session.is_closed else "dropped", *passed)


def _save(host: Host, session: Session, n: int) -> bool:
    """Renews the host's leases, changes the session and saves it; returns whether that could be."""
    try:
        host._records.rounds.renew()  # type: ignore[union-attr]
        session.execute(f"app.n = {n}")
        session.save()
    except LuaHostError as error:
        _tell(type(error).__name__)
        return False
    _tell("saved")
    return True


def _trusting(run: Run, write: Write) -> Any:
    """Lets a write pass as whoever holds the lease: what a host does that trusts the clock, and has no fence."""
    rows = run("lock_record", store=write.lease.store, key=write.lease.key, commit_id=write.commit_id)
    _, rev, _, versioned, now = rows[0] if rows else (0, 0, None, None, 0.0)
    return {"rev": rev or 0, "versioned": versioned, "now": now}


def _tell(*words: str) -> None:
    print(">", *words, flush=True)


@dataclass(frozen=True, slots=True)
class Pause:
    """What came of a pause: `name` is the point's; `is_taken` whether the session could be taken over meanwhile."""

    name: str
    is_taken: bool
    told: tuple[str, ...]
    is_overwritten: bool

    @property
    def fault(self) -> str:
        """What is wrong, empty if nothing is."""
        if not self.is_taken:
            return "" if self.told == ("saved", "saved", "end") else f"{self.name}: not saved, though nobody took over"
        if self.is_overwritten:
            return f"{self.name}: the successor was overwritten"
        is_told = self.told.count("lost") == 1 and self.told[-1] == "dropped"
        return "" if is_told else f"{self.name}: the paused host doesn't say that it lost its session: {self.told}"


class PausedHost:
    """The host's process, as its successor sees it."""

    def __init__(self, site: Path, url: str, *, is_fenced: bool) -> None:
        (site / "lua").mkdir(parents=True, exist_ok=True)
        (site / "lua" / "main.lua").write_text(MAIN)
        self._storage = open_storage(url)
        arguments = ["--site", str(site), "--store", url, *([] if is_fenced else ["--unfenced"])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.simulation.pauses", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def pause(self, at: int) -> Pause | None:
        """Returns what comes of a pause at a point; None if there are not so many."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"%d\n" % at)
        key = self._hear()[1]
        is_stopped = self._wait_for_stop()
        is_taken = is_stopped and self._take_over(key)
        os.kill(self._process.pid, signal.SIGCONT)
        told: list[str] = []
        while (words := self._hear())[0] not in ("end", "dropped"):
            told.append(words[0])
        if not is_stopped:
            return None
        record = self._storage.read("sessions", key)
        is_overwritten = is_taken and (record is None or record.head.commit_id != key)
        return Pause(f"{at} ({words[1:][at]})", is_taken, (*told, words[0]), is_overwritten)

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.communicate()
        self._storage.close()

    def _hear(self) -> list[str]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(b"> "):
                return line[2:].decode().split()
        raise AssertionError("the host has ended")

    def _wait_for_stop(self) -> bool:
        """Returns whether the process stops itself, rather than come to the end of what it was told."""
        status = Path(f"/proc/{self._process.pid}/stat")
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            state = status.read_text(encoding="ascii").rpartition(")")[2].split()[0]
            if state == "T":
                return True
            if self._has_told():
                return False
        raise AssertionError("the host neither stops nor ends")

    def _has_told(self) -> bool:
        return bool(select.select([self._process.stdout], [], [], 0.005)[0])

    def _take_over(self, key: str) -> bool:
        """Returns whether the session could be taken over, and written by its successor."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            try:
                answer = self._storage.acquire("sessions", key, SUCCESSOR, 60)
                if isinstance(answer, Acquired):
                    write = Write(answer.lease, key, body=pack_body(MINE), digest=digest_of(MINE))
                    self._storage.commit([write])
                    return True
            except LuaHostError:
                return False  # the stopped host is within its transaction, which nobody gets past
        raise AssertionError("the lease doesn't run out")


def pauses(site: Path, url: str, *, is_fenced: bool = True) -> list[Pause]:
    """Returns what comes of a pause at every point there is."""
    with _impatient():
        host, found = PausedHost(site, url, is_fenced=is_fenced), list[Pause]()
        try:
            while (pause := host.pause(len(found))) is not None:
                found.append(pause)
        finally:
            host.close()
    return found


@contextmanager
def _impatient() -> Iterator[None]:
    """Lets storages that are opened meanwhile give up soon where a stopped process is in their way."""
    before = sqlite_storage.PATIENCE_S, postgres_storage.OPTIONS
    sqlite_storage.PATIENCE_S = PATIENCE_S
    postgres_storage.OPTIONS = f"-c lock_timeout={PATIENCE_S}s"
    try:
        yield
    finally:
        sqlite_storage.PATIENCE_S, postgres_storage.OPTIONS = before


def main() -> int:
    """Runs as the arguments say; returns 1 if a paused host did what it must not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", required=True)
    parser.add_argument("--site", default="")
    parser.add_argument("--unfenced", action="store_true")
    arguments = parser.parse_args()
    if arguments.site:
        live(arguments.site, arguments.store, is_fenced=not arguments.unfenced)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        found = pauses(Path(folder), arguments.store, is_fenced=not arguments.unfenced)
    faults = [pause.fault for pause in found if pause.fault]
    for pause in found:
        print(f"  {pause.name}: {'taken over' if pause.is_taken else 'not to be had'}; {', '.join(pause.told)}")
    print(f"{len(found)} points, {sum(pause.is_taken for pause in found)} takeovers: {len(faults)} faults")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
