"""Access: who may look into sessions: this machine alone, or with a token whoever got past the server's door."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from luahost.server.admission import is_local

__all__ = ["refusal"]


def refusal(asker: HTTPConnection, *, has_token: bool) -> str | None:
    """Returns why somebody may not look; None for who may. `has_token`: one is set, and was asked for already."""
    if not _is_own_page(asker):
        return "a page from elsewhere may not look into sessions"
    if has_token or is_local(asker.scope):
        return None
    return "the inspector is open to this machine only; set `token` to look from elsewhere"


def _is_own_page(asker: HTTPConnection) -> bool:
    """Tells whether no page of others asks, not even one that may connect to sessions; programs send no origin."""
    origin = asker.headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == asker.headers.get("host")
    except ValueError:
        return False
