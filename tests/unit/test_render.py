"""What the command line shows, against texts in tests/golden (`GOLDEN=write pytest` writes them anew)."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from luahost.checking.checker import CheckReport
from luahost.checking.finding import Finding as LintFinding
from luahost.cli.commands import HELP
from luahost.cli.render.screen import Screen
from luahost.doctor.finding import Finding
from luahost.errors import Frame, LuaError, LuaSyntaxError
from luahost.news import LogLine
from luahost.reload.report import MutateFailure, PrototypeChange, ReloadReport, SessionReport
from luahost.settings import Settings

FILE = "apps/contacts/app.lua"
GOLDEN = Path(__file__).parent.parent / "golden"

APP = """\
local Contact = session:prototype("Contact", { name = "", label = EMPTY })

function Contact:rename(name)
\tlocal old = self.name  -- a comment that goes on and on, so that this line doesn't fit into eighty columns
\tself.label.text = name .. old
end

return Contact
"""


def change(name: str, added: str = "", changed: str = "", removed: str = "", rebased: bool = False) -> PrototypeChange:
    """Returns a prototype's change, its fields as words."""
    return PrototypeChange(
        name,
        tuple(added.split()),
        tuple(changed.split()),
        tuple(removed.split()),
        rebased=rebased,
        instances=1,
    )


def report(
    *sessions: SessionReport, modules: tuple[str, ...] = ("apps/contacts/app.lua",), **more: Any
) -> ReloadReport:
    """Returns a reload's report."""
    return ReloadReport(modules, sessions, **{"duration_ms": 8.2, **more})


class Stage:
    """A screen whose two outputs are texts."""

    def __init__(self, site: Path, width: int, *, terminal: bool = False) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        consoles = (
            Console(file=file, width=width, highlight=False, force_terminal=terminal, legacy_windows=False)
            for file in (self.out, self.err)
        )
        self.screen = Screen(site, out=next(consoles), err=next(consoles))

    def matches(self, name: str) -> bool:
        """Returns whether what was shown is the golden text."""
        shown = self.out.getvalue() + self.err.getvalue()
        file = GOLDEN / f"{name}.txt"
        if os.environ.get("GOLDEN") == "write":
            file.write_text(shown, encoding="utf-8")
        assert shown == file.read_text(encoding="utf-8")
        return True


