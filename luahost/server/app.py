"""The application: which address is answered by what."""

from __future__ import annotations

import importlib.util
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from luahost.host import Host
from luahost.inspection.recorder import Recorder
from luahost.server.admission import Admission, Rules
from luahost.server.inspector.pages import inspector_routes
from luahost.server.pages import Pages, found_session, shown_error
from luahost.server.peer import serve_peer
from luahost.server.traffic import Traffic

__all__ = ["create_app"]


def create_app(host: Host, recorder: Recorder | None = None) -> ASGIApp:
    """Returns the ASGI application that serves a host's sessions. The host must be running while it is used.

    It may be mounted into another application, under a prefix: `Starlette(routes=[Mount("/live", create_app(host))])`.
    The settings `origins`, `token` and `host` say whom it admits. `recorder` is one that keeps the host's past already.
    """
    traffic = Traffic()
    pages = Pages(host, traffic)

    async def socket(websocket: WebSocket) -> None:
        try:
            session = await found_session(host, websocket.path_params["key"])
            await serve_peer(websocket, session, traffic)
        except HTTPException as error:
            await websocket.send_denial_response(await shown_error(websocket, error))

    async def health(_: Request) -> Response:
        return JSONResponse({"ok": True, "sessions": len(host.sessions)}, headers={"cache-control": "no-store"})

    routes: list[BaseRoute] = [
        Route("/", pages.root),
        Route("/health", health),
        Route("/metrics", _metrics(host, traffic)),
        WebSocketRoute("/ws/{key}", socket),
        *inspector_routes(host, recorder, has_token=bool(host.settings.token)),
        Route("/{path:path}", pages.below),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Admission, rules=Rules.of(host.settings))],
        exception_handlers={HTTPException: shown_error, Exception: shown_error},
    )


def _metrics(host: Host, traffic: Traffic) -> Callable[[Request], Awaitable[Response]]:
    """Returns what answers with metrics, if their library is there."""
    if importlib.util.find_spec("prometheus_client") is None:

        async def missing(_: Request) -> Response:
            raise HTTPException(404, "metrics need the extra: pip install 'luahost[metrics]'")

        return missing
    from luahost.server.metrics import CONTENT_TYPE, Metrics

    metrics = Metrics(host, traffic)

    async def told(_: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return told
