"""Services: what a session has of its host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from luahost.clock import Clock
from luahost.errors import LuaHostError
from luahost.events import Events
from luahost.loading.names import Names
from luahost.loading.site import Site
from luahost.loading.sources import Sources
from luahost.loading.view_definitions import ViewDefinitions
from luahost.news import GuestError, LogLine, log_of, write_line
from luahost.profile import Profile
from luahost.questions import Questions
from luahost.records.gate import Gate
from luahost.records.keeper import Keeper
from luahost.settings import Settings
from luahost.turning.pool import Pool
from luahost.turning.schedule import Schedule
from luahost.turning.turns import Waits
from luahost.vm.interrupt import interrupt_for
from luahost.vm.sampled_vm import SampledVM
from luahost.vm.stacks import stack_reader_for
from luahost.vm.vm import VM

if TYPE_CHECKING:
    from luahost.session import Session


TRUSTED = ("trusted", "io", "os", "os.execute", "os.getenv")
"""What a trusted site has without asking."""

TIMED, COUNTED = "timed", "counted"
"""How a turn that takes too long is ended: by a hook that is set from outside, or by one that is always there."""

STRICT = "strict"
"""A `mutate` that fails fails the restoring of what was saved, as it does a reload."""


@dataclass(frozen=True, slots=True)
class Services:
    """What all sessions of a host share.

    `keeper` only where there is a storage, `gate` where peers wait for it, `profile` where one is taken.
    """

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
    profile: Profile | None = None

    def new_vm(self, session: Session, vended_id: str, key: str) -> VM:
        """Returns a VM whose questions are answered for `session`."""
        questions = Questions(self, session)
        questions.vm = self._vm_kind(session)(
            self.settings.vm,
            questions.ask,
            grants=(*grants_of(self.settings), TIMED) if self.profile is not None else grants_of(self.settings),
            vended_id=vended_id,
            key=key,
            memory_limit_bytes=self.settings.memory_limit_mb * 1024 * 1024,
            interrupt=interrupt_for(self.settings.vm),
            ending=self.waits.ending,
        )
        if COUNTED in _timing(self.settings):
            questions.vm.count()
        return questions.vm

    def _vm_kind(self, session: Session) -> Callable[..., VM]:
        """Returns what makes the VM: a plain one, or one that tells the profile where it is."""
        reader = stack_reader_for(self.settings.vm)
        if self.profile is None or reader is None:
            return VM
        return partial(SampledVM, reader=reader, on_stack=self.profile.add, on_stop=session.turns.interrupt)

    def report_error(self, session: Session, error: LuaHostError) -> None:
        """Tells whoever listens of an error that has no caller; the log, if nobody does."""
        self.events.emit("lua_error", GuestError(session.id, error, session.generation))
        if self.events.has("lua_error"):
            return
        stack = [f"{frame.file}:{frame.line} {frame.function}".rstrip() for frame in getattr(error, "stack", ())]
        log_of(session).error("lua_error", error=str(error), **({"lua_stack": stack} if stack else {}))

    def write_log(self, line: LogLine) -> None:
        """Hands a guest's line to whoever listens; to the log, if nobody does."""
        self.events.emit("log", line)
        if not self.events.has("log"):
            write_line(line, self.settings)

    def wake(self, session: Session, due_s: float) -> None:
        """Lets the session's earliest timer fire at `due_s` of the clock; below 0 there is none."""
        self.schedule.at(session.key, due_s if due_s >= 0 else None, session.fire_timer)

    def forget(self, session: Session) -> None:
        """Drops what waits for a session that has been closed."""
        self.schedule.at(session.key, None, session.fire_timer)


def grants_of(settings: Settings) -> tuple[str, ...]:
    """Returns what the guest may use, a trusted site `io` and `os` without asking; and what its kernel is told with it:
    how turns are timed, and whether a failing `mutate` is let pass.
    """
    own = TRUSTED if settings.trust == "trusted" else ()
    strict = (STRICT,) if settings.on_mutate_error == "rollback" else ()
    return tuple(dict.fromkeys((*own, *settings.allow, *_timing(settings), *strict)))


def _timing(settings: Settings) -> tuple[str, ...]:
    if not settings.time_limit_s and not settings.load_time_limit_s:
        return ()
    return (TIMED,) if interrupt_for(settings.vm) is not None else (COUNTED,)
