"""The inspector's addresses: a session's variables as data and as a page, and who may ask for them."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from inspected_site import DEADLINE_S, InspectedSite, watch
from websockets.exceptions import InvalidStatus

from luahost import Session

APP = """
app = { title = "Hi", go = print, bytes = "\\255", list = { 1, {} } }
function app:fails() error("oh") end
session:createAppVariable(app)
"""
FILES = {"lua/main.lua": APP}
Inspect = Callable[..., InspectedSite]
OWN = Path(str(resources.files("luahost.server"))) / "static/inspector"
SCRIPTS_AND_STYLES = [
    ("inspector.css", "text/css"),
    *((script.name, "text/javascript") for script in sorted(OWN.glob("*.js"))),
]


@pytest.fixture
def inspected(inspect: Inspect) -> InspectedSite:
    """Returns a site with an app that is looked into."""
    return inspect(FILES)


def rows(inspected: InspectedSite, path: str = "", **headers: str) -> list[dict[str, Any]]:
    """Returns the variables of the session."""
    answer = inspected.get(path or f"/{inspected.session.key}/variables.json", **headers)
    assert answer.status == 200, answer.text
    return list(json.loads(answer.text))


def test_variables_json_when_a_session_is_asked_for_then_lists_its_variables(inspected: InspectedSite) -> None:
    """`/<key>/variables.json` is a list of all variables with values, types, places and times (R57, R59, R60, R61)."""
    watch(inspected.session, "title", "list")
    app, title, listed = rows(inspected)
    assert (app["id"], app["parent"], app["depth"]) == (1, None, 0)
    assert (title["path"], title["parent"], title["value"], title["access"], title["active"]) == (
        "title",
        1,
        "Hi",
        "rw",
        True,
    )
    assert (listed["value"], title["error"], title["diagnostics"]) == ([1, []], "", [])
    assert title["properties"] == {"path": "title"}
    assert 0 <= title["time_us"] <= title["max_us"]


def test_variables_json_when_asked_with_the_vended_id_then_is_the_same(inspected: InspectedSite) -> None:
    """The variables are reached by the short id that Lua and peers see, too (HTTP-5: DebugEndpoint)."""
    assert [row["id"] for row in rows(inspected, f"/{inspected.session.id}/variables.json")] == [1]


@pytest.mark.parametrize("path", ["/{}/variables.json", "/{}/variables"])
@pytest.mark.parametrize("session", ["9", "0" * 32, "nobody", "%00", "%ff"])
def test_variables_when_there_is_no_such_session_then_404(inspected: InspectedSite, path: str, session: str) -> None:
    """An unknown session is 404, as data and as a page (HTTP-6: DebugEndpointInvalidSession)."""
    assert inspected.get(path.format(session)).status == 404


def test_variables_json_when_the_session_has_ended_then_404(inspected: InspectedSite) -> None:
    """A session that was closed is gone here, too (HTTP-6)."""
    path = f"/{inspected.session.key}/variables.json"
    inspected.session.close()
    assert inspected.get(path).status == 404


def test_variables_json_when_values_have_changed_then_counts_it(inspected: InspectedSite) -> None:
    """The header has the changes in all, each variable its own (R80, R81)."""
    watch(inspected.session, "title")
    path = f"/{inspected.session.key}/variables.json"
    before = int(str(inspected.get(path).headers["X-Change-Count"]))
    inspected.session.execute("app.title = 'Ho'")
    answer = inspected.get(path)
    assert int(str(answer.headers["X-Change-Count"])) == before + 1
    assert sum(row["changes"] for row in json.loads(answer.text)) == before + 1


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 1), ("?diag=0", 0), ("?diag=1", 1), ("?diag=2", 2), ("?diag=99", 2), ("?diag=-1", 0), ("?diag=x", 1)],
)
def test_variables_json_when_a_level_is_asked_for_then_diagnostics_say_as_much(
    inspected: InspectedSite, query: str, count: int
) -> None:
    """`?diag=N` is how much the diagnostics tell (R62)."""
    watch(inspected.session, "go")
    assert len(rows(inspected, f"/1/variables.json{query}")[1]["diagnostics"]) == count


def test_variables_json_when_one_has_an_error_then_the_others_are_there(inspected: InspectedSite) -> None:
    """An error stands at its variable and hides nothing (R23, R24, R25)."""
    watch(inspected.session, "fails()", "title", access="r")
    _, failed, fine = rows(inspected)
    assert (failed["code"], failed["value"], fine["value"]) == ("lua-error", None, "Hi")
    assert failed["error"].endswith("lua/main.lua:3: oh")


def test_variables_json_when_a_value_is_not_utf8_then_is_json_still(inspected: InspectedSite) -> None:
    """Whatever is in a value, the answer is JSON (R57)."""
    watch(inspected.session, "bytes")
    assert rows(inspected)[1]["value"] == "�"


def test_variables_json_when_a_session_is_busy_then_the_server_answers_others(inspected: InspectedSite) -> None:
    """A session in a turn makes nobody wait but who asks for it: no guest code runs on the event loop."""
    other = inspected.host.create_session()
    asking = threading.Thread(target=rows, args=(inspected, f"/{other.id}/variables.json"))

    def ask_meanwhile(_: Session) -> list[dict[str, Any]]:
        asking.start()
        return rows(inspected)

    assert other.run(ask_meanwhile)[0]["id"] == 1
    asking.join(DEADLINE_S)
    assert not asking.is_alive()


def test_variables_page_when_asked_for_then_brings_its_own_script_only(inspected: InspectedSite) -> None:
    """`/<key>/variables` is a page that loads nothing from elsewhere, by policy (R58, R79)."""
    answer = inspected.get(f"/{inspected.session.key}/variables")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'; script-src 'self'" in str(answer.headers["Content-Security-Policy"])
    assert "://" not in answer.text.replace("http://www.w3.org/2000/svg", "")
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(("name", "kind"), SCRIPTS_AND_STYLES)
def test_static_when_asked_for_then_is_there_and_names_nobody_else(
    inspected: InspectedSite, name: str, kind: str
) -> None:
    """Scripts, each of them, and styles come from the server itself (R79)."""
    answer = inspected.get(f"/inspector/{name}")
    assert (answer.status, str(answer.headers["Content-Type"]).split(";")[0]) == (200, kind)
    assert "https://" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["secrets", "inspector.html", "..", "..%2fluahost.js", "..%5cluahost.js", "%00.js"])
def test_static_when_something_else_is_asked_for_then_404(inspected: InspectedSite, name: str) -> None:
    """Below the inspector there are its scripts and styles, and nothing more."""
    assert inspected.get(f"/inspector/{name}").status == 404


def test_static_when_a_token_is_set_then_comes_with_its_cookie_only(inspect: Inspect) -> None:
    """A browser that kept the token in its cookie gets the scripts that scripts import; nobody else does."""
    inspected = inspect(FILES, token="secret")
    assert inspected.get("/inspector/table.js", Cookie="ui-token=secret").status == 200
    assert inspected.get("/inspector/table.js").status == 401


def test_pages_when_mounted_below_a_prefix_then_find_their_parts(inspect: Inspect) -> None:
    """The application may be mounted into another; the page's parts are named below the prefix."""
    inspected = inspect(FILES, prefix="/live")
    page = inspected.get("/inspector").text
    assert '<script src="/live/inspector/main.js" type="module">' in page
    assert inspected.get("/inspector/main.js").status == 200
    with inspected.page() as opened:
        assert opened.hear("hello")["vm"] == "lua54"


