"""Who may speak to the server: hosts, origins, the token."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from served_site import ServedSite
from websockets.exceptions import InvalidStatus

SITE = {"lua/main.lua": "session:createAppVariable({})", "html/index.html": "page"}
TOKEN = "a secret, with ünusual letters"


@pytest.fixture
def served(serve: Callable[..., ServedSite]) -> ServedSite:
    """Returns a site."""
    return serve(SITE)


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1:9", "[::1]", "192.168.1.7:80", "app.localhost", "LOCALHOST", "evil.example.localhost"],
)
def test_host_when_it_is_an_address_or_local_then_it_is_admitted(served: ServedSite, host: str) -> None:
    """A page elsewhere can't make an address, or localhost, mean this server under its own name."""
    assert served.get("/health", Host=host).status == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[", "a b"])
def test_host_when_it_is_another_name_then_it_is_not_admitted(served: ServedSite, host: str) -> None:
    """A name that was made to mean this machine gets nothing, and makes no session."""
    assert served.get("/", Host=host).status in (400, 421)
    assert served.host.sessions == []


def test_host_when_its_origin_is_in_the_settings_then_it_is_admitted(serve: Callable[..., ServedSite]) -> None:
    """A name that the settings know is admitted, and so is the configured host."""
    served = serve(SITE, origins=("https://app.example.org",))
    assert served.get("/health", Host="app.example.org").status == 200
    assert served.get("/health", Host="other.example.org").status == 421


def refused(served: ServedSite, key: str, **headers: str) -> int:
    """Returns the status with which a WebSocket is refused."""
    with pytest.raises(InvalidStatus) as caught, served.socket(key, additional_headers=headers):
        pass
    return caught.value.response.status_code


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "", "http://", "http://["])
def test_origin_when_it_is_elsewhere_then_no_socket_is_opened(served: ServedSite, origin: str) -> None:
    """A page of another origin, that has the visitor's cookies, gets no WebSocket."""
    key = served.visit()
    assert refused(served, key, Origin=origin) == 403
    assert len(served.host.sessions[0].connections) == 0


def test_origin_when_it_is_the_servers_own_or_none_then_a_socket_is_opened(served: ServedSite) -> None:
    """The site's own page, behind a proxy with TLS too, and programs, which send none."""
    key = served.visit()
    for headers in ({"Origin": served.url}, {"Origin": f"https://{served.authority}"}, {}):
        with served.socket(key, additional_headers=headers) as socket:
            socket.say(("poll", {}))
            assert socket.hear() == []


@pytest.mark.parametrize("origins", [("https://other.example",), ("*",)])
def test_origin_when_the_settings_name_it_then_a_socket_is_opened(
    serve: Callable[..., ServedSite], origins: tuple[str, ...]
) -> None:
    """Pages of origins in the settings may connect, with `*` all."""
    served = serve(SITE, origins=origins)
    with served.socket(served.visit(), additional_headers={"Origin": "https://OTHER.example"}) as socket:
        socket.say(("poll", {}))
        assert socket.hear() == []


@pytest.fixture
def guarded(serve: Callable[..., ServedSite]) -> ServedSite:
    """Returns a site that wants a token."""
    return serve(SITE, token="secret")


@pytest.mark.parametrize("path", ["/", "/metrics", "/look.css", "/" + "0" * 32])
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "secret"}, {"Cookie": "ui-token=secre"}]
)
def test_token_when_it_is_missing_or_wrong_then_nothing_is_answered(
    guarded: ServedSite, path: str, headers: dict[str, str]
) -> None:
    """Where a token is set, nobody gets anything without it."""
    assert guarded.get(path, **headers).status == 401
    assert guarded.get(path + "?token=wrong").status == 401
    assert guarded.host.sessions == []


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer secret"}, {"Cookie": "a=b; ui-token=secret"}])
def test_token_when_it_is_given_then_all_is_answered(guarded: ServedSite, headers: dict[str, str]) -> None:
    """The token goes as a bearer or in a cookie; the cookie opens the WebSocket too."""
    key = guarded.get("/", **headers).location.strip("/")
    with guarded.socket(key, additional_headers=headers) as socket:
        socket.say(("poll", {}))
        assert socket.hear() == []


def test_token_when_it_is_in_the_address_then_it_moves_to_a_cookie(guarded: ServedSite) -> None:
    """An address with the token is forgotten at once: the browser goes on with a cookie that no script reads."""
    answer = guarded.get("/?token=secret&new=")
    assert (answer.status, answer.location) == (307, "/")
    assert "HttpOnly" in answer.cookies[0]
    assert guarded.get("/", Cookie=answer.cookies[0].split(";")[0]).status == 307


def test_token_when_a_socket_lacks_it_then_it_is_refused(guarded: ServedSite) -> None:
    """No token, no WebSocket, even to somebody who knows a session's key."""
    key = guarded.host.create_session().key
    assert refused(guarded, key) == 401


def test_token_when_health_is_asked_for_then_none_is_wanted(guarded: ServedSite) -> None:
    """A monitor needs no token to ask whether the server is well."""
    assert guarded.get("/health").status == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "0.0.0.0"])
def test_inspector_when_it_is_told_of_then_it_is_there(serve: Callable[..., ServedSite], host: str) -> None:
    """The address of the inspector is one that whoever is at this machine may ask for."""
    served = serve(SITE, host=host)
    assert served.listener.inspector_url == f"{served.url}/inspector"
    assert served.get("/inspector").status == 200


def test_inspector_when_nobody_may_look_at_an_address_then_it_is_not_told_of(
    serve: Callable[..., ServedSite], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server under a name of its own has an inspector only with a token, which the address doesn't tell."""
    found = socket.getaddrinfo("127.0.0.1", 0, type=socket.SOCK_STREAM)
    with monkeypatch.context() as patch:
        patch.setattr("luahost.server.listener.socket.getaddrinfo", lambda *_, **__: found)
        without = serve(SITE, host="machine.example").listener
        having = serve(SITE, host="machine.example", token=TOKEN).listener
    assert (without.inspector_url, having.inspector_url) == (None, f"{having.url}/inspector")
