"""Bad input of `run`, `serve` and `store`: one clear line that says what to do, the right exit code, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

WriteSite = Callable[[Mapping[str, str]], Path]

LUAHOST = str(Path(sys.executable).parent / "luahost")
DEADLINE_S = 60.0

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""A locale that knows no letters beyond those of English."""

FILES = {
    "site/lua/main.lua": "",
    "taken/lua/main.lua": "",
    "taken/.luahost": "a file where a folder is to be",
    "file": "",
    "empty/notes.txt": "",
}

TAKEN = "taken/.luahost/s.db: its folder can't be made (File exists: taken/.luahost): make room for it, or name another"


def ran(command: str, folder: Path, text: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Returns how a command ended that was run in a folder, with a text as its input."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("LUAHOST_")}
    return subprocess.run(
        [LUAHOST, *command.split()],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**own, **env},
        timeout=DEADLINE_S,
    )


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        ("run nowhere", 3, "nowhere: the site must be a folder, and this does not exist: name an existing folder"),
        ("run file", 3, "file: the site must be a folder, and this is a file: name an existing folder"),
        ("serve nowhere", 3, "nowhere: the site must be a folder, and this does not exist: name an existing folder"),
        ("store ls --site nowhere", 3, "nowhere: there is no such folder: name the folder of a site"),
        ("run taken --store sqlite:.luahost/s.db", 3, TAKEN),
        ("serve taken --port 0 --store sqlite:.luahost/s.db", 3, TAKEN),
        ("serve site --port 0 --store sqlite:lua", 1, "site/lua: is a folder: name a file in it"),
        ("store ls --store sqlite:site", 1, "site: is a folder: name a file in it"),
        ("store ls --store sqlite:none.db", 1, "none.db: there is no such file: nothing was saved there"),
        ("store ls", 3, "store: none is named: use --store URL, or set `store` in luahost.toml"),
        ("store ls --store nonsense", 3, "--store: store: 'nonsense' is not allowed; allowed: memory:, sqlite:PATH or"),
        (
            "store ls --store postgresql://[::1",
            3,
            "store: 'postgresql://[::1' is no address (Invalid IPv6 URL); allowed:",
        ),
        (
            "store import bad.jsonl --store sqlite:new.db",
            1,
            "line 1: not a record as `luahost store export` writes it:",
        ),
    ],
)
def test_command_when_its_input_is_bad_then_says_so_in_one_line(
    site: WriteSite, command: str, code: int, says: str
) -> None:
    """What is wrong, where, and what to do."""
    folder = site(FILES)
    (folder / "bad.jsonl").write_bytes(b"\xff\xfe")
    done = ran(command, folder)
    assert done.returncode == code
    assert done.stderr.startswith(f"luahost: {says}")
    assert done.stderr.count("\n") == 1


def test_run_when_the_database_is_away_then_names_it_without_its_password(site: WriteSite) -> None:
    """An environment that isn't as it should be exits with 3."""
    done = ran("run site", site(FILES), LUAHOST_STORE="postgresql://me:secret@127.0.0.1:1/x")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert done.stderr.startswith("luahost: postgresql://…@127.0.0.1:1/x: ")
    assert done.stderr.endswith(": start the database, or correct `store`\n")


def test_backup_when_the_folder_is_missing_then_names_it(site: WriteSite) -> None:
    """A copy needs a folder that is there."""
    folder = site(FILES)
    assert ran("store import file --store sqlite:new.db", folder).returncode == 0
    done = ran("store backup far/away/x.db --store sqlite:new.db", folder)
    says = "luahost: far/away/x.db: there is no folder far/away: make it, or name another one\n"
    assert (done.returncode, done.stderr) == (1, says)


