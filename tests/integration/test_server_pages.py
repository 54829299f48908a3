"""Pages over HTTP: who gets a session, and what they see."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from served_site import ServedSite

SITE = {
    "lua/main.lua": """
app = { n = 1 }
session:createAppVariable(app)
for _, path in ipairs{ "people/ann", "people/Jürgen & co/1%" } do session:registerPath(path, 1) end
""",
    "html/index.html": '<title>page</title><script src="/luahost.js"></script>',
    "html/look.css": "body {}",
    "html/.secret": "hidden",
    "secret.html": "outside",
}


@pytest.fixture
def served(serve: Callable[..., ServedSite]) -> ServedSite:
    """Returns a site with a page."""
    return serve(SITE)


def test_root_when_somebody_comes_then_a_session_is_made_and_shown(served: ServedSite) -> None:
    """`GET /` makes a session and redirects with 307 to its key, 32 hex characters (HTTP-1, HTTP-8, S15, SD1)."""
    made: list[object] = []
    served.host.on("session_created", made.append)
    answer = served.get("/")
    key = answer.location.removeprefix("/")
    assert (answer.status, len(key), set(key) <= set("0123456789abcdef")) == (307, 32, True)
    assert [session.key for session in served.host.sessions] == [key]
    assert made == served.host.sessions


def test_root_when_many_come_then_each_has_a_session(served: ServedSite) -> None:
    """Ten visitors without a cookie are ten sessions, each in the host's list (HTTP-9, SD2, S2, S19)."""
    keys = {served.get("/").location.strip("/") for _ in range(10)}
    assert len(keys) == 10
    assert {session.key for session in served.host.sessions} == keys


def test_root_when_the_cookie_names_a_session_then_it_goes_there(served: ServedSite) -> None:
    """A returning visitor finds the session that they had; `?new` makes another (HTTP-1)."""
    key = served.visit()
    assert served.get("/", Cookie=f"ui-session={key}").location == f"/{key}"
    assert served.get("/?new", Cookie=f"ui-session={key}").location not in ("", f"/{key}")


@pytest.mark.parametrize(
    "cookie", ["ui-session=1", "ui-session=" + "0" * 32, "ui-session=", "ui-session", '"=;;=', "a=b"]
)
def test_root_when_the_cookie_is_of_no_session_then_one_is_made(served: ServedSite, cookie: str) -> None:
    """A cookie of a session that is gone, or none, is no cookie; nor is a vended id."""
    served.host.create_session()
    assert len(served.get("/", Cookie=cookie).location) == 33
    assert len(served.host.sessions) == 2


@pytest.mark.parametrize("accept", ["application/json", "image/*", "text/html;q=0", ""])
def test_root_when_html_is_not_accepted_then_no_session_is_made(served: ServedSite, accept: str) -> None:
    """Only who accepts HTML is given a session: no icon fetch, no monitor."""
    assert (served.get("/", Accept=accept).status, served.host.sessions) == (406, [])


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_root_when_it_is_no_get_then_no_session_is_made(served: ServedSite, method: str) -> None:
    """Nothing but GET makes a session."""
    assert (served.get("/", method=method).status, served.host.sessions) == (405, [])


def test_page_when_its_session_lives_then_it_is_the_sites_with_a_cookie(served: ServedSite) -> None:
    """`/<key>` is html/index.html, and sets the cookie that the page can read (HTTP-2, SD3)."""
    key = served.visit()
    answer = served.get(f"/{key}")
    assert (answer.status, "<title>page</title>" in answer.text) == (200, True)
    assert [cookie.split("; ") for cookie in answer.cookies] == [[f"ui-session={key}", "Path=/", "SameSite=lax"]]


def test_page_when_something_is_below_then_it_is_the_same_page(served: ServedSite) -> None:
    """Every address below a session is its page, for paths of its own (HTTP-10)."""
    key = served.visit()
    assert served.get(f"/{key}/some/where").text == served.get(f"/{key}").text


