"""`luahost test`: the console script in a process, on sites whose specs pass, fail, are wrong, or aren't there."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest
from spec_runs import APP, MAIN, SPEC, WriteSite, X
from terminal import Terminal

from luahost.cli.main import execute

SPECS = """\
describe("x", function()
  it("ticks", function()
    app:tick()
    assert.equal(1, app.count)
  end)

  it("fails [once]", function()
    print("said before")
    assert.equal("Ben", app.name)
  end)

  describe("inside", function()
    it("passes", function() assert.is_table(app) end)
    it("passes", function() assert.is_table(app) end)
    it("is to be written")
    pending("later")
    it("gives up", function() pending("not today") end)
  end)
end)
"""

HELP = Path(__file__).parent.parent / "golden" / "help_test.txt"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def root(site: WriteSite) -> Path:
    """Returns a site with one file of specs."""
    return site({"lua/main.lua": MAIN, APP: X, SPEC: SPECS, "luahost.toml": "time_limit_s = 1\n"})


@pytest.fixture
def run(root: Path) -> Run:
    """Returns a function that runs `luahost test` in the site's folder."""

    def run(*arguments: str, cwd: Path = root, **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "luahost", "test", *arguments]
        return subprocess.run(
            command,
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "COLUMNS": "200", **env},
        )

    return run


def test_command_when_a_spec_fails_then_shows_it_and_exits_with_1(run: Run) -> None:
    """The whole of a failure is there: its names, place, source, difference and what was printed."""
    ended = run("-rsf")
    assert ended.returncode == 1
    assert f"{SPEC} .F..sss" in ended.stdout
    assert "x fails [once]" in ended.stdout
    assert f"{SPEC}:9: expected an equal value" in ended.stdout
    assert '    - "Ben"\n    + "Ann"\n' in ended.stdout
    assert "said before" in ended.stdout
    assert f"FAILED {SPEC}::x::fails (once) - {SPEC}:9: expected an equal value" in ended.stdout
    assert f"SKIPPED [1] {SPEC}:17: not today" in ended.stdout
    assert "1 failed, 3 passed, 3 skipped" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "summary"),
    [
        (["-k", "ticks"], "1 passed, 6 deselected"),
        ([f"{SPEC}::x::ticks"], "1 passed"),
        ([f"{SPEC}::x::inside"], "2 passed, 3 skipped"),
        ([f"{SPEC}::x::inside::passes (2)"], "1 passed"),
        ([SPEC, "-k", "inside"], "2 passed, 2 deselected, 3 skipped"),
        (["-x"], "1 failed, 1 passed"),
        (["-k", "ticks", "--lua-vm", "all"], "3 passed"),
    ],
)
def test_command_when_pytest_has_arguments_then_they_hold(run: Run, arguments: list[str], summary: str) -> None:
    """Names are pytest's ids: what selects tests of Python selects specs."""
    last = run(*arguments).stdout.splitlines()[-1]
    assert set(summary.split(", ")) <= set(last.strip("= ").partition(" in ")[0].split(", "))


def test_command_when_specs_failed_last_then_lf_runs_them_again(run: Run) -> None:
    """`--lf` remembers which specs failed, whatever is in their names."""
    run("--lua-vm", "lua54", "--lua-vm", "luajit21")
    assert "2 failed, 12 deselected" in run("--lf", "--lua-vm", "lua54", "--lua-vm", "luajit21").stdout


def test_command_when_a_vm_is_named_in_an_id_then_it_is_that(run: Run) -> None:
    """On several VMs the id says which."""
    ended = run(f"{SPEC}::x::ticks[luajit21]", "--lua-vm", "all", "-v")
    assert f"{SPEC}::x::ticks[luajit21] PASSED" in ended.stdout
    assert ended.returncode == 0


def test_command_when_junit_is_asked_for_then_each_spec_is_a_case(run: Run, root: Path) -> None:
    """The report that services read has the specs by name, with what failed."""
    run("--junitxml=report.xml")
    cases = {case.get("name"): case for case in ElementTree.parse(root / "report.xml").iter("testcase")}
    assert {"ticks", "fails (once)", "passes", "passes (2)", "later"} <= cases.keys()
    failure = cases["fails (once)"].find("failure")
    assert failure is not None
    assert failure.get("message") == f"{SPEC}:9: expected an equal value"
    assert '+ "Ann"' in (failure.text or "")