def test_run_when_the_folder_is_no_site_then_says_so_and_runs(site: WriteSite) -> None:
    """The wrong folder is told of; lines are run in a session without code, as in any other."""
    done = ran("run empty", site(FILES), "1 + 1\n")
    says = "there is no lua/ and no apps/ in this folder, and sessions start empty"
    assert (done.returncode, done.stdout) == (0, "2\n")
    assert done.stderr == f"luahost: empty: {says}: name the folder of a site, or make one: luahost new NAME\n"


@pytest.mark.parametrize(("command", "code"), [("stubs empty", 0), ("check empty", 3), ("test empty -q", 3)])
def test_command_when_the_folder_is_no_site_then_goes_on_only_where_it_can(
    site: WriteSite, command: str, code: int
) -> None:
    """Each says the same of the wrong folder; what has nothing to look at there ends with 3."""
    done = ran(command, site(FILES))
    says = "there is no lua/ and no apps/ in this folder: name the folder of a site, or make one: luahost new NAME"
    assert (done.returncode, done.stderr) == (code, f"luahost: empty: {says}\n")


def test_test_when_specs_lie_in_no_site_then_they_run(site: WriteSite) -> None:
    """What can be done is done, whatever else is missing."""
    done = ran("test empty -q", site({"empty/some_spec.lua": 'it("is", function() end)'}))
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 passed" in done.stdout


@pytest.mark.parametrize("command", ["run site", "repl site", "check site", "test site -q", "stubs site --from shop"])
def test_command_when_roots_name_no_folder_then_warns_in_a_line(site: WriteSite, command: str) -> None:
    """A folder that modules may come from and that isn't there is told of before a `require` fails."""
    files = {
        **FILES,
        "site/luahost.toml": 'roots = ["../shared", "../gone"]\n',
        "site/apps/shop/app.lua": "return {}",
        "site/apps/shop/shop_spec.lua": 'it("is", function() end)',
        "shared/a.lua": "",
    }
    done = ran(command, site(files))
    warned = "roots: site/../gone is no folder: correct the setting, or make it a folder that can be read\n"
    assert (done.returncode, done.stderr.removeprefix("luahost: ")) == (0, warned)


@pytest.mark.parametrize(
    ("command", "code"), [("run site", 1), ("check site", 1), ("doctor site", 0), ("check --help", 0), ("--help", 0)]
)
def test_command_when_the_terminal_is_too_narrow_then_says_all_the_same(
    site: WriteSite, command: str, code: int
) -> None:
    """Five columns are enough to fail in no other way than at eighty."""
    files = {**FILES, "site/lua/main.lua": "function f() count = 1 end"}
    done = ran(command, site(files), "error('too narrow')\n", COLUMNS="5")
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)


@pytest.mark.parametrize(
    ("line", "code", "shown"),
    [
        ('print("é")', 0, "\\xe9\n"),
        ('"é"', 0, '"\\xe9"\n'),
        ('error("é")', 1, ""),
    ],
)
def test_run_when_the_locale_is_without_utf8_then_shows_letters_by_their_numbers(
    site: WriteSite, line: str, code: int, shown: str
) -> None:
    """What can't be written is no reason to fail."""
    done = ran("run site", site(FILES), f"{line}\n", **ASCII)
    assert (done.returncode, done.stdout) == (code, shown)
    assert "Traceback" not in done.stderr
    assert ("stdin:1: \\xe9" in done.stderr) is (code == 1)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("check site", "module '\\xe9' not found"),
        ("doctor site", "correct it there"),
        ("check --help", "an attribute ui-"),
    ],
)
def test_report_when_the_locale_is_without_utf8_then_is_printed(site: WriteSite, command: str, says: str) -> None:
    """Arrows and letters of findings and help stand there by their numbers."""
    files = {**FILES, "site/lua/main.lua": 'require("é")', "site/luahost.toml": "memory_limit_mb = '1'"}
    if command == "check site":
        del files["site/luahost.toml"]
    done = ran(command, site(files), **ASCII)
    assert says in done.stdout
    assert "Traceback" not in done.stderr
