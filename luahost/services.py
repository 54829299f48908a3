"""Services: what a session has of its host, and how the guest's questions to it are answered."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import structlog

from luahost.clock import Clock
from luahost.errors import LimitExceeded, LuaError, LuaHostError, StorageError
from luahost.events import Events
from luahost.loading.confinement import Aim, confined_path
from luahost.loading.names import Names
from luahost.loading.site import Site
from luahost.loading.sources import Sources
from luahost.loading.view_definitions import ViewDefinitions
from luahost.output import Output
from luahost.processes import run_command
from luahost.records.gate import Gate
from luahost.records.keeper import Keeper
from luahost.settings import Settings
from luahost.turning.pool import Pool
from luahost.turning.schedule import Schedule
from luahost.turning.turns import Waits
from luahost.vm import edge
from luahost.vm.interrupt import interrupt_for
from luahost.vm.kernel import Op, room_chunk
from luahost.vm.vm import VM

if TYPE_CHECKING:
    from luahost.session import Session


TRUSTED = ("trusted", "io", "os", "os.execute", "os.getenv")
"""What a trusted site has without asking."""

TIMED, COUNTED = "timed", "counted"
"""How a turn that takes too long is ended: by a hook that is set from outside, or by one that is always there."""

NO_ROOM = "not enough memory"
"""What Lua says, and a constant of the kernel: where there is no room, this string needs none."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """What guest code printed (`level` is "print") or logged; `line` is 0 and `file` empty where unknown."""

    session: str
    level: str
    message: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class GuestError:
    """An error in guest code that nobody asked for: in a timer, in a hook, in a `mutate` outside a reload."""

    session: str
    error: LuaHostError


@dataclass(frozen=True, slots=True)
class Changes:
    """What a turn changed of what peers watch, as it is told to them: a list for each change."""

    session: str
    entries: list[list[Any]]


@dataclass(frozen=True, slots=True)
class Services:
    """What all sessions of a host share; `keeper` only where there is a storage, `gate` where peers wait for it."""

    settings: Settings
    site: Site
    names: Names
    sources: Sources
    events: Events
    clock: Clock
    pool: Pool
    schedule: Schedule
    waits: Waits
    on_loaded: Callable[[str], None]
    view_definitions: ViewDefinitions
    keeper: Keeper | None = None
    gate: Gate | None = None

    def new_vm(self, session: Session, vended_id: str, key: str) -> VM:
        """Returns a VM whose questions are answered for `session`."""
        questions = Questions(self, session)
        questions.vm = VM(
            self.settings.vm,
            questions.ask,
            grants=grants_of(self.settings),
            vended_id=vended_id,
            key=key,
            memory_limit_bytes=self.settings.memory_limit_mb * 1024 * 1024,
            interrupt=interrupt_for(self.settings.vm),
            ending=self.waits.ending,
        )
        if COUNTED in _timing(self.settings):
            questions.vm.count()
        return questions.vm

    def report_error(self, session: Session, error: LuaHostError) -> None:
        """Tells whoever listens of an error that has no caller; the log, if nobody does."""
        self.events.emit("lua_error", GuestError(session.id, error))
        if not self.events.has("lua_error"):
            structlog.get_logger("luahost").error("lua_error", session=session.id, error=str(error))

    def write_log(self, line: LogLine, generation: int) -> None:
        """Hands a guest's line to whoever listens; to the log, if nobody does."""
        self.events.emit("log", line)
        if self.events.has("log"):
            return
        log = structlog.get_logger("luahost")
        write = {"error": log.error, "warn": log.warning}.get(line.level, log.info)
        write(line.message, session=line.session, generation=generation, at=f"{line.file}:{line.line}")

    def wake(self, session: Session, due_s: float) -> None:
        """Lets the session's earliest timer fire at `due_s` of the clock; below 0 there is none."""
        self.schedule.at(session.key, due_s if due_s >= 0 else None, session.fire_timer)

    def forget(self, session: Session) -> None:
        """Drops what waits for a session that has been closed."""
        self.schedule.at(session.key, None, session.fire_timer)


def grants_of(settings: Settings) -> tuple[str, ...]:
    """Returns what the guest may use, a trusted site `io` and `os` without asking; and how its turns are timed."""
    own = TRUSTED if settings.trust == "trusted" else ()
    return tuple(dict.fromkeys((*own, *settings.allow, *_timing(settings))))


def _timing(settings: Settings) -> tuple[str, ...]:
    if not settings.time_limit_s and not settings.load_time_limit_s:
        return ()
    return (TIMED,) if interrupt_for(settings.vm) is not None else (COUNTED,)