def test_page_when_its_path_is_registered_then_the_session_is_told(served: ServedSite) -> None:
    """The property `url` of variable 1 tells which page was asked for; unknown ones tell nothing (S5, S6, SD5, SD6)."""
    key = served.visit()
    with served.socket(key) as socket:
        socket.say(("watch", {"varId": 1}))
        socket.hear()
        served.get(f"/{key}/un/known")
        served.get(f"/{key}/people/ann")
        assert [said["data"]["properties"] for said in socket.hear()] == [{"url": "people/ann"}]


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("people/ann?x=1", "people/ann"),
        ("people/J%C3%BCrgen%20%26%20co/1%25", "people/Jürgen & co/1%"),
        ("", ""),
        ("people/J%FCrgen", None),
        ("people/ann/", None),
        ("people%2Fann%00", None),
    ],
)
def test_page_when_its_path_is_escaped_then_it_is_told_as_it_was_registered(
    served: ServedSite, address: str, path: str | None
) -> None:
    """An address is a session's key and a path, each character of which may be escaped (SD11, SD12)."""
    key = served.visit()
    served.get(f"/{key}/people/ann")
    assert served.get(f"/{key}/{address}").status == 200
    (root,) = [each for each in served.host.sessions[0].variables() if each["id"] == 1]
    assert (root.get("properties") or {}).get("url", "") == ("people/ann" if path is None else path)


def test_page_when_a_second_tab_asks_for_another_then_every_tab_is_told(served: ServedSite) -> None:
    """Tabs share their session: the path that one of them is opened at is told to all (SD9, SD10)."""
    key = served.visit()
    with served.socket(key) as first, served.socket(key) as second:
        for tab in (first, second):
            tab.say(("watch", {"varId": 1}))
            tab.hear()
        served.get(f"/{key}/people/ann")
        told = [said["data"]["properties"] for tab in (first, second) for said in tab.hear()]
    assert told == [{"url": "people/ann"}] * 2


def test_page_when_a_file_is_below_then_it_is_the_file(served: ServedSite) -> None:
    """A page may name the files beside it as they lie (HTTP-4)."""
    assert served.get(f"/{served.visit()}/look.css").text == "body {}"


@pytest.mark.parametrize("key", ["0" * 32, "f" * 32])
def test_page_when_the_session_is_gone_then_says_so(served: ServedSite, key: str) -> None:
    """An address of a session that is no more is a page with 404 that offers a new one (S4, SD4)."""
    answer = served.get(f"/{key}")
    assert (answer.status, "this session is gone" in answer.text, "/?new" in answer.text) == (404, True, True)
    assert served.get(f"/{key}", method="HEAD").status == 404
    assert served.host.sessions == []


def test_page_when_the_vended_id_is_asked_for_then_there_is_none(served: ServedSite) -> None:
    """A vended id, which anybody can guess, opens no session (S4)."""
    served.visit()
    assert served.get("/1").status == 404


def test_page_when_the_session_is_closed_then_it_is_gone(served: ServedSite) -> None:
    """The address ends with its session (S9)."""
    key = served.visit()
    served.host.sessions[0].close()
    assert served.get(f"/{key}").status == 404


