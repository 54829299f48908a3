"""Coverage of Lua: which lines specs ran, whatever they save, in coroutines too, on every VM."""

from __future__ import annotations

from pathlib import Path

import pytest
from spec_runs import APP, SpecRuns, WriteSite

from luahost.testing.coverage import Coverage, CoveredFile
from luahost.testing.coverage_summary import ranges, rows
from luahost.testing.lcov import lcov

LINES = """\
local M = {}

function M.called(n)
  local sum = 0
  for i = 1, n do
    sum = sum + i
  end
  return sum
end

function M.never(n)
  if n then
    return 1
  end
  local inner = function()
    return 2
  end
  return inner()
end

M.resumed = function()
  coroutine.yield(1)
  return 2
end

return M
"""


@pytest.fixture
def coverage() -> Coverage:
    """Returns what is counted."""
    return Coverage()


@pytest.fixture
def runs(site: WriteSite, vm: str, coverage: Coverage) -> SpecRuns:
    """Returns runs of specs whose lines are counted, on each VM."""
    runs = SpecRuns(site, coverage, vm=vm)
    runs.write(LINES, "lua/lines.lua")
    return runs


def file_of(coverage: Coverage, name: str) -> CoveredFile:
    """Returns the file with this name."""
    return next(file for file in coverage.files() if file.path.name == name)


def test_coverage_when_functions_run_then_their_lines_count(runs: SpecRuns, coverage: Coverage) -> None:
    """Each line counts how often it ran; those of functions that were never called are there, with 0."""
    assert runs.run("assert.equal(6, require('lines').called(3))") is None
    lines = file_of(coverage, "lines.lua").lines
    assert {line: lines[line] for line in (1, 4, 6, 8, 26)} == {1: 1, 4: 1, 6: 3, 8: 1, 26: 1}


def test_coverage_when_lines_never_run_then_they_are_named(runs: SpecRuns, coverage: Coverage) -> None:
    """What never ran is told, also in functions that nobody ever made."""
    assert runs.run("require('lines').called(3)") is None
    missed = set(file_of(coverage, "lines.lua").missed)
    assert {12, 13, 16, 18, 22, 23} <= missed
    assert missed <= {12, 13, 15, 16, 18, 22, 23}


@pytest.mark.parametrize("limit_s", [5.0, 0.0])
def test_coverage_when_coroutines_run_then_their_lines_count(
    site: WriteSite, vm: str, coverage: Coverage, limit_s: float
) -> None:
    """Lines count in coroutines, wrapped ones too, with limits or without."""
    runs = SpecRuns(site, coverage, vm=vm, time_limit_s=limit_s, load_time_limit_s=limit_s, trust="trusted")
    runs.write(LINES, "lua/lines.lua")
    body = """
      local lines = require("lines")
      local co = coroutine.create(lines.resumed)
      coroutine.resume(co)
      coroutine.resume(co)
      local wrapped = coroutine.wrap(lines.resumed)
      assert.same({ 1, 2 }, { wrapped(), wrapped() })
      assert.has_error(coroutine.wrap(function() error("inside") end), "inside")"""
    assert runs.run(body) is None
    lines = file_of(coverage, "lines.lua").lines
    assert (lines[22], lines[23]) == (2, 2)


def test_coverage_when_timers_and_reloads_run_code_then_it_counts(runs: SpecRuns, coverage: Coverage, vm: str) -> None:
    """Whatever turn runs it: a timer's, a reload's."""
    assert (
        runs.run("""
      session:setInterval(app, "tick", 1000)
      spec.advance(3)
      spec.reload({ ["lua/main.lua"] = spec.source("lua/main.lua") .. "\\n" })""")
        is None
    )
    assert file_of(coverage, "app.lua").lines[4] == 3
    # LuaJIT looks at a line once more when what it called returns.
    assert file_of(coverage, "main.lua").lines[1] == (4 if vm == "luajit21" else 2)


def test_coverage_when_a_saved_text_has_other_lines_then_the_files_own_count(
    runs: SpecRuns, coverage: Coverage
) -> None:
    """What ran of a text in memory counts for the lines that it has in common with the file."""
    assert (
        runs.run("""
      local tick = "function X:tick()\\n"
      spec.edit("apps/x/app.lua", { { tick, "-- one\\n-- more\\n" .. tick .. "  local more = 1\\n" } })
      app:tick()
      pcall(app.boom, app)""")
        is None
    )
    lines = file_of(coverage, "app.lua").lines
    assert (lines[4], lines[8]) == (1, 1)


