"""`luahost completion`: what the shells themselves complete with its scripts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
SHELLS = ("bash", "zsh", "fish")
LINES = [
    ("luahost ser", {"serve"}),
    ("luahost run --no-re", {"--no-reload"}),
    ("luahost store ex", {"export"}),
    ("luahost new --template ch", {"chat"}),
    ("luahost completion z", {"zsh"}),
]

# What Readline does at Tab: sets the words, calls the function that `complete` has for the command, reads COMPREPLY.
IN_BASH = r"""
source <(luahost completion bash)
complete -p luahost | grep -q -- '-F _luahost_completion' || exit 9
COMP_LINE="$1" COMP_POINT=${#1} COMP_WORDS=($1) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_luahost_completion luahost
printf '%s\n' "${COMPREPLY[@]}"
"""
IN_FISH = "luahost completion fish | source; complete -C $argv[1] | string split -f1 \\t"
# Loads the script as .zshrc does, and asks the program as the script does.
IN_ZSH = r"""
autoload -U compinit && compinit -u -D
source <(luahost completion zsh)
[[ $_comps[luahost] == _luahost_completion ]] || exit 9
words=(${=1})
env COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words} - 1)) _LUAHOST_COMPLETE=zsh_complete luahost
"""


def shell(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command with luahost on the path, and no start files of whoever runs the tests."""
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(cwd)}
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, timeout=60)


def there(name: str) -> str:
    """Returns a shell's path; skips the test where it isn't installed."""
    return shutil.which(name) or pytest.skip(f"no {name} here")


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_completion_when_in_bash_then_completes(tmp_path: Path, line: str, expected: set[str]) -> None:
    """Commands, subcommands, options and choices are completed in a real bash."""
    done = shell(there("bash"), "--norc", "-c", IN_BASH, "bash", line, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(done.stdout.split()) == expected


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_completion_when_in_fish_then_completes(tmp_path: Path, line: str, expected: set[str]) -> None:
    """The same in a real fish."""
    done = shell(there("fish"), "--no-config", "-c", IN_FISH, line, cwd=tmp_path)
    assert done.stderr == ""
    assert set(done.stdout.split()) == expected


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_completion_when_in_zsh_then_completes(tmp_path: Path, line: str, expected: set[str]) -> None:
    """A real zsh takes the script, and what it asks the program is answered."""
    done = shell(there("zsh"), "-f", "-c", IN_ZSH, "zsh", line, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(done.stdout.split("\n")[1::3]) == expected


def test_completion_when_a_site_is_wanted_then_asks_for_folders(tmp_path: Path) -> None:
    """The argument SITE is left to the shell, which knows the folders."""
    environment = {"COMP_WORDS": "luahost run my", "COMP_CWORD": "2", "_LUAHOST_COMPLETE": "bash_complete"}
    done = subprocess.run(
        [BIN / "luahost"], env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert done.stdout == "dir,my\n"


@pytest.mark.parametrize("name", SHELLS)
def test_completion_when_piped_then_prints_the_script_alone(tmp_path: Path, name: str) -> None:
    """What a shell sources has nothing else in it."""
    done = shell(str(BIN / "luahost"), "completion", name, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_LUAHOST_COMPLETE={name}_complete" in done.stdout


def test_completion_when_the_shell_is_unknown_then_names_those_there_are(tmp_path: Path) -> None:
    """Another shell is wrong usage, with the shells that there are."""
    done = shell(str(BIN / "luahost"), "completion", "tcsh", cwd=tmp_path)
    assert done.returncode == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in done.stderr
