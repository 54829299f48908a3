"""The host: the one composition root. Opens a site, keeps its sessions, and brings saved files to them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

import msgspec

from luahost.clock import Clock, SystemClock
from luahost.errors import NothingToUndo, SessionClosed, SettingsError, WatchError
from luahost.events import Events, Subscription
from luahost.expiry import Expiry
from luahost.loading.names import Names
from luahost.loading.site import Site
from luahost.loading.sources import Sources
from luahost.loading.view_definitions import ViewDefinitions
from luahost.profile import Profile
from luahost.records.records import Records
from luahost.reload.reloader import Reloader, Run
from luahost.reload.report import ReloadReport
from luahost.reload.watching import Watching
from luahost.services import Services
from luahost.session import Session
from luahost.sessions import Sessions
from luahost.settings import Settings
from luahost.storage.opening import open_storage
from luahost.storage.port import Head, Storage
from luahost.turning.deadlines import Deadlines
from luahost.turning.pool import Pool
from luahost.turning.sampler import Sampler
from luahost.turning.schedule import Schedule
from luahost.turning.turns import Waits
from luahost.vm.compiler import Compiler
from luahost.vm.stacks import stack_reader_for

if TYPE_CHECKING:
    from luahost.aio import AsyncHost

SAVING_S = 5.0
"""How long leaving a host waits for the database; what it didn't take by then is kept in files."""

CLOSING_S = 2.0
"""How long leaving a host waits for its threads."""


