"""A site that is served: requests, and WebSockets that speak either form."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgpack
from websockets.sync.client import ClientConnection, connect

from luahost import Host, Settings
from luahost.server.listener import Listener

DEADLINE_S = 20.0
HTML = "text/html,application/xhtml+xml"


class Answer:
    """What the server answered."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def location(self) -> str:
        """Where it sends to."""
        return str(self.headers.get("location", ""))

    @property
    def cookies(self) -> list[str]:
        """What it sets."""
        return self.headers.get_all("set-cookie") or []


class ServedSite:
    """A host and its server, on a free port."""

    def __init__(self, root: Path, **settings: Any) -> None:
        self.root = root
        self.host = Host(root, watch=False, settings=Settings(site=str(root), port=0, **settings))
        self.host.__enter__()
        self.listener = Listener(self.host)
        self.url = self.listener.url
        self.listener.start()

    @property
    def authority(self) -> str:
        """Name and port of the server."""
        return urlsplit(self.url).netloc

    def get(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        """Returns what the server answers; `_` in a header's name stands for `-`."""
        client = http.client.HTTPConnection(self.authority, timeout=DEADLINE_S)
        try:
            named = {"Accept": HTML, **{name.replace("_", "-"): text for name, text in headers.items()}}
            client.request(method, path, headers=named)
            return Answer(client.getresponse())
        finally:
            client.close()

    def visit(self) -> str:
        """Returns the key of a new session."""
        answer = self.get("/?new")
        assert answer.status == 307, answer.text
        return answer.location.strip("/")

    @contextmanager
    def socket(self, key: str | None = None, **options: Any) -> Iterator[Socket]:
        """Returns a WebSocket of a session, of a new one if none is named; it is closed afterwards."""
        address = f"ws://{self.authority}/ws/{key or self.visit()}"
        with connect(address, open_timeout=DEADLINE_S, **options) as inner:
            yield Socket(inner)

    def close(self) -> None:
        """Lets the server and the host leave."""
        self.listener.stop()
        self.host.close()


class Socket:
    """A WebSocket that says and hears messages."""

    def __init__(self, inner: ClientConnection) -> None:
        self.inner = inner
        self.is_binary = False

    def say(self, *messages: tuple[str, Mapping[str, Any]], user_event: bool = False) -> None:
        """Sends a batch."""
        batch: Any = [{"type": type, "data": data} for type, data in messages]
        if user_event:
            batch = {"userEvent": True, "messages": batch}
        self.inner.send(msgpack.packb(batch) if self.is_binary else json.dumps(batch))

    def hear(self) -> list[dict[str, Any]]:
        """Returns the messages of the next frame."""
        frame = self.inner.recv(timeout=DEADLINE_S)
        assert isinstance(frame, bytes) == self.is_binary
        said = msgpack.unpackb(frame) if isinstance(frame, bytes) else json.loads(frame)
        return said if isinstance(said, list) else [said]

    def hear_value(self, id: int) -> Any:
        """Returns the next value that is told of a variable."""
        while True:
            for said in self.hear():
                if said["data"].get("varId") == id and "value" in said["data"]:
                    return said["data"]["value"]

    def hear_code(self) -> str:
        """Returns the code of the next error."""
        while True:
            for said in self.hear():
                if said["type"] == "error":
                    return str(said["data"]["code"])

    def show(self, id: int, path: str, **properties: str) -> None:
        """Makes a variable with a path."""
        self.say(("create", {"id": id, "parentId": 1, "properties": {"path": path, **properties}}), user_event=True)
