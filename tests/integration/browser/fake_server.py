"""A server with one session that is a table of objects, for tests of what the page does by itself."""

from __future__ import annotations

import json
import threading
from http import HTTPStatus
from pathlib import Path
from typing import Any

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

import luahost.errors

STATIC = Path(luahost.errors.__file__).parent / "server" / "static"


class FakeConnection:
    """The variables that a page has made over one socket, in the order in which they came."""

    def __init__(self, server: FakeServer, socket: ServerConnection) -> None:
        self.server = server
        self.socket = socket
        self.variables: dict[int, dict[str, Any]] = {}
        self.shown: dict[int, tuple[Any, str]] = {}

    def carry_out(self, kind: str, data: dict[str, Any]) -> None:
        """Does what a message asks for, as far as pages can tell."""
        if kind == "watch":
            self.variables[data["varId"]] = {"parentId": 0, "value": {"obj": 1}}
        elif kind == "create":
            properties = data.get("properties", {})
            path, _, query = properties.get("path", "").partition("?")
            asked = {name: value or "true" for name, _, value in (part.partition("=") for part in query.split("&"))}
            self.variables[data["id"]] = data | {"properties": properties | asked | {"path": path}}
        elif kind == "destroy":
            self.forget(data["varId"])
        elif kind == "update":
            self.write(data["varId"], data.get("value"))

    def forget(self, number: int) -> None:
        """Destroys a variable and those below it."""
        del self.variables[number]
        for child in [child for child, data in self.variables.items() if data["parentId"] == number]:
            self.forget(child)

    def write(self, number: int, value: Any) -> None:
        """Sets the field that a variable shows; calls go to the server's `actions`."""
        variable = self.variables[number]
        owner = self.value_of(variable["parentId"])["obj"]
        path = variable["properties"]["path"]
        if path.endswith(")"):
            self.server.actions.append((owner, path, value))
            return
        self.server.objects[owner][path] = value
        self.shown[number] = (value, "")

    def value_of(self, number: int) -> Any:
        """Returns a variable's value: what was given, else the field of the parent's object."""
        variable = self.variables[number]
        if "value" in variable:
            return variable["value"]
        parent = self.value_of(variable["parentId"])
        return self.server.objects[parent["obj"]].get(variable["properties"]["path"]) if parent else None

    def publish(self) -> None:
        """Sends what has changed since the last time, as one frame."""
        frame = [update for number in list(self.variables) if (update := self.update_of(number))]
        if frame:
            self.send(frame)

    def update_of(self, number: int) -> dict[str, Any] | None:
        """Returns the update that a variable needs."""
        variable = self.variables[number]
        properties = variable.get("properties", {})
        if variable.get("nowatch") or properties.get("access") == "action":
            return None
        value = self.value_of(number)
        kind = self.server.objects[value["obj"]].get("type", "") if isinstance(value, dict) else ""
        if self.shown.get(number) == (value, kind):
            return None
        self.shown[number] = (value, kind)
        return {"type": "update", "data": {"varId": number, "value": value, "properties": properties | {"type": kind}}}

    def send(self, frame: list[dict[str, Any]]) -> None:
        """Sends a frame; a page that has gone doesn't get it."""
        try:
            self.socket.send(json.dumps(frame))
        except ConnectionClosed:
            self.server.connections.discard(self)


class FakeServer:
    """Serves `pages` by path, and a session whose fields are `objects` by number; object 1 is the app object.

    `publish` shows what a test has changed in them. What pages have called stands in `actions`, as object, path and
    value; what they have sent, in `received`.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.pages: dict[str, str] = {}
        self.objects: dict[int, dict[str, Any]] = {1: {"type": "App"}}
        self.definitions: dict[str, str] = {}
        self.actions: list[tuple[int, str, Any]] = []
        self.received: list[dict[str, Any]] = []
        self.connections: set[FakeConnection] = set()
        self._lock = threading.RLock()
        self._server: Server | None = None
        self.port = 0

    def start(self) -> None:
        """Listens; on the same port as before, if it did already."""
        options = {"process_request": self._answer, "close_timeout": 0.1}
        self._server = serve(self._serve_socket, "127.0.0.1", self.port, **options)
        self.port = self._server.socket.getsockname()[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Ends all connections and listens no more."""
        assert self._server is not None
        self._server.shutdown()
        for connection in list(self.connections):
            connection.socket.close()

    @property
    def counts(self) -> list[int]:
        """Returns how many variables each page has."""
        return [len(connection.variables) for connection in self.connections]

    @property
    def url(self) -> str:
        """Returns where pages begin."""
        return f"http://127.0.0.1:{self.port}/"

    def publish(self) -> None:
        """Shows pages what has changed."""
        with self._lock:
            for connection in list(self.connections):
                connection.publish()

    def define(self, definitions: dict[str, str]) -> None:
        """Gives pages view definitions."""
        with self._lock:
            self.definitions.update(definitions)
            for connection in list(self.connections):
                connection.send([definitions_update(definitions)])

    def fail(self, path: str, code: str, description: str) -> None:
        """Tells pages of an error of the variables that have a path."""
        with self._lock:
            for connection in self.connections:
                connection.send(
                    [
                        {"type": "error", "data": {"varId": number, "code": code, "description": description}}
                        for number, variable in connection.variables.items()
                        if variable.get("properties", {}).get("path") == path
                    ]
                )

    def end_session(self, key: str) -> None:
        """Forgets the session, and has another from now on."""
        self.key = key
        for connection in list(self.connections):
            connection.socket.close()

    def _answer(self, _: ServerConnection, request: Request) -> Response | None:
        path = request.path.split("?")[0].lstrip("/")
        if path.startswith("ws/"):
            return None if path == f"ws/{self.key}" else respond(HTTPStatus.NOT_FOUND)
        if path == "":
            return respond(HTTPStatus.TEMPORARY_REDIRECT, Location=f"/{self.key}")
        if path.split("/")[0] == self.key:
            cookie = f"ui-session={self.key}; Path=/; SameSite=Lax"
            return respond(HTTPStatus.OK, self.pages["index.html"], Set_Cookie=cookie)
        if path in self.pages:
            return respond(HTTPStatus.OK, self.pages[path])
        if (STATIC / path).is_file():
            kind = "text/javascript" if path.endswith(".js") else "text/html"
            return respond(HTTPStatus.OK, (STATIC / path).read_text(), Content_Type=kind)
        return respond(HTTPStatus.NOT_FOUND)

    def _serve_socket(self, socket: ServerConnection) -> None:
        connection = FakeConnection(self, socket)
        with self._lock:
            self.connections.add(connection)
            if self.definitions:
                connection.send([definitions_update(self.definitions)])
        for frame in socket:
            with self._lock:
                self.received.append(json.loads(frame))
                for message in self.received[-1]["messages"]:
                    connection.carry_out(message["type"], message["data"])
                self.publish()
        self.connections.discard(connection)


def definitions_update(definitions: dict[str, str]) -> dict[str, Any]:
    """Returns the message that brings view definitions."""
    return {"type": "update", "data": {"varId": 1, "properties": {"viewdefs": json.dumps(definitions)}}}


def respond(status: HTTPStatus, text: str = "", **headers: str) -> Response:
    """Returns a response."""
    body = text.encode()
    kind = {"Content-Type": "text/html; charset=utf-8"}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, status.phrase, Headers(kind | given | {"Content-Length": str(len(body))}), body)
