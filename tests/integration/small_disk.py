"""A disk that is full for an SQLite storage, when a test says so."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from luahost.storage.sqlite_storage import connect

ROOM_PAGES = 2
PLENTY_PAGES = 1_000_000


class SmallDisk:
    """Opens the connections of one storage: the first is the one that writes."""

    def __init__(self) -> None:
        self.opened: list[sqlite3.Connection] = []

    def connect(self, path: Path) -> sqlite3.Connection:
        """Opens a connection, as the storage would."""
        self.opened.append(connect(path))
        return self.opened[-1]

    def fill(self) -> None:
        """Leaves room for two more pages."""
        ((pages,),) = self.opened[0].execute("PRAGMA page_count")
        self._limit(pages + ROOM_PAGES)

    def clear(self) -> None:
        """Makes room."""
        self._limit(PLENTY_PAGES)

    def _limit(self, pages: int) -> None:
        self.opened[0].execute(f"PRAGMA max_page_count = {pages}")
