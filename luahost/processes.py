"""Processes: commands that guest code has the host run, each with a limit on its time and its output."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from dataclasses import dataclass
from typing import IO

from luahost.errors import LimitExceeded, LuaError

CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: what it wrote, and its exit code, or the number of the signal (`how` is "signal")."""

    output: bytes
    how: str
    code: int


def run_command(command: str, given: bytes | None, *, timeout_s: float | None, most_bytes: int) -> Ended:
    """Returns how a shell command ended, with its output; with `given` as its input, it writes to the host's output.

    Raises LimitExceeded if it doesn't end in time, or writes more than `most_bytes`; then it is killed with what it
    has started. Raises LuaError if it can't be started.
    """
    process = _started(command, is_given=given is not None)
    try:
        output = _read(process, timeout_s, most_bytes) if given is None else _fed(process, given, timeout_s)
        code = process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        _kill(process)
        raise LimitExceeded(f"'{command}' did not end within {timeout_s:g} s (setting wait_s)") from None
    except BaseException:
        _kill(process)
        raise
    return Ended(output, "exit", code) if code >= 0 else Ended(output, "signal", -code)


def _started(command: str, *, is_given: bool) -> subprocess.Popen[bytes]:
    if "\0" in command:
        raise LuaError("the command has a NUL character; remove it")
    try:
        return subprocess.Popen(
            command,
            shell=True,
            stdin=subprocess.PIPE if is_given else subprocess.DEVNULL,
            stdout=None if is_given else subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise LuaError(f"the command can't be started: {error}") from error


def _fed(process: subprocess.Popen[bytes], given: bytes, timeout_s: float | None) -> bytes:
    process.communicate(given, timeout_s)
    return b""


def _read(process: subprocess.Popen[bytes], timeout_s: float | None, most_bytes: int) -> bytes:
    assert process.stdout is not None
    output = _Output(process.stdout, most_bytes)
    output.start()
    output.join(timeout_s)
    if output.is_alive():
        raise subprocess.TimeoutExpired(process.args, timeout_s or 0)
    if output.size_bytes > most_bytes:
        raise LimitExceeded("not enough memory")
    return b"".join(output.chunks)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kills the command with what it has started, which may live on when the shell has ended."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


class _Output(threading.Thread):
    """Reads a pipe to its end, or until there is too much; closes it."""

    def __init__(self, pipe: IO[bytes], most_bytes: int) -> None:
        super().__init__(name="luahost-output", daemon=True)
        self._pipe = pipe
        self._most_bytes = most_bytes
        self.size_bytes = 0
        self.chunks: list[bytes] = []

    def run(self) -> None:
        """Keeps what it reads."""
        with self._pipe:
            while self.size_bytes <= self._most_bytes and (chunk := os.read(self._pipe.fileno(), CHUNK_BYTES)):
                self.size_bytes += len(chunk)
                self.chunks.append(chunk)
