"""Grids: tables that fit the terminal. Where that is too narrow for columns, a line for each cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

__all__ = ["NARROW", "grid"]

NARROW = 40
"""With fewer columns a table can't be read."""

GAP = 2
SHORTEST = 10


def grid(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, width: int, numbers: Sequence[str] = (), cut: str = ""
) -> RenderableType:
    """Returns a table. The columns in `numbers` stand to the right; the column `cut` is cut where it doesn't fit.

    Others go on in the next line.
    """
    cells = [list(map(Text, row)) for row in rows]
    if width < NARROW:
        return _lines(columns, cells)
    if cut:
        _cut(columns, cells, columns.index(cut), width)
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim")
    for column in columns:
        justify: Literal["right", "left"] = "right" if column in numbers else "left"
        table.add_column(column, justify=justify, no_wrap=column in numbers, overflow="fold")
    for row in cells:
        table.add_row(*row)
    return table


def _cut(columns: Sequence[str], cells: Sequence[Sequence[Text]], at: int, width: int) -> None:
    """Cuts the cells of one column to what the others leave of the width."""
    lengths = [[len(name), *(row[i].cell_len for row in cells)] for i, name in enumerate(columns)]
    taken = sum(max(of_column) + GAP for i, of_column in enumerate(lengths) if i != at)
    for row in cells:
        row[at].truncate(max(width - taken, SHORTEST), overflow="ellipsis")


def _lines(columns: Sequence[str], cells: Sequence[Sequence[Text]]) -> Text:
    blocks = ["\n".join(f"{column or '-'}: {cell}" for column, cell in zip(columns, row, strict=True)) for row in cells]
    return Text("\n\n".join(blocks))
