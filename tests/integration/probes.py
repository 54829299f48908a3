"""Probes: Python text that may take its process down, each in a process of its own.

A single-threaded parent imports luahost once and forks for each probe, which is quick. A probe that hangs is ended by
its alarm; one that dies answers how.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import structlog

DEADLINE_S = 30


class Probes:
    """The parent of the probes, from the test's side."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, text: str, site: Path, first: str = "", **settings: Any) -> list[str]:
        """Returns the lines that `first` and `text` print; they find `host`, `session`, `failing` and what luahost has.

        Fails if the process that ran it died.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"text": first + textwrap.dedent(text), "site": str(site), "settings": settings}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["code"] == 0, f"the process ended with {answer['code']}:\n{answer['out']}"
        return str(answer["out"]).splitlines()

    def close(self) -> None:
        """Ends the parent."""
        self._process.communicate()


def failing(call: Any, *args: object) -> str:
    """Returns the class of the error that a call raises, and its first line."""
    try:
        return f"no error: {call(*args)!r}"
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]


def _child(asked: dict[str, Any], write: int) -> None:
    import luahost
    import luahost.strikes

    # Probes meet the limits on purpose, many times in a row.
    luahost.strikes.MOST_STRIKES = 1_000_000

    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    os.dup2(write, 1)
    os.dup2(write, 2)
    signal.alarm(DEADLINE_S)
    settings = luahost.Settings(site=asked["site"], **asked["settings"])
    with luahost.Host(watch=False, settings=settings) as host:
        names = {**vars(luahost), "host": host, "session": host.create_session(), "failing": failing}
        exec(compile(asked["text"], "<probe>", "exec"), names)
    sys.stdout.flush()
    os._exit(0)


def _run(asked: dict[str, Any]) -> dict[str, Any]:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _child(asked, write)
        finally:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
            os._exit(1)
    os.close(write)
    with os.fdopen(read, errors="replace") as pipe:
        out = pipe.read()
    return {"code": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "out": out}


def _main() -> None:
    import luahost  # noqa: F401

    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)


if __name__ == "__main__":
    _main()
