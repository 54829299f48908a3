"""What a running host is asked through its socket, and answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from attached_site import MAIN, AttachedSite

from luahost import LuaError, LuaSyntaxError
from luahost.attach.client import Client
from luahost.attach.faults import report_of
from luahost.attach.feed import MOST
from luahost.errors import AttachError, LimitExceeded, NoSuchSession, SessionClosed
from luahost.news import LogLine

WaitUntil = Callable[..., None]


@pytest.fixture
def attached(tmp_path: Path) -> Iterator[AttachedSite]:
    """Returns a site with a running host and one session."""
    with AttachedSite(tmp_path) as attached:
        yield attached


@pytest.fixture
def client(attached: AttachedSite) -> Client:
    """Returns a connection to the host."""
    return attached.client()


def evaluate(client: Client, text: str, session: str = "1", **more: Any) -> str:
    """Returns what a text answers in a session."""
    return str(client.ask("evaluate", session=session, text=text, **more)["text"])


def test_connect_when_a_host_runs_then_it_says_which(client: Client, attached: AttachedSite) -> None:
    """The greeting names process, site, Lua, trust and limit."""
    hello = client.hello
    assert (hello.site, hello.vm, hello.trust) == (str(attached.root), "lua54", "sandbox")
    assert hello.memory_limit_mb == 64


def test_sessions_when_asked_then_each_is_told_without_a_turn(client: Client, attached: AttachedSite) -> None:
    """Who is alive is told without a turn of anybody."""
    second, number = attached.host.create_session(), attached.session.turns.number
    first = client.ask("sessions")[0]
    assert list(first) == ["id", "key", "generation", "memory_kb", "is_busy", "peers"]
    assert (first["id"], first["generation"], first["is_busy"]) == ("1", 0, False)
    assert attached.session.turns.number == number
    second.close()
    assert [row["id"] for row in client.ask("sessions")] == ["1"]


def test_inspect_when_asked_then_tells_all_there_is(
    client: Client, attached: AttachedSite, wait_until: WaitUntil
) -> None:
    """A session is told with prototypes, modules, variables, timers, errors and reloads."""
    attached.session.execute("session:setInterval(print, 60000)\nsession:setImmediate(function() error('late') end)")
    attached.session.execute("session:createVariable(1, app, {path = 'title'})")
    attached.write(MAIN.replace('name = ""', 'name = "", mail = ""'))
    attached.host.reload()
    wait_until(lambda: client.ask("inspect", session="1")["errors"])
    seen = client.ask("inspect", session="1")
    assert [(each["name"], each["instances"]) for each in seen["prototypes"]] == [("Contact", 1)]
    assert seen["modules"] == ["lua/main.lua"]
    assert [each["kind"] for each in seen["timers"]] == ["setInterval"]
    assert [each["path"] for each in seen["variables"]] == ["", "title"]
    assert [each["message"] for each in seen["errors"]] == ["late"]
    assert [each["sessions"][0]["prototypes"][0]["added"] for each in seen["reloads"]] == [["mail"]]
    assert (seen["generation"], seen["pending"]) == (1, [])


def test_inspect_when_the_session_is_busy_then_tells_what_it_can(
    client: Client, attached: AttachedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who inspects a session doesn't wait for the end of its turn."""
    monkeypatch.setattr("luahost.attach.answers.LOOKING_S", 0.05)
    is_over = threading.Event()
    held = threading.Thread(target=attached.session.run, args=(lambda _: is_over.wait(10.0),))
    held.start()
    seen = client.ask("inspect")
    is_over.set()
    held.join()
    assert "busy" in seen["trouble"]
    assert ("prototypes" in seen, seen["id"], seen["reloads"]) == (False, "1", [])


def test_inspect_when_a_session_is_named_then_id_key_or_its_beginning_will_do(
    client: Client, attached: AttachedSite
) -> None:
    """A session is known by its id, its key, and the first letters of its key; the only one needs no name."""
    key = attached.session.key
    for name in ("1", key, key[:8], None):
        assert client.ask("inspect", session=name)["key"] == key


@pytest.mark.parametrize(
    ("name", "count"), [("7", 1), ("abc", 1), ("", 1), ("x" * 5000, 1), (None, 2), ("7", 0), (None, 0)]
)
def test_inspect_when_there_is_no_such_session_then_says_which_there_are(
    client: Client, attached: AttachedSite, name: str | None, count: int
) -> None:
    """An id that isn't there is answered with those that are."""
    if count == 2:
        attached.host.create_session()
    elif count == 0:
        attached.session.close()
    with pytest.raises(NoSuchSession) as caught:
        client.ask("inspect", session=name)
    shown = {2: "name one of 1, 2", 1: "there is 1", 0: "no session yet" if name is None else "there is none"}
    assert shown[count] in str(caught.value)
    assert len(str(caught.value)) < 200


def test_evaluate_when_asked_then_answers_as_the_prompt_does(client: Client) -> None:
    """Expressions, statements, several values, and what can't leave the session."""
    assert evaluate(client, "app.ann:greet(), 2") == '"hi Ann", 2'
    assert evaluate(client, "x = 5") == ""
    assert evaluate(client, "=nil") == "nil"
    assert evaluate(client, "app.ann") == '{name = "Ann"}'
    assert evaluate(client, "{ app.ann, print }", width=30).splitlines()[1] == '  Contact {name = "Ann"},'


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("error('oh')", LuaError, "prompt:3: oh"),
        ("x = = 1", LuaSyntaxError, "prompt:3: "),
        ("nope()", LuaError, "nope"),
    ],
)
def test_evaluate_when_lua_fails_then_the_error_comes_whole(
    client: Client, text: str, kind: type[LuaError], shown: str
) -> None:
    """An error arrives with class, place and stack, as if it had been raised here."""
    with pytest.raises(kind) as caught:
        evaluate(client, text, line=3)
    assert shown in str(caught.value)
    assert (caught.value.file, caught.value.line) == ("prompt", 3)
    assert not isinstance(caught.value, LuaSyntaxError) or not caught.value.incomplete


