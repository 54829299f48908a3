"""Linters that stand in for lua-language-server and selene: programs on a path of their own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["install", "program_path"]


def install(folder: Path, name: str, body: str) -> Path:
    """Writes a Python program of this name into a folder, which is returned; its `body` has `arguments`."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    head = f"#!{sys.executable}\nimport json, os, sys\nfrom pathlib import Path\narguments = sys.argv[1:]\n"
    program.write_text(head + body, encoding="utf-8")
    program.chmod(0o755)
    return folder


def program_path(folder: Path) -> str:
    """Returns a PATH on which the programs of a folder come first."""
    return os.pathsep.join([str(folder), os.environ["PATH"]])
