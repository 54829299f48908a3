"""A host that is stopped past its lease, and continued when another one has taken its session over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from luahost.storage.port import Acquired, Owner, Storage

HOST = """
import sys
from luahost import Host, Settings
from luahost.errors import LuaHostError
import luahost.records.keeper as keeper, luahost.records.saving as saving, luahost.records.rounds as rounds

keeper.TTL_S = saving.TTL_S = rounds.TTL_S = 0.3
rounds.RENEW_S = 0.1

def tell(*words):
    print(">", *words, flush=True)

settings = Settings(site=sys.argv[1], store="sqlite:fences.db", autosave_s=(1000.0, 1000.0))
with Host(settings=settings, watch=False) as host:
    host.on("session_lost", lambda lost: tell("lost", bool(lost.salvage)))
    session = host.create_session(sys.argv[2])
    tell("n", session.eval("return app.n"))
    for line in sys.stdin:
        try:
            if line.startswith("save"):
                session.save()
                tell("saved")
            else:
                session.execute(line)
                tell("done")
        except LuaHostError as error:
            tell(type(error).__name__)
"""

MAIN = """
app = session:restore() or { n = 0 }
session:createAppVariable(app)
"""


class StoppedHost:
    """A host in a process of its own, with one session, told what to do by lines."""

    def __init__(self, site: Path, key: str) -> None:
        (site / "lua").mkdir(exist_ok=True)
        (site / "lua" / "main.lua").write_text(MAIN)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", HOST, str(site), key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.found = self.answer()

    def do(self, line: str) -> str:
        """Returns what the host answers to a line."""
        self.say(line)
        return self.answer()

    def say(self, line: str) -> None:
        """Tells the host to do something."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        """Returns the next line that the host tells, empty at its end; what it logs is left out."""
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            if line.startswith("> "):
                return line[2:].strip()
        return ""

    def stop(self) -> None:
        """Stops the process where it is."""
        os.kill(self._process.pid, signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)

    def go_on(self) -> None:
        """Lets the process go on."""
        os.kill(self._process.pid, signal.SIGCONT)

    def end(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


def take_over(storage: Storage, key: str, owner: Owner) -> Acquired:
    """Returns the lease of a session, as soon as it may be taken over."""
    while True:
        answer = storage.acquire("sessions", key, owner, 60)
        if isinstance(answer, Acquired):
            return answer
