"""lua-language-server: its diagnosis of a whole folder, which it writes to a file."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from .code import Code
from .finding import Finding, printable
from .linter import LinterReport, run_linter
from .undeclared_globals import OWN, declared_globals

__all__ = ["LanguageServer"]

CONFIGURATION = ".luarc.json"
RUNTIMES = {"lua54": "Lua 5.4", "lua55": "Lua 5.5", "luajit21": "LuaJIT"}


class LanguageServer:
    """Runs it with the site's `.luarc.json`; where there is none, with one that knows luahost's globals."""

    name = "luals"
    executable = "lua-language-server"

    def look(self, path: str, code: Code) -> LinterReport:
        """Returns its warnings and errors in the files that are checked."""
        with tempfile.TemporaryDirectory(prefix="luahost-luals-") as folder:
            done = run_linter(_command(path, code, Path(folder)), code.site.root)
            if isinstance(done, str):
                return LinterReport(problem=done)
            # It says by this file alone what it found; versions differ in their exit codes.
            answer = Path(folder) / "check.json"
            if not answer.exists():
                said = (done.stderr or done.stdout).decode(errors="replace").strip().partition("\n")[0]
                return LinterReport(problem=f"it ended with {done.returncode}: {said}" if done.returncode else "")
            try:
                return LinterReport(tuple(_findings(json.loads(answer.read_bytes()), code)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                return LinterReport(problem=f"its answer can't be read ({error})")


def _command(path: str, code: Code, folder: Path) -> list[str]:
    root = code.site.root
    own = root / CONFIGURATION
    configuration = own if own.exists() else _configured(folder, code)
    options = {"check": root, "checklevel": "Warning", "check_format": "json", "logpath": folder}
    return [path, *(f"--{name}={value}" for name, value in options.items()), f"--configpath={configuration}"]


def _configured(folder: Path, code: Code) -> Path:
    stubs = Path(str(resources.files("luahost"))) / "stubs" / "lua"
    configuration = {
        "runtime.version": RUNTIMES[code.settings.vm],
        "runtime.path": [f"{folder}?{end}" for folder in ("lua/", "apps/", "") for end in (".lua", "/init.lua")],
        "runtime.pathStrict": True,
        "diagnostics.globals": sorted({*OWN, *declared_globals(code)}),
        "workspace.library": [str(stubs)] if stubs.is_dir() else [],
    }
    path = folder / "luarc.json"
    path.write_text(json.dumps(configuration), encoding="utf-8")
    return path


def _findings(told: Any, code: Code) -> Iterator[Finding]:
    """Yields what is said of files by their addresses; nothing found is an empty list in its JSON."""
    for address, problems in told.items() if told else ():
        key = code.site.key(unquote(urlsplit(address).path))
        for problem in problems if key in code.chunks else ():
            yield _finding(printable(key or ""), problem)


def _finding(file: str, problem: dict[str, Any]) -> Finding:
    begin = problem["range"]["start"]
    message = " ".join(str(problem["message"]).split())
    return Finding(file, begin["line"] + 1, begin["character"] + 1, f"luals/{problem['code']}", message)