@pytest.fixture(params=["colour", "no_colour"])
def colours(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Returns the name of each choice of colours, which the environment has."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if request.param == "no_colour":
        monkeypatch.setenv("NO_COLOR", "1")
    return str(request.param)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with one app."""
    file = tmp_path / "apps" / "contacts" / "app.lua"
    file.parent.mkdir(parents=True)
    file.write_text(APP, encoding="utf-8")
    return tmp_path


def runtime_error(frames: int = 2) -> LuaError:
    """Returns an error in the app, with a stack."""
    place = Frame("apps/contacts/app.lua", 5, "rename")
    stack = (
        place,
        *(Frame("apps/contacts/app.lua", 4, "function <3>"),) * (frames - 2),
        Frame("stdin", 1, "main chunk"),
    )
    return LuaError("attempt to index a nil value (field 'label')", file=place.file, line=place.line, stack=stack)


@pytest.mark.parametrize("width", [80, 200])
def test_error_when_in_a_file_then_shows_source_and_stack(site: Path, width: int) -> None:
    """An error shows its message, two lines around it and the Lua stack; long lines are cut."""
    stage = Stage(site, width)
    stage.screen.error(runtime_error())
    assert stage.matches(f"error_{width}")


def test_error_when_the_stack_is_deep_then_its_middle_is_left_out(site: Path) -> None:
    """A deep stack shows its ends."""
    stage = Stage(site, 80)
    stage.screen.error(runtime_error(frames=60))
    assert stage.matches("error_deep")


def test_error_when_at_the_end_of_a_file_then_shows_its_last_lines(site: Path) -> None:
    """What is missing at the end of a file is reported behind its last line."""
    stage = Stage(site, 80)
    stage.screen.error(LuaSyntaxError("'end' expected near <eof>", file=FILE, line=9))
    assert stage.err.getvalue().splitlines()[1:] == ["    7 │", "    8 │ return Contact"]


def test_error_when_in_what_was_typed_then_shows_the_typed_lines(site: Path) -> None:
    """An error in a line that was typed shows that line and those before it."""
    stage = Stage(site, 80)
    for line in ("x = 1", "y = = 2"):
        stage.screen.sources.typed("stdin", line)
    stage.screen.error(LuaSyntaxError("unexpected symbol near '='", file="stdin", line=2))
    assert stage.matches("error_typed")


@pytest.mark.parametrize("width", [80, 200])
def test_reload_when_applied_then_is_one_line(site: Path, width: int) -> None:
    """A reload shows files, sessions, prototypes and instances; as many files as fit in half a line."""
    modules = tuple(f"apps/contacts/part{number}.lua" for number in range(1, 8))
    changes = (
        change("Contact", added="email", removed="mail"),
        change("Person", changed="name", rebased=True),
    )
    stage = Stage(site, width)
    stage.screen.reload(report(SessionReport("1", 1, prototypes=changes[:1], instances=12)))
    both = (SessionReport("1", 1, prototypes=changes, instances=1), SessionReport("2", 1, prototypes=changes))
    stage.screen.reload(report(*both, modules=modules, duration_ms=0.4))
    assert stage.matches(f"reload_{width}")


def test_reload_when_a_file_does_not_parse_then_says_that_the_last_good_goes_on(site: Path) -> None:
    """A syntax error is shown with its source, and what becomes of the sessions."""
    error = LuaSyntaxError("'=' expected near 'old'", file="apps/contacts/app.lua", line=4)
    stage = Stage(site, 80)
    stage.screen.reload(report(errors=(error,)))
    assert stage.matches("reload_syntax")


def test_reload_when_some_sessions_fail_then_names_them(site: Path) -> None:
    """The same error in several sessions is shown once, with their ids."""
    failed = [SessionReport(number, 1, ok=False, error=runtime_error()) for number in ("2", "3")]
    stage = Stage(site, 80)
    stage.screen.reload(report(SessionReport("1", 1, instances=1), *failed, errors=(runtime_error(),), busy=("4",)))
    assert stage.matches("reload_partly")


def test_reload_when_instances_are_pending_then_says_why(site: Path) -> None:
    """Failed mutations, kept things and files that are gone are told below the line."""
    failure = MutateFailure("Contact", "attempt to index a nil value (field 'label')", FILE, 5, 3)
    kept = ("global 'limit' is no longer assigned; it stays",)
    part = SessionReport("1", 1, instances=9, failures=(failure,), pending=(failure,), kept=kept)
    stage = Stage(site, 80)
    stage.screen.reload(report(part, part, gone=("apps/old.lua",)))
    assert stage.matches("reload_pending")


def test_reload_when_each_instance_fails_in_words_of_its_own_then_shows_the_place_once(site: Path) -> None:
    """A message that names the instance doesn't fill the screen with the same lines of source."""
    failures = tuple(MutateFailure("Contact", f"no {name}", FILE, 5, 2) for name in ("Ann", "Ben", "Cleo"))
    stage = Stage(site, 80)
    stage.screen.reload(report(SessionReport("1", 1, instances=9, failures=failures)))
    assert stage.matches("reload_pending_many")


def test_reload_when_it_undoes_one_then_says_so(site: Path) -> None:
    """An undo is a reload with a word of its own; where it failed, what ran goes on."""
    stage = Stage(site, 100)
    change = PrototypeChange("Contact", (), (), ("email",), rebased=False, instances=0)
    stage.screen.reload(report(SessionReport("1", 2, prototypes=(change,), instances=12), undone=True))
    failed = SessionReport("1", 1, ok=False, error=runtime_error())
    stage.screen.reload(report(failed, errors=(runtime_error(),), undone=True))
    assert stage.matches("reload_undone")


def test_reload_when_only_files_are_gone_then_says_so(site: Path) -> None:
    """A deleted file is news, not a reload."""
    stage = Stage(site, 80)
    stage.screen.reload(report(modules=(), gone=("apps/old.lua",)))
    assert stage.out.getvalue() == "file gone apps/old.lua\n"


def test_results_when_wide_then_stay_whole(site: Path) -> None:
    """A result is never cut or wrapped."""
    stage = Stage(site, 80)
    stage.screen.results(("x" * 200,))
    assert stage.out.getvalue() == f'"{"x" * 200}"\n'


def test_log_when_printed_then_stands_alone_and_when_logged_has_its_place(site: Path) -> None:
    """`print` goes to standard output as it is; logs to standard error with level and place."""
    stage = Stage(site, 80)
    stage.screen.log(LogLine("1", "print", "a\t[bold]b[/bold]", FILE, 3))
    stage.screen.log(LogLine("1", "warn", "careful", FILE, 3))
    stage.screen.log(LogLine("1", "debug", "not shown at info", FILE, 3))
    assert stage.out.getvalue() == "a\t[bold]b[/bold]\n"
    assert stage.err.getvalue() == "warn: apps/contacts/app.lua:3: careful\n"


def test_sessions_when_listed_then_the_current_one_is_marked(site: Path) -> None:
    """Sessions and commands are tables of plain columns."""
    stage = Stage(site, 80)
    row = {"id": "1", "generation": 1, "memory_kb": 1234, "is_busy": False, "peers": 0, "key": "01234567" * 4}
    stage.screen.sessions([row, {**row, "id": "12", "generation": 3, "is_busy": True}], "1")
    stage.screen.commands(HELP)
    stage.screen.banner("0.1.0", Settings(site="mysite", trust="trusted"))
    assert stage.matches("listings")


def test_error_when_no_color_is_set_then_a_terminal_gets_none(site: Path, colours: str) -> None:
    """NO_COLOR takes the colours away on a terminal."""
    stage = Stage(site, 80, terminal=True)
    stage.screen.error(runtime_error())
    assert stage.matches(f"error_{colours}")


def test_findings_when_some_want_attention_then_have_their_advice_below(tmp_path: Path) -> None:
    """The doctor's findings stand in their sections, each with what to do; the last line counts them."""
    stage = Stage(tmp_path, 80)
    stage.screen.findings(
        [
            Finding("Installation", "python", "ok", "Python 3.11.7"),
            Finding("Installation", "vm.lua55", "warning", "lua55 can't be loaded", "install lupa's wheel"),
            Finding("Settings", "setting.vm", "note", "vm = lua54  (default)"),
            Finding("Files", "events", "wrong", "no event came", "look at the files instead: luahost run --poll"),
        ]
    )
    assert stage.matches("findings")


CHECKED = CheckReport(
    files=12,
    findings=(
        LintFinding("apps/contacts/app.lua", 4, 2, "undeclared-global", "`total` becomes a global of the session here"),
        LintFinding("lua/[b]é.lua", 120, 31, "selene/unused_variable", f"{'a long sentence, ' * 8}which stays whole"),
        LintFinding("lua/[b]é.lua", 121, 1, "syntax", "unexpected symbol near '='"),
    ),
    linters=("lua-language-server", "selene"),
)


@pytest.mark.parametrize("width", [80, 200])
def test_check_when_something_is_found_then_each_has_one_line(tmp_path: Path, width: int) -> None:
    """A finding is never wrapped, so that editors find its place; the last line counts."""
    stage = Stage(tmp_path, width)
    stage.screen.checked(CHECKED)
    assert stage.matches("check")


def test_check_when_nothing_is_found_then_says_how_many_files(tmp_path: Path) -> None:
    """What was left out stands on standard error."""
    notes, problems = ("lua/data.lua: not looked at: it is longer than 2048 KiB",), ("selene: it ended with 2: no",)
    stage = Stage(tmp_path, 80)
    for report in (CheckReport(12), CheckReport(1, linters=("selene",)), CheckReport(0, (), notes, (), problems)):
        stage.screen.checked(report)
    assert stage.matches("check_nothing")


def test_check_when_no_color_is_set_then_a_terminal_gets_none(tmp_path: Path, colours: str) -> None:
    """NO_COLOR takes the colours away on a terminal."""
    stage = Stage(tmp_path, 80, terminal=True)
    stage.screen.checked(CHECKED)
    assert stage.matches(f"check_{colours}")
