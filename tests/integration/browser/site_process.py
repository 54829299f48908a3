"""The repository's site, copied, and served by a process that tests may kill and start again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.waiting import wait_for

ROOT = Path(__file__).parents[3]
DEADLINE_S = 20.0


class SiteProcess:
    """A site at a port that stays the same, and its server."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        for folder in ("lua", "apps", "viewdefs"):
            shutil.copytree(ROOT / folder, root / folder)

    @property
    def url(self) -> str:
        """Returns where pages begin."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Starts the server, and waits until it answers."""
        command = [sys.executable, "-P", "-m", "luahost", "serve", str(self.root)]
        with open(self.root / "server.log", "ab") as log:
            environment = {**os.environ, "LUAHOST_PORT": str(self.port)}
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        process = self._process
        wait_for(lambda: self._answers() or process.poll() is not None, "the server's answer", timeout_s=DEADLINE_S)
        assert process.poll() is None, (self.root / "server.log").read_text()

    def kill(self) -> None:
        """Ends the server at once, as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def edit(self, relative: str, old: str, new: str) -> None:
        """Saves a file with a text in place of one that stands in it once."""
        path = self.root / relative
        source = path.read_text(encoding="utf-8")
        assert source.count(old) == 1, f"{relative} has {source.count(old)} times: {old}"
        path.write_text(source.replace(old, new), encoding="utf-8")

    def write(self, relative: str, text: str) -> None:
        """Saves a new file."""
        path = self.root / relative
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def read(self, relative: str) -> str:
        """Returns the text of a file."""
        return (self.root / relative).read_text(encoding="utf-8")

    def delete(self, relative: str) -> None:
        """Deletes a file."""
        (self.root / relative).unlink()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}health", timeout=1.0) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def free_port() -> int:
    """Returns a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
