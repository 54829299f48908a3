"""The console script: the group of commands, and what each way of ending exits with."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence

import click

from luahost.errors import (
    AttachError,
    ExtraMissing,
    LuaHostError,
    NoSuchSession,
    ServerError,
    SettingsError,
    SiteError,
    Unavailable,
    WatchError,
)

from .alphabet import adapt_outputs
from .check import check
from .completion import completion
from .doctor import doctor
from .inspect import inspect
from .new import new
from .overview import Overview
from .reload import reload
from .repl import repl
from .run import run
from .serve import serve
from .sessions import sessions
from .store import store
from .stubs import stubs
from .test import test
from .version import version

__all__ = ["main"]

FAILED, ENVIRONMENT, INTERRUPTED = 1, 3, 130

WIDEST = 100
"""Longer lines of help are hard to read, however wide the terminal is."""

EPILOG = """\b
Examples:
  luahost new shop                         then `cd shop`
  luahost run                              the site in this folder
  luahost run --help                       more on a command
"""

OF_THE_ENVIRONMENT = (
    AttachError,
    ExtraMissing,
    NoSuchSession,
    ServerError,
    SettingsError,
    SiteError,
    Unavailable,
    WatchError,
)


def main() -> None:
    """Runs the command in the process's arguments, and exits."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal without UTF-8 can't show
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: Sequence[str]) -> int:
    """Runs a command; returns 0 fine, 1 failed, 2 wrong usage, 3 settings or environment, 130 interrupted."""
    adapt_outputs()
    try:
        return _group().main(list(arguments), prog_name="luahost", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except LuaHostError as error:
        for line in error.problems if isinstance(error, SettingsError) else (str(error),):
            click.echo(f"luahost: {line}", err=True)
        return ENVIRONMENT if isinstance(error, OF_THE_ENVIRONMENT) else FAILED
    except BrokenPipeError:
        # Whoever read our output is gone; the interpreter must not complain when it flushes the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception:
        traceback.print_exc()
        click.echo("luahost: a fault of luahost itself, not of the site: please report it with these lines", err=True)
        return FAILED


def _group() -> click.Group:
    group = Overview(
        "luahost",
        help="Keeps Lua application logic running, and takes every save into it.",
        epilog=EPILOG,
        commands=[run, serve, new, stubs, check, test, repl, sessions, inspect, reload, store, doctor, completion],
        callback=_help_alone,
        invoke_without_command=True,
        subcommand_metavar="COMMAND ...",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDEST},
    )
    return click.version_option(version(), message="%(prog)s %(version)s")(group)


@click.pass_context
def _help_alone(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
