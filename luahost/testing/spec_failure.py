"""A spec's failure as it is shown: what, where, the source around it, the Lua stack, and how two values differ."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from _pytest._code.code import ReprFileLocation, TerminalRepr
from rich.console import Console
from rich.text import Text

from luahost.cli.render.faults import fault
from luahost.cli.render.sources import Sources
from luahost.errors import LimitExceeded, LuaError, LuaHostError, SpecFailed

if TYPE_CHECKING:
    from _pytest._io import TerminalWriter

__all__ = ["SpecFailure"]

STYLES = {"-": "red", "+": "green", " ": "dim"}
PLAIN = str.maketrans({"│": "|", "…": "~"})
LIMITS = "    the limits are settings of the site: time_limit_s, memory_limit_mb"
LEGEND = "    - expected   + got"


class SpecFailure(TerminalRepr):
    """What pytest shows of an error. `edited` are texts that stood over the site's files; `at` is where the spec is.

    `reprcrash` is what pytest and JUnit's report say of it in one line.
    """

    def __init__(
        self,
        error: LuaHostError,
        site: Path,
        path: Path,
        *,
        edited: Mapping[str, bytes] | None = None,
        at: tuple[str, int] = ("", 0),
    ) -> None:
        self._error = _placed(error, *at)
        self._sources = Sources(site)
        for key, text in (edited or {}).items():
            for line in text.decode(errors="replace").removesuffix("\n").split("\n"):
                self._sources.typed(key, line)
        self.reprcrash = _crash(self._error, site, path)

    def toterminal(self, tw: TerminalWriter) -> None:
        """Writes the failure; with colours where the writer has them."""
        width = max(tw.fullwidth, 40)
        console = Console(
            file=io.StringIO(),
            width=width,
            force_terminal=tw.hasmarkup,
            color_system="standard" if tw.hasmarkup else None,
            highlight=False,
        )
        with console.capture() as capture:
            console.print(Text("\n").join(self._parts(width)), soft_wrap=True)
        tw.write(_writable(capture.get(), getattr(tw._file, "encoding", None) or "utf-8"))

    def _parts(self, width: int) -> Iterator[Text]:
        yield fault(self._error, self._sources, width=width)
        if isinstance(self._error, LimitExceeded):
            yield Text(LIMITS, style="dim")
        if isinstance(self._error, SpecFailed) and self._error.details:
            yield Text(LEGEND, style="dim")
            for sign, text in self._error.details:
                line = Text(f"    {sign} {text}", style=STYLES.get(sign, ""))
                line.truncate(width, overflow="ellipsis")
                yield line


def _writable(text: str, encoding: str) -> str:
    """Returns a text in what an output can write, which may know ASCII alone."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode(encoding, errors="replace").decode(encoding)
    return text


def _crash(error: LuaHostError, site: Path, path: Path) -> ReprFileLocation:
    message = str(error).split("\n")[0]
    if isinstance(error, LuaError) and error.file:
        return ReprFileLocation(str(site / error.file), error.line, message)
    return ReprFileLocation(str(path), 0, message)


def _placed(error: LuaHostError, file: str, line: int) -> LuaHostError:
    """Returns a limit that has no place, as that of memory, at the spec that met it."""
    if isinstance(error, LimitExceeded) and not error.file and file:
        return LimitExceeded(error.message, file=file, line=line, stack=error.stack)
    return error
