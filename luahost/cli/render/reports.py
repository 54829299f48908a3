"""Reports: a reload in one line, and below it what failed, what is pending and what was kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from luahost.errors import LuaError, LuaHostError

from .faults import fault
from .sources import Sources

if TYPE_CHECKING:
    from luahost.reload.report import MutateFailure, PrototypeChange, ReloadReport, SessionReport

__all__ = ["reload"]

Place = tuple[str, str | None, int, int]

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
    verb = _verb(report)
    if report.errors and not taken:
        return Text(f"not {verb} {_modules(report, width)} · {_goes_on(report)}", style="bold red")
    if not report.modules and report.gone:
        return Text(f"file gone {', '.join(report.gone)}", style="yellow")
    instances = sum(session.instances for session in taken)
    parts = [f"{verb} {_modules(report, width)}", counted(len(taken), "session"), *_prototypes(taken)]
    if instances:
        parts.append(counted(instances, "instance"))
    return Text(" · ".join([*parts, _duration(report.duration_ms)]), style="green")


def _verb(report: ReloadReport) -> str:
    return "undone" if report.undone else "reloaded"


def _goes_on(report: ReloadReport) -> str:
    return "what ran goes on" if report.undone else LAST_GOOD


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
    return " ".join([change.name, *fields, *(["with another base"] if change.rebased else [])])


def _duration(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds >= 1 else "<1 ms"


def _errors(report: ReloadReport, sources: Sources, width: int) -> Iterator[Text]:
    """Yields each error once: those of sessions, with their ids where others went on, then the files'."""
    failed = _failed(report)
    for error, ids in failed.values():
        if len(ids) < len(report.sessions):
            yield Text(f"{_sessions(ids)}: not {_verb(report)} · {_goes_on(report)}", style="bold red")
        yield fault(error, sources, width=width)
    for error in report.errors:
        if str(error) not in failed:
            yield fault(error, sources, width=width)


def _failed(report: ReloadReport) -> dict[str, tuple[LuaHostError, list[str]]]:
    """Returns the sessions' errors by their text, each with the ids of the sessions that it concerns."""
    groups: dict[str, tuple[LuaHostError, list[str]]] = {}
    for session in report.sessions:
        if session.error is not None:
            groups.setdefault(str(session.error), (session.error, []))[1].append(session.id)
    return groups


def _sessions(ids: Sequence[str]) -> str:
    return f"session{'s' if len(ids) > 1 else ''} {', '.join(ids)}"


def _pending(report: ReloadReport, sources: Sources, width: int) -> Iterator[Text]:
    """Yields what waits for a `mutate` that works, of this reload and of those before it, once for each place."""
    waiting: dict[Place, Counter[str]] = {}
    for session in report.sessions:
        said = {(_place(failure), failure.message): failure.instances for failure in _unmutated(session)}
        for (place, message), instances in said.items():
            waiting.setdefault(place, Counter())[message] += instances
    for place, messages in waiting.items():
        yield from _waiting(place, messages, sources, width)


def _unmutated(session: SessionReport) -> tuple[MutateFailure, ...]:
    return (*session.failures, *session.pending)


def _waiting(place: Place, messages: Counter[str], sources: Sources, width: int) -> Iterator[Text]:
    """Yields how many instances wait, and the first message: more of one place differ in what they name, mostly."""
    name, file, line, version = place
    pending = f"{counted(messages.total(), 'instance')} of {name} pending"
    yield Text(f"{pending}: mutate failed, to be tried again at the next load", style="yellow")
    yield fault(LuaError(next(iter(messages)), file=file, line=line, version=version), sources, width=width)
    if len(messages) > 1:
        yield Text(f"and {counted(len(messages) - 1, 'other message')} from there", style="yellow")


def _place(failure: MutateFailure) -> Place:
    return (failure.type, failure.file, failure.line, failure.version)


def _notes(report: ReloadReport) -> Iterator[Text]:
    if report.busy:
        yield Text(f"{_sessions(report.busy)}: busy, to be reloaded when the turn ends", style="yellow")
    for file in report.gone if report.modules else ():
        yield Text(f"file gone {file}", style="yellow")
    for note in dict.fromkeys(note for session in report.sessions for note in session.kept):
        yield Text(f"note: {note}", style="yellow")