@pytest.mark.parametrize("path", ["/api/variables/1", "/inspector/sessions", "/1/variables.xml", "/1/variables/2"])
def test_server_when_nothing_answers_at_an_address_then_404(inspected: InspectedSite, path: str) -> None:
    """An address without a handler is an error, not an empty answer (HTTP-7: APIEndpoint)."""
    assert inspected.get(path).status == 404


GUARDED = ["/inspector", "/1/variables", "/1/variables.json"]
ELSEWHERE = ["Host: evil.example", "Host: 10.0.0.1", "X-Forwarded-For: 203.0.113.9", "Origin: http://evil.example"]


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize("header", ELSEWHERE)
def test_pages_when_somebody_is_elsewhere_then_are_refused(inspect: Inspect, path: str, header: str) -> None:
    """Without a token the inspector is for this machine alone, also where every page may connect to sessions."""
    name, text = header.split(": ")
    assert inspect(FILES, origins=("*",)).get(path, **{name.replace("-", "_"): text}).status == 403


@pytest.mark.parametrize("path", GUARDED)
def test_pages_when_a_token_is_set_then_who_has_it_may_look(inspect: Inspect, path: str) -> None:
    """With a token whoever brings it may look, from wherever, and nobody else."""
    inspected = inspect(FILES, token="secret")
    assert inspected.get(path, X_Forwarded_For="203.0.113.9", Authorization="Bearer secret").status == 200
    assert inspected.get(path).status == 401
    assert inspected.get(path, Authorization="Bearer wrong").status == 401


@pytest.mark.parametrize("header", ELSEWHERE[2:])
def test_socket_when_somebody_is_elsewhere_then_is_refused(inspect: Inspect, header: str) -> None:
    """The inspector's WebSocket is as closed as its page."""
    name, text = header.split(": ")
    open_to_all = inspect(FILES, origins=("*",))
    with pytest.raises(InvalidStatus, match="403"), open_to_all.page(additional_headers={name: text}):
        pass


def test_server_when_the_client_goes_at_once_then_goes_on(inspected: InspectedSite) -> None:
    """A client that leaves in the middle of a request disturbs nobody."""
    host, port = inspected.authority.split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"GET /1/variables.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert rows(inspected)[0]["id"] == 1
