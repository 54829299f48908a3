"""What a chunk answers, for people to read: literals, and pictures of what can't leave the session."""

from __future__ import annotations

import pytest

from luahost import LuaError, Session
from luahost.evaluation import show
from luahost.literals import results

APP = """
Contact = session:prototype("Contact", { name = "" })
function Contact:greet() end
ann = Contact:new({ name = "Ann" })
ann.self = ann
ran = 0
local function note() ran = ran + 1 end
trap = setmetatable({ f = note }, { __index = note, __pairs = note, __len = note, __tostring = note })
deep = { f = print, a = { b = { c = { d = { e = 1 } } } } }

function fail() error("oh") end
"""


@pytest.fixture
def live(session: Session) -> Session:
    """Returns a session with some objects in it."""
    session.execute(APP, name="@lua/main.lua")
    return session


def shown(session: Session, text: str, width: int = 200) -> str:
    """Returns what a text shows at the prompt."""
    return results(show(session, text, name="prompt"), width=width)


@pytest.mark.parametrize(
    ("text", "picture"),
    [
        ("{1, 2, {a = 1}}, 'x'", '{1, 2, {a = 1}}, "x"'),
        ("ann", 'Contact {name = "Ann", self = Contact {…}}'),
        ("{ ann, 2 }", '{Contact {name = "Ann", self = Contact {…}}, 2}'),
        ("ann.greet", "<function lua/main.lua:3>"),
        ("print, nil", "<function>, nil"),
        ("coroutine.create(print)", "<coroutine>"),
        ("{ print, 3, n = 1 }", "{<function>, 3, n = 1}"),
        ("{ [print] = true }", "{[<function>] = true}"),
        ("deep", "{a = {b = {c = {d = {…}}}}, f = <function>}"),
        ("{ print, string.rep('x', 2000) }", '{<function>, "' + "x" * 1000 + '"… (2000 bytes)}'),
        ("x = 5", ""),
        ("=nil", "nil"),
    ],
)
def test_show_when_a_value_cannot_leave_then_shows_a_picture(live: Session, text: str, picture: str) -> None:
    """Plain data is shown whole; of live objects a picture is, with the names of their prototypes."""
    assert shown(live, text, 2000) == picture


def test_show_when_a_picture_is_wide_then_takes_a_line_an_entry(live: Session) -> None:
    """Pictures are laid out as literals are."""
    assert shown(live, "{ ann }", 30) == '{\n  Contact {\n    name = "Ann",\n    self = Contact {…},\n  },\n}'


def test_show_when_there_is_much_then_says_how_much_more(live: Session) -> None:
    """A long list is shown in its beginning."""
    live.execute("many = { print } for i = 2, 1000 do many[i] = i end")
    assert shown(live, "many", 10).endswith("  50,\n  … 950 more,\n}")


def test_show_when_metatables_have_functions_then_none_of_them_runs(live: Session) -> None:
    """A picture is made of raw fields."""
    shown(live, "trap")
    assert live.eval("return ran") == 0


def test_show_when_bytes_are_no_utf8_then_shows_them(live: Session) -> None:
    """A string that isn't UTF-8 is shown by its bytes."""
    assert shown(live, "{ print, '\\255a' }") == '{<function>, "\\xffa"}'


def test_show_when_the_chunk_raises_then_its_error_stands(live: Session) -> None:
    """An error is the guest's, with its place."""
    with pytest.raises(LuaError, match=r"lua/main\.lua:11: oh"):
        shown(live, "fail()")