def test_evaluate_when_the_text_is_incomplete_then_the_error_says_so(client: Client) -> None:
    """More lines could complete it."""
    with pytest.raises(LuaSyntaxError) as caught:
        evaluate(client, "for i = 1, 2 do")
    assert caught.value.incomplete
    assert client.ask("incomplete", session="1", text="for i = 1, 2 do") is True
    assert client.ask("incomplete", session="1", text="x = 1") is False


def test_evaluate_when_the_turn_is_killed_then_others_were_answered_meanwhile(
    client: Client, attached: AttachedSite, wait_until: WaitUntil
) -> None:
    """A turn that goes on holds nobody up, and can be ended."""
    errors: list[BaseException] = []

    def loop() -> None:
        try:
            evaluate(client, "while true do end")
        except LimitExceeded as error:
            errors.append(error)

    running = threading.Thread(target=loop)
    running.start()
    wait_until(lambda: attached.session.turns.depth > 0)
    other = attached.host.create_session()
    assert evaluate(client, "1 + 1", session=other.id) == "2"
    assert client.ask("sessions")[0]["is_busy"] is True
    assert client.ask("kill", session="1") is True
    running.join(10.0)
    assert "kill" in str(errors[0])
    assert client.ask("kill", session="1") is False


def test_complete_when_asked_then_offers_names(client: Client) -> None:
    """Names come from the live session."""
    assert client.ask("complete", session="1", text="app.ann:g") == [{"text": "greet", "kind": "function", "typed": 1}]


def test_reload_when_asked_then_reports_what_it_did(client: Client, attached: AttachedSite) -> None:
    """A reload is told whole, or of one session, or that nothing changed."""
    attached.host.create_session()
    assert report_of(client.ask_raw("reload")) is None
    attached.write(MAIN + "\nfunction Contact:more() end")
    report = report_of(client.ask_raw("reload", session="2"))
    assert report is not None
    assert ([each.id for each in report.sessions], report.modules) == (["2"], ("lua/main.lua",))
    assert attached.session.generation == 1


def test_reload_when_a_file_is_wrong_then_the_error_is_told(client: Client, attached: AttachedSite) -> None:
    """What can't be taken is told with its place."""
    attached.write("oh(")
    report = report_of(client.ask_raw("reload", session="1"))
    assert report is not None
    (error,) = report.errors
    assert isinstance(error, LuaSyntaxError)
    assert (report.ok, error.file) == (False, "lua/main.lua")


def news(attached: AttachedSite, kind: str) -> list[Any]:
    """Returns the data of the news of a kind that came."""
    return [msgspec.json.decode(data) for each, data in attached.news if each == kind]


def test_follow_when_a_session_says_something_then_it_comes_before_the_answer(
    client: Client, attached: AttachedSite
) -> None:
    """Lines of the followed session come in their order, before the answer to what made them; those of others don't."""
    client.ask("follow", session="1")
    other = attached.host.create_session()
    other.execute("print('other')")
    evaluate(client, "print('one'); session:log('warn', 'two')", name="p")
    assert [(line["level"], line["message"]) for line in news(attached, "log")] == [("print", "one"), ("warn", "two")]


def test_follow_when_things_happen_then_they_are_told(
    client: Client, attached: AttachedSite, wait_until: WaitUntil
) -> None:
    """Reloads, errors that nobody called for, and the session's end are told as they happen."""
    client.ask("follow")
    attached.write(MAIN + "\nfunction Contact:more() end")
    attached.host.reload()
    wait_until(lambda: news(attached, "reload"))
    attached.session.execute("session:setImmediate(function() error('late') end)", name="@x.lua")
    wait_until(lambda: news(attached, "lua_error"))
    assert news(attached, "lua_error")[0]["message"] == "late"
    attached.session.close()
    wait_until(lambda: news(attached, "closed"))
    with pytest.raises((NoSuchSession, SessionClosed)):
        evaluate(client, "1")


def test_follow_when_more_happens_than_is_kept_then_the_follower_is_told_how_much_it_missed(
    client: Client, attached: AttachedSite
) -> None:
    """Of a flood the last is told, and before it how much was left out; it holds nobody up."""
    client.ask("follow")
    assert attached.door._loop is not None
    is_over = threading.Event()
    attached.door._loop.call_soon_threadsafe(is_over.wait, 10.0)
    for number in range(MOST + 500):
        attached.host._services.events.emit("log", LogLine("1", "info", str(number), "", 0))
    is_over.set()
    client.ask("sessions")
    assert [each["count"] for each in news(attached, "missed")] == [500]
    assert [line["message"] for line in news(attached, "log")] == [str(number) for number in range(500, MOST + 500)]


def test_follow_when_the_host_goes_then_the_client_is_told(
    client: Client, attached: AttachedSite, wait_until: WaitUntil
) -> None:
    """A host that leaves is noticed at once, and at the next question."""
    attached.door.close()
    wait_until(lambda: news(attached, "gone"))
    with pytest.raises(AttachError, match="the host has gone"):
        client.ask("sessions")


def test_follow_when_nobody_follows_then_nothing_is_kept(client: Client, attached: AttachedSite) -> None:
    """A host to which nobody attends keeps no news, and one that a follower has left neither."""
    evaluate(client, "print('unheard')")
    client.ask("follow")
    evaluate(client, "print('heard')")
    assert [line["message"] for line in news(attached, "log")] == ["heard"]
