"""A site with a running host, a session, and an open door."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import Any

from luahost import Host, Session, Settings
from luahost.attach.client import Client
from luahost.attach.door import Door
from luahost.attach.hosts import connect
from luahost.inspection.recorder import Recorder

MAIN = """\
Contact = session:prototype("Contact", { name = "" })
function Contact:greet() return "hi " .. self.name end
app = app or { title = "x" }
app.ann = app.ann or Contact:new({ name = "Ann" })
session:createAppVariable(app)
"""


class AttachedSite:
    """A host in this process, reached as another process would reach it."""

    def __init__(self, root: Path, main: str = MAIN, **settings: Any) -> None:
        self.root = root
        (root / "lua").mkdir(parents=True, exist_ok=True)
        self.write(main)
        self.host = Host(root, watch=False, settings=Settings(site=str(root), **settings), undo=True).__enter__()
        self.door = Door(self.host, Recorder(self.host, time.time), version="0.1.0")
        try:
            self.door.open()
            self.session: Session = self.host.create_session()
        except BaseException:
            self.host.close()
            raise
        self.news: list[tuple[str, bytes]] = []
        self._clients: list[Client] = []

    def write(self, main: str) -> None:
        """Saves the site's main module."""
        (self.root / "lua" / "main.lua").write_text(main, encoding="utf-8")

    def client(self) -> Client:
        """Returns a connection, what it is told besides in `news`."""
        self._clients.append(connect(str(self.root), on_news=lambda kind, data: self.news.append((kind, bytes(data)))))
        return self._clients[-1]

    def __enter__(self) -> AttachedSite:
        """Returns the site."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leaves clients, door and host."""
        for client in self._clients:
            client.close()
        self.door.close()
        self.host.close()
