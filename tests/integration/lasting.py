"""A site whose sessions last: a host that is left and started again on one storage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from luahost import Host, Session, Settings
from luahost.clock import Clock
from luahost.storage.memory_storage import MemoryStorage
from luahost.storage.port import Acquired, Owner, Policy, Storage
from tests.site_files import write_files

OTHER = Owner("other")
"""Who else may have a session."""

MAIN = """
app = session:restore() or {}
session:createAppVariable(app)
"""


class LastingSite:
    """A folder, a storage, and the host and session that are alive on them now."""

    def __init__(
        self,
        root: Path,
        files: Mapping[str, str] | None = None,
        *,
        storage: Storage | None = None,
        clock: Clock | None = None,
        **settings: Any,
    ) -> None:
        self.root = root
        self.storage = storage or MemoryStorage()
        self._clock = clock
        self._settings = settings
        self.write({"lua/main.lua": MAIN, **(files or {})})
        self.host = self._started()
        self.session: Session = self.host.create_session()

    def write(self, files: Mapping[str, str | None]) -> None:
        """Writes files; None deletes one."""
        write_files(self.root, files)

    def restart(self, files: Mapping[str, str | None] | None = None, **settings: Any) -> Session:
        """Leaves the host, writes files, starts another one; returns the session, which has come back."""
        self.close()
        self.write(files or {})
        self._settings.update(settings)
        self.host = self._started()
        self.session = self.host.create_session(self.session.key)
        return self.session

    def is_held(self, key: str) -> bool:
        """Returns whether anybody has a session's lease."""
        return self.storage.holder("sessions", key) is not None

    def take_lease(self, key: str, policy: Policy = "steal") -> None:
        """Lets another owner have a session's lease."""
        assert isinstance(self.storage.acquire("sessions", key, OTHER, 1000, policy), Acquired)

    def stored_rev(self) -> int:
        """Returns the revision that is stored of the session, 0 if nothing is."""
        record = self.storage.read("sessions", self.session.key)
        return record.head.rev if record is not None else 0

    def salvaged(self) -> list[Path]:
        """Returns the files of what the storage didn't take."""
        return list((self.root / ".luahost" / "salvage").iterdir())

    def put_away(self, code: str, wait_until: Callable[..., None]) -> str:
        """Returns the key of another session, which has run `code`, is saved, and not alive any more."""
        session = self.host.create_session()
        session.execute(code)
        session.close()
        wait_until(lambda: not self.is_held(session.key))
        return session.key

    def listen(self, event: str) -> list[Any]:
        """Returns the list of what the host tells of an event from now on."""
        told: list[Any] = []
        self.host.on(event, told.append)
        return told

    def close(self) -> None:
        """Leaves the host."""
        self.host.close()

    def _started(self) -> Host:
        host = Host(self.root, watch=False, settings=Settings(**self._settings), store=self.storage, clock=self._clock)
        host.__enter__()
        return host
