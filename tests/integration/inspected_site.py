"""A site whose host is looked into: the inspector behind a real server, and a client of its WebSocket."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgpack
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from websockets.sync.client import ClientConnection, connect

from luahost import Host, Session, Settings
from luahost.server.app import create_app
from tests.site_files import write_files

DEADLINE_S = 15.0


class Answer:
    """What the server answered."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()


class InspectedSite:
    """A host, a session of it, and a server below `prefix`."""

    def __init__(self, root: Path, *, prefix: str = "", **settings: Any) -> None:
        self.root = root
        self.host = Host(root, watch=False, settings=Settings(site=str(root), **settings))
        self.host.__enter__()
        self.session = self.host.create_session()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.authority = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.prefix = prefix
        app = create_app(self.host)
        mounted = Starlette(routes=[Mount(prefix, app)]) if prefix else app
        config = uvicorn.Config(mounted, http="h11", ws="websockets-sansio", lifespan="off", log_config=None)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the inspector's addresses begin."""
        return f"http://{self.authority}{self.prefix}"

    def get(self, path: str, **headers: str) -> Answer:
        """Returns what the server answers; `_` in a header's name stands for `-`."""
        client = http.client.HTTPConnection(self.authority, timeout=DEADLINE_S)
        try:
            client.request("GET", self.prefix + path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            return Answer(client.getresponse())
        finally:
            client.close()

    @contextmanager
    def page(self, **options: Any) -> Iterator[OpenPage]:
        """Returns a client that stands in for an open page."""
        address = f"ws://{self.authority}{self.prefix}/inspector/socket"
        with connect(address, open_timeout=DEADLINE_S, **options) as inner:
            yield OpenPage(inner)

    def write(self, files: Mapping[str, str]) -> None:
        """Writes files, and reloads them."""
        write_files(self.root, files)
        self.host.reload()

    def close(self) -> None:
        """Lets the server and the host leave."""
        self._server.should_exit = True
        self._thread.join(DEADLINE_S)
        self._socket.close()
        self.host.close()


class OpenPage:
    """One WebSocket of the inspector."""

    def __init__(self, inner: ClientConnection) -> None:
        self.inner = inner

    def ask(self, ask: str, **more: Any) -> None:
        """Sends what a page sends."""
        self.inner.send(json.dumps({"ask": ask, **more}))

    def hear(self, told: str, **fields: Any) -> dict[str, Any]:
        """Returns the next message of a kind with these fields; others are passed over."""
        deadline = time.monotonic() + DEADLINE_S
        while (left_s := deadline - time.monotonic()) > 0:
            message: dict[str, Any] = json.loads(self.inner.recv(timeout=left_s))
            if message["told"] == told and all(message.get(name) == value for name, value in fields.items()):
                return message
        raise AssertionError(f"nothing was told of {told}")


def watch(session: Session, *paths: str, **properties: str) -> None:
    """Lets a peer watch paths of the app object."""
    creates = [
        {
            "type": "create",
            "id": f"c1:{2 + at}",
            "parent": 1,
            "value": None,
            "valued": False,
            "properties": {"path": path},
        }
        for at, path in enumerate(paths)
    ]
    session.exchange(1, msgpack.packb(creates))
