"""The console script: the group of commands, and what each way of ending exits with."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from luahost.errors import LuaHostError, ServerError, SettingsError, SiteError, WatchError

from .doctor import doctor
from .run import run
from .serve import serve
from .store import store
from .version import version

__all__ = ["main"]

FAILED, ENVIRONMENT, INTERRUPTED = 1, 3, 130


def main() -> None:
    """Runs the command in the process's arguments, and exits."""
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: Sequence[str]) -> int:
    """Runs a command; returns 0 fine, 1 failed, 2 wrong usage, 3 settings or environment, 130 interrupted."""
    try:
        return _group().main(list(arguments), prog_name="luahost", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except LuaHostError as error:
        click.echo(f"luahost: {error}", err=True)
        return ENVIRONMENT if isinstance(error, (ServerError, SettingsError, SiteError, WatchError)) else FAILED
    except BrokenPipeError:
        # Whoever read our output is gone; the interpreter must not complain when it flushes the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _group() -> click.Group:
    group = click.Group(
        "luahost",
        help="Keeps Lua application logic running, and takes every save into it.",
        epilog="\b\nExample:\n  luahost run mysite",
        commands=[run, serve, store, doctor],
        callback=_help_alone,
        invoke_without_command=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    return click.version_option(version(), message="%(prog)s %(version)s")(group)


@click.pass_context
def _help_alone(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
