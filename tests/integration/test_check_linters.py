"""`luahost check`: what lua-language-server and selene find, where they are installed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from linters import install

from luahost.checking import linter
from luahost.checking.checker import CheckReport, Selection, check
from luahost.settings import Settings

WriteSite = Callable[[Mapping[str, str]], Path]
Look = Callable[..., CheckReport]

LUA = {"lua/main.lua": "local unused = 'é'\nshown = 2\n"}

SELENE = """
def told(code, line, column, start=-1):
    span = {"start": start, "start_line": line, "start_column": column, "end": 1, "end_line": line, "end_column": 9}
    label = {"filename": arguments[-1], "span": span, "message": ""}
    print(json.dumps({"severity": "Warning", "code": code, "message": code + "\\nis here", "primary_label": label,
                      "notes": ["a note"], "secondary_labels": []}))
told("unused_variable", 0, 9)
told("parse_error", 0, 0)
print("")
sys.exit(1)
"""

LUALS = """
options = dict(argument.lstrip("-").split("=", 1) for argument in arguments)
def told(code, line, column):
    return {"code": code, "message": "it is\\n" + code, "severity": 2, "source": "Lua Diagnostics.",
            "range": {"start": {"line": line, "character": column}, "end": {"line": line, "character": 9}}}
names = ("lua/main.lua", "tests/a.lua")
files = {Path(options["check"], name).as_uri(): [told("unused-local", 0, 9)] for name in names}
Path(options["logpath"], "check.json").write_text(json.dumps(files))
sys.exit(1)
"""


@pytest.fixture
def look(site: WriteSite, tmp_path_factory: pytest.TempPathFactory) -> Look:
    """Returns a function that checks a site where some programs, given by their bodies, are installed."""

    def check_with(
        programs: Mapping[str, str], files: Mapping[str, str] = LUA, only: str = "", skip: str = ""
    ) -> CheckReport:
        folder = tmp_path_factory.mktemp("bin")
        for name, body in programs.items():
            install(folder, name, body)
        selection = Selection(frozenset(only.split()), frozenset(skip.split()))
        settings = Settings(site=str(site({"lua/main.lua": "", **files})))
        return check(settings, selection, which=partial(shutil.which, path=str(folder)))

    return check_with


def lines(report: CheckReport) -> list[str]:
    """Returns the findings in one line each."""
    return [f"{each.file}:{each.line}:{each.column}: {each.message} [{each.lint}]" for each in report.findings]


def test_selene_when_it_is_there_then_its_findings_stand_among_ours(look: Look) -> None:
    """Places count from 1, sentences are one line, and what Lua itself could parse is no error."""
    report = look({"selene": SELENE})
    assert lines(report) == ["lua/main.lua:1:10: unused_variable is here a note [selene/unused_variable]"]
    assert report.linters == ("selene",)


def test_selene_when_letters_have_several_bytes_then_columns_count_characters(look: Look) -> None:
    """Its offset in the file tells the character; in a file that Lua reads otherwise, its column stands."""
    lua = 'local s, t = "é", 1\n'
    told_at = len(lua[: lua.index("1")].encode())
    body = SELENE.replace('told("unused_variable", 0, 9)', f'told("unused_variable", 0, {told_at}, {told_at})')
    assert lines(look({"selene": body}, {"lua/main.lua": lua}))[0].startswith("lua/main.lua:1:19: ")
    shell = {"lua/main.lua": f"#!/usr/bin/lua\n{lua}"}
    assert lines(look({"selene": body}, shell))[0].startswith("lua/main.lua:1:20: ")


def test_luals_when_it_is_there_then_its_findings_stand_among_ours(look: Look) -> None:
    """Of what it says of the whole folder, the files of the site count."""
    report = look({"lua-language-server": LUALS})
    assert lines(report) == ["lua/main.lua:1:10: it is unused-local [luals/unused-local]"]
    assert report.linters == ("lua-language-server",)


def test_linters_when_both_are_there_then_both_look(look: Look) -> None:
    """Findings of all are in one order."""
    report = look({"selene": SELENE, "lua-language-server": LUALS})
    assert [each.lint for each in report.findings] == ["luals/unused-local", "selene/unused_variable"]
    assert report.linters == ("lua-language-server", "selene")


@pytest.mark.parametrize(
    ("only", "skip", "found"),
    [
        ("selene", "", ["selene/unused_variable"]),
        ("luals/unused-local", "", ["luals/unused-local"]),
        ("", "selene", ["luals/unused-local"]),
        ("", "luals/unused-local", ["selene/unused_variable"]),
        ("syntax", "", []),
    ],
)
def test_linters_when_some_are_wanted_then_the_others_say_nothing(
    look: Look, only: str, skip: str, found: list[str]
) -> None:
    """The name of a program stands for all of its lints."""
    report = look({"selene": SELENE, "lua-language-server": LUALS}, only=only, skip=skip)
    assert [each.lint for each in report.findings] == found


def test_linters_when_a_comment_allows_one_then_it_is_silent(look: Look) -> None:
    """A comment of ours speaks to all."""
    files = {"lua/main.lua": "local unused = 1 -- luahost: allow(selene/unused_variable, luals/unused-local)\n"}
    assert look({"selene": SELENE, "lua-language-server": LUALS}, files).findings == ()


def test_linter_when_it_is_asked_for_and_not_there_then_says_so(look: Look) -> None:
    """What nobody asked for by its name need not be there."""
    assert look({}).problems == ()
    problem = "selene: it is not on the PATH: install it, or leave it out"
    assert look({}, only="selene/unused_variable").problems == (problem,)
    assert look({}, only="syntax").problems == ()


ASKED = """
config = json.loads(Path("luahost.yml").read_text()) if os.path.exists("luahost.yml") else {}
known = sorted(config.get("globals", {}))
print(json.dumps({"std": Path("selene.toml").read_text(), "globals": known}), file=sys.stderr)
sys.exit(7)
"""


def test_selene_when_the_site_has_no_configuration_then_it_learns_our_globals(look: Look) -> None:
    """`session`, `EMPTY`, `ui` and what the site declares are known to it."""
    (problem,) = look({"selene": ASKED}).problems
    told = json.loads(problem.removeprefix("selene: it ended with 7: "))
    assert told["std"] == 'std = "luahost"\n'
    assert {"session", "EMPTY", "ui", "shown"} <= set(told["globals"])


def test_selene_when_the_site_has_a_configuration_then_that_is_used(look: Look) -> None:
    """What the site says to selene stays its own."""
    (problem,) = look({"selene": ASKED}, {**LUA, "selene.toml": 'std = "mine"'}).problems
    assert json.loads(problem.removeprefix("selene: it ended with 7: ")) == {"std": 'std = "mine"', "globals": []}


CONFIGURED = """
options = dict(argument.lstrip("-").split("=", 1) for argument in arguments)
print(Path(options["configpath"]).read_text(), file=sys.stderr)
sys.exit(7)
"""


def test_luals_when_the_site_has_no_configuration_then_it_learns_our_globals(look: Look) -> None:
    """It is told which Lua it is, too."""
    (problem,) = look({"lua-language-server": CONFIGURED}).problems
    told = json.loads(problem.removeprefix("lua-language-server: it ended with 7: "))
    assert told["runtime.version"] == "Lua 5.4"
    assert told["runtime.path"][:4] == ["lua/?.lua", "lua/?/init.lua", "apps/?.lua", "apps/?/init.lua"]
    assert told["diagnostics.globals"] == ["EMPTY", "session", "shown", "ui"]


def test_luals_when_the_site_has_a_configuration_then_that_is_used(look: Look) -> None:
    """The editor and the check say the same."""
    (problem,) = look({"lua-language-server": CONFIGURED}, {**LUA, ".luarc.json": '{"mine": true}'}).problems
    assert problem == 'lua-language-server: it ended with 7: {"mine": true}'


@pytest.mark.parametrize("name", ["selene", "lua-language-server"])
@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            "print('bad configuration', file=sys.stderr); print('more'); sys.exit(2)",
            "it ended with 2: bad configuration",
        ),
        ("os.kill(os.getpid(), 9)", "it ended with -9"),
    ],
)
def test_linter_when_it_fails_then_says_why_and_the_rest_stands(look: Look, name: str, body: str, says: str) -> None:
    """Another program's trouble is one line, and doesn't take our findings."""
    report = look({name: body}, {"lua/main.lua": "require('gone')"})
    assert [each.lint for each in report.findings] == ["unresolved-require"]
    assert report.linters == ()
    assert [problem.startswith(f"{name}: {says}") for problem in report.problems] == [True]


@pytest.mark.parametrize(
    "body",
    [
        'print("{broken"); sys.exit(1)',
        'print(json.dumps({"primary_label": {}, "code": "x"})); sys.exit(1)',
    ],
)
def test_selene_when_its_answer_is_strange_then_says_which_version_is_needed(look: Look, body: str) -> None:
    """An older selene doesn't name files."""
    (problem,) = look({"selene": body}).problems
    assert problem.endswith("version 0.24 or newer is needed")


