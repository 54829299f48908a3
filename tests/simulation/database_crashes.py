"""kill -9 of PostgreSQL while a host saves into it: the host goes on by itself, and no acknowledged save is lost.

    python -m tests.simulation.database_crashes --kills 50

The server is a cluster of its own. Each acknowledged save has a revision; one that was lost would be given out again.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import psycopg

from luahost import Host, LuaHostError, Settings
from tests.waiting import DEADLINE_S, wait_for

MAIN = "app = session:restore() or { n = 0 } session:createAppVariable(app)"


def server_programs() -> Path | None:
    """Returns the folder of the server's programs; None where PostgreSQL isn't installed."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


class Cluster:
    """A PostgreSQL server of our own, which can be killed and started again."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._programs, self._data = programs, folder / "data"
        self._user = "postgres" if os.getuid() == 0 else None  # the server refuses to run as root
        if self._user is not None:
            shutil.chown(folder, self._user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "postgres").check_returncode()
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Starts the server, and returns when it answers: what is left of the former one may take a moment to go."""
        wait_for(self._is_up, "the server's start")

    def kill(self) -> None:
        """Kills every process of the server at once."""
        if self._server is None:
            return
        for pid in [self._server.pid, *_children(self._server.pid)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._server.wait()
        self._server = None

    def _is_up(self) -> bool:
        """Returns whether the server answers; one that ended, as what is left of the former was in its way, is
        started again.
        """
        if self._server is None or self._server.poll() is not None:
            arguments = ["-D", str(self._data), "-p", str(self._port), "-k", str(self._data), "-h", "127.0.0.1"]
            self._server = subprocess.Popen(
                [str(self._programs / "postgres"), *arguments],
                user=self._user,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            return False
        try:
            psycopg.connect(self.url, connect_timeout=1).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([str(self._programs / program), *arguments], user=self._user, capture_output=True)


def _children(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in told.split()]


class Saver(threading.Thread):
    """Changes and saves a session, again and again, whatever the database does."""

    def __init__(self, host: Host) -> None:
        super().__init__(daemon=True)
        self._session = host.create_session()
        self.revisions: list[int] = []
        self.is_over = False
        host.on("session_saved", lambda saved: self.revisions.append(saved.rev))

    def run(self) -> None:
        while not self.is_over:
            self._session.execute("app.n = app.n + 1")
            try:
                self._session.save()
            except LuaHostError:
                continue  # not saved yet: it is tried again


def run(kills: int, seed: int, folder: Path, programs: Path) -> tuple[int, list[str]]:
    """Returns how many saves were acknowledged, and what went wrong."""
    chance, cluster = random.Random(seed), Cluster(folder, programs)
    cluster.start()
    (folder / "site" / "lua").mkdir(parents=True)
    (folder / "site" / "lua" / "main.lua").write_text(MAIN)
    settings = Settings(site=str(folder / "site"), store=cluster.url, wait_s=30.0)
    with Host(settings=settings, watch=False) as host:
        saver = Saver(host)
        saver.start()
        for _ in range(kills):
            _wait_for(saver, len(saver.revisions) + chance.randint(1, 60))
            cluster.kill()
            cluster.start()
        _wait_for(saver, len(saver.revisions) + 5)
        saver.is_over = True
        saver.join(DEADLINE_S)
    cluster.kill()
    pairs = zip(saver.revisions, saver.revisions[1:], strict=False)
    faults = [f"revision {later} was acknowledged after {earlier}" for earlier, later in pairs if later <= earlier]
    return len(saver.revisions), faults


def _wait_for(saver: Saver, count: int) -> None:
    wait_for(lambda: len(saver.revisions) >= count, "the host's next save")


def main() -> int:
    """Runs as the arguments say; returns 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments = parser.parse_args()
    programs = server_programs()
    if programs is None:
        print("no PostgreSQL server is installed here")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        count, faults = run(arguments.kills, arguments.seed, Path(folder), programs)
    print(f"{arguments.kills} kills of the server, {count} saves acknowledged: {len(faults)} faults")
    print("\n".join(faults[:20]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
