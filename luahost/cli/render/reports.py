"""Reports: a reload in one line, and below it what failed, what is pending and what was kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from luahost.errors import LuaError

from .faults import fault
from .sources import Sources

if TYPE_CHECKING:
    from luahost.reload.report import PrototypeChange, ReloadReport, SessionReport

__all__ = ["reload"]

LAST_GOOD = "the last good code goes on"


def reload(report: ReloadReport, sources: Sources, *, width: int) -> Text:
    """Returns what the reload did, as a line, with a line or more for each thing that needs attention."""
    details = (*_errors(report, sources, width), *_pending(report, sources, width), *_notes(report))
    return Text("\n").join([_headline(report, width), *details])


def counted(number: int, noun: str) -> str:
    """Returns `1 session`, `2 sessions`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _headline(report: ReloadReport, width: int) -> Text:
    taken = [session for session in report.sessions if session.ok]
    if report.errors or (report.sessions and not taken):
        return Text(f"not reloaded {_modules(report, width)} · {LAST_GOOD}", style="bold red")
    if not report.modules and report.gone:
        return Text(f"file gone {', '.join(report.gone)}", style="yellow")
    instances = sum(session.instances for session in taken)
    parts = [f"reloaded {_modules(report, width)}", counted(len(taken), "session"), *_prototypes(taken)]
    if instances:
        parts.append(counted(instances, "instance"))
    return Text(" · ".join([*parts, _duration(report.duration_ms)]), style="green")


def _modules(report: ReloadReport, width: int) -> str:
    """Returns the modules by name: all, or as many as half a line holds and the number of the others."""
    shown = list(report.modules)
    while len(shown) > 1 and len(", ".join(shown)) > width // 2:
        shown.pop()
    more = len(report.modules) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _prototypes(sessions: Iterable[SessionReport]) -> list[str]:
    """Returns each changed prototype once, however many sessions it changed in."""
    return list(dict.fromkeys(_prototype(change) for session in sessions for change in session.prototypes))


def _prototype(change: PrototypeChange) -> str:
    fields = [
        *(f"+{name}" for name in change.added),
        *(f"~{name}" for name in change.changed),
        *(f"-{name}" for name in change.removed),
    ]
    return " ".join([change.name, *fields])


def _duration(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds >= 1 else "<1 ms"


def _errors(report: ReloadReport, sources: Sources, width: int) -> Iterator[Text]:
    """Yields each error once: those of the files, then those of sessions, with the sessions' ids."""
    for error in report.errors:
        yield fault(error, sources, width=width)
    told = {str(error) for error in report.errors}
    for error, ids in _failed(report):
        if len(ids) < len(report.sessions):
            yield Text(f"{_sessions(ids)}: not reloaded · {LAST_GOOD}", style="bold red")
        if str(error) not in told:
            yield fault(error, sources, width=width)


def _failed(report: ReloadReport) -> list[tuple[LuaError, list[str]]]:
    """Returns the sessions' errors, the same one in several sessions once, each with the sessions' ids."""
    groups: dict[str, tuple[LuaError, list[str]]] = {}
    for session in report.sessions:
        if session.error is not None:
            groups.setdefault(str(session.error), (session.error, []))[1].append(session.id)
    return list(groups.values())


def _sessions(ids: list[str]) -> str:
    return f"session{'s' if len(ids) > 1 else ''} {', '.join(ids)}"


def _pending(report: ReloadReport, sources: Sources, width: int) -> Iterator[Text]:
    failures: dict[tuple[str, str, str | None, int], int] = {}
    for failure in (failure for session in report.sessions for failure in session.failures):
        key = (failure.type, failure.message, failure.file, failure.line)
        failures[key] = failures.get(key, 0) + failure.instances
    for (name, message, file, line), instances in failures.items():
        pending = f"{counted(instances, 'instance')} of {name} pending"
        yield Text(f"{pending}: mutate failed, to be tried again at the next load", style="yellow")
        yield fault(LuaError(message, file=file, line=line), sources, width=width)


def _notes(report: ReloadReport) -> Iterator[Text]:
    for file in report.gone if report.modules else ():
        yield Text(f"file gone {file}", style="yellow")
    for note in dict.fromkeys(note for session in report.sessions for note in session.kept):
        yield Text(f"note: {note}", style="yellow")