@pytest.mark.parametrize("answer", ["[", "[1]", '{"file:///x": 1}', '{"file://SITE/lua/main.lua": [{}]}'])
def test_luals_when_its_answer_is_strange_then_says_so(look: Look, answer: str) -> None:
    """What isn't a diagnosis is told of in one line, or is about nothing of ours."""
    body = f"""
options = dict(argument.lstrip("-").split("=", 1) for argument in arguments)
Path(options["logpath"], "check.json").write_text({answer!r}.replace("SITE", options["check"]))
"""
    report = look({"lua-language-server": body})
    is_ours = answer != '{"file:///x": 1}'
    assert [problem.partition(" (")[0] for problem in report.problems] == (
        ["lua-language-server: its answer can't be read"] if is_ours else []
    )


def test_linter_when_it_does_not_end_then_is_ended(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever."""
    monkeypatch.setattr(linter, "PATIENCE_S", 0.05)
    assert look({"selene": "sys.stdin.read()\nwhile True: pass"}).problems == ("selene: it did not end within 0.05 s",)


def test_linter_when_it_can_not_be_started_then_says_so(look: Look, tmp_path: Path) -> None:
    """A program whose interpreter is gone is told of."""
    program = tmp_path / "selene"
    program.write_text("#!/nowhere/lua\n")
    program.chmod(0o755)
    settings = Settings(site=str(look({}) and tmp_path))
    report = check(settings, which=lambda name: str(program) if name == "selene" else None)
    assert report.problems == ("selene: it can't be started (No such file or directory)",)
