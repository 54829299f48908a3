"""Completion: which names a live session offers for what is typed, and what it never does for that."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from luahost import Host, Session
from luahost.completion import complete
from luahost.evaluation import is_incomplete
from luahost.news import Changes

APP = """
Contact = session:prototype("Contact", { name = "", age = 0 })
function Contact:greet() return "hi" end
Friend = session:prototype("Friend", { since = 1999 }, Contact)
ran = {}
local function note() ran[#ran + 1] = "ran" end
trap = setmetatable({ own = 1 }, { __index = note, __newindex = note, __pairs = note, __len = note, __call = note })
app = { title = "x", _hidden = 1, [1] = Friend:new({ nick = "A" }), ["two words"] = 2 }
app.list = { { deep = { deeper = 1 } } }
session:createAppVariable(app)
"""


@pytest.fixture
def live(session: Session) -> Session:
    """Returns a session with an app in it."""
    session.execute(APP, name="@lua/main.lua")
    return session


def names(session: Session, text: str) -> list[str]:
    """Returns the names that are offered for a text."""
    return [name.text for name in complete(session, text)]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("tra", ["trap"]),
        ("print(app.ti", ["title"]),
        ("x = app.", ["list", "title"]),
        ("app._", ["_hidden"]),
        ("app[1].n", ["name", "new", "nick"]),
        ("app[1]:", ["greet", "new"]),
        ("app.list[1].deep.", ["deeper"]),
        ("app['list'][1].", ["deep"]),
        ('app["list"][1].', ["deep"]),
        ("for i = 1, 2 do\n  app.ti", ["title"]),
        ("a..tra", ["trap"]),
        ("el", ["else", "elseif"]),
        ("app.title:up", ["upper"]),
        ("trap.", ["own"]),
    ],
)
def test_complete_when_a_name_is_begun_then_offers_what_there_is(live: Session, text: str, offered: list[str]) -> None:
    """Globals, words of Lua, the fields of an object and of its prototypes, methods behind a colon."""
    assert names(live, text) == offered


@pytest.mark.parametrize(
    "text",
    [
        *("", "'tra", '"app.', "-- tra", "[[tra", "f().a", "5.", "app.title.none.", "none.", "trap.own.", "app..."),
        *("app['\ud800'].", "app[99999999999999999999999].", "trä", "app.tit\u0660"),
    ],
)
def test_complete_when_nothing_is_known_then_offers_nothing(live: Session, text: str) -> None:
    """Strings, comments, numbers and what a call would answer have no names."""
    assert names(live, text) == []


def test_complete_when_a_name_is_told_then_with_its_kind(live: Session) -> None:
    """A name comes with its type, an instance with its prototype, and how much of it is typed."""
    live.execute("ann = app[1]")
    (name,) = complete(live, "an")[:1] if names(live, "an")[0] == "ann" else complete(live, "ann")
    assert (name.kind, name.text) == ("Friend", "ann")


def test_complete_when_metatables_have_functions_then_none_of_them_runs(live: Session) -> None:
    """Looking for names reads raw fields: no metamethod of the guest is called."""
    for text in ("trap.", "trap.o", "trap.own.", "trap.none.x", "trap[1].", "tra"):
        complete(live, text)
    assert live.eval("return #ran") == 0


def test_complete_when_a_variable_calls_a_method_then_it_is_not_called(host: Host, live: Session) -> None:
    """Peers that watch a method are no reason to call it for a look."""
    changes: list[Changes] = []
    host.on("changes", changes.append)
    live.execute("calls = 0\nfunction app:count() calls = calls + 1; return calls end")
    live.execute("session:createVariable(1, app, {path = 'count()', access = 'r'})")
    before = live.eval("return calls")
    counts = []
    for _ in range(3):
        complete(live, "app.")
        is_incomplete(live, "app.")
        counts.append(live.eval("return calls"))
    follow = [live.eval("return calls") for _ in range(3)]
    assert counts[-1] - before == follow[-1] - counts[-1]


def test_complete_when_a_table_is_huge_then_offers_the_first(live: Session) -> None:
    """However many fields there are, an answer is short and soon there."""
    live.execute("big = {} for i = 1, 200000 do big['name' .. i] = i end")
    assert len(names(live, "big.")) == 300


def test_complete_when_prototypes_stand_in_a_circle_then_ends(live: Session) -> None:
    """A circle of `__index` tables is gone around a number of times."""
    live.execute("a, b = {one = 1}, {two = 2}\nsetmetatable(a, {__index = b})\nsetmetatable(b, {__index = a})")
    assert names(live, "a.") == ["one", "two"]
    assert names(live, "a.none.") == []


def test_complete_when_the_session_is_busy_then_offers_nothing_soon(
    live: Session, wait_until: Callable[..., None]
) -> None:
    """Who types doesn't wait for a turn that goes on."""
    is_over = threading.Event()
    held = threading.Thread(target=live.run, args=(lambda _: is_over.wait(10.0),))
    held.start()
    wait_until(lambda: live.turns.depth > 0)
    assert names(live, "app.") == []
    is_over.set()
    held.join()
    assert names(live, "app.ti") == ["title"]


def test_complete_when_the_session_is_closed_then_offers_nothing(live: Session) -> None:
    """A session that is gone has no names."""
    live.close()
    assert names(live, "app.") == []


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        *((text, True) for text in ("for i = 1, 2 do", "x =", "{1,", "f(", "=1 +", "--[[", "[[a")),
        *((text, False) for text in ("x", "=1", "x x", "end", "error('no')", "-- done")),
    ],
)
def test_is_incomplete_when_asked_then_tells_without_running(live: Session, text: str, is_open: bool) -> None:
    """Whether more lines could complete a text is found by compiling it."""
    assert is_incomplete(live, text) is is_open
