"""Faults: an error in guest code with its source excerpt and Lua stack."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from luahost.errors import Frame, LuaError, LuaHostError

from .sources import Sources

__all__ = ["fault"]

FIRST_FRAMES, LAST_FRAMES = 8, 4


def fault(error: LuaHostError, sources: Sources, *, width: int) -> Text:
    """Returns what is wrong and where: message, the line with two around it, and the Lua stack."""
    lines = [Text(str(error), style="bold red")]
    if isinstance(error, LuaError):
        lines += [*_excerpt(error, sources, width), *_stack(error)]
    return Text("\n").join(lines)


def _excerpt(error: LuaError, sources: Sources, width: int) -> Iterator[Text]:
    lines = sources.around(error.file, error.line, error.version)
    digits = len(str(lines[-1][0])) if lines else 0
    for number, source in lines:
        here = number == error.line
        line = Text(f"  {'>' if here else ' '} {number:>{digits}} │ {source}".rstrip(), style="" if here else "dim")
        line.expand_tabs(4)
        line.truncate(width, overflow="ellipsis")
        yield line


def _stack(error: LuaError) -> Iterator[Text]:
    """Yields the frames, unless the only one is the place that the message names."""
    frames = error.stack
    if not frames or (len(frames) == 1 and (frames[0].file, frames[0].line) == (error.file, error.line)):
        return
    yield Text("  stack:", style="dim")
    skipped = len(frames) - FIRST_FRAMES - LAST_FRAMES
    if skipped <= 1:
        yield from map(_frame, frames)
        return
    yield from map(_frame, frames[:FIRST_FRAMES])
    yield Text(f"    … {skipped} more", style="dim")
    yield from map(_frame, frames[-LAST_FRAMES:])


def _frame(frame: Frame) -> Text:
    place = f"{frame.file}:{frame.line}" if frame.line else frame.file
    return Text(f"    {place}: in {_function(frame.function)}" if frame.function else f"    {place}", style="dim")


def _function(name: str) -> str:
    return name if name == "main chunk" or name.startswith("function <") else f"'{name}'"
