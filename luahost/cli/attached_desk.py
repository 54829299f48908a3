"""The attached desk: a seat at a session of a host in another process."""

from __future__ import annotations

from typing import Any

import msgspec

from luahost.attach.client import Client
from luahost.attach.faults import Fault, error_of, report_of
from luahost.completion import Name
from luahost.errors import LuaHostError
from luahost.news import LogLine

from .render.screen import Screen

__all__ = ["AttachedDesk"]

SOON_S = 1.0
"""How long names may take; who types doesn't wait longer."""


class AttachedDesk:
    """Keeps to one session of a host; what happens in it is shown as it comes, above the line that is typed."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._client: Client | None = None
        self._session: dict[str, Any] = {}

    def sit_down(self, client: Client, session: str | None) -> dict[str, Any]:
        """Begins to follow a session, the only one if none is named; returns what is told of it."""
        self._client = client
        self._session = client.ask("follow", session=session)
        return self._session

    @property
    def is_gone(self) -> bool:
        """Whether the host has gone."""
        return self._client is None or self._client.is_gone

    def evaluate(self, text: str, *, name: str, line: int) -> bool:
        """Shows what a text answers. Ctrl-C ends the turn, and raises KeyboardInterrupt."""
        ask = {"session": self._key, "text": text, "name": name, "line": line, "width": self._screen.width}
        try:
            answer = self._host.ask("evaluate", timeout_s=None, **ask)
        except KeyboardInterrupt:
            self.kill(self._key)
            raise
        if answer["text"]:
            self._screen.text(answer["text"])
        return True

    def complete(self, text: str) -> list[Name]:
        """Returns the names that can follow a text."""
        try:
            told = self._host.ask("complete", timeout_s=SOON_S, session=self._key, text=text)
        except LuaHostError:
            return []
        return [Name(**name) for name in told]

    def is_incomplete(self, text: str) -> bool:
        """Returns whether more lines could complete a text."""
        try:
            return bool(self._host.ask("incomplete", timeout_s=SOON_S, session=self._key, text=text))
        except LuaHostError:
            return False

    def reload(self) -> bool:
        """Reloads what changed on disk, in the whole host; returns whether it went well in this session."""
        report = report_of(self._host.ask_raw("reload", timeout_s=None, session=self._key))
        if report is None:
            self._screen.note("nothing changed")
        return report is None or report.ok

    def undo(self) -> bool:
        """Takes the last reload of the whole host back, where it keeps what that takes; returns whether it did."""
        report = report_of(self._host.ask_raw("undo", timeout_s=None))
        return report is None or report.ok

    def show_sessions(self) -> None:
        """Shows the sessions of the host."""
        self._screen.sessions(self._host.ask("sessions"), self._session["id"], is_prompt=True)

    def kill(self, id: str) -> bool:
        """Ends the turn that a session runs now."""
        was_running = self._host.ask("kill", session=id)
        self._screen.note("its turn was ended" if was_running else "it runs nothing now")
        return True

    def on_news(self, kind: str, data: msgspec.Raw) -> None:
        """Shows what has happened; called on the client's thread."""
        if kind == "log":
            self._screen.log(msgspec.json.decode(data, type=LogLine))
        elif kind == "reload":
            report = report_of(data)
            if report is not None:
                self._screen.reload(report)
        elif kind in ("lua_error", "trouble"):
            self._screen.error(error_of(msgspec.json.decode(data, type=Fault)))
        else:
            self._screen.trouble(self._said(kind, msgspec.json.decode(data)))

    def _said(self, kind: str, data: Any) -> str:
        if kind == "gone":
            return "the host has gone: Ctrl-D leaves"
        if kind == "closed":
            return f"session {data['session']} is closed: Ctrl-D leaves"
        return f"{data['count']} lines were left out" if kind == "missed" else f"{kind}: {data}"

    @property
    def _host(self) -> Client:
        assert self._client is not None, "nobody has sat down"
        return self._client

    @property
    def _key(self) -> str:
        key: str = self._session["key"]
        return key
