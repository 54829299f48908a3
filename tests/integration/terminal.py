"""A terminal with a command in it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

__all__ = ["CTRL_C", "CTRL_D", "DEADLINE_S", "LUAHOST", "UP", "Terminal"]

LUAHOST = str(Path(sys.executable).parent / "luahost")
DEADLINE_S = 10.0
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")
CTRL_C, CTRL_D, UP = "\x03", "\x04", "\x1b[A"


class Terminal:
    """A terminal with `luahost run SITE`, or another command, in it."""

    def __init__(self, *arguments: str | Path, columns: int = 100, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 30, columns, 0, 0))
        plain = {key: value for key, value in os.environ.items() if not key.startswith("LUAHOST_")}
        plain |= {"TERM": "xterm", "COLUMNS": str(columns), "PROMPT_TOOLKIT_NO_CPR": "1"}
        command = [LUAHOST, *map(str, arguments if len(arguments) > 1 else ("run", *arguments))]
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**plain, **environment},
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(theirs)
        self._raw = ""

    @property
    def text(self) -> str:
        """What was shown so far, without escape codes."""
        return ESCAPES.sub("", self._raw).replace("\r", "")

    def type(self, keys: str, shows: str) -> None:
        """Types, and waits until `shows` has come."""
        already = len(self.text)
        os.write(self._ours, keys.encode())
        self.wait_for(shows, already)

    def wait_for(self, text: str, start: int = 0) -> None:
        """Waits until `text` has been shown."""
        end = time.monotonic() + DEADLINE_S
        while text not in self.text[start:]:
            ready, _, _ = select.select([self._ours], [], [], max(0.0, end - time.monotonic()))
            assert ready, self.text
            self._raw += os.read(self._ours, 65536).decode(errors="replace")

    def close(self) -> None:
        """Ends the process."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(DEADLINE_S)
        os.close(self._ours)


def _take_terminal() -> None:
    """Makes the terminal that of the process, so that Ctrl-C is a signal while nobody reads."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
