"""Every command's help, against texts in tests/golden/help (`GOLDEN=write pytest` writes them anew), and its manners.

A new command needs a place in `luahost.cli.overview.SECTIONS`, and its golden texts to be written.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from luahost.cli.main import _group
from luahost.cli.overview import SECTIONS

GOLDEN = Path(__file__).parent.parent / "golden" / "help"
WIDTHS = (80, 200)


def commands(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yields a command and those below it, each with the words that lead to it."""
    yield path, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands(below, *path, name)


ALL = dict(commands(_group()))
LEAVES = {path: command for path, command in ALL.items() if path}


def name_of(path: tuple[str, ...]) -> str:
    """Returns a command as it is typed."""
    return " ".join(("luahost", *path))


def invoke(*arguments: str, columns: int = 80, **environment: str) -> Result:
    """Runs the command line in this process, on a terminal as wide as said."""
    given = {"COLUMNS": str(columns), "LUAHOST_SITE": None, **environment}
    return CliRunner().invoke(_group(), arguments, prog_name="luahost", env=given, color=True)


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_help_when_asked_for_then_is_the_golden_text(path: tuple[str, ...], columns: int) -> None:
    """Each command's help is as it was looked at, on a narrow and on a wide terminal."""
    shown = invoke(*path, "--help", columns=columns).output
    file = GOLDEN / f"{'_'.join(('luahost', *path))}_{columns}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


def test_golden_when_compared_with_the_commands_then_has_no_text_of_another() -> None:
    """A command that is gone leaves no text behind."""
    expected = {f"{'_'.join(('luahost', *path))}_{columns}.txt" for path in ALL for columns in WIDTHS}
    assert {file.name for file in GOLDEN.iterdir()} - expected == set()


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_help_when_shown_then_fits_the_terminal_and_has_no_colour(path: tuple[str, ...]) -> None:
    """No line is longer than 80 columns there, and with NO_COLOR or without, nothing but text is in it."""
    shown = invoke(*path, "--help").output
    assert [line for line in shown.splitlines() if len(line) > 80] == []
    assert shown == invoke(*path, "--help", NO_COLOR="1").output
    assert "\x1b" not in shown


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_help_when_read_then_says_what_the_command_does(path: tuple[str, ...]) -> None:
    """Each begins with a sentence, and says of each option what it does."""
    command = ALL[path]
    first = re.split(r"\n\n|\.\s", (command.help or "").strip() + "\n\n")[0]
    assert first[:1].isupper()
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not re.match(r"\S.*[.…]$", option.help or "")] == []


def examples(command: click.Command) -> list[str]:
    """Returns the lines of a command's examples that begin with luahost, without comments, pipes and redirections."""
    lines = re.findall(r"^  (.*\bluahost .*)$", command.epilog or "", re.MULTILINE)
    bare = [re.split(r"\s{3,}| \|\| | > | >> ", line)[0] for line in lines]
    return [re.sub(r"^.*(?=\bluahost )", "", line).rstrip(")'") for line in bare]


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_help_when_it_has_examples_then_they_can_be_typed(
    path: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every help has an example, and each is a command with arguments and options that there are."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sessions.jsonl").touch()
    found = examples(ALL[path])
    assert found
    for line in found:
        parse(shlex.split(line)[1:])


def parse(words: list[str]) -> None:
    """Parses a command line, and runs nothing; raises UsageError if it is wrong."""
    command: click.Command = _group()
    context = click.Context(command, info_name="luahost")
    while isinstance(command, click.Group):
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, info_name=name, parent=context)
    with contextlib.suppress(click.exceptions.Exit):  # --help
        command.make_context(context.info_name, list(words), parent=context.parent).close()


def test_overview_when_compared_with_the_commands_then_has_a_place_for_each() -> None:
    """No command is missing from `luahost --help`."""
    placed = [name for section in SECTIONS.values() for name in section]
    assert set(_group().commands) <= set(placed)
    assert len(placed) == len(set(placed))


def test_overview_when_luahost_stands_alone_then_is_shown() -> None:
    """`luahost` alone prints the help, and is fine."""
    assert invoke().output == invoke("--help").output
    assert invoke().exit_code == 0


@pytest.mark.parametrize("path", LEAVES, ids=name_of)
def test_usage_when_an_option_is_misspelt_then_says_what_was_meant(path: tuple[str, ...]) -> None:
    """An option with a letter too many exits with 2 and names the right one; pytest's are for pytest to judge."""
    command = LEAVES[path]
    options = [p.opts[-1] for p in command.params if isinstance(p, click.Option) and len(p.opts[-1]) > 4]
    if command.context_settings.get("ignore_unknown_options"):
        return
    for option in options or ["--help"]:
        result = invoke(*path, f"{option}x")
        assert result.exit_code == 2
        assert option in result.output
        assert f"Try 'luahost {' '.join(path)} --help' for help." in result.output


@pytest.mark.parametrize("path", LEAVES, ids=name_of)
def test_usage_when_a_command_is_misspelt_then_says_what_was_meant(path: tuple[str, ...]) -> None:
    """A command with a letter too many exits with 2 and names the right one."""
    result = invoke(*path[:-1], f"{path[-1]}x")
    assert result.exit_code == 2
    assert "Did you mean" in result.output
    assert f"'{path[-1]}'" in result.output
