"""Questions: what a session's kernel asks of its host, and how that is answered."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from luahost.errors import LimitExceeded, LuaError, StorageError
from luahost.loading.confinement import Aim, confined_path
from luahost.news import Changes, LogLine, log_of
from luahost.output import Output
from luahost.processes import run_command
from luahost.vm import edge
from luahost.vm.kernel import Op, room_chunk
from luahost.vm.vm import VM

if TYPE_CHECKING:
    from luahost.services import Services
    from luahost.session import Session

__all__ = ["Questions"]

NO_ROOM = "not enough memory"
"""What Lua says, and a constant of the kernel: where there is no room, this string needs none."""


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
            self._session.turns.interrupt(error)
            return None
        except Exception as error:
            log_of(self._session).exception("question_failed", op=op)
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
        return self._services.names.locate(name.decode(errors="surrogateescape")).encode(errors="surrogateescape")

    def _relocate(self, name: bytes) -> bytes:
        self._check_room()
        return self._services.names.relocate(name)

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
            self._write("warn", notice, "", 0)
        if admitted:
            self._write(_text(level), _text(message), _text(file), line)

    def _write(self, level: str, message: str, file: str, line: int) -> None:
        session = self._session
        with self._outside():
            self._services.write_log(LogLine(session.id, level, message, file, line, session.generation))

    def _stands(self, key: bytes, old: int, new: int, first: int, last: int) -> bool:
        return self._services.sources.lines_stand(os.fsdecode(key), old, new, first, last)

    def _assigns(self, key: bytes, name: bytes, version: int) -> bool:
        """Tells whether a module's text has something like an assignment to the global `name`."""
        text = self._running_text(key, version)
        word = re.escape(name)
        forms = (rb"(?<![\w.:])%b\s*(?:,[^=;\n]*)?=(?!=)", rb"\bfunction\s+%b\s*\(", rb"_G\s*[.\[]\s*[\"']?%b\b")
        return any(re.search(form % word, text) for form in forms)

    def _mentions(self, key: bytes, name: bytes, version: int) -> bool:
        return re.search(rb"\b" + re.escape(name) + rb"\b", self._running_text(key, version)) is not None

    def _running_text(self, key: bytes, version: int) -> bytes:
        name, sources = os.fsdecode(key), self._services.sources
        return (sources.kept(name, int(version)) or sources.last_good(name)).text

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
