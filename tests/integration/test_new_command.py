"""`luahost new` as a user meets it: the console script in a process of its own, and the sites that it makes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from served_site import ServedSite

from luahost.templates.template import TEMPLATES

LUAHOST = str(Path(sys.executable).parent / "luahost")
GOLDEN = Path(__file__).parents[1] / "golden"
DEADLINE_S = 60.0


def luahost(*arguments: str, cwd: Path, lines: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the console script."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LUAHOST_")}
    return subprocess.run(
        [LUAHOST, *arguments],
        cwd=cwd,
        env=environment,
        input=lines,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )


TRIES = {
    "app": ('app:add("buy bread")\n=app:summary()', '"1 of 1 to do"'),
    "contacts": ('app:hire({ name = "Bob Cole", company = "Acme" })\n=app:found()[1]:details()', '"Acme"'),
    "chat": ('app:say("Ann", "good morning")\n=app:present()[1]', '"Ann"'),
}


@pytest.mark.parametrize("template", TEMPLATES)
def test_new_when_a_template_is_named_then_its_site_runs_as_its_comments_say(tmp_path: Path, template: str) -> None:
    """The site starts as it is, and what its app says to try at the prompt answers."""
    made = luahost("new", "shop", "--template", template, cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    typed, expected = TRIES[template]
    app = next((tmp_path / "shop" / "apps").glob("*/app.lua")).read_text()
    assert f"---   {typed.splitlines()[0]}\n" in app
    ran = luahost("run", cwd=tmp_path / "shop", lines=typed)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert expected in ran.stdout


@pytest.mark.parametrize("template", TEMPLATES)
def test_new_when_a_site_is_made_then_its_specs_pass(tmp_path: Path, template: str) -> None:
    """`luahost test`, the second of the printed steps, finds the site's specs, and all pass."""
    luahost("new", "shop", "--template", template, cwd=tmp_path)
    done = luahost("test", cwd=tmp_path / "shop")
    assert done.returncode == 0, done.stdout
    assert re.search(r"= \d+ passed in ", done.stdout)


@pytest.mark.parametrize("template", TEMPLATES)
def test_new_when_a_site_is_made_then_its_server_shows_its_page(tmp_path: Path, template: str) -> None:
    """The site is served, and every type that its page begins with has its view definition."""
    luahost("new", "shop", "--template", template, cwd=tmp_path)
    served = ServedSite(tmp_path / "shop", trust="trusted")
    try:
        with served.socket() as socket:
            socket.say(("watch", {"varId": 1}), user_event=True)
            told = {key: text for said in socket.hear() for key, text in said["data"]["properties"].items()}
    finally:
        served.close()
    assert f"{told['type']}.DEFAULT" in told["viewdefs"]


def test_new_when_done_then_prints_steps_that_are_true(tmp_path: Path) -> None:
    """The printed commands work in their order: `cd` goes to the site, and each other is a command of luahost."""
    steps = re.findall(r"^  (.+?)(?:  .*)?$", luahost("new", "my shop", cwd=tmp_path).stdout, re.MULTILINE)
    assert steps[0] == "cd 'my shop'"
    there = subprocess.run(["sh", "-c", f"{steps[0]} && ls"], cwd=tmp_path, capture_output=True, text=True)
    assert "luahost.toml" in there.stdout
    assert [step.split()[0] for step in steps[1:]] == ["luahost"] * 3


@pytest.mark.parametrize("template", TEMPLATES)
def test_new_when_done_then_prints_the_golden_text(tmp_path: Path, template: str) -> None:
    """What is printed is as it was looked at, without colours, whatever the terminal's width."""
    shown = luahost("new", "shop", "--template", template, cwd=tmp_path).stdout
    if os.environ.get("GOLDEN") == "write":
        (GOLDEN / f"new_{template}.txt").write_text(shown)
    assert shown == (GOLDEN / f"new_{template}.txt").read_text()


def test_new_when_the_folder_is_this_one_then_no_step_leads_there(tmp_path: Path) -> None:
    """In `luahost new .` one is there already."""
    made = luahost("new", ".", cwd=tmp_path)
    assert made.returncode == 0
    assert "cd " not in made.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("taken",), 3, "luahost: taken: the folder isn't empty, it has notes.txt: choose another"),
        (("taken/notes.txt",), 3, "luahost: taken/notes.txt: there is a file of this name"),
        (("taken/notes.txt/shop",), 3, "the site can't be made: File exists; nothing is left of it"),
        (("",), 2, "'' is no name for a site"),
        (("a\nb",), 2, r"'a\nb' is no name for a site"),
        ((), 2, "Missing argument 'NAME'"),
        (("shop", "--template", "caht"), 2, "'caht' is not one of 'app', 'contacts', 'chat'"),
    ],
)
def test_new_when_it_cannot_be_then_says_why(tmp_path: Path, arguments: tuple[str, ...], code: int, told: str) -> None:
    """One clear line, the right exit code, no Python traceback, and nothing changed."""
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    made = luahost("new", *arguments, cwd=tmp_path)
    assert (made.returncode, made.stdout) == (code, "")
    assert told in made.stderr
    assert "Traceback" not in made.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["taken", "notes.txt"]
