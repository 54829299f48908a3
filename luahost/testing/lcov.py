"""LCOV: coverage in the form that editors and services read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from luahost.testing.coverage import CoveredFile

__all__ = ["lcov"]


def lcov(files: Iterable[CoveredFile], root: Path) -> str:
    """Returns the records of all files; their paths are relative to `root` where they lie in it."""
    return "".join(f"{line}\n" for file in files for line in _record(file, root))


def shown_path(path: Path, root: Path) -> str:
    """Returns a path relative to `root` if it lies in it, else the whole."""
    relative = os.path.relpath(path, os.path.realpath(root))
    return str(path) if relative.startswith("..") else relative.replace(os.sep, "/")


def _record(file: CoveredFile, root: Path) -> Iterator[str]:
    functions = list(file.functions)
    yield "TN:"
    yield f"SF:{shown_path(file.path, root)}"
    yield from (f"FN:{line},{name}" for name, line, _ in functions)
    yield from (f"FNDA:{calls},{name}" for name, _, calls in functions)
    yield f"FNF:{len(functions)}"
    yield f"FNH:{sum(calls > 0 for _, _, calls in functions)}"
    yield from (f"DA:{line},{count}" for line, count in file.lines.items())
    yield f"LF:{len(file.lines)}"
    yield f"LH:{len(file.lines) - len(file.missed)}"
    yield "end_of_record"
