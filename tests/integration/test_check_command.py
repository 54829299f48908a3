"""`luahost check` as a program: what it prints, and how it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from linters import install, program_path

from luahost.checking.checker import check
from luahost.checking.lints import all_lints
from luahost.settings import load_settings

WriteSite = Callable[[Mapping[str, str]], Path]

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "check_help.txt"
LUAHOST = str(Path(sys.executable).parent / "luahost")
DEADLINE_S = 60.0

FAULTY = {
    "lua/main.lua": 'local P = session:prototype("P", { list = {} })\nlocal text = require("tekst")\n',
    "lua/text.lua": "local function f() total = 1 end\n",
    "apps/a/app.lua": "if x = 1 then end\n",
    "viewdefs/P.DEFAULT.html": '<b ui-valeu="name"></b>',
}


def ran(*arguments: str | Path, folder: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """Returns how `luahost check` ended, run without other linters unless `env` has a PATH."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("LUAHOST_")}
    command = [LUAHOST, "check", *map(str, arguments)]
    environment = {**own, "PATH": "/usr/bin:/bin", **env}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, timeout=DEADLINE_S)


def test_check_when_it_looks_at_this_repository_then_has_nothing_to_say() -> None:
    """No lint raises a false alarm on the demo site, on any VM."""
    for vm in ("lua54", "lua55", "luajit21"):
        settings = load_settings(ROOT, flags={"vm": vm}, env={})
        report = check(settings, which=lambda _: None)
        assert (report.findings, report.notes) == ((), ())
    assert report.files == len([*ROOT.glob("lua/*.lua"), *ROOT.glob("apps/*/*.lua"), *ROOT.glob("viewdefs/*.html")])


def test_check_when_something_is_wrong_then_prints_a_line_each_and_exits_1(site: WriteSite) -> None:
    """Each line is a place that editors understand, a sentence, and the lint's name."""
    done = ran(site(FAULTY))
    assert (done.returncode, done.stderr) == (1, "")
    begins = [line.split(": ")[0] for line in done.stdout.splitlines()]
    assert begins == [
        "apps/a/app.lua:1:6",
        "lua/main.lua:1:36",
        "lua/main.lua:2:22",
        "lua/text.lua:1:20",
        "viewdefs/P.DEFAULT.html:1:4",
        "4 files, 5 findings in 4 of them",
    ]
    assert done.stdout.splitlines()[0] == "apps/a/app.lua:1:6: 'then' expected near '=' [syntax]"


def test_check_when_nothing_is_wrong_then_exits_0(site: WriteSite) -> None:
    """The empty state says how much was looked at; the folder is the current one by default."""
    done = ran(folder=site({"lua/main.lua": "", "lua/a.lua": ""}))
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 files, nothing to say\n", "")


def test_check_when_json_is_wanted_then_keys_are_stable(site: WriteSite) -> None:
    """With --json a program can read what was found."""
    done = ran(site(FAULTY), "--json", "--only", "syntax")
    assert done.returncode == 1
    finding = {
        "file": "apps/a/app.lua",
        "line": 1,
        "column": 6,
        "lint": "syntax",
        "message": "'then' expected near '='",
    }
    assert json.loads(done.stdout) == {
        "ok": False,
        "files": 4,
        "findings": [finding],
        "notes": [],
        "linters": [],
        "problems": [],
    }


def test_check_when_lints_are_chosen_then_only_they_look(site: WriteSite) -> None:
    """--only and --skip may stand several times."""
    root = site(FAULTY)
    only = ran(root, "--only", "syntax", "--only", "view-attribute").stdout
    assert [line.rpartition(" ")[2] for line in only.splitlines()[:-1]] == ["[syntax]", "[view-attribute]"]
    skipped = ran(root, *(f"--skip={lint.name}" for lint in all_lints()))
    assert (skipped.returncode, skipped.stdout) == (0, "4 files, nothing to say\n")


def test_check_when_the_site_has_another_vm_then_its_syntax_counts(site: WriteSite) -> None:
    """The settings choose the VM, and --vm over them."""
    root = site({"lua/main.lua": "local x = 1 // 2\n", "luahost.toml": 'vm = "luajit21"\n'})
    assert ran(root).stdout.startswith("lua/main.lua:1:")
    assert ran(root, "--vm", "lua54").returncode == 0


def test_check_when_another_linter_fails_then_exits_3(
    site: WriteSite, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The rest was checked, but not all that was asked for."""
    programs = install(tmp_path_factory.mktemp("bin"), "selene", "sys.exit('no such std')")
    done = ran(site({"lua/main.lua": ""}), PATH=program_path(programs))
    assert done.returncode == 3
    assert done.stderr == "selene: it ended with 1: no such std\n"
    assert done.stdout == "1 file, nothing to say\n"
    assert ran(site({"lua/main.lua": "x = ="}), PATH=program_path(programs)).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--only", "sintax"), 2, "no lint 'sintax'; did you mean syntax?"),
        (("--skip", "zzz"), 2, "no lint 'zzz'; there are syntax, unreadable, "),
        (("--vm", "lua53"), 2, "'lua53' is not allowed"),
        (("--jsn",), 2, "Did you mean '--json'?"),
        (("a", "b"), 2, "Got unexpected extra argument (b)"),
        (
            ("nowhere",),
            3,
            "luahost: nowhere: the site must be a folder, and this does not exist: name an existing folder",
        ),
        (("file",), 3, "luahost: file: the site must be a folder, and this is a file: name an existing folder"),
        (("empty",), 3, "luahost: empty: there is no lua/ and no apps/ in this folder: name the folder of a site"),
        (("wrong",), 3, "luahost: luahost.toml: vm: 'lua9' is not allowed"),
    ],
)
def test_check_when_it_is_asked_wrongly_then_says_what_to_do(
    site: WriteSite, arguments: tuple[str, ...], code: int, says: str
) -> None:
    """Wrong usage exits with 2, a wrong environment with 3, each with one sentence and no traceback."""
    root = site({"file": "", "empty/a.txt": "", "wrong/luahost.toml": 'vm = "lua9"', "lua/main.lua": ""})
    done = ran(*arguments, folder=root)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_check_when_the_parser_is_missing_then_says_how_to_install_it(site: WriteSite, tmp_path: Path) -> None:
    """The libraries are an extra of their own."""
    code = (
        "import sys, importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name.startswith('tree_sitter') else find(name, *more)\n"
        "from luahost.cli.main import execute\n"
        "sys.exit(execute(['check', sys.argv[1]]))\n"
    )
    command = [sys.executable, "-c", code, str(site({"lua/main.lua": ""}))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S)
    assert (done.returncode, done.stderr) == (
        3,
        "luahost: checking needs tree_sitter, tree_sitter_lua: pip install 'luahost[check]'\n",
    )


def test_check_when_help_is_wanted_then_lists_the_lints() -> None:
    """The help has an example, and each lint in a few words."""
    done = ran("--help", COLUMNS="80")
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_text(done.stdout, encoding="utf-8")
    assert (done.returncode, done.stdout) == (0, GOLDEN.read_text(encoding="utf-8"))
    assert all(f"  {lint.name} " in done.stdout for lint in all_lints())
