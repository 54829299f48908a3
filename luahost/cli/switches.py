"""Switches: the options that `run` and `serve` share, and the settings that they stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from luahost.errors import SettingsError
from luahost.settings import Settings

__all__ = ["flags", "with_lua_switches", "with_switches"]

Command = TypeVar("Command", bound=Callable[..., Any])

POLL_S = 0.5


class Vm(click.ParamType[str]):
    """A VM's name, checked as the settings check it."""

    name = "vm"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Returns the name; a wrong one is wrong usage."""
        try:
            return Settings(vm=value).vm  # type: ignore[arg-type]
        except SettingsError as error:
            self.fail(str(error), param, ctx)


def with_switches(command: Command) -> Command:
    """Adds the options to a command."""
    command = with_lua_switches(command)
    options = [
        click.option("--no-reload", is_flag=True, help="Does not watch the site's files."),
        click.option("--poll", is_flag=True, help="Looks for changed files instead of waiting for file events."),
        click.option("--store", metavar="URL", help="Saves sessions there: sqlite:PATH, postgresql://…, memory:."),
        click.option("--profile", metavar="FILE", help="Writes where the Lua code spent its time, for speedscope."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def with_lua_switches(command: Command) -> Command:
    """Adds the options that say which Lua runs, and what it may."""
    trust = click.option("--trust/--sandbox", default=None, help="Gives Lua the whole standard library, or little.")
    vm = click.option("--vm", type=Vm(), metavar="VM", help="lua54 (default), lua55 or luajit21.")
    return trust(vm(command))


def flags(
    *, trust: bool | None, vm: str | None, no_reload: bool = False, poll: bool = False, store: str | None = None
) -> dict[str, Any]:
    """Returns the settings that the options stand for; None where one wasn't given."""
    return {
        "watch": False if no_reload else None,
        "poll_s": POLL_S if poll else None,
        "trust": None if trust is None else "trusted" if trust else "sandbox",
        "vm": vm,
        "store": store,
    }
