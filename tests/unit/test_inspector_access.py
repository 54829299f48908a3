"""Who may look into sessions: this machine, and those whom a token let in."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from luahost.server.inspector.access import refusal


def asker(address: str | None = "127.0.0.1", **headers: str) -> HTTPConnection:
    """Returns a request from an address; `_` in a header's name stands for `-`."""
    named = {"host": "localhost:8080", **{name.replace("_", "-"): text for name, text in headers.items()}}
    raw = [(name.encode(), text.encode()) for name, text in named.items()]
    return HTTPConnection({"type": "http", "headers": raw, "client": None if address is None else (address, 4000)})


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080", "LOCALHOST"])
def test_access_when_somebody_is_here_then_may_look(address: str, host: str) -> None:
    """Who comes from this machine, and means this machine, may look."""
    assert refusal(asker(address, host=host), has_token=False) is None


@pytest.mark.parametrize("address", ["10.0.0.1", "192.168.1.7", "2001:db8::1", "::ffff:10.0.0.1", "unix", "", None])
def test_access_when_somebody_is_elsewhere_then_may_not(address: str | None) -> None:
    """Nobody else may, unless a token is set, which the server's door has asked for."""
    assert "this machine only" in str(refusal(asker(address), has_token=False))
    assert refusal(asker(address), has_token=True) is None


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "10.0.0.1", "", "[", "127.0.0.1.evil.example"]
)
def test_access_when_another_name_was_bent_to_point_here_then_may_not(host: str) -> None:
    """A page elsewhere can't reach in under a name of its own that resolves to this machine."""
    assert refusal(asker(host=host), has_token=False) is not None


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "x_real_ip", "x_forwarded_host", "via"])
def test_access_when_a_proxy_stands_between_then_may_not(header: str) -> None:
    """Behind a proxy on this machine everybody seems to be here: nobody is taken to be."""
    assert refusal(asker(**{header: "203.0.113.9"}), has_token=False) is not None
    assert refusal(asker(**{header: "203.0.113.9"}), has_token=True) is None


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:9999", "file://", "http://["])
@pytest.mark.parametrize("has_token", [False, True])
def test_access_when_a_page_of_others_asks_then_may_not(origin: str, has_token: bool) -> None:
    """A page from elsewhere can't use the visitor's place or cookie."""
    assert refusal(asker(origin=origin), has_token=has_token) is not None


def test_access_when_the_inspectors_own_page_asks_then_may() -> None:
    """The inspector's page names its own origin."""
    assert refusal(asker(origin="http://localhost:8080"), has_token=False) is None
