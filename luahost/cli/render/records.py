"""Records: what is saved, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from .listings import table
from .moments import moment
from .reports import counted

if TYPE_CHECKING:
    from luahost.records.contents import Contents
    from luahost.storage.port import Busy, Head, Version

__all__ = ["record", "records"]

KIBI = 1024


def records(heads: Sequence[Head]) -> Text:
    """Returns the saved sessions, the last used first."""
    rows = [("key", "used", "saved", "revision", "size")]
    for head in heads:
        rows.append((head.key, moment(head.accessed), moment(head.updated), str(head.rev), size(head.size_bytes)))
    return Text("nothing is saved") if len(rows) == 1 else table(rows)


def record(head: Head, contents: Contents, versions: Sequence[Version], holder: Busy | None) -> Text:
    """Returns what is known of one saved session."""
    rows = [
        ("key", head.key),
        ("made", moment(head.created)),
        ("saved", f"{moment(head.updated)}, revision {head.rev}, {size(head.size_bytes)}"),
        ("used", moment(head.accessed)),
        ("alive", f"in host {holder.owner}" if holder is not None else "no"),
        ("roots", ", ".join(contents.roots)),
        ("objects", _objects(contents)),
        ("modules", ", ".join(contents.modules) or "none"),
        ("versions", ", ".join(f"{version.rev} of {moment(version.saved)}" for version in versions) or "none"),
    ]
    rows += [(f"meta {name}", str(value)) for name, value in head.meta.items()]
    return table(rows)


def size(size_bytes: int) -> str:
    """Returns a size as people say it."""
    if size_bytes < KIBI:
        return f"{size_bytes} B"
    if size_bytes < KIBI * KIBI:
        return f"{size_bytes / KIBI:.1f} KiB"
    return f"{size_bytes / KIBI / KIBI:.1f} MiB"


def _objects(contents: Contents) -> str:
    named = [f"{count} {name}" for name, count in sorted(contents.prototypes.items())]
    return ", ".join([counted(contents.tables, "table"), *named])
