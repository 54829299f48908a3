"""Pytest's usage: what it says of arguments that it can't take, told as luahost's own commands tell it."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from typing import Any

import click
import pytest

__all__ = ["PytestUsage"]

UNKNOWN = "unrecognized arguments: "
NO_FILE = "inifile: None"


class PytestUsage:
    """A plugin for one run that raises click.UsageError in place of pytest's; `given` is what was typed."""

    def __init__(self, given: Sequence[str]) -> None:
        self._names = {argument.partition("=")[0] for argument in given}
        self._parser: Any = None

    def pytest_addoption(self, parser: pytest.Parser) -> None:
        """Keeps the parser, which comes to know the options of all plugins."""
        self._parser = parser

    @pytest.hookimpl(wrapper=True)
    def pytest_cmdline_parse(self) -> Generator[None, pytest.Config | None, pytest.Config | None]:
        """Tells what is wrong with options."""
        try:
            return (yield)
        except pytest.UsageError as error:
            raise self._told(error) from error

    @pytest.hookimpl(wrapper=True)
    def pytest_cmdline_main(self) -> Generator[None, object, object]:
        """Tells what is wrong with files, words and values."""
        try:
            return (yield)
        except pytest.UsageError as error:
            raise self._told(error) from error

    def _told(self, error: pytest.UsageError) -> click.UsageError:
        said = "\n".join(map(str, error.args))
        found = re.search(r"error: (.+)(?:\n +(inifile: .+))?", said) if said.startswith("usage: ") else None
        if found is None:
            return click.UsageError(said)
        message, file = found.groups()
        name = message.removeprefix(UNKNOWN).split()[0].partition("=")[0]
        if message.startswith(UNKNOWN) and name in self._names:
            return click.NoSuchOption(name, possibilities=self._options())
        # An option that nobody typed stands in a file.
        return click.UsageError(message if file in (None, NO_FILE) else f"{message} ({file})")

    def _options(self) -> list[str]:
        options = (option for group in self._parser._groups for option in group.options)
        return [name for option in options for name in option.names() if name.startswith("--")]