class Questions:
    """Answers what a session's kernel asks. Never raises: an exception that crosses the edge can crash the process.

    Nor does it answer with bytes where the VM has no room for them: the process would stand still for ever.
    """

    __slots__ = ("_output", "_services", "_session", "vm")

    vm: VM

    def __init__(self, services: Services, session: Session) -> None:
        self._services = services
        self._session = session
        self._output = Output(services.clock.now)

    def ask(self, op: int, *args: Any) -> Any:
        """Answers a question of the kernel with numbers and bytes; with nil and a reason if that failed."""
        try:
            return self._ANSWERS[op](self, *args)
        except LuaError as error:
            return (
                None,
                error.kind.encode(),
                error.message.encode(errors="surrogateescape"),
                (error.file or "").encode() or None,
                error.line,
            )
        except StorageError as error:
            return None, error.kind.encode(), str(error).encode(errors="replace"), None, 0
        except (KeyboardInterrupt, SystemExit) as error:
            # Lua's pcall would swallow it: it is raised where the turn began, when that has ended.
            self._session.interrupt(error)
            return None
        except Exception as error:
            structlog.get_logger("luahost").exception("question_failed", op=op)
            text = f"luahost: {error}" if self.vm.memory.has_room() else NO_ROOM
            return None, b"error", text.encode(errors="replace"), None, 0

    def _wake(self, due_s: float) -> None:
        self._services.wake(self._session, due_s)

    def _now(self) -> float:
        return self._services.clock.now()

    def _running(self, state: int) -> None:
        self.vm.runs(state)

    def _is_over(self) -> bool:
        return self.vm.is_armed

    def _tree(self) -> bool:
        return self._session.detecting.begin()

    def _locate(self, name: bytes) -> bytes:
        self._check_room()
        return self._services.site.locate(name.decode(errors="surrogateescape")).encode(errors="surrogateescape")

    def _relocate(self, name: bytes) -> bytes:
        self._check_room()
        return self._services.names.locate(name)

    def _room(self, room: bytes) -> bytes:
        chunk = room_chunk(self._services.settings.vm, room.decode())
        self._check_room(len(chunk))
        return chunk

    def _check_room(self, size_bytes: int = 0) -> None:
        if not self.vm.memory.has_room(size_bytes):
            raise LimitExceeded(NO_ROOM)

    def _chunk(self, key: bytes, wanted: int) -> tuple[bytes, int]:
        self._check_room()
        name = os.fsdecode(key)
        sources = self._services.sources
        source = (sources.kept(name, int(wanted)) if wanted else None) or sources.get(name)
        self._check_room(len(source.code))
        self._services.on_loaded(name)
        return source.code, source.version

    def _saved(self) -> bytes:
        keeper = self._services.keeper
        if keeper is None:
            return b""
        snapshot = keeper.saved(self._session.key)
        self._check_room(len(snapshot))
        return snapshot

    def _log(self, level: bytes, message: bytes, file: bytes, line: int) -> None:
        admitted, notice = self._output.admit(len(message))
        if notice is not None:
            self._write(LogLine(self._session.id, "warn", notice, "", 0))
        if admitted:
            self._write(LogLine(self._session.id, _text(level), _text(message), _text(file), line))

    def _write(self, line: LogLine) -> None:
        with self._outside():
            self._services.write_log(line, self._session.generation)

    def _stands(self, key: bytes, old: int, new: int, first: int, last: int) -> bool:
        return self._services.sources.lines_stand(os.fsdecode(key), old, new, first, last)

    def _assigns(self, key: bytes, name: bytes) -> bool:
        """Tells whether a module's text has something like an assignment to the global `name`."""
        text = self._services.sources.last_good(os.fsdecode(key)).text
        word = re.escape(name)
        forms = (rb"(?<![\w.:])%b\s*(?:,[^=;\n]*)?=(?!=)", rb"\bfunction\s+%b\s*\(", rb"_G\s*[.\[]\s*[\"']?%b\b")
        return any(re.search(form % word, text) for form in forms)

    def _mentions(self, key: bytes, name: bytes) -> bool:
        text = self._services.sources.last_good(os.fsdecode(key)).text
        return re.search(rb"\b" + re.escape(name) + rb"\b", text) is not None

    def _failed(self, record: bytes) -> None:
        with self._outside():
            self._services.report_error(self._session, edge.error_of(edge.unpack(record)))

    def _changes(self, packed: bytes) -> None:
        self._session.tell_changes(packed)
        events = self._services.events
        if events.is_heard("changes"):
            with self._outside():
                events.emit("changes", Changes(self._session.id, edge.unpack(packed)))

    def _define(self, packed: bytes) -> None:
        """Takes all view definitions that the session's modules have registered; none are an empty list."""
        self._session.connections.define({_plain(key): _plain(html) for key, html in dict(edge.unpack(packed)).items()})

    def _path(self, name: bytes, aim: int) -> bytes:
        self._check_room()
        return os.fsencode(confined_path(os.fspath(self._services.site.root), name, Aim(aim)))

    def _command(self, command: bytes, given: bytes | None = None) -> tuple[bytes, bytes, int]:
        self._check_room()
        wait_s, most_bytes = self._services.settings.wait_s, self.vm.memory.limit_bytes
        ended = run_command(os.fsdecode(command), given, timeout_s=wait_s or None, most_bytes=most_bytes)
        self._check_room(len(ended.output))
        return ended.output, ended.how.encode(), ended.code

    @contextmanager
    def _outside(self) -> Iterator[None]:
        """Marks that code of the host's users runs within the guest's turn, and may call in again."""
        self.vm.memory.look()
        state = self.vm.go_out()
        try:
            yield
        finally:
            self.vm.come_back(state)

    _ANSWERS: ClassVar[Mapping[int, Callable[..., Any]]] = {
        Op.locate: _locate,
        Op.chunk: _chunk,
        Op.room: _room,
        Op.log: _log,
        Op.wake: _wake,
        Op.now: _now,
        Op.stands: _stands,
        Op.assigns: _assigns,
        Op.mentions: _mentions,
        Op.failed: _failed,
        Op.path: _path,
        Op.command: _command,
        Op.relocate: _relocate,
        Op.saved: _saved,
        Op.running: _running,
        Op.is_over: _is_over,
        Op.changes: _changes,
        Op.tree: _tree,
        Op.define: _define,
    }


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _plain(text: str | bytes) -> str:
    """Returns a text of the guest that may not be UTF-8."""
    return text if isinstance(text, str) else _text(text)
