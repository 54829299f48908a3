"""A reader of the docs, who does in a folder of their own what a page says, and looks at what comes of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path

from pages_read import FAILS, NOT_RUN, UNTIL_STOPPED, Block

from luahost import Host, Session, Settings
from luahost.settings import load_settings
from luahost.templates.new_site import write_site
from luahost.templates.template import Template

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DEADLINE_S = 60
TIMES = re.compile(r"<?\b\d+(\.\d+)? ?(ms|s)\b")
RULES = re.compile(r"={5,}")
SHELL = 'set -e\ncd "$1"\n{text}\npwd > "$2"\n'


class Reader:
    """Keeps a folder, where the shell is in it, and a prompt or a session that is open there."""

    def __init__(self, folder: Path, *, patience_s: float = DEADLINE_S) -> None:
        self._patience_s = patience_s
        self._folder = folder / "reader"
        self._where = folder / "where"
        self._here = self._folder
        self._output = ""
        self._prompt: subprocess.Popen[str] | None = None
        self._host: Host | None = None
        self._session: Session | None = None
        self.site("none")

    def do(self, block: Block) -> None:
        """Does what a block says."""
        if NOT_RUN in block.above:
            return
        if block.title:
            self._write(block)
        elif block.is_transcript:
            self._talk(block)
        elif block.is_output:
            assert_lines(block.text, self._output)
        elif UNTIL_STOPPED in block.above:
            self._run_until_it_serves(block)
        else:
            self._doers().get(block.language, lambda _: None)(block)

    def _doers(self) -> dict[str, Callable[[Block], None]]:
        return {
            "site": lambda block: self.site(block.text),
            "setup": self._execute,
            "sh": self._run,
            "lua": self._execute,
            "diff": self._patch,
            "python": self._run_python,
            "toml": self._check_settings,
        }

    def site(self, what: str) -> None:
        """Begins anew: with the site of this repository, that of a template, or nothing."""
        self.leave()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._here = self._folder
        name, _, inside = what.partition(" in ")
        (self._folder / inside).mkdir(parents=True)
        if name == "demo":
            for folder in ("lua", "apps", "viewdefs"):
                shutil.copytree(ROOT / folder, self._folder / inside / folder)
        elif name != "none":
            write_site(self._folder / inside, Template(name).files("reader"))

    def leave(self) -> None:
        """Closes the prompt and the session."""
        if self._prompt is not None:
            self._end_prompt()
        if self._host is not None:
            self._host.close()
        self._host = self._session = None

    def _environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LUAHOST_")}
        own = {"PATH": f"{BIN}:{kept['PATH']}", "HOME": str(self._folder), "LUAHOST_PORT": "0", "COLUMNS": "80"}
        return {**kept, **own, "NO_COLOR": "1", **more}

    def _run(self, block: Block) -> None:
        command = ["sh", "-c", SHELL.format(text=block.text), "sh", str(self._here), str(self._where)]
        done = subprocess.run(
            command,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE_S,
        )
        self._output = done.stdout
        assert done.returncode == (1 if FAILS in block.above else 0), f"it ends with {done.returncode}: {done.stdout}"
        self._here = Path(self._where.read_text().strip())

    def _run_until_it_serves(self, block: Block) -> None:
        process = subprocess.Popen(
            ["sh", "-c", f"exec {block.text.strip()}"],
            cwd=self._here,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        with process:
            seen = self._read_until("serving ", process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(DEADLINE_S) in (0, -signal.SIGTERM, 128 + signal.SIGTERM), seen

    def _run_python(self, block: Block) -> None:
        done = subprocess.run(
            [sys.executable, "-c", block.text],
            cwd=self._here,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
        assert done.returncode == 0, done.stderr
        promised = re.findall(r"\bprint\(.*\)  # (.*)$", block.text, re.MULTILINE)
        printed = done.stdout.splitlines()[: len(promised)]
        assert printed == promised, f"it prints {printed}, not {promised}"

    def _check_settings(self, block: Block) -> None:
        file = self._folder / "settings" / "luahost.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(block.text)
        assert load_settings(str(file.parent), flags={}, env={}) is not None

    def _write(self, block: Block) -> None:
        assert block.title is not None
        path = self._here / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def _patch(self, block: Block) -> None:
        """Changes a file as a diff says; `@@` begins anew at its top."""
        name, *lines = block.text.splitlines()
        path = self._here / name.removeprefix("--- ")
        source, at = path.read_text(encoding="utf-8").splitlines(), 0
        for mark, line in ((line[:1], line[1:]) for line in lines):
            if mark == "@":
                at = 0
            elif mark == "+":
                source.insert(at, line)
                at += 1
            else:
                assert line in source[at:], f"{path.name} has no line {line!r} there"
                at = source.index(line, at) + (mark != "-")
                if mark == "-":
                    del source[at]
        path.write_text("\n".join(source) + "\n", encoding="utf-8")

    def _execute(self, block: Block) -> None:
        if self._session is None:
            self._host = Host(settings=Settings(site=str(self._here), trust="trusted", store="memory:"), watch=False)
            self._host.__enter__()
            self._session = self._host.create_session()
        self._session.execute(block.text, name=f"@{block.place}")

    def _talk(self, block: Block) -> None:
        """Types the lines of a transcript, and waits for what it says comes back."""
        for line in block.text.splitlines():
            prompt = self._open_prompt()
            if line == "> :quit":
                self._end_prompt()
            elif line.startswith("> "):
                assert prompt.stdin is not None
                prompt.stdin.write(f"{line[2:]}\n")
                prompt.stdin.flush()
            elif line != "…":
                self._read_until(line, prompt)

    def _open_prompt(self) -> subprocess.Popen[str]:
        if self._prompt is None:
            self._prompt = subprocess.Popen(
                [BIN / "luahost", "run"],
                cwd=self._here,
                env=self._environment(**self._store()),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        return self._prompt

    def _store(self) -> dict[str, str]:
        """Returns the site's store as a variable: what comes from a pipe is kept only if told so."""
        file = self._here / "luahost.toml"
        store = tomllib.loads(file.read_text()).get("store") if file.exists() else None
        return {"LUAHOST_STORE": store} if store else {}

    def _read_until(self, expected: str, process: subprocess.Popen[str]) -> str:
        """Returns the lines up to the one that is as expected."""
        assert process.stdout is not None
        limit = threading.Timer(self._patience_s, process.kill)
        limit.start()
        seen = []
        try:
            for line in process.stdout:
                seen.append(line.rstrip("\n"))
                if is_line(expected, seen[-1]):
                    return "\n".join(seen)
        finally:
            limit.cancel()
        raise AssertionError(f"{expected!r} did not come; there was {seen}")

    def _end_prompt(self) -> None:
        assert self._prompt is not None
        self._prompt.communicate(timeout=DEADLINE_S)
        self._prompt = None


def pattern(expected: str) -> re.Pattern[str]:
    """Returns what a line must begin with: times don't count, nor how long a rule is, and `…` stands for anything."""
    escaped = ".*".join(re.escape(part) for part in TIMES.sub("…", RULES.sub("=", expected.strip())).split("…"))
    return re.compile(escaped)


def is_line(expected: str, line: str) -> bool:
    """Returns whether a line is as expected."""
    return pattern(expected).match(RULES.sub("=", line.strip())) is not None


def assert_lines(expected: str, output: str) -> None:
    """Fails unless the expected lines come in their order, nothing between them but where a line is `…`."""
    lines = [line for line in output.splitlines() if line.strip()]
    at, is_open = 0, False
    for wanted in (line for line in expected.splitlines() if line.strip()):
        if wanted.strip() == "…":
            is_open = True
            continue
        found = next((i for i in range(at, len(lines)) if is_line(wanted, lines[i])), None)
        assert found is not None, f"{wanted!r} did not come in:\n{output}"
        assert is_open or found == at, f"{lines[at]!r} came before {wanted!r}"
        at, is_open = found + 1, False
    assert is_open or at == len(lines), f"more came: {lines[at:]}"
