"""Overviews: the sessions of a running host, and all there is to see of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from .grids import grid
from .moments import moment
from .records import size
from .reports import counted

if TYPE_CHECKING:
    from luahost.attach.messages import Hello

__all__ = ["attached", "host", "session", "sessions"]

Row = Mapping[str, Any]

WIDE = 100
"""From so many columns on, keys are shown whole."""

SHORT_KEY = 8
KIBI = 1024
MOST_ROWS = 50


def host(hello: Hello) -> Text:
    """Returns which host is asked, in a line."""
    since = f"since {moment(hello.started_s)}"
    parts = (f"luahost {hello.version}", f"process {hello.process}", hello.vm, hello.trust, hello.site, since)
    return Text(" · ".join(parts), style="bold")


def attached(hello: Hello, row: Row) -> Text:
    """Returns the lines that an attached prompt begins with."""
    what = f"session {row['id']} · generation {row['generation']} · {size(row['memory_kb'] * KIBI)}"
    help_ = "type Lua, :help for commands; Ctrl-D leaves, the host goes on"
    return Text.assemble(host(hello), "\n", (what, "bold"), (f"\n{help_}", "dim"))


def sessions(rows: Sequence[Row], current: str | None, *, width: int) -> RenderableType:
    """Returns the sessions as a table, the one with the id `current` marked."""
    if not rows:
        return Text("no sessions")
    columns = ("  id" if current is not None else "id", "generation", "memory", "peers", "state", "key")
    cells = [_cells(row, is_marked=row["id"] == current, has_marks=current is not None, width=width) for row in rows]
    return grid(columns, cells, width=width, numbers=("generation", "memory", "peers"))


def session(seen: Row, *, width: int) -> RenderableType:
    """Returns all there is to see of a session: a heading, and a part for each kind of thing."""
    parts: list[RenderableType] = [_heading(seen)]
    if "trouble" in seen:
        parts.append(Text(seen["trouble"], style="yellow"))
    for title, shown in _parts(seen, width):
        parts += [Text(), Text(title, style="bold"), shown]
    return Group(*parts)


def _cells(row: Row, *, is_marked: bool, has_marks: bool, width: int) -> list[str]:
    mark = ("* " if is_marked else "  ") if has_marks else ""
    state = "in a turn" if row["is_busy"] else "idle"
    key = row["key"] if width >= WIDE else row["key"][:SHORT_KEY]
    memory = size(row["memory_kb"] * KIBI)
    return [mark + row["id"], str(row["generation"]), memory, str(row["peers"]), state, key]


def _heading(seen: Row) -> Text:
    peers = counted(seen["peers"], "peer")
    what = f"generation {seen['generation']} · {size(seen['memory_kb'] * KIBI)} · {peers}"
    return Text.assemble((f"session {seen['id']}", "bold"), f" · {what}\n", (f"key {seen['key']}", "dim"))


def _parts(seen: Row, width: int) -> Iterator[tuple[str, RenderableType]]:
    makers = {
        "prototypes": _prototypes,
        "modules": _modules,
        "variables": _variables,
        "timers": _timers,
        "pending": _pending,
        "errors": _errors,
        "reloads": _reloads,
    }
    for name, maker in makers.items():
        rows = seen.get(name)
        if rows is not None:
            title = "mutations that wait" if name == "pending" else f"last {name}" if name == "errors" else name
            yield _titled(title, maker, seen, rows, width)


def _titled(title: str, maker: Any, seen: Row, rows: Sequence[Any], width: int) -> tuple[str, RenderableType]:
    if not rows:
        return title, Text("none", style="dim")
    more = len(rows) - MOST_ROWS
    return f"{title} ({len(rows)}{f', {more} not shown: --json' if more > 0 else ''})", maker(seen, width)


def _prototypes(seen: Row, width: int) -> RenderableType:
    rows = [
        (each["name"], str(each["instances"]), each["base"] or "", each["module"] or "")
        for each in seen["prototypes"][:MOST_ROWS]
    ]
    return grid(("name", "instances", "base", "module"), rows, width=width, numbers=("instances",))


def _modules(seen: Row, width: int) -> RenderableType:
    needed = {each["module"]: ", ".join(each["requires"]) for each in seen.get("requires", ())}
    rows = [(module, needed.get(module, "")) for module in seen["modules"][:MOST_ROWS]]
    return grid(("file", "requires"), rows, width=width)


def _variables(seen: Row, width: int) -> RenderableType:
    rows = [_variable(each) for each in seen["variables"][:MOST_ROWS]]
    columns = ("id", "path", "type", "changes", "time", "value")
    return grid(columns, rows, width=width, numbers=("changes", "time"), cut="value")


def _variable(variable: Row) -> tuple[str, ...]:
    shown = f"error: {variable['error']}" if variable["error"] else _value(variable["value"])
    indent = " " * variable["depth"]
    microseconds = f"{variable['time_us']:.0f} µs" if variable["watchers"] else ""
    path = f"{indent}{variable['path'] or '-'}"
    return str(variable["id"]), path, variable["type"], str(variable["changes"]), microseconds, shown


def _value(value: Any) -> str:
    import json

    if isinstance(value, dict) and set(value) == {"obj"}:
        return f"object {value['obj']}"
    return json.dumps(value, ensure_ascii=False)


def _timers(seen: Row, width: int) -> RenderableType:
    rows = [
        (str(each["id"]), each["kind"], f"{each['ms']:g} ms", f"{max(each['due_s'], 0):.1f} s", each["module"] or "")
        for each in seen["timers"][:MOST_ROWS]
    ]
    return grid(("id", "kind", "time", "due in", "module"), rows, width=width, numbers=("time", "due in"))


def _pending(seen: Row, width: int) -> RenderableType:
    rows = [(each["type"], str(each["instances"]), _placed(each)) for each in seen["pending"][:MOST_ROWS]]
    return grid(("prototype", "instances", "why"), rows, width=width, numbers=("instances",))


def _errors(seen: Row, width: int) -> RenderableType:
    rows = [(moment(each["at_s"]), _placed(each)) for each in seen["errors"]]
    return grid(("at", "error"), rows, width=width)


def _reloads(seen: Row, width: int) -> RenderableType:
    rows = [_reload(entry) for entry in seen["reloads"][-MOST_ROWS:]]
    return grid(("at", "files", "what it did here"), rows, width=width)


def _reload(entry: Row) -> tuple[str, str, str]:
    files = ", ".join([*entry["modules"], *(f"{file} gone" for file in entry["gone"])])
    return moment(entry["at_s"]), files, " · ".join(_done(entry)) or "nothing"


def _done(entry: Row) -> Iterator[str]:
    for own in entry["sessions"]:
        if own["error"]:
            yield f"failed: {_placed(own['error'])}"
            continue
        yield f"generation {own['generation']}"
        yield from (_change(change) for change in own["prototypes"])
        if own["instances"]:
            yield counted(own["instances"], "instance")
        yield from (f"{failure['type']}: {_placed(failure)}" for failure in own["failures"])
    if not entry["sessions"]:
        yield from (f"failed: {_placed(error)}" for error in entry["errors"])


def _change(change: Row) -> str:
    signs = (("+", "added"), ("~", "changed"), ("-", "removed"))
    return " ".join([change["name"], *(f"{sign}{name}" for sign, key in signs for name in change[key])])


def _placed(error: Row) -> str:
    return f"{error['file']}:{error['line']}: {error['message']}" if error.get("file") else str(error["message"])
