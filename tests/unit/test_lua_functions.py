"""Functions in a text of Lua: found by their words, wherever words may stand."""

from __future__ import annotations

import pytest

from luahost.testing.executable_lines import executable_lines
from luahost.testing.lua_functions import read_text
from luahost.vm.active_lines import ActiveLines


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("function f() end", ["f"]),
        ("function a.b.c(x) end", ["a.b.c"]),
        ("function A:b(...) end", ["A:b"]),
        ("local function f() end", ["f"]),
        ("local f = function() end", ["f"]),
        ("a.b.c = function() end", ["a.b.c"]),
        ("t = { f = function() end }", ["f"]),
        ("call(function() end)", ["function@1"]),
        ("t[1] = function() end", ["function@1"]),
        ("function outer() local inner = function() end end", ["inner", "outer"]),
        ('s = "function f() end" -- function g() end', []),
        ("s = [[function f()]] --[==[ function g() ]] ]==] s = 'it\\'s function'", []),
        ("function f() if x then y() elseif z then y() else y() end end function g() end", ["f", "g"]),
        ("function f() for i = 1, 2 do while x do y() end end end function g() end", ["f", "g"]),
        ("function f() repeat local x = function() end until x end", ["x", "f"]),
        ("function f() do do end end end function g() end", ["f", "g"]),
        ("function f() while (function() return false end)() do end end", ["function@1", "f"]),
        ("function f() goto done ::done:: end", ["f"]),
    ],
)
def test_read_text_when_functions_stand_in_it_then_finds_them(text: str, found: list[str]) -> None:
    """Blocks end where Lua ends them, and texts and comments are none."""
    assert [function.name for function in read_text(text.encode()).functions] == found


def test_read_text_when_a_function_spans_lines_then_has_its_place_and_text() -> None:
    """A function has the lines of its first and last word, and the text from its parameters on."""
    (function,) = read_text(b"-- x\nlocal s = [[\n]]\nlocal function f(\n  a)\n  return a\nend\n").functions
    assert (function.first, function.last, function.text_line) == (4, 7, 4)
    assert function.text == b"(\n  a)\n  return a\nend"


def test_read_text_when_a_line_has_only_brackets_and_ends_then_tells_nothing() -> None:
    """A line of `end)` and the like is not one that could be left out."""
    assert read_text(b"call(function()\n  f()\nend)\n\n-- no\n}, {\nelse\nreturn x\n").telling == {1, 2, 8}


def test_executable_lines_when_a_function_is_never_made_then_has_its_lines(vm: str) -> None:
    """The lines of a function count that stands in one which nobody calls."""
    text = b"""local M = {}
function M.outer()
  local function inner(self, ...)
    local a, b = ...
    return a
  end
  return inner
end
return M
"""
    found = executable_lines(text, ActiveLines(vm))
    assert {1, 4, 5, 7, 9} <= found.lines <= {1, 2, 3, 4, 5, 7, 9}
    assert {function.name: set(lines) for function, lines in found.functions}["inner"] == {4, 5}


def test_executable_lines_when_a_text_does_not_compile_then_has_none(vm: str) -> None:
    """A broken file has no lines that could run."""
    assert executable_lines(b"x = = 1\n", ActiveLines(vm)).lines == frozenset()


def test_executable_lines_when_the_text_is_asked_for_then_nothing_of_it_runs(vm: str) -> None:
    """Asking runs no code of the file."""
    text = b"error('ran')\nlocal f = (function() error('ran') end)()\n"
    assert executable_lines(text, ActiveLines(vm)).lines == {1, 2}
