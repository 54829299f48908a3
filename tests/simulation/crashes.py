"""kill -9 at random moments: what was acknowledged is there afterwards, and nothing is torn.

    python -m tests.simulation.crashes --kills 500 --store sqlite:PATH

Each life is a process of its own that brings its sessions back, checks them, then counts them up and saves them in
random order, telling of each step. It is killed at a moment chosen by the seed; the next life checks what it finds.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from luahost import Host, Settings

MAIN = """
Half = session:prototype("Half", { n = 0, text = "" })
app = session:restore() or { left = Half:new{}, right = Half:new{} }
session:createAppVariable(app)
"""

STEP = """
app.left.n, app.right.n = app.left.n + 1, app.right.n + 1
app.left.text = ("x"):rep(app.left.n % 50 * 40)
app.right.text = app.left.text
return app.left.n
"""

STATE = "return app.left.n, app.right.n, app.left.text == app.right.text and #app.left.text == app.left.n % 50 * 40"

SESSIONS = 4
LONGEST_LIFE_S = 0.25


@dataclass
class Oracle:
    """What may be found of each session: at least what was acknowledged, at most what was begun."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    begun: dict[str, int] = field(default_factory=dict)
    kills: int = 0
    faults: list[str] = field(default_factory=list)

    def hear(self, line: str) -> None:
        """Takes a line that a life has told."""
        what, key, *rest = line.split()
        if what == "begins":
            self.begun[key] = int(rest[0])
        elif what == "saved":
            self.acknowledged[key] = int(rest[0])
        elif what == "fault":
            self.faults.append(line)
        elif what == "found":
            self._check(key, int(rest[0]), int(rest[1]), rest[2] == "True")

    def _check(self, key: str, left: int, right: int, is_whole: bool) -> None:
        if left != right or not is_whole:
            self.faults.append(f"session {key} is torn: {left} and {right}")
        if left < self.acknowledged.get(key, 0):
            self.faults.append(f"session {key} was acknowledged at {self.acknowledged[key]}, and is at {left}")
        if left > self.begun.get(key, 0):
            self.faults.append(f"session {key} was never at {left}")
        self.begun[key] = left


def live(site: Path, store: str, keys: list[str], seed: int, out: int) -> None:
    """Lives until it is killed: tells what it finds, then counts up and saves."""

    def tell(*words: object) -> None:
        os.write(out, (" ".join(map(str, words)) + "\n").encode())

    chance = random.Random(seed)
    settings = Settings(site=str(site), store=store, autosave_s=(0.01, 0.05), wait_s=30)
    with Host(settings=settings, watch=False) as host:
        sessions = [host.create_session(key) for key in keys]
        for session in sessions:
            tell("found", session.key, *session.eval(STATE))
        tell("ready", "-")
        while True:
            session = chance.choice(sessions)
            tell("begins", session.key, session.eval("return app.left.n + 1"))
            n = session.eval(STEP)
            if chance.random() < 0.5:
                session.save()
                tell("saved", session.key, n)


def one_life(site: Path, store: str, keys: list[str], oracle: Oracle, seed: int) -> None:
    """Lets a life begin, and kills it at a moment that the seed says."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            live(site, store, keys, seed, write)
        except BaseException as error:
            os.write(write, f"fault - {type(error).__name__}: {error}\n".replace("\n", " ").encode() + b"\n")
        os._exit(1)
    os.close(write)
    told = _listen(read, random.Random(seed).uniform(0, LONGEST_LIFE_S))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    told += _rest(read)
    os.close(read)
    oracle.kills += 1
    for line in told.decode().split("\n")[:-1]:
        oracle.hear(line)


def _listen(read: int, seconds: float) -> bytes:
    """Returns what is told until so long after the life is ready."""
    told, ends_s, is_ready = b"", time.monotonic() + 30, False
    while time.monotonic() < ends_s:
        if select.select([read], [], [], max(0.0, ends_s - time.monotonic()))[0]:
            more = os.read(read, 65536)
            if not more:
                break
            told += more
        if not is_ready and b"ready" in told:
            is_ready, ends_s = True, time.monotonic() + seconds
    return told


def _rest(read: int) -> bytes:
    told = b""
    while more := os.read(read, 65536):
        told += more
    return told


def run(store: str, kills: int, seed: int, folder: Path) -> Oracle:
    """Returns what came of so many lives on a store."""
    (folder / "lua").mkdir(parents=True, exist_ok=True)
    (folder / "lua" / "main.lua").write_text(MAIN)
    keys = [f"{random.Random(seed + at).getrandbits(128):032x}" for at in range(SESSIONS)]
    oracle = Oracle()
    for life in range(kills):
        one_life(folder, store, keys, oracle, seed * 100_003 + life)
    return oracle


def main() -> int:
    """Runs as the arguments say; returns 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--store", default="sqlite:crashes.db")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        oracle = run(arguments.store, arguments.kills, arguments.seed, Path(folder))
    saved = sum(oracle.acknowledged.values())
    print(f"{oracle.kills} kills, seed {arguments.seed}, {saved} steps acknowledged: {len(oracle.faults)} faults")
    print("\n".join(oracle.faults[:20]))
    return 1 if oracle.faults else 0


if __name__ == "__main__":
    sys.exit(main())