def test_coverage_when_an_old_function_runs_after_a_save_then_it_counts_for_its_own_text(
    runs: SpecRuns, coverage: Coverage
) -> None:
    """A function that somebody still holds is of the text that it came from."""
    assert (
        runs.run("""
      local tick = app.tick
      spec.edit("apps/x/app.lua", { { "function X:tick()\\n", "-- one\\n-- more\\nfunction X:tick()\\n" } })
      tick(app)""")
        is None
    )
    file = file_of(coverage, "app.lua")
    assert file.lines[4] == 1
    assert 8 in file.missed


def test_coverage_when_a_spec_is_ended_by_its_limit_then_what_ran_counts(
    site: WriteSite, vm: str, coverage: Coverage
) -> None:
    """A spec that fails, even so, has run what it has run."""
    runs = SpecRuns(site, coverage, vm=vm, time_limit_s=0.05)
    assert runs.run("app:tick()\nwhile true do end") is not None
    assert file_of(coverage, "app.lua").lines[4] == 1


def test_coverage_when_nothing_loads_a_file_then_it_is_there_with_nothing(runs: SpecRuns, coverage: Coverage) -> None:
    """A file that no spec has anything to do with counts, too; specs themselves don't."""
    runs.run("assert.is_true(true)")
    assert [file.path.name for file in coverage.files()] == ["app.lua", "lines.lua", "main.lua"]
    assert file_of(coverage, "lines.lua").missed == list(file_of(coverage, "lines.lua").lines)


def test_coverage_when_several_vms_ran_then_lines_count_that_all_have(site: WriteSite, coverage: Coverage) -> None:
    """VMs differ in which lines have code; only what all have can be expected to run."""
    for vm in ("lua54", "luajit21"):
        assert SpecRuns(site, coverage, vm=vm).run("app:tick()") is None
    assert file_of(coverage, "app.lua").lines[4] == 2


def test_lcov_when_written_then_has_a_record_for_each_file(runs: SpecRuns, coverage: Coverage) -> None:
    """A record names its file, functions and lines, and says how many there are and how many ran."""
    runs.run("require('lines').called(3)")
    text = lcov(coverage.files(), runs.root)
    record = next(record for record in text.split("end_of_record\n") if "SF:lua/lines.lua" in record).splitlines()
    assert record[0] == "TN:"
    assert {"FN:3,M.called", "FNDA:1,M.called", "FN:11,M.never", "FNDA:0,M.never", "FNDA:0,M.resumed"} <= set(record)
    assert {"FN:15,inner", "FNF:4", "FNH:1", "DA:6,3", "DA:13,0"} <= set(record)
    lines = [line for line in record if line.startswith("DA:")]
    assert f"LF:{len(lines)}" in record
    assert f"LH:{sum(not line.endswith(',0') for line in lines)}" in record


def test_rows_when_the_terminal_is_narrow_then_they_fit(runs: SpecRuns, coverage: Coverage) -> None:
    """The table has a row for each file and one for all, none wider than the terminal."""
    runs.run("require('lines').called(3)")
    table = rows(coverage.files(), runs.root, 40)
    assert [row.split()[0] for row in table] == ["file", APP, "lua/lines.lua", "lua/main.lua", "all"]
    assert max(map(len, table)) <= 40
    whole = rows(coverage.files(), runs.root)
    assert max(map(len, whole)) > 40
    assert not any(row.endswith("…") for row in whole)


def test_rows_when_a_line_is_missing_then_it_is_not_100_percent(tmp_path: Path) -> None:
    """Almost all is not all."""
    from collections import Counter

    from luahost.testing.executable_lines import Executable

    hits = Counter(dict.fromkeys(range(1, 1000), 1))
    file = CoveredFile(tmp_path / "x.lua", Executable(frozenset(range(1, 1001)), ()), hits)
    assert rows([file], tmp_path, 80)[1].split() == ["x.lua", "1000", "1", "99", "%", "1000"]


@pytest.mark.parametrize(
    ("lines", "text"), [([], ""), ([3], "3"), ([3, 4, 5, 9], "3-5, 9"), ([1, 3, 4], "1, 3-4"), ([1, 2], "1-2")]
)
def test_ranges_when_lines_follow_each_other_then_they_are_taken_together(lines: list[int], text: str) -> None:
    """Lines in a row are told by the first and the last."""
    assert ranges(lines) == text