def test_command_when_run_from_elsewhere_then_takes_the_site_and_paths_of_it(run: Run, root: Path) -> None:
    """The site is an argument; paths behind it may be given from there."""
    assert run(str(root), "-k", "ticks", cwd=root.parent).returncode == 0
    assert "1 passed" in run(str(root), f"{SPEC}::x::ticks", cwd=root.parent).stdout
    assert "1 passed" in run("-k", "ticks", cwd=root.parent, LUAHOST_SITE=str(root)).stdout


def test_command_when_there_are_tests_of_python_then_they_are_left_alone(run: Run, root: Path) -> None:
    """Only specs run: what is beside them in Python is pytest's own business."""
    (root / "test_python.py").write_text("def test_python():\n    assert False\n")
    assert "1 passed, 6 deselected" in run("-k", "ticks or python").stdout


def test_command_when_a_spec_does_not_compile_then_is_one_clear_error(run: Run, root: Path) -> None:
    """A mistake in a file of specs is told once, without a word of Python."""
    (root / SPEC).write_text('it("x", function()\n  local y = = 1\nend)\n')
    ended = run()
    assert ended.returncode == 1
    assert ended.stdout.count("unexpected symbol near '='") == 2  # the block, and pytest's summary
    assert f"{SPEC}:2: unexpected symbol near '='" in ended.stdout
    assert "  > 2 │   local y = = 1" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


def test_command_when_the_site_does_not_load_then_says_where(run: Run, root: Path) -> None:
    """An error of `lua/main.lua` is an error of every spec, at its own place."""
    (root / "lua/main.lua").write_text("error('no app today')")
    ended = run()
    assert ended.returncode == 1
    assert "lua/main.lua:1: no app today" in ended.stdout
    assert "Traceback" not in ended.stdout


def test_command_when_a_spec_never_ends_then_the_others_go_on(run: Run, root: Path) -> None:
    """An endless spec is ended by its limit, and only it fails."""
    (root / SPEC).write_text('it("spins", function()\n  while true do end\nend)\nit("goes on", function() end)\n')
    ended = run()
    assert f"{SPEC}:2: the turn took longer than 1 s and was ended" in ended.stdout
    assert "1 failed, 1 passed" in ended.stdout


def test_command_when_there_are_no_specs_then_says_how_to_write_one(run: Run, root: Path) -> None:
    """A site without specs is told what one looks like; and that example is one."""
    (root / SPEC).unlink()
    ended = run()
    assert ended.returncode == 1
    assert "no specs in ." in ended.stderr
    example = ended.stderr.partition(":\n\n")[2]
    (root / "apps/x/example_spec.lua").write_text(example)
    assert "1 passed" in run().stdout


def test_command_when_the_specs_are_of_a_site_below_then_says_that_this_is_none(run: Run, root: Path) -> None:
    """Specs that fail in the folder above their site are followed by the reason."""
    ended = run(cwd=root.parent)
    assert (ended.returncode, "luahost: .: there is no lua/ and no apps/ in this folder" in ended.stderr) == (1, True)


def test_command_when_nothing_is_selected_then_says_so(run: Run) -> None:
    """Words that no spec has are no success."""
    ended = run("-k", "nothing")
    assert (ended.returncode, ended.stderr) == (1, "no spec of . was selected\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nosuch"], 3, "nosuch: no such folder"),
        (["--nosuch=3"], 2, "Error: No such option '--nosuch'."),
        (["--lua-sit", "x"], 2, "'--lua-site'"),
        (["-k"], 2, "Error: argument -k: expected one argument"),
        (["--lua-vm", "lua51"], 2, "--lua-vm: 'lua51' is not one of lua54, lua55, luajit21, all"),
        (["--lua-coverage", "apps"], 2, "--lua-coverage: 'apps' is no file to write to"),
        (["nosuch_spec.lua"], 2, "Error: file or directory not found: nosuch_spec.lua"),
    ],
)
def test_command_when_used_wrongly_then_says_what_and_exits(
    run: Run, arguments: list[str], code: int, said: str
) -> None:
    """Each kind of mistake has its exit code, and a line."""
    ended = run(*arguments)
    assert ended.returncode == code
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    is_usage = ended.stderr.startswith("Usage: luahost test [SITE] ") and "Try 'luahost test --help'" in ended.stderr
    assert is_usage is (code == 2)


