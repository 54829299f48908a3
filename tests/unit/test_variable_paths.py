"""A variable's path, as steps: what is a path, what is none, and which access it can have."""

from __future__ import annotations

import pytest
from kernel_rooms import Rooms

_STEPS = """
local text = ...
local route = K.routes.parse(text)
local out = {}
local words = { "field", "call", "with", "up", "named" }
for i = 1, route.count do out[i] = words[route.kinds[i]] .. " " .. tostring(route.names[i]) end
return table.concat(out, ", ")
"""
_QUERY = """
local route, out = K.routes.parse((...)), {}
for name, value in pairs(route.query) do out[#out + 1] = name .. "=" .. value end
table.sort(out)
return route.text .. " | " .. table.concat(out, ", ")
"""
_REFUSED = """
local f, text, access = ...
local ok, e = pcall(function()
  local route = K.routes.parse(text)
  if access then K.routes.check_access(route, access) end
end)
if ok then return "accepted", "" end
return K.refusals.told(e)
"""


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("", ""),
        ("name", "field name"),
        ("a.b.c", "field a, field b, field c"),
        ("items.0.name", "field items, field 1, field name"),
        ("12", "field 13"),
        ("items.01", "field items, field 2"),
        ("two words", "field two words"),
        ("items.-1", "field items, field -1"),
        ("foo()", "call foo"),
        ("a.foo().b.bar()", "field a, call foo, field b, call bar"),
        ("foo(_)", "with foo"),
        ("a.foo().set(_)", "field a, call foo, with set"),
        ("..", "up .."),
        ("...name", "up .., field name"),
        ("......name", "up .., up .., field name"),
        ("@app", "named app"),
        ("@contacts/3.name", "named contacts/3, field name"),
    ],
)
def test_path_when_well_formed_then_is_a_list_of_steps(rooms: Rooms, path: str, steps: str) -> None:
    """tracker-paths-1 to -3, BD5 to BD10: each form of a step; an index counts from 0."""
    assert rooms(_STEPS, path) == steps


@pytest.mark.parametrize(
    "path",
    [
        *(".", "a.", ".a", "a..b", "foo(", "foo)", "foo(1)", "foo(a, b)", "foo()bar", "foo(_).b", "foo(_)()", "()"),
        *("a.()", "1()", "a.@b", "@", "@.a", "@x()", "a...", "..a", "../a", "foo()()", "foo( )", "foo(__)"),
    ],
)
def test_path_when_malformed_then_is_refused(rooms: Rooms, path: str) -> None:
    """tracker-paths-4: what is no path is a bad message that quotes it."""
    code, description = rooms(_REFUSED, None, path)
    assert code == "bad-message"
    assert f"bad path '{path}'" in description


@pytest.mark.parametrize("path", ["_x", "a._x", "_f()", "a._f(_)", "_", "__index", "a.__metatable.b"])
def test_path_when_a_name_is_private_then_is_refused(rooms: Rooms, path: str) -> None:
    """What begins with '_' never leaves the session, and isn't reached from outside."""
    assert rooms(_REFUSED, None, path)[0] == "access"


def test_path_when_longer_than_4096_characters_then_is_refused(rooms: Rooms) -> None:
    """A path has an end."""
    assert rooms(_REFUSED, None, "a" * 4096)[0] == "accepted"
    assert rooms(_REFUSED, None, "a" * 4097)[0] == "bad-message"


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("a?x=1", "a | x=1"),
        ("a?x=1&y=2", "a | x=1, y=2"),
        ("a?flag", "a | flag=true"),
        ("a?flag&x=", "a | flag=true, x="),
        ("?x=1", " | x=1"),
        ("a?", "a | "),
        ("a?&&x=1&", "a | x=1"),
        ("a?x=a%20b%3F&y=1+1", "a | x=a b?, y=1 1"),
        ("a?x=%zz", "a | x=%zz"),
        ("a?x=1?2", "a | x=1?2"),
        ("a?x=b=c", "a | x=b=c"),
        ("f()?priority:high=low", "f() | priority:high=low"),
    ],
)
def test_query_when_behind_a_path_then_names_properties(rooms: Rooms, path: str, parts: str) -> None:
    """tracker-paths-5: `?key=value&flag` sets properties; a flag is `true`."""
    assert rooms(_QUERY, path) == parts


ACCEPTED = {
    "name": {"rw", "r", "w"},
    "items.0": {"rw", "r", "w"},
    "foo()": {"rw", "r", "action"},
    "foo().bar": {"rw", "r", "w"},
    "foo(_)": {"w", "action"},
    "..": {"rw", "r", "w"},
    "@app": {"rw", "r", "w"},
}


@pytest.mark.parametrize("access", ["rw", "r", "w", "action"])
@pytest.mark.parametrize("path", ACCEPTED)
def test_access_when_the_path_has_it_then_is_accepted_else_refused(rooms: Rooms, path: str, access: str) -> None:
    """tracker-access-3, tracker-access-8, tracker-semantics-5: every pair of an access and a kind of path."""
    code, _ = rooms(_REFUSED, None, path, access)
    assert code == ("accepted" if access in ACCEPTED[path] else "access")


@pytest.mark.parametrize("access", ["", "rx", "RW", "read", "action "])
def test_access_when_unknown_then_is_refused(rooms: Rooms, access: str) -> None:
    """tracker-access-4: an access is rw, r, w or action."""
    assert rooms(_REFUSED, None, "name", access)[0] == "bad-message"
