"""The linter: another program that looks at Lua, used where it is installed."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .code import Code
from .finding import Finding

__all__ = ["Linter", "LinterReport", "run_linter"]

PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class LinterReport:
    """What another program found; `problem` says why it could not look."""

    findings: tuple[Finding, ...] = ()
    problem: str = ""


class Linter(Protocol):
    """One such program. Its findings have names like `selene/unused_variable`."""

    @property
    def name(self) -> str:
        """Returns the first part of its findings' names."""

    @property
    def executable(self) -> str:
        """Returns what the program is called."""

    def look(self, path: str, code: Code) -> LinterReport:
        """Runs the program at `path` on the site."""


def run_linter(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[bytes] | str:
    """Returns what a program answered, run in a folder; or why it did not."""
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        return f"it did not end within {PATIENCE_S:g} s"
    except OSError as error:
        return f"it can't be started ({error.strerror})"
