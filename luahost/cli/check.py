"""`luahost check`: what can be said of a site's code without running it."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from luahost.settings import load_settings

from .render.screen import Screen
from .switches import Vm

if TYPE_CHECKING:
    from luahost.checking.checker import CheckReport

__all__ = ["check"]

FAILED, ENVIRONMENT = 1, 3


EPILOG = """\b
Examples:
  luahost check mysite
  luahost check --only syntax --only unresolved-require
  luahost check --json --skip selene
"""


class CheckCommand(click.Command):
    """The command, whose help lists the lints."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the options, then the lints."""
        from luahost.checking.lints import all_lints

        super().format_options(ctx, formatter)
        with formatter.section("Lints"):
            formatter.write_dl([(lint.name, lint.summary) for lint in all_lints()])


class LintName(click.ParamType[str]):
    """The name of a lint, or of another linter, which stands for all of its lints."""

    name = "lint"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Returns the name; one that there is not is wrong usage."""
        from luahost.checking.checker import LINTERS
        from luahost.checking.lints import all_lints

        linters = [linter.name for linter in LINTERS]
        names = [*(lint.name for lint in all_lints()), *linters]
        if value not in names and value.partition("/")[0] not in linters:
            near = difflib.get_close_matches(value, names, n=1)
            self.fail(
                f"no lint {value!r}; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}")
            )
        return value


@click.command(cls=CheckCommand, epilog=EPILOG)
@click.argument("site", required=False)
@click.option("--only", metavar="LINT", type=LintName(), multiple=True, help="Looks for this alone; repeatable.")
@click.option("--skip", metavar="LINT", type=LintName(), multiple=True, help="Doesn't look for this; repeatable.")
@click.option("--vm", type=Vm(), metavar="VM", help="Whose syntax: lua54 (default), lua55 or luajit21.")
@click.option("--json", "as_json", is_flag=True, help="Prints JSON.")
def check(site: str | None, only: Sequence[str], skip: Sequence[str], vm: str | None, as_json: bool) -> int:
    """Checks the code of the site in the folder SITE (this one by default) without running it.

    Reads lua/, apps/ and what they require, viewdefs/ and html/, and prints a line for each thing that is wrong, with
    its place. Where lua-language-server or selene are installed, what they find stands there, too. A comment behind a
    line, or above it, silences a lint:

    \b
      -- luahost: allow(shared-table-default)

    Exits with 1 if something was found, with 3 if one of the other programs failed.
    """
    # Other commands do without these, and begin the sooner.
    from luahost.checking import checker

    settings = load_settings(site, flags={"vm": vm}, env=os.environ)
    report = checker.check(settings, checker.Selection(frozenset(only), frozenset(skip)))
    if as_json:
        click.echo(_json(report))
    else:
        Screen(Path(settings.site)).checked(report)
    if report.findings:
        return FAILED
    return ENVIRONMENT if report.problems else 0


def _json(report: CheckReport) -> str:
    return json.dumps({"ok": not report.findings and not report.problems, **asdict(report)}, indent=2)
