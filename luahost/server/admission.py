"""Admission: who may speak to the server. Stands before everything else in the application.

`Host` keeps pages elsewhere from reaching a local server under a name of their own (a name may be made to mean
127.0.0.1, an address can't); `Origin` keeps them from opening a WebSocket with the visitor's cookies; the token, where
one is set, keeps out whoever doesn't know it.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from luahost.settings import Settings

__all__ = ["TOKEN_COOKIE", "Admission", "Rules", "is_local", "names_this_machine"]

TOKEN_COOKIE = "ui-token"

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""What a proxy adds. One that runs here makes everybody look as if they were here."""

OPEN_PATHS = ("/health",)
"""What may be asked without the token."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings admit."""

    host: str
    origins: tuple[str, ...]
    token: str

    @staticmethod
    def of(settings: Settings) -> Rules:
        """Returns the rules of these settings."""
        return Rules(settings.host, settings.origins, settings.token)

    def refusal(self, scope: Scope) -> PlainTextResponse | None:
        """Returns what to answer a request that is not admitted, its token aside; None for one that is."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_host(host):
            return _refused(421, f"the host {host!r} is not admitted; name its origin in the setting `origins`")
        if scope["type"] == "websocket" and origin is not None and not self._is_origin(origin, host):
            return _refused(403, f"the origin {origin!r} is not admitted; name it in the setting `origins`")
        return None

    def has_token(self, scope: Scope) -> bool:
        """Returns whether the request brings the token, or needs none."""
        return not self.token or any(hmac.compare_digest(given, self.token.encode()) for given in _tokens(scope))

    def _is_host(self, host: str) -> bool:
        name = _name_of(host)
        named = {self.host.lower(), *(_name_of(urlsplit(origin).netloc) for origin in self.origins)}
        return "*" in self.origins or name in named or _is_local_name(name) or _address(name) is not None

    def _is_origin(self, origin: str, host: str) -> bool:
        # Behind a proxy that speaks TLS the scheme differs; the rest is what the browser saw.
        own = origin.partition("://")[2].lower() == host.lower() != ""
        return own or "*" in self.origins or origin.lower() in {each.lower() for each in self.origins}


class Admission:
    """The application behind its door."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, or answers it."""
        answer = self._answer(scope) if scope["type"] in ("http", "websocket") else None
        if answer is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send).send_denial_response(answer)
        else:
            await answer(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        refusal = self._rules.refusal(scope)
        if refusal is not None or not self._rules.token or _path_of(scope) in OPEN_PATHS:
            return refusal
        if not self._rules.has_token(scope):
            return _refused(401, "unauthorized: this server wants its token, as ?token=… or as a bearer")
        if scope["type"] == "http" and b"token=" in scope["query_string"]:
            return self._remembered(scope)
        return None

    def _remembered(self, scope: Scope) -> Response:
        """Moves the token from the address, which others may see, into a cookie."""
        query = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] != "token"]
        url = HTTPConnection(scope).url.replace(query=urlencode(query))
        response = RedirectResponse(f"{url.path}?{url.query}" if url.query else url.path, 307)
        response.set_cookie(TOKEN_COOKIE, self._rules.token, httponly=True, samesite="lax")
        return response


def is_local(scope: Scope) -> bool:
    """Returns whether a request comes from this machine, and not through a proxy for somebody else."""
    headers = Headers(scope=scope)
    if not scope.get("client") or any(name in headers for name in FORWARDED):
        return False
    return _is_loopback(scope["client"][0]) and names_this_machine(_name_of(headers.get("host", "")))


def names_this_machine(name: str) -> bool:
    """Returns whether a name, or an address, means the machine that it is used on, whoever looks it up."""
    return _is_local_name(name) or _is_loopback(name)


def _tokens(scope: Scope) -> list[bytes]:
    """Returns what a request gives as its token, in each place where one may stand."""
    headers = Headers(scope=scope)
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    given = [value for name, value in parse_qsl(scope["query_string"].decode("latin-1")) if name == "token"]
    given += [bearer.strip()] if scheme.lower() == "bearer" else []
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
        given += [cookies[TOKEN_COOKIE].value] if TOKEN_COOKIE in cookies else []
    except CookieError:
        pass
    return [text.encode() for text in given]


def _path_of(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _refused(status: int, reason: str) -> PlainTextResponse:
    return PlainTextResponse(reason + "\n", status)


def _name_of(host: str) -> str:
    """Returns the name, or the address, in `name:port` or `[address]:port`."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _is_loopback(name: str) -> bool:
    address = _address(name)
    return address is not None and (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _is_local_name(name: str) -> bool:
    return name == "localhost" or name.endswith(".localhost")