class Host:
    """Keeps the sessions of one site running. A context manager: entering starts it, leaving closes everything.

    Two hosts in one process don't know of each other. `watch=False` (or the setting) leaves reloading to `reload()`.
    """

    def __init__(
        self,
        site: str | os.PathLike[str] | None = None,
        *,
        watch: bool = True,
        settings: Settings | None = None,
        store: Storage | None = None,
        clock: Clock | None = None,
        undo: bool = False,
        profile: Profile | None = None,
    ) -> None:
        """Opens the site, and the storage that the settings name, unless one is given.

        `undo`: what `undo()` needs is kept at each reload, a copy of the fields of all instances. `profile` is told, a
        thousand times a second, which functions the sessions are in; LuaJIT's compiler is off then.

        Raises SiteError if the site isn't there, SettingsError if two different ones are named, StorageError for a
        storage that can't be opened.
        """
        self.settings = _settings_for(site, settings)
        if isinstance(store, str):
            raise TypeError("store: a Storage is expected; a URL goes into the settings: Settings(store=…)")
        self._clock = clock or SystemClock()
        self._events = Events()
        opened = self._open_site()
        sources = self._new_sources(opened)
        pool = Pool()
        schedule = Schedule(self._clock, pool)
        self._records = self._new_records(store, schedule, pool)
        self._view_definitions = ViewDefinitions(opened)
        self._watching = self._new_watching(opened, sources) if watch and self.settings.watch else None
        self._services = Services(
            self.settings,
            opened,
            Names(opened),
            sources,
            self._events,
            self._clock,
            pool,
            schedule,
            Waits(),
            self._watching.follow if self._watching else _ignore,
            self._view_definitions,
            self._records.keeper if self._records else None,
            self._records.gate if self._records else None,
            profile,
        )
        self._expiry = Expiry(self._clock, schedule, pool, self.settings.session_timeout_s)
        self._sessions = Sessions(self._services)
        self._reloader = self._new_reloader(keeps=undo)
        self._deadlines = self._new_deadlines()
        self._sampler = self._new_sampler() if profile is not None else None
        self._is_open = self._was_entered = False

    def __repr__(self) -> str:
        """Returns `<Host /site sessions 2>`."""
        return f"<Host {self.site.root} {f'sessions {len(self.sessions)}' if self._is_open else 'not running'}>"

    def __enter__(self) -> Host:
        """Starts the threads and the watcher. Once: a host that was left is not started again."""
        if self._was_entered:
            raise SessionClosed("a host is entered only once: make a new one, `with Host(site) as host:`")
        self._was_entered = True
        self._start_schedule()
        self._view_definitions.refresh()
        if self._deadlines is not None:
            self._deadlines.start()
        if self._sampler is not None:
            self._sampler.start()
        if self._records is not None:
            self._records.start()
        self._is_open = True
        if self._watching is not None:
            self._start_watching(self._watching)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the sessions and stops the threads."""
        self.close()

    async def __aenter__(self) -> AsyncHost:
        """Starts the host for use in an event loop; answers the same names, awaited."""
        from luahost.aio import AsyncHost

        self.__enter__()
        return AsyncHost(self)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the sessions and stops the threads, off the event loop."""
        import asyncio

        await asyncio.to_thread(self.close)

    @property
    def sessions(self) -> list[Session]:
        """The live sessions, the oldest first."""
        return self._sessions.all()

    @property
    def site(self) -> Site:
        """The site that is served."""
        return self._services.site

    def create_session(
        self, key: str | None = None, app: str | None = None, settings: Settings | Mapping[str, Any] | None = None
    ) -> Session:
        """Returns a new session in which `lua/main.lua` has run, if there is one; then `app` is required.

        `app` is the name of an app: `NAME.app`, else `NAME`. `settings` are what the session has otherwise than the
        host: limits; they are saved with it. Raises LuaError (LuaSyntaxError, ModuleNotFound) for what the code raised;
        then there is no session and nothing of it is left. Raises SettingsError for what isn't a session's own.
        """
        self._check_open()
        return self._sessions.create(key, app, settings)

    def get_session(self, id_or_key: str) -> Session | None:
        """Returns the live session with this vended id or key, None if there is none; nothing is waited for."""
        return self._sessions.get(id_or_key)

    def open_session(self, key: str) -> Session | None:
        """Returns the session with this key: the live one, or the saved one, which comes back; None if there is none.

        Raises what `create_session` does, and RecordBusy for one that is alive in another host.
        """
        self._check_open()
        if self._records is None:
            return self._sessions.get(key)
        return self._records.revived(key, self._sessions.get, self._sessions.revive)

    def is_opening(self, key: str) -> bool:
        """Returns whether the saved session with this key is just coming back: `open_session` waits for it."""
        return self._records is not None and self._records.is_reviving(key)

    def saved_sessions(self, limit: int = 0) -> list[Head]:
        """Returns what is known of the saved sessions, the last used first; `limit` of them, 0 for all."""
        return self._records.keeper.heads(limit) if self._records is not None else []

    def expire(self, session: Session) -> None:
        """Lets a session go when nobody has been connected to it for `session_timeout_s`; a minute, if nobody was."""
        self._expiry.admit(session)

    def on(self, event: str, callback: Callable[[Any], object], *, aside: bool = False) -> Subscription:
        """Calls `callback` at each `event`: reload_applied, reload_failed, session_created, session_closed, log, …

        Raises ValueError for an event that doesn't exist. The answer's `close()` ends it. What sessions log and what
        fails in them goes to the program's own log unless somebody listens; who listens `aside` doesn't count.
        """
        return self._events.on(event, callback, aside=aside)

    def reload(self) -> ReloadReport | None:
        """Reloads what changed on disk, now, in every session; returns the report, None if nothing had changed.

        Within a turn of a session it can only be done at the turn's end: it is, and the answer is None. A session that
        is busy for longer than `wait_s` takes it when its turn ends; the report names it.
        """
        self._check_open()
        self._refresh_view_definitions()
        run = self._reloader.reload(self._services.sources.keys(), relinked=True, again=True)
        return None if self._is_in_a_turn() else run.wait(self.settings.wait_s or None)

    def undo(self) -> ReloadReport | None:
        """Undoes the last reload: the texts from before it run again, and instances have the fields of their own back.

        Only in a host made with `undo=True`, and one step. The files stay as they are: the next save of one, or
        `reload()`, takes it again. Returns the report as `reload` does, None within a turn. Raises NothingToUndo.
        """
        self._check_open()
        run = self._reloader.undo()
        if self._is_in_a_turn():
            return None
        report = run.wait(self.settings.wait_s or None)
        if report is None:
            raise NothingToUndo("nothing to undo: no session that lives has taken the last reload")
        return report

    def source_text(self, file: str, version: int) -> str | None:
        """Returns the text of a module's file that an error's `version` stands for; None if it is forgotten."""
        source = self._services.sources.kept(file, version)
        return source.text.decode(errors="replace") if source is not None else None

    def close(self) -> None:
        """Stops watching, closes the sessions, ends the threads. Twice is nothing."""
        if not self._is_open:
            return
        self._is_open = False
        if self._sampler is not None:
            self._sampler.close()
        if self._watching is not None:
            self._watching.close()
        self._sessions.close_all()
        if self._records is not None:
            self._records.close(SAVING_S)
        self._services.schedule.close()
        if self._deadlines is not None:
            self._deadlines.close()
        self._services.pool.close(CLOSING_S)

    def _is_in_a_turn(self) -> bool:
        return any(session.turns.is_mine() for session in self.sessions)

    def _check_open(self) -> None:
        if not self._is_open:
            raise SessionClosed("the host is not running: use `with Host(site) as host:`")

    # What a host for specs does otherwise (`testing.staged_host`).
    def _open_site(self) -> Site:
        return Site(self.settings.site, self.settings.roots)

    def _new_sources(self, site: Site) -> Sources:
        return Sources(site, Compiler(self.settings.vm).compile)

    def _start_schedule(self) -> None:
        self._services.schedule.start()

    def _start_watching(self, watching: Watching) -> None:
        try:
            watching.start()
        except WatchError as error:
            self._events.emit("watch_error", error)

    def _new_watching(self, site: Site, sources: Sources) -> Watching:
        return Watching(
            site,
            sources,
            self._clock,
            self._reload_keys,
            lambda files: self._events.emit("files_changed", files),
            lambda error: self._events.emit("watch_error", error),
            roots=self.settings.roots,
            poll_s=self.settings.poll_s,
            on_view_definitions=self._refresh_view_definitions,
        )

    def _new_records(self, store: Storage | None, schedule: Schedule, pool: Pool) -> Records | None:
        storage = store
        if storage is None and self.settings.store:
            storage = open_storage(self.settings.store, site=self.settings.site)
        if storage is None:
            return None
        return Records(
            storage,
            self.settings,
            self._events,
            clock=self._clock,
            schedule=schedule,
            pool=pool,
            is_ours=store is None,
        )

    def _new_deadlines(self) -> Deadlines | None:
        limits = [limit for limit in (self.settings.time_limit_s, self.settings.load_time_limit_s) if limit]
        if not limits:
            return None
        return Deadlines(lambda: [session.turns for session in self.sessions], SystemClock().now, min(limits))

    def _new_sampler(self) -> Sampler:
        if stack_reader_for(self.settings.vm) is None:
            raise SettingsError(f"vm: no profile of {self.settings.vm}: this build of lupa hides Lua's hook")
        return Sampler(lambda: [session.turns for session in self.sessions], self._services.waits.ending)

    def _new_reloader(self, *, keeps: bool) -> Reloader:
        return Reloader(
            self._services.sources,
            self._services.names,
            lambda: self._sessions.all(),
            self._tell,
            self._clock,
            cascade=self.settings.cascade,
            strict=self.settings.on_mutate_error == "rollback",
            unloads=self.settings.on_delete == "unload",
            keeps=keeps,
        )

    def _reload_keys(self, keys: list[str], *, began_s: float | None, relinked: bool) -> Run:
        return self._reloader.reload(keys, began_s=began_s, relinked=relinked)

    def _refresh_view_definitions(self) -> None:
        changed = self._view_definitions.refresh()
        if not changed:
            return
        self._events.emit("view_definitions_changed", changed)
        for session in self.sessions:
            session.connections.look_at_definitions()

    def _tell(self, report: ReloadReport) -> None:
        self._events.emit("reload_applied" if report.ok else "reload_failed", report)


def _settings_for(site: str | os.PathLike[str] | None, settings: Settings | None) -> Settings:
    """Returns the settings with the site in them."""
    if not isinstance(settings, Settings | None):
        raise TypeError(f"settings: Settings(…) is expected, not {type(settings).__name__}")
    if settings is None:
        return Settings(site=os.fspath(site) if site is not None else ".")
    if site is None or os.path.realpath(site) == os.path.realpath(settings.site):
        return settings
    if settings.site != Settings().site:
        raise SettingsError(f"site: {os.fspath(site)!r} was given, but the settings name {settings.site!r}")
    return msgspec.structs.replace(settings, site=os.fspath(site))


def _ignore(_key: str) -> None:
    """Takes the place of the watcher where nothing is watched."""
