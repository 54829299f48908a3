"""Access: who may look into sessions: this machine alone, or with a token whoever got past the server's door."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

__all__ = ["refusal"]

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""What a proxy adds. One that runs here makes everybody look as if they were here."""


def refusal(asker: HTTPConnection, *, has_token: bool) -> str | None:
    """Returns why somebody may not look; None for who may. `has_token`: one is set, and was asked for already."""
    if not _is_own_page(asker):
        return "a page from elsewhere may not look into sessions"
    if has_token or _is_here(asker):
        return None
    return "the inspector is open to this machine only; set `token` to look from elsewhere"


def _is_own_page(asker: HTTPConnection) -> bool:
    """Tells whether no page of somebody else's asks; programs send no origin."""
    origin = asker.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == asker.headers.get("host")


def _is_here(asker: HTTPConnection) -> bool:
    """Tells whether a request comes from this machine and names it; a name that was bent to point here isn't enough."""
    if asker.client is None or any(name in asker.headers for name in FORWARDED):
        return False
    name = _name_of(asker.headers.get("host", ""))
    return _is_loopback(asker.client.host) and (name == "localhost" or _is_loopback(name))


def _name_of(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback
