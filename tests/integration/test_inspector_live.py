"""The inspector's WebSocket: what an open page is told, and when."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from inspected_site import DEADLINE_S, InspectedSite, OpenPage, watch

from luahost.inspection.recorder import MOST_LINES
from luahost.turning.meter import TimedTurns

MAIN = """
local part = require("part")
Thing = session:prototype("Thing", { size = 1 })
app = app or Thing:new({ title = "Hi", _kept = {} })
session:createAppVariable(app)
"""
FILES = {"lua/main.lua": MAIN, "lua/part.lua": "return {}"}
Inspect = Callable[..., InspectedSite]
WaitUntil = Callable[..., None]


@pytest.fixture
def inspected(inspect: Inspect) -> InspectedSite:
    """Returns a site with an app that is looked into, its console granted."""
    return inspect(FILES, allow=("remote_code",))


@pytest.fixture
def page(inspected: InspectedSite) -> Iterator[OpenPage]:
    """Returns an open page."""
    with inspected.page() as page:
        page.hear("hello")
        yield page


def look(page: OpenPage, inspected: InspectedSite, at: str, **more: Any) -> None:
    """Lets the page look at the session."""
    page.ask("look", session=inspected.session.key, at=at, **more)


def test_page_when_opened_then_is_told_who_is_alive(page: OpenPage, inspected: InspectedSite) -> None:
    """A page is told the sessions, and again when they change."""
    (told,) = page.hear("sessions")["sessions"]
    assert (told["id"], told["key"], told["generation"], told["peers"]) == ("1", inspected.session.key, 0, 0)
    assert told["memory_kb"] > 50
    second = inspected.host.create_session()
    assert [session["id"] for session in page.hear("sessions")["sessions"]] == ["1", "2"]
    second.close()
    assert [session["id"] for session in page.hear("sessions")["sessions"]] == ["1"]


def test_page_when_it_looks_at_variables_then_follows_them(page: OpenPage, inspected: InspectedSite) -> None:
    """The variables come at once, and again after a turn that may have changed them (R57, R80)."""
    watch(inspected.session, "title")
    look(page, inspected, "variables")
    first = page.hear("variables")
    assert [row["value"] for row in first["variables"]] == [{"obj": 2}, "Hi"]
    inspected.session.execute("app.title = 'Ho'")
    second = page.hear("variables")
    assert second["variables"][1]["value"] == "Ho"
    assert second["changes"] == first["changes"] + 1


def test_page_when_the_session_rests_then_looking_takes_no_turns(
    page: OpenPage, inspected: InspectedSite, wait_until: WaitUntil
) -> None:
    """A session in which nothing happens is looked at once, however long the page is open."""
    look(page, inspected, "objects")
    page.hear("objects")
    number = inspected.session.turns.number
    inspected.host.create_session()
    page.hear("sessions")
    inspected.host.create_session()
    page.hear("sessions")
    assert inspected.session.turns.number == number


def test_page_when_it_asks_for_diagnostics_then_gets_that_level(page: OpenPage, inspected: InspectedSite) -> None:
    """The level of the diagnostics is the page's choice (R62)."""
    look(page, inspected, "variables", level=2)
    assert page.hear("variables")["variables"][0]["diagnostics"] == ["it is not computed: nobody watches it"]
    look(page, inspected, "variables", level=0)
    assert page.hear("variables")["variables"][0]["diagnostics"] == []


def test_page_when_a_value_is_huge_then_gets_its_beginning(page: OpenPage, inspected: InspectedSite) -> None:
    """A page is told the beginning of what nobody reads to the end, and how long it is."""
    inspected.session.execute("app.title = string.rep('x', 1000000)")
    watch(inspected.session, "title")
    look(page, inspected, "variables")
    row = page.hear("variables")["variables"][1]
    assert row["is_cut"]
    assert len(row["value"]) < 30_000
    assert row["value"].endswith("(1000002 characters)")


def test_page_when_an_error_is_huge_then_gets_its_beginning(page: OpenPage, inspected: InspectedSite) -> None:
    """Whatever a session says at length is cut for the page."""
    inspected.session.execute("function app:fails() error(string.rep('x', 1000000)) end")
    watch(inspected.session, "fails()", access="r")
    look(page, inspected, "variables")
    row = page.hear("variables")["variables"][1]
    assert len(row["error"]) < 30_000
    assert "is_cut" not in row


def test_page_when_it_looks_at_objects_then_is_told_what_there_is(page: OpenPage, inspected: InspectedSite) -> None:
    """A page is told prototypes with instances, modules with what they require, timers and mutations."""
    inspected.session.execute("session:setTimeout(print, 60000)")
    look(page, inspected, "objects")
    told = page.hear("objects")
    assert [(each["name"], each["instances"]) for each in told["prototypes"]] == [("Thing", 1)]
    assert told["requires"][1] == {"module": "lua/main.lua", "requires": ["lua/part.lua"]}
    assert [each["kind"] for each in told["timers"]] == ["setTimeout"]
    assert (told["pending"], told["generation"]) == ([], 0)


def test_page_when_a_file_is_saved_then_is_told_what_it_did(page: OpenPage, inspected: InspectedSite) -> None:
    """A reload is told with what it changed in each session; one that failed with its errors."""
    assert page.hear("reloads") == {"told": "reloads", "entries": [], "is_all": True}
    inspected.write({"lua/main.lua": MAIN.replace("size = 1", "weight = 2")})
    (entry,) = page.hear("reloads")["entries"]
    (change,) = entry["sessions"][0]["prototypes"]
    assert (entry["ok"], entry["modules"], change["added"], change["removed"], change["instances"]) == (
        True, ["lua/main.lua"], ["weight"], ["size"], 1,
    )  # fmt: skip
    inspected.write({"lua/main.lua": "oh("})
    (entry,) = page.hear("reloads")["entries"]
    assert (entry["ok"], entry["errors"][0]["file"]) == (False, "lua/main.lua")


def test_page_when_opened_late_then_is_told_what_happened_before(inspected: InspectedSite) -> None:
    """Reloads, lines and errors from before a page was open are there."""
    inspected.write({"lua/part.lua": "return { 1 }"})
    inspected.session.execute("print('hello')")
    with inspected.page() as page:
        assert len(page.hear("reloads")["entries"]) == 1
        assert page.hear("lines")["entries"][0]["message"] == "hello"


def test_page_when_sessions_say_something_then_is_told_line_by_line(page: OpenPage, inspected: InspectedSite) -> None:
    """What sessions print and log comes with level, session and place; errors with their stacks."""
    assert page.hear("lines")["is_all"]
    inspected.session.execute("session:log('warn', '<b>oh</b>')", name="@lua/x.lua")
    (line,) = page.hear("lines")["entries"]
    assert (line["level"], line["message"], line["session"]) == ("warn", "<b>oh</b>", "1")
    assert (line["file"], line["line"]) == ("lua/x.lua", 1)
    inspected.session.execute("session:setImmediate(function() error('late') end)", name="@lua/y.lua")
    (failed,) = page.hear("lines")["entries"]
    assert (failed["level"], failed["message"], failed["file"]) == ("error", "late", "lua/y.lua")
    assert failed["stack"]


def test_recorder_when_there_are_too_many_lines_then_keeps_the_last(inspected: InspectedSite) -> None:
    """What is kept of the log is bounded."""
    inspected.session.execute(f"for i = 1, {MOST_LINES + 50} do print(i) end")
    with inspected.page() as page:
        entries = page.hear("lines")["entries"]
    assert (len(entries), entries[-1]["message"]) == (MOST_LINES, str(MOST_LINES + 50))


def test_page_when_it_looks_at_charts_then_turns_are_timed_until_it_goes(
    inspected: InspectedSite, wait_until: WaitUntil
) -> None:
    """Memory and turn times are sampled while a page shows them; afterwards turns are as they were."""
    turns = inspected.session.turns
    with inspected.page() as page:
        look(page, inspected, "charts")
        assert page.hear("charts")["is_all"]
        assert isinstance(turns, TimedTurns)
        inspected.session.execute("for i = 1, 10000 do end")
        told = page.hear("charts")
        memory, count, mean_ms, most_ms = told["session_rows"][-1]
        assert memory > 50_000
        assert count == 1
        assert 0 < mean_ms == most_ms
    wait_until(lambda: not isinstance(turns, TimedTurns), "the meter's end")


def test_console_when_granted_then_answers_as_lua_would_write_it(page: OpenPage, inspected: InspectedSite) -> None:
    """The console evaluates expressions and statements in the session."""
    for number, (code, text) in enumerate([("app.title", '"Hi"'), ("app.title = 'x'", ""), ("=1, {2}", "1, {2}")]):
        page.ask("run", session=inspected.session.key, code=code, number=number)
        assert page.hear("answer", number=number)["text"] == text
    assert inspected.session.get("app.title") == "x"


@pytest.mark.parametrize(
    ("code", "message", "is_incomplete"),
    [("error('oh')", "oh", False), ("for i = 1,", "", True), ("x = = 1", "", False), ("app:nope()", "nope", False)],
)
def test_console_when_code_fails_then_says_why(
    page: OpenPage, inspected: InspectedSite, code: str, message: str, is_incomplete: bool
) -> None:
    """An error comes with its place; code that isn't complete is told apart from code that is wrong."""
    page.ask("run", session=inspected.session.key, code=code, number=1)
    answer = page.hear("answer")
    assert message in answer["error"]["message"]
    assert (answer["error"]["file"], answer["is_incomplete"]) == ("console", is_incomplete)


def test_console_when_an_answer_has_no_text_then_the_code_ran(page: OpenPage, inspected: InspectedSite) -> None:
    """What can't leave the session is said not to; the code has run all the same."""
    page.ask("run", session=inspected.session.key, code="ran = true; return print", number=1)
    assert "can't be shown" in page.hear("answer")["note"]
    assert inspected.session.eval("return ran") is True


def test_console_when_code_is_slow_then_the_page_goes_on(page: OpenPage, inspected: InspectedSite) -> None:
    """Code runs on a thread of the pool: others are served meanwhile, and the answer comes when it is there."""
    is_over = threading.Event()
    held = threading.Thread(target=inspected.session.run, args=(lambda _: is_over.wait(DEADLINE_S),))
    held.start()
    page.ask("run", session=inspected.session.key, code="return 7", number=1)
    other = inspected.host.create_session()
    page.ask("run", session=other.key, code="return 8", number=2)
    assert page.hear("answer")["number"] == 2
    is_over.set()
    assert page.hear("answer")["text"] == "7"
    held.join()


def test_console_when_not_granted_then_runs_nothing(inspect: Inspect) -> None:
    """Without the grant `remote_code` the console says so, whoever asks."""
    inspected = inspect(FILES, trust="trusted")
    with inspected.page() as page:
        assert page.hear("hello")["can_run"] is False
        page.ask("run", session=inspected.session.key, code="ran = true", number=1)
        assert "needs the grant remote_code" in page.hear("answer")["error"]["message"]
    assert inspected.session.eval("return ran") is None


def test_console_when_the_session_is_gone_then_says_so(page: OpenPage) -> None:
    """Code for a session that isn't there is not run anywhere."""
    page.ask("run", session="0" * 32, code="x = 1", number=1)
    assert "closed" in page.hear("answer")["error"]["message"]


def test_page_when_its_session_ends_then_goes_on(page: OpenPage, inspected: InspectedSite) -> None:
    """A session that ends while it is looked at is no longer among them, and the page stays."""
    look(page, inspected, "variables")
    page.hear("variables")
    inspected.session.close()
    assert page.hear("sessions", sessions=[])
    look(page, inspected, "objects")
    inspected.host.create_session()
    assert page.hear("sessions")["sessions"]


BAD_FRAMES = ["", "{", '{"ask": "look", "at": "secrets"}', b"\x00\xff", "[" * 10_000]


@pytest.mark.parametrize("frame", BAD_FRAMES, ids=range(len(BAD_FRAMES)))
def test_page_when_it_sends_nonsense_then_is_closed_and_others_go_on(
    page: OpenPage, inspected: InspectedSite, frame: str | bytes
) -> None:
    """A frame that no page would send ends that connection alone."""
    with inspected.page() as other:
        other.inner.send(frame)
        while other.inner.close_code is None:
            try:
                other.inner.recv(timeout=DEADLINE_S)
            except Exception:
                break
        assert other.inner.close_code == 1003
    inspected.host.create_session()
    assert page.hear("sessions")["sessions"]


def test_log_when_the_inspector_looks_on_then_lines_go_where_they_went(
    inspected: InspectedSite, capsys: pytest.CaptureFixture[str]
) -> None:
    """The inspector takes nothing away from the program's own log."""
    inspected.session.execute("print('still there')")
    assert "still there" in capsys.readouterr().out