def test_files_when_they_are_the_sites_then_they_are_served_and_known_again(served: ServedSite) -> None:
    """Files of html/ are served; an unchanged one is not sent again (HTTP-3, HTTP-4)."""
    answer = served.get("/look.css")
    assert (answer.status, answer.text, answer.headers["content-type"]) == (200, "body {}", "text/css; charset=utf-8")
    assert served.get("/look.css", If_None_Match=answer.headers["etag"]).status == 304
    (served.root / "html" / "look.css").write_text("body { color: red }")
    assert served.get("/look.css", If_None_Match=answer.headers["etag"]).text == "body { color: red }"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.html",
        "/%2e%2e/secret.html",
        "/..%2fsecret.html",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/.secret",
        "/a/../.secret",
        "/%00",
        "/" + "a" * 5000,
        "/\\..\\secret.html",
        "/nothing",
        "/linked/secret.html",
    ],
)
def test_files_when_they_are_not_the_sites_then_there_are_none(
    served: ServedSite, path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nothing outside html/ is served, nothing hidden, and no way leads out."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "secret.html").write_text("outside")
    (served.root / "html" / "linked").symlink_to(elsewhere)
    assert served.get(path).status == 404


def test_errors_when_no_html_is_accepted_then_they_are_a_line(served: ServedSite) -> None:
    """A program gets its error as text, a person as a page."""
    assert served.get("/nothing", Accept="*/*").text.startswith("404 Not Found")
    assert "<h1>404 Not Found</h1>" in served.get("/nothing").text


def test_socket_address_when_it_is_a_plain_get_then_it_is_no_page(served: ServedSite) -> None:
    """`/ws/<key>` answers WebSockets only (HTTP-11)."""
    assert served.get(f"/ws/{served.visit()}").status != 200


def test_root_when_main_fails_then_the_visitor_is_told_and_nothing_is_left(serve: Callable[..., ServedSite]) -> None:
    """A session that can't start is an error page, to a visitor on this machine with its reason."""
    served = serve({"lua/main.lua": "error('boom')"})
    answer = served.get("/")
    assert (answer.status, "lua/main.lua:1: boom" in answer.text, served.host.sessions) == (500, True, [])


def test_root_when_there_are_enough_sessions_then_nobody_gets_another(serve: Callable[..., ServedSite]) -> None:
    """At `max_sessions` a visitor is told so; whoever has a session goes on."""
    served = serve(SITE, max_sessions=1)
    key = served.visit()
    assert served.get("/").status == 503
    assert served.get("/", Cookie=f"ui-session={key}").status == 307


def test_health_when_it_is_asked_for_then_tells_how_many_sessions_there_are(served: ServedSite) -> None:
    """`/health` answers without making a session."""
    answer = served.get("/health", Accept="*/*")
    assert (answer.status, answer.text) == (200, '{"ok":true,"sessions":0}')


def test_metrics_when_they_are_asked_for_then_count_without_telling_sessions_apart(
    served: ServedSite, wait_until: Callable[..., None]
) -> None:
    """`/metrics` is Prometheus' text: sessions, connections, frames, errors, reloads; no session is named."""
    key = served.visit()
    with served.socket(key) as socket:
        socket.say(("watch", {"varId": 1}))
        socket.hear()
        (served.root / "lua" / "main.lua").write_text(SITE["lua/main.lua"] + " x = 1")
        served.host.reload()
        served.host.sessions[0].execute("session:setImmediate(function() error('boom') end)")
        wait_until(lambda: "luahost_lua_errors_total 1.0" in served.get("/metrics").text)
        text = served.get("/metrics").text
    lines = {line.split(" ")[0]: float(line.split(" ")[1]) for line in text.splitlines() if line[0] != "#"}
    assert lines["luahost_sessions"] == lines["luahost_connected"] == lines["luahost_frames_in_total"] == 1
    assert lines['luahost_reloads_total{outcome="applied"}'] == 1
    assert key not in text


def test_page_when_the_site_has_none_then_luahosts_own_is_shown(
    serve: Callable[..., ServedSite], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the site has no page, luahost's own shows the session; a site's own file stands over it."""
    own = tmp_path_factory.mktemp("own")
    (own / "index.html").write_text("own page")
    (own / "look.css").write_text("own look")
    monkeypatch.setattr("luahost.server.static_files.OWN", own)
    served = serve({"lua/main.lua": "", "html/look.css": "the site's look"})
    assert [served.get(path).text for path in (f"/{served.visit()}", "/look.css")] == ["own page", "the site's look"]
