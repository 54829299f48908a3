"""The session: one isolated VM with its objects, as the host's callers see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from luahost.detecting import Detecting
from luahost.errors import ConversionError, LimitExceeded, LuaHostError
from luahost.protocol.connection import Connection, OnReady
from luahost.protocol.connections import Connections
from luahost.records.on_demand import save_now
from luahost.reload.reloader import ReloadRequest
from luahost.reload.report import SessionReport
from luahost.reloading import Reloading
from luahost.services import Services
from luahost.strikes import MOST_STRIKES, Strikes
from luahost.turning.turns import Turns
from luahost.vm import edge
from luahost.vm.edge import LONG, MANY
from luahost.vm.packed_paths import PackedPaths
from luahost.vm.vm import VM

T = TypeVar("T")

MEBI = 1024 * 1024


class Session:
    """One session. Every method may be called from any thread and is a turn of its own (nested within `run`).

    All of them raise SessionClosed once the session is closed, SessionBusy if another turn does not end in time, and
    LuaError for what the guest raised. `settings` are what is in force here: the host's, under the session's own.
    """

    __slots__ = (
        "_call",
        "_crossing",
        "_detecting",
        "_is_closing",
        "_limit_bytes",
        "_on_closed",
        "_paths",
        "_plain",
        "_services",
        "_strikes",
        "_turns",
        "_used",
        "_vm",
        "connections",
        "generation",
        "id",
        "is_held",
        "key",
        "on_changes",
        "settings",
    )

    def __init__(self, services: Services, vended_id: str, key: str, on_closed: Callable[[Session], None]) -> None:
        self.id = vended_id
        self.key = key
        self.generation = 0
        self.on_changes: Callable[[bytes], None] | None = None
        self.is_held = False
        self.settings = services.settings
        most, most_bytes = services.settings.max_connections, services.settings.max_message_kb * 1024
        self.connections = Connections(
            self, services.view_definitions, services.clock.now, most=most, most_bytes=most_bytes
        )
        self._detecting: Detecting | None = None
        self._services = services
        self._on_closed = on_closed
        self._turns = Turns(services.pool, services.waits, services.settings.wait_s, services.settings.time_limit_s)
        self._vm: VM = services.new_vm(self, vended_id, key)
        self._turns.guest = self._vm
        self._call, self._used = self._vm.call, self._vm.memory.used
        self._crossing = edge.crossing_of(services.settings.vm)
        self._plain = edge.plain_of(services.settings.vm)
        self._paths = PackedPaths()
        self._strikes = Strikes()
        self._is_closing = False
        self._limit_bytes = self._vm.memory.limit_bytes

    def __repr__(self) -> str:
        """Returns `<Session 1 …>`."""
        return f"<Session {self.id} {self.key[:8]} generation {self.generation}{' closed' if self.is_closed else ''}>"

    @property
    def is_closed(self) -> bool:
        """Whether the session has been closed."""
        return self._turns.is_closed

    def call(self, path: str, *args: object, timeout_s: float | None = None) -> Any:
        """Returns what the method at `path` answers, as plain data: `call("app.contacts.0:rename", "Ann")`.

        The first step `app` is the app object; items count from 0. `timeout_s` is how long to wait for another turn to
        end. Raises ConversionError for what can't cross: an argument, or a result (the method has run then).
        """
        turns = self._turns
        turns.enter(timeout_s)
        try:
            packed_path = self._paths[path]
            vm, plain = self._vm, self._plain
            values: Sequence[object] | None = args
            for value in args:
                if type(value) not in plain:
                    values = self._crossing(args)
                    break
            if values is None or vm.is_tripped or vm.memory.is_tight or len(args) > MANY:
                return vm.enter("call_packed", packed_path, len(args), edge.pack(list(args)))
            try:
                flag, value = answered = self._call(packed_path, *values)
                if self._used() > self._limit_bytes:
                    vm.memory.settle()
                return value if flag == 0 and type(value) is not bytes else edge.answer(answered)
            except LuaHostError as error:
                vm.settle(error)
                raise
            except Exception as error:
                raise vm.recovered(error) from error
        except BaseException as error:
            self._failed(error)
            raise
        finally:
            turns.leave()

    def get(self, path: str) -> Any:
        """Returns the value at `path`, as plain data: `get("app.contacts.0.name")`."""
        return self.enter("get", edge.text_bytes(path))

    def set(self, path: str, value: object) -> None:
        """Writes the value at `path`: `set("app.title", "New")`."""
        values = self._crossing((value,))
        if values is None:
            self.enter("set_packed", edge.text_bytes(path), edge.pack(value))
        else:
            self.enter("set", edge.text_bytes(path), values[0])

    def eval(self, code: str, name: str = "=(eval)") -> Any:
        """Returns what a chunk answers: one value alone, several as a tuple, None for none.

        `name` is the chunk's name in errors; `@file.lua` for a file (`@` may be left out), `=text` for anything else.
        The chunk is a transaction: after an error nothing of what it declared or registered is left; one whose answer
        can't cross has run, and raises ConversionError. Raises LuaSyntaxError.
        """
        return self.enter("eval", edge.text_bytes(code), edge.chunk_name(name))

    def execute(self, code: str, name: str = "=(execute)") -> None:
        """Runs a chunk, as `eval` does, and drops what it answers."""
        self.enter("execute", edge.text_bytes(code), edge.chunk_name(name))

    def require(self, name: str) -> Any:
        """Loads a module as Lua's `require` does and returns its value if that is plain data, else None."""
        try:
            return self.enter("require", edge.text_bytes(name))
        except ConversionError:
            return None

    def run(self, work: Callable[[Session], T]) -> T:
        """Returns what `work(session)` returns; all it does with the session is one turn."""
        turns = self._turns
        turns.enter()
        try:
            return work(self) if turns.depth > 1 else self.detecting.run(lambda: work(self))
        finally:
            turns.leave()

    def is_loaded(self, key: str) -> bool:
        """Returns whether the module with this tracking key (`lua/mcp.lua`) is loaded."""
        return bool(self.enter("is_loaded", edge.text_bytes(key)))

    def describe(self, *, is_deep: bool = False) -> dict[str, Any]:
        """Returns `prototypes`, `modules`, `requires`, `timers`, `pending` (mutations), `generation`, `memory_kb`;
        if `is_deep`, also `classes`: prototypes with their fields, types and methods.
        """
        described: dict[str, Any] = self.enter("describe", is_deep)
        return described

    def exchange(self, connection: int, packed: bytes) -> None:
        """Carries out a batch of a connection's messages, packed as the kernel reads them; 0 is the host itself.

        What there is to tell of it goes to `on_changes`, as after every turn.
        """
        self.enter("exchange", connection, packed)

    def update(self, connection: int, id: int | str, value: object) -> None:
        """Gives a variable a value, or does its action, for a connection: the commonest message, alone."""
        if type(id) is str and len(id) <= LONG and type(value) in self._plain:
            self._enter_small(b"update", connection, edge.text_bytes(id), value)
            return
        values = self._crossing((id, value))
        if values is None:
            self.exchange(connection, edge.pack([{"type": "update", "id": id, "valued": True, "value": value}]))
        else:
            self.enter("update", connection, *values)

    def disconnect(self, connection: int) -> None:
        """Drops a connection's watches and variables."""
        self.enter("disconnect", connection)

    def forget(self, connection: int) -> None:
        """Does the same soon, on a thread of the pool; waits for nothing."""
        self._turns.post(lambda: self._do_unasked("disconnect", connection))

    def connect(self, on_ready: OnReady) -> Connection:
        """Returns a connection for one more peer, or raises TooManyConnections.

        `on_ready` is told, on any thread, that it has a frame to take.
        """
        return self.connections.connect(on_ready)

    def variables(self, level: int = 1) -> list[dict[str, Any]]:
        """Returns what there is to see of each variable, in order of creation.

        `level` is how much `diagnostics` say: 0 nothing, 1 what of a value can't be told, 2 also how it is computed.
        """
        listed: list[dict[str, Any]] = self.enter("variables", level)
        return listed

    def variable_at(self, path: str) -> int | str | None:
        """Returns the id of the variable that `session:registerPath` has put under a URL path."""
        found: int | str | bool = self.enter("at_path", edge.text_bytes(path))
        return None if found is False else found

    def tell_changes(self, packed: bytes) -> None:
        """Hands on what the kernel has to tell of the variables; called within a turn, by the kernel."""
        tell = self.on_changes or self.connections.distribute
        if self._services.gate is None:
            tell(packed)
        else:
            self._services.gate.send(self, partial(tell, packed))

    def ask_added(self, room: str, function: str, *args: object) -> Any:
        """Returns what a function answers of a room that was added to the kernel; "add" adds the room, as bytecode."""
        return self.enter("added", room.encode(), function.encode(), *args)

    def snapshot(self) -> bytes | None:
        """Returns the session's objects as bytes, None if it isn't a lasting one; raises NotStorable and TooLarge."""
        taken: bytes | None = self.enter("snapshot", self._services.settings.max_record_mb * MEBI)
        return taken

    def save(self) -> None:
        """Saves the session's objects, and returns when they are durable; nothing if it isn't a lasting one.

        Asked for in a turn of the session, it is done behind the turn. Raises NotStorable, TooLarge, RecordLost, and
        Unavailable if the database didn't answer in time: it is tried again then, unless the host is left.
        """
        if self._services.keeper is not None:
            save_now(self, self._services.keeper, self._services.settings.wait_s)

    @property
    def detecting(self) -> Detecting:
        """When the kernel looks for changes; asked for in a turn only."""
        if self._detecting is None:
            self._detecting = Detecting(
                partial(self.enter, "hold"),
                lambda: self._vm.is_tripped,
                self._turns.between,
                lambda error: self._services.report_error(self, error),
            )
        return self._detecting

    @property
    def memory_bytes(self) -> int:
        """How much the session's VM holds, garbage included; 0 once it is closed. Takes no turn."""
        try:
            used_bytes: int = self._used()
            return used_bytes
        except AttributeError:
            return 0

    def collect(self) -> None:
        """Runs a full garbage collection in the session's VM."""
        self.run(lambda session: session._vm.collect())

    def close(self) -> None:
        """Ends the session: `onClose` hooks run, timers stop, its memory goes. Twice is nothing.

        Asked for in a turn of the session, it is done at the turn's end. A session that stays busy for longer than
        `wait_s` goes when its turn ends.
        """
        self._turns.do(self._close)

    def load_main(self, key: str) -> None:
        """Runs the site's main module, as the first turn, which has a time limit of its own."""
        limit_s, self._turns.limit_s = self._turns.limit_s, self._services.settings.load_time_limit_s
        try:
            self.enter("main", edge.text_bytes(key))
        finally:
            self._turns.limit_s = limit_s

    def kill(self) -> bool:
        """Ends the turn that runs now, from any other thread; returns whether there was one.

        Its caller gets LimitExceeded; the session goes on with what it had.
        """
        return self._turns.end(None, "the turn was ended by kill()")

    @property
    def turns(self) -> Turns:
        """The session's turns, for whoever ends those that take too long."""
        return self._turns

    def fire_timer(self) -> None:
        """Lets the earliest timer fire if it is due, soon, on a thread of the pool."""
        self._turns.post(lambda: self._do_unasked("fire"))

    def reload(self, request: ReloadRequest, done: Callable[[SessionReport | None], None]) -> None:
        """Reloads before the next turn and calls `done` with the report; None if nothing concerned the session."""
        self._turns.between(lambda: done(self._reload(request)))

    def post(self, work: Callable[[], object]) -> None:
        """Does `work` on a thread of the pool, when the session is free and what was posted before is done."""
        self._turns.post(work)

    def behind(self, work: Callable[[], object]) -> None:
        """Does `work` behind the present turn; now if the session is free."""
        self._turns.between(work)

    def enter(self, entry: str, *args: object) -> Any:
        """Returns what an entry of the kernel answers, in a turn: for rooms that know what the kernel offers them."""
        self._turns.enter()
        try:
            return self._vm.enter(entry, *args)
        except BaseException as error:
            self._failed(error)
            raise
        finally:
            self._turns.leave()

    def _enter_small(self, entry: bytes, *args: object) -> Any:
        """Does the same, quicker, with a few scalars and short texts."""
        turns = self._turns
        turns.enter()
        try:
            vm = self._vm
            if vm.is_tripped or vm.memory.is_tight:
                return vm.enter(entry.decode(), *args)
            return vm.enter_small(entry, *args)
        except BaseException as error:
            self._failed(error)
            raise
        finally:
            turns.leave()

    def _failed(self, error: BaseException) -> None:
        """Counts turns that a limit ended; a signal's exception may have come before the kernel restored its order."""
        if not (isinstance(error, Exception) or self.is_closed):
            self._vm.restore_shielded()
        if not isinstance(error, LimitExceeded):
            return
        is_followed = self._turns.depth == 1 and self._detecting is not None and self._detecting.follow_up()
        if self._strikes.strike(self._turns.number, is_followed=is_followed):
            message = f"{MOST_STRIKES} turns in a row were ended by a limit: the session is closed"
            self._services.report_error(self, LimitExceeded(message))
            self._turns.between(self._close)

    def _do_unasked(self, entry: str, *args: object) -> None:
        """Does a turn that nobody waits for: an error goes to whoever listens."""
        if self.is_closed:
            return
        try:
            self.enter(entry, *args)
        except LuaHostError as error:
            self._services.report_error(self, error)

    def _reload(self, request: ReloadRequest) -> SessionReport | None:
        if self.is_closed:
            return None
        vm, enter, tell = self._vm, partial(self.enter, "reload"), partial(self._services.report_error, self)
        reloading = Reloading(self.id, self.generation, enter, vm.take_outcome, tell, vm.memory.spare_bytes)
        report = reloading.carry_out(request)
        if report is not None:
            self.generation = report.generation
        return report

    def _close(self) -> None:
        # Asked for once more while the hooks run, by a callback of theirs.
        if self._is_closing:
            return
        self._is_closing = True
        try:
            self.enter("close")
        except LuaHostError as error:
            self._services.report_error(self, error)
        finally:
            if self._services.keeper is not None:
                self._services.keeper.closing(self)
            self._let_go()

    def _let_go(self) -> None:
        self._turns.close()
        self._turns.guest = None
        self._services.forget(self)
        self.connections.close()
        vm = self._vm
        del self._vm, self._call, self._used
        vm.drop()
        self._on_closed(self)
