"""Sessions: who is alive in a host, by vended id and by key."""

from __future__ import annotations

import ctypes
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from luahost.errors import LuaHostError, ModuleNotFound, SessionClosed, SettingsError, TooManySessions
from luahost.own_settings import own_of, with_own
from luahost.services import Services
from luahost.session import Session
from luahost.settings import Settings

MAIN = "lua/main.lua"
"""What a new session runs first, where a site has it."""

TRIM_EVERY = 64
"""After so many closed sessions their memory is given back to the system."""


class Sessions:
    """Keeps the live sessions. Vended ids count from "1", and anew when none is left; keys are 32 hex characters."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._by_id: dict[str, Session] = {}
        self._by_key: dict[str, Session] = {}
        self._announced: set[str] = set()
        self._last_id = 0
        self._closed = 0

    def create(
        self,
        key: str | None = None,
        app: str | None = None,
        settings: Settings | Mapping[str, Any] | None = None,
    ) -> Session:
        """Returns a new session in which `lua/main.lua` has run, if there is one; then `app` is required.

        `app` is the name of an app: `NAME.app`, else `NAME`. `settings` are the session's own; without them, those it
        was saved with. Raises what these raise: then there is no session.
        """
        if settings is None:
            return self._create(key or self._new_key(), app, self._stored(key))
        own = own_of(self._services.settings, settings)
        return self._create(key or self._new_key(), app, own, is_given=True)

    def revive(self, key: str, own: Mapping[str, Any]) -> Session:
        """Returns the session that was saved under a key with these settings of its own."""
        return self._create(key, None, own)

    def get(self, id_or_key: str) -> Session | None:
        """Returns the session with this vended id or key, None if there is none."""
        return self._by_id.get(id_or_key) or self._by_key.get(id_or_key)

    def all(self) -> list[Session]:
        """Returns the live sessions, the oldest first."""
        with self._lock:
            return list(self._by_id.values())

    def close_all(self) -> None:
        """Closes every session."""
        for session in self.all():
            session.close()
        _trim()

    def _create(self, key: str, app: str | None, own: Mapping[str, Any], *, is_given: bool = False) -> Session:
        session = self._add(key, self._services_for(key, own))
        try:
            if is_given and self._services.keeper is not None:
                self._services.keeper.configure(key, own)
            self._services.events.emit("session_opening", session)
            self._load(session, app)
        except BaseException:
            session.close()
            raise
        if session.is_closed:
            raise SessionClosed("the session was closed while it was loading")
        if self._services.keeper is not None:
            self._services.keeper.opened(session)
        self._announced.add(session.key)
        self._services.events.emit("session_created", session)
        return session

    def _new_key(self) -> str:
        keeper = self._services.keeper
        return keeper.new_key() if keeper is not None else secrets.token_hex(16)

    def _stored(self, key: str | None) -> Mapping[str, Any]:
        """Returns the settings that a session was saved with; none for one that wasn't, or is alive."""
        keeper = self._services.keeper
        if key is None or keeper is None or key in self._by_key:
            return {}
        return keeper.config(key) or {}

    def _services_for(self, key: str, own: Mapping[str, Any]) -> Services:
        """Returns what a session has of its host: with its own settings, where it has some."""
        if not own:
            return self._services
        try:
            return replace(self._services, settings=with_own(self._services.settings, own))
        except SettingsError as error:
            raise SettingsError(*(f"session {key}: its own settings: {each}" for each in error.problems)) from error

    def _add(self, key: str, services: Services) -> Session:
        with self._lock:
            most = self._services.settings.max_sessions
            if most and len(self._by_id) >= most:
                raise TooManySessions(f"there are {most} sessions already (setting max_sessions)")
            if key in self._by_key:
                raise LuaHostError(f"a session with the key {key} is alive already")
            self._last_id += 1
            session = Session(services, str(self._last_id), key, self._forget)
            self._by_id[session.id] = self._by_key[key] = session
        return session

    def _load(self, session: Session, app: str | None) -> None:
        main = self._main()
        if main is not None:
            session.load_main(main)
        if app is not None:
            session.require(self._app_module(app))

    def _main(self) -> str | None:
        """Returns the key of the main module, None where there is none; raises ModuleNotFound for one out of reach."""
        try:
            return self._services.names.locate(MAIN)
        except ModuleNotFound:
            if os.path.lexists(self._services.site.root / MAIN):
                raise
            return None

    def _app_module(self, app: str) -> str:
        try:
            self._services.site.locate(f"{app}.app")
        except ModuleNotFound:
            return app
        return f"{app}.app"

    def _forget(self, session: Session) -> None:
        with self._lock:
            self._by_id.pop(session.id, None)
            self._by_key.pop(session.key, None)
            if not self._by_id:
                self._last_id = 0
            self._closed += 1
            is_time = self._closed % TRIM_EVERY == 0
            was_announced = session.key in self._announced
            self._announced.discard(session.key)
        if was_announced:
            self._services.events.emit("session_closed", session)
        if is_time:
            _trim()


def _trim() -> None:
    """Gives freed memory back to the system, where the C library can."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
