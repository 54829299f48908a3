"""Pages: a session for whoever comes, and the page that shows it."""

from __future__ import annotations

import asyncio
import html
from contextlib import suppress
from http import HTTPStatus

import msgpack
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from luahost.aio import AsyncHost, AsyncSession
from luahost.errors import LuaHostError, TooManySessions
from luahost.host import Host
from luahost.server.admission import is_local
from luahost.server.static_files import SiteFiles
from luahost.server.traffic import Traffic
from luahost.session import Session

__all__ = ["COOKIE", "Pages", "found_session", "shown_error"]

COOKIE = "ui-session"
KEY_LENGTH = 32
HEX = frozenset("0123456789abcdef")

PLAIN = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body{{font:1rem/1.5 system-ui;margin:4rem auto;max-width:36rem;padding:0 1rem}}
pre{{white-space:pre-wrap}}:root{{color-scheme:light dark}}</style>
<h1>{title}</h1>
{body}
"""


class Pages:
    """Answers `/` with a session, `/<key>` and what is below with its page, and anything else with a file."""

    def __init__(self, host: Host, traffic: Traffic) -> None:
        self._host = host
        self._traffic = traffic
        self._files = SiteFiles(host.site.root)

    async def root(self, request: Request) -> Response:
        """Sends whoever comes to their session, the one of their cookie if it lives; `?new` makes another."""
        session = None
        if "new" not in request.query_params:
            session = await found_session(self._host, request.cookies.get(COOKIE, ""))
        if session is None:
            session = await self._create(request)
        return RedirectResponse(f"{_prefix(request)}/{session.key}", 307, headers={"cache-control": "no-store"})

    async def below(self, request: Request) -> Response:
        """Answers everything that has no route of its own."""
        path = request.path_params["path"]
        key, _, rest = path.partition("/")
        session = await found_session(self._host, key)
        if session is not None:
            return await self._page(request, session, rest)
        if len(key) == KEY_LENGTH and set(key) <= HEX:
            raise HTTPException(404, "this session is gone")
        return await self._files.get_response(path, request.scope)

    async def _create(self, request: Request) -> Session:
        # A route for GET takes HEAD as well.
        if request.method != "GET":
            raise HTTPException(405, "a session is made by GET", headers={"allow": "GET"})
        if not _accepts_html(request.headers.get("accept", "*/*")):
            raise HTTPException(406, "a session is made for those who accept text/html")
        try:
            made = await AsyncHost(self._host).create_session()
        except TooManySessions as error:
            self._traffic.sessions_refused += 1
            raise HTTPException(503, str(error)) from error
        except LuaHostError as error:
            structlog.get_logger("luahost").error("session_failed", error=str(error))
            detail = str(error) if is_local(request.scope) else "its log says why"
            raise HTTPException(500, f"the session could not start: {detail}") from error
        session = self._host.get_session(made.key)
        if session is None:
            raise HTTPException(503, "the session was closed as soon as it was made")
        self._host.expire(session)
        self._traffic.sessions_made += 1
        return session

    async def _page(self, request: Request, session: Session, path: str) -> Response:
        """Returns a session's page; below it, a file if one has that name, so that pages may name files as they lie."""
        session.connections.touch()
        if path:
            with suppress(HTTPException):
                return await self._files.get_response(path, request.scope)
        with suppress(LuaHostError):
            await AsyncSession(session).run(lambda session: _tell_path(session, path))
        text = await asyncio.to_thread(self._files.index)
        if text is None:
            raise HTTPException(404, "the site has no html/index.html")
        if _prefix(request):
            text = text.replace('src="/luahost.js"', f'src="{html.escape(_prefix(request))}/luahost.js"')
        response = HTMLResponse(text, headers={"cache-control": "no-cache"})
        response.set_cookie(COOKIE, session.key, path=f"{_prefix(request)}/", samesite="lax")
        return response


async def shown_error(request: HTTPConnection, error: Exception) -> Response:
    """Returns an error as a page, to those who read pages, else as a line."""
    status, detail = getattr(error, "status_code", 500), getattr(error, "detail", "")
    headers = {**(getattr(error, "headers", None) or {}), "cache-control": "no-store"}
    title = f"{status} {HTTPStatus(status).phrase}"
    if "text/html" not in request.headers.get("accept", ""):
        return Response(f"{title}: {detail}\n", status, headers, "text/plain; charset=utf-8")
    body = f'<pre>{html.escape(detail)}</pre>\n<p><a href="{html.escape(_prefix(request))}/?new">A new session</a></p>'
    return HTMLResponse(PLAIN.format(title=title, body=body), status, headers)


async def found_session(host: Host, key: str) -> Session | None:
    """Returns the session with this key: the live one, or the saved one, which comes back; None if there is none.

    A vended id is short, and no secret: nobody gets in by it. Raises HTTPException for one that can't come back now.
    """
    if len(key) != KEY_LENGTH or not set(key) <= HEX:
        return None
    session = host.get_session(key)
    # One that is still coming back may fail to: asked in this order, none of these is missed.
    if session is None or host.is_opening(key) or session.is_closed:
        session = await _revived(host, key)
    return session if session is not None and not session.is_closed else None


async def _revived(host: Host, key: str) -> Session | None:
    try:
        session = await asyncio.to_thread(host.open_session, key)
    except LuaHostError as error:
        structlog.get_logger("luahost").error("session_not_opened", key=key, error=str(error))
        raise HTTPException(503, "the session can't come back now; the server's log says why") from error
    if session is not None:
        host.expire(session)
    return session


def _tell_path(session: Session, path: str) -> None:
    """Tells the session which of its pages was asked for, in the property `url` of variable 1."""
    if path and session.variable_at(path) is None:
        return
    update = {"type": "update", "id": 1, "valued": False, "value": None, "properties": {"url": path}}
    session.exchange(0, msgpack.packb([update]))


def _prefix(request: HTTPConnection) -> str:
    """Returns where the application is mounted, without a slash at the end."""
    prefix: str = request.scope.get("root_path", "")
    return prefix.rstrip("/")


def _accepts_html(accept: str) -> bool:
    """Returns whether a header `Accept` admits HTML."""
    for offer in accept.split(","):
        kind, *parameters = (part.strip().lower() for part in offer.split(";"))
        if kind in ("text/html", "text/*", "*/*") and "q=0" not in parameters:
            return True
    return False
