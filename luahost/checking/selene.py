"""selene: a linter for Lua, by its lines of JSON."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .chunk import Chunk
from .code import Code
from .finding import Finding, printable
from .linter import LinterReport, run_linter
from .undeclared_globals import OWN, declared_globals

__all__ = ["Selene"]

CONFIGURATION = "selene.toml"
MOST_FILES = 500
"""How many files go onto one command line."""

OLDER = ("bit", "loadstring", "unpack")

FINE, FOUND = 0, 1


class Selene:
    """Runs selene with the site's `selene.toml`; where there is none, with a library that knows luahost's globals."""

    name = "selene"
    executable = "selene"

    def look(self, path: str, code: Code) -> LinterReport:
        """Returns what selene says of the chunks; what it can't parse, Lua itself could."""
        keys = list(code.chunks)
        findings: list[Finding] = []
        with tempfile.TemporaryDirectory(prefix="luahost-selene-") as folder:
            where = code.site.root if (code.site.root / CONFIGURATION).exists() else _configured(Path(folder), code)
            for at in range(0, len(keys), MOST_FILES):
                report = _report(run_linter(_command(path, code, keys[at : at + MOST_FILES]), where), code)
                if report.problem:
                    return report
                findings += report.findings
        return LinterReport(tuple(findings))


def _command(path: str, code: Code, keys: Sequence[str]) -> list[str]:
    return [path, "--display-style=Json", "--no-summary", "--", *(str(code.site.path(key)) for key in keys)]


def _configured(folder: Path, code: Code) -> Path:
    """Writes a configuration into a folder; JSON is YAML."""
    names = sorted({*OWN, *OLDER, *declared_globals(code)})
    library = {"base": "lua53", "globals": {name: {"any": True} for name in names}}
    (folder / CONFIGURATION).write_text('std = "luahost"\n', encoding="utf-8")
    (folder / "luahost.yml").write_text(json.dumps(library), encoding="utf-8")
    return folder


def _report(done: subprocess.CompletedProcess[bytes] | str, code: Code) -> LinterReport:
    if isinstance(done, str):
        return LinterReport(problem=done)
    is_silent = done.returncode == FOUND and not done.stdout.strip()
    if done.returncode not in (FINE, FOUND) or is_silent:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().partition("\n")[0]
        return LinterReport(problem=f"it ended with {done.returncode}: {said or 'and said nothing'}")
    try:
        return LinterReport(tuple(_findings(done.stdout, code)))
    except (ValueError, KeyError, TypeError) as error:
        return LinterReport(problem=f"its answer can't be read ({error!r}): version 0.24 or newer is needed")


def _findings(answer: bytes, code: Code) -> Iterator[Finding]:
    for line in answer.decode(errors="replace").splitlines():
        told: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
        if "primary_label" in told and told["code"] != "parse_error":
            yield _finding(told, code)


def _finding(told: dict[str, Any], code: Code) -> Finding:
    label = told["primary_label"]
    file = code.site.key(label["filename"]) or label["filename"]
    message = " ".join([told["message"], *told.get("notes", ())]).replace("\n", " ")
    return Finding(printable(file), *_place(label["span"], code.chunks.get(file)), f"selene/{told['code']}", message)


def _place(span: dict[str, int], chunk: Chunk | None) -> tuple[int, int]:
    """Returns line and column. Its columns count bytes: in a file as we have it, its offset tells the character."""
    place = chunk.text.place(span["start"]) if chunk is not None else (0, 0)
    return place if place[0] == span["start_line"] + 1 else (span["start_line"] + 1, span["start_column"] + 1)
