"""The inspector's addresses: its pages, its data, and its WebSocket."""

from __future__ import annotations

import html
import time
from pathlib import Path

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from luahost.aio import AsyncSession
from luahost.errors import LuaHostError, SessionClosed
from luahost.host import Host
from luahost.inspection.listing import list_variables
from luahost.inspection.recorder import Recorder
from luahost.server.inspector.access import refusal
from luahost.server.inspector.samples import Samples
from luahost.server.inspector.sampling import Sampling
from luahost.server.inspector.viewer import Viewer
from luahost.session import Session

__all__ = ["inspector_routes"]

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
POLICY += "base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
GUARDED = {
    "cache-control": "no-store",
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""A page of the inspector runs its own scripts and no other, and tells nobody a session's key."""

OWN = Path(__file__).parents[1] / "static" / "inspector"
KINDS = {".js": "text/javascript", ".css": "text/css"}


def inspector_routes(host: Host, recorder: Recorder | None = None, *, has_token: bool = False) -> list[BaseRoute]:
    """Returns the inspector's routes, for the application to try before those of sessions.

    `has_token`: a token is set, and the application asks everybody for it.
    """
    inspector = Inspector(host, recorder or Recorder(host, time.time), has_token=has_token)
    return [
        Route("/inspector", inspector.page),
        Route("/inspector/{name}", inspector.static),
        WebSocketRoute("/inspector/socket", inspector.socket),
        Route("/{session}/variables", inspector.variables_page),
        Route("/{session}/variables.json", inspector.variables_json),
    ]


class Inspector:
    """Shows one host to those who may look."""

    def __init__(self, host: Host, recorder: Recorder, *, has_token: bool) -> None:
        self._host = host
        self._has_token = has_token
        self._recorder = recorder
        self._sampling = Sampling(Samples(lambda: host.sessions))

    async def page(self, request: Request) -> Response:
        """Answers with the inspector."""
        self._check(request)
        return _page(request)

    async def variables_page(self, request: Request) -> Response:
        """Answers with the table of a session's variables."""
        self._check(request)
        self._session(request)
        return _page(request)

    async def variables_json(self, request: Request) -> Response:
        """Answers with a session's variables; `?diag=N` is the level of the diagnostics."""
        self._check(request)
        session, level = self._session(request), _level(request.query_params.get("diag", ""))
        try:
            listing = await AsyncSession(session).run(lambda session: list_variables(session, level))
        except SessionClosed as error:
            raise HTTPException(404, "there is no such session") from error
        except LuaHostError as error:
            raise HTTPException(503, str(error)) from error
        headers = {**GUARDED, "x-change-count": str(listing.changes)}
        return Response(listing.json, headers=headers, media_type="application/json")

    async def static(self, request: Request) -> Response:
        """Answers with a script or the styles; they are no secret."""
        # Looked for among the names that there are: what is asked for never becomes a path.
        file = next((each for each in OWN.iterdir() if each.name == request.path_params["name"]), None)
        if file is None or file.suffix not in KINDS:
            raise HTTPException(404)
        headers = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}
        return Response(file.read_bytes(), headers=headers, media_type=KINDS[file.suffix])

    async def socket(self, socket: WebSocket) -> None:
        """Serves an open page."""
        reason = refusal(socket, has_token=self._has_token)
        if reason is not None:
            await socket.send_denial_response(PlainTextResponse(reason, 403))
            return
        await Viewer(socket, self._host, self._recorder, self._sampling).serve()

    def _check(self, asker: HTTPConnection) -> None:
        reason = refusal(asker, has_token=self._has_token)
        if reason is not None:
            raise HTTPException(403, reason)

    def _session(self, request: Request) -> Session:
        session = self._host.get_session(request.path_params["session"])
        if session is None or session.is_closed:
            raise HTTPException(404, "there is no such session")
        return session


def _level(text: str) -> int:
    try:
        return msgspec.convert(text, int, strict=False)
    except msgspec.ValidationError:
        return 1


def _page(request: Request) -> Response:
    prefix = html.escape(request.scope.get("root_path", "").rstrip("/"))
    page = (OWN / "inspector.html").read_text(encoding="utf-8").replace("{{prefix}}", prefix)
    return HTMLResponse(page, headers=GUARDED)