def test_command_when_help_stands_behind_the_site_then_is_pytests(run: Run) -> None:
    """The options that are for pytest are found there; ours are among them."""
    ended = run(".", "--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "--junit-xml" in ended.stdout
    assert "--lua-vm" in ended.stdout


def test_command_when_an_option_in_a_file_is_unknown_then_names_the_file(run: Run, root: Path) -> None:
    """What nobody typed is told with where it stands."""
    (root / "pytest.ini").write_text("[pytest]\naddopts = --nosuch\n")
    ended = run()
    assert ended.returncode == 2
    assert ended.stderr.endswith(f"Error: unrecognized arguments: --nosuch (inifile: {root}/pytest.ini)\n")


def test_command_when_settings_are_wrong_then_exits_with_3(run: Run, root: Path) -> None:
    """A wrong setting is told by its key, before anything runs."""
    (root / "luahost.toml").write_text("vmm = 'lua54'\n")
    ended = run()
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "luahost.toml: vmm: no such setting (did you mean 'vm'?)" in ended.stderr


def test_command_when_interrupted_then_exits_with_130(root: Path) -> None:
    """Ctrl-C ends the run, a spec without end too, long before its limit; the exit code says so."""
    (root / "luahost.toml").write_text("time_limit_s = 600\n")
    (root / SPEC).write_text('it("waits", function()\n  print("ready")\n  while true do end\nend)\n')
    command = [sys.executable, "-m", "luahost", "test", "-s"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        assert any("ready" in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130


def test_command_when_coverage_is_asked_for_then_writes_and_shows_it(run: Run, root: Path) -> None:
    """LCOV goes to a file, and a table to the terminal."""
    ended = run("-k", "ticks", "--lua-coverage")
    assert "apps/x/app.lua" in ended.stdout
    assert "LCOV written to lcov.info" in ended.stdout
    assert "SF:apps/x/app.lua\n" in (root / "lcov.info").read_text()
    assert "can't be written" in run("-k", "ticks", "--lua-coverage=nosuch/lcov.info").stdout


def test_command_when_coverage_is_piped_then_no_row_is_cut(run: Run, root: Path) -> None:
    """A terminal gets what fits into it; a file or another program gets all lines."""
    (root / "apps/x/never.lua").write_text("local a = 1\n\n" * 60)
    every = ", ".join(map(str, range(1, 120, 2)))
    assert f"0 %  {every}\n" in run("-k", "ticks", "--lua-coverage", COLUMNS="80").stdout
    terminal = Terminal("test", root, "-k", "ticks", f"--lua-coverage={root}/lcov.info", columns=80)
    try:
        terminal.wait_for("LCOV written")
        row = next(line for line in terminal.text.splitlines() if line.startswith("apps/x/never.lua"))
    finally:
        terminal.close()
    assert (len(row), row[-1]) == (80, "…")


def test_command_when_pytest_is_missing_then_names_the_extra(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without pytest there is one line that says what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert execute(["test", str(root)]) == 3
    assert capsys.readouterr().err == "luahost: luahost test needs pytest: pip install 'luahost[test]'\n"


def test_command_when_help_is_asked_for_then_is_as_written(capsys: pytest.CaptureFixture[str]) -> None:
    """The help fits into 80 columns, and is the golden text."""
    assert execute(["test", "--help"]) == 0
    shown = capsys.readouterr().out
    if os.environ.get("GOLDEN") == "write":
        HELP.write_text(shown, encoding="utf-8")
    assert shown == HELP.read_text(encoding="utf-8")
    assert max(map(len, shown.splitlines())) <= 80


def test_command_when_names_change_from_run_to_run_then_says_so(run: Run, root: Path) -> None:
    """A spec is found by its place and name: one that has another name each time can't be."""
    (root / SPEC).write_text("it(tostring({}), function() end)\n")
    ended = run()
    assert ended.returncode == 1
    assert f"{SPEC}:1: the file has other specs each time it runs" in ended.stdout
