"""Which local or global each name of a chunk means."""

from __future__ import annotations

import pytest

from luahost.checking.names import Names, read_names, text_of
from luahost.checking.parser import Parser


def names_of(lua: str) -> Names:
    """Returns the names of a chunk."""
    return read_names(Parser().parse(lua.encode()))


def globals_of(lua: str) -> tuple[list[str], list[str]]:
    """Returns the globals that a chunk reads, and those that it assigns."""
    names = names_of(lua)
    written = [text_of(each.target) for each in names.assignments if each.is_global]
    return sorted(names.globals_read), written


@pytest.mark.parametrize(
    ("lua", "read", "written"),
    [
        ("local x = x", ["x"], []),
        ("local x x = y", ["y"], []),
        ("x = 1 local x x = 2", [], ["x"]),
        ("do local x end x = 1", [], ["x"]),
        ("for i, v in pairs(t) do i = v end i = 1", ["pairs", "t"], ["i"]),
        ("for i = 1, n do local j = i end", ["n"], []),
        ("repeat local done = f() until done", ["f"], []),
        ("while x do local y = x end y = 1", ["x"], ["y"]),
        ("if a then local b elseif b then else c = 1 end", ["a", "b"], ["c"]),
        ("local function f() return f end", [], []),
        ("local f = function() return f end", ["f"], []),
        ("function f(a, ...) return a, ... end", [], ["f"]),
        ("function t.a.b:c() return self, b end", ["b", "t"], []),
        ("t = { a = b, [c] = d, e; f }", ["b", "c", "d", "e", "f"], ["t"]),
        ("t.x.y, t[i] = a.b.c, nil", ["a", "i", "t"], []),
        ("goto done ::done::", [], []),
        ("local a <const>, b <close> = c, d", ["c", "d"], []),
        ("return function() return x end", ["x"], []),
        ("a, b = b, a", ["a", "b"], ["a", "b"]),
        ("local x do x = 1 end x = 2", [], []),
        ("f'x' f{y} f(z) a:m(w)", ["a", "f", "w", "y", "z"], []),
        ("return -x, not y, #z, (v), a .. b", ["a", "b", "v", "x", "y", "z"], []),
    ],
)
def test_names_when_read_or_written_then_locals_are_told_from_globals(
    lua: str, read: list[str], written: list[str]
) -> None:
    """Scopes are Lua's."""
    assert globals_of(lua) == (read, written)


def test_names_when_lua_55_declares_globals_then_they_hide_locals() -> None:
    """`global x` makes the name a global again, to the end of its block."""
    names = names_of("local x do global x x = 1 end x = 2 global function f() end global <const> y = 3")
    assert [text_of(each.target) for each in names.assignments if each.is_global] == ["x", "f", "y"]
    assert names.declared == {"x", "f", "y"}


def test_names_when_functions_nest_then_calls_know_theirs() -> None:
    """What the main chunk calls runs at load; the rest later."""
    names = names_of("a() local function f() b() return function() c() end end if d() then e() end")
    assert [(text_of(each.node), each.function is None) for each in names.calls] == [
        ("a()", True),
        ("b()", False),
        ("c()", False),
        ("d()", True),
        ("e()", True),
    ]


@pytest.mark.parametrize(
    "lua",
    ["function P:m() return self end", "function P.m(self) return self end", "P.m = function(self) return self end"],
)
def test_names_when_a_method_has_a_self_then_its_owner_is_known(lua: str) -> None:
    """The three ways to write a method are one."""
    names = names_of(lua)
    owners = {text_of(binding.owner) for binding in names.bindings.values() if binding.owner is not None}
    assert owners == {"P"}


def test_names_when_a_local_is_assigned_again_then_its_value_is_not_trusted() -> None:
    """Only what is never written again has the value of its declaration."""
    names = names_of("local a, b = 1, 2 b = 3")
    known = {binding.name: binding.is_written for binding in names.bindings.values()}
    assert known == {"a": False, "b": True}


def test_names_when_a_file_returns_then_only_its_own_return_counts() -> None:
    """What functions return is not what `require` answers."""
    names = names_of("local function f() return 1 end do return f, 2 end")
    assert [text_of(node) for node in names.returned] == ["f", "2"]
