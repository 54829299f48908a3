"""Metamethods of the application while code is saved: the kernel asks none, and is kept from nothing by one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from live_site import LiveSite

Start = Callable[..., LiveSite]

FAMILY = """
Vec = session:prototype("Vec", { x = 0 })
Vec.__eq = function(a, b) asked = true return %s end
P, Q = session:prototype("P", { k = "P" }, Vec), session:prototype("Q", { k = "Q" }, Vec)
A = session:prototype("A", { n = %s }, %s)
function Vec:mutate() self.called = (self.called or 0) + 1 end
"""

LOCKED = """
P = session:prototype("P", { n = %s })
P.__metatable = "locked"
Q = session:prototype("Q", { q = 1 }, P)
function P:mutate() self.called = true end
"""

VALUE = """
local V = { __eq = function(a, b) return a.x == b.x end }
V.__index = V
function V.f() return %s end
return setmetatable({ x = 1, g = function() return %s end }, V)
"""


def begin(start: Start, text: str) -> LiveSite:
    return start({"lua/main.lua": "m = require('m')\n", "lua/m.lua": text})


@pytest.mark.parametrize("equality", ["a.x == b.x", "error('asked')"])
def test_prototypes_when_their_base_compares_by_value_then_each_is_itself(start: Start, equality: str) -> None:
    """Rows 9, 10: an `__eq` that siblings inherit makes them neither the same base nor one family."""
    live = begin(start, FAMILY % (equality, 1, "P"))
    live.session.execute("a, p, q = A:new(), P:new(), Q:new()")
    live.save_well({"lua/m.lua": FAMILY % (equality, 2, "Q")})
    assert live.eval("return a.k, a.called, p.called, q.called, asked") == ("Q", 1, None, None, None)


def test_module_table_when_it_compares_by_value_then_its_code_follows(start: Start) -> None:
    """Row 14: whether the run answered the table that is there is a matter of identity, not of `__eq`."""
    live = begin(start, VALUE % (1, 1))
    live.save_well({"lua/m.lua": VALUE % (2, 2)})
    assert live.eval("return m.f(), m.g(), rawequal(m, require('m'))") == (2, 2, True)


def test_instances_when_their_metatable_is_protected_then_they_are_mutated(start: Start) -> None:
    """Rows 2, 10: `__metatable` protects from the application's code, and hides no inheritance."""
    live = begin(start, LOCKED % 1)
    live.session.execute("p, q = P:new(), Q:new()")
    live.save_well({"lua/m.lua": LOCKED % 2})
    assert live.eval("return p.called, q.called, q.n, getmetatable(p)") == (True, True, 2, "locked")


def test_field_when_it_moves_to_the_base_of_a_protected_metatable_then_instances_keep_it(start: Start) -> None:
    """Row 3: a field that the chain still declares stays, though the chain is not to be seen by the application."""
    live = begin(start, LOCKED % 1)
    live.session.execute("q = Q:new{ q = 5 }")
    moved = (LOCKED % 1).replace("{ n = 1 }", "{ n = 1, q = 1 }").replace("{ q = 1 }, P", "{}, P")
    live.save_well({"lua/m.lua": moved})
    assert live.eval("return q.q") == 5


def test_error_when_a_metatable_was_protected_before_then_all_is_back(start: Start) -> None:
    """Row 22: no `__metatable` stands in the way of taking a save back."""
    live = begin(start, LOCKED % 1)
    live.session.execute("p, R = P:new(), session:prototype('R', { r = 1 })")
    bad = "setmetatable(R, { __metatable = 'mine' }) session:create(Q, p) function P.f() end error('stop')"
    [error] = live.save({"lua/m.lua": bad}).errors
    assert str(error) == "lua/m.lua:1: stop"
    assert live.eval("return getmetatable(R), P.f, p.q, session.reloading, session:countInstances(P)") == (
        None,
        None,
        None,
        False,
        1,
    )


def test_instance_when_created_again_under_a_protected_metatable_then_it_moves(start: Start) -> None:
    """`session:create` moves an instance, whatever its metatable says of itself."""
    live = begin(start, LOCKED % 1)
    live.session.execute("p = P:new() session:create(P, p) session:create(Q, p)")
    assert live.eval("return p.q, session:countInstances(P), session:countInstances(Q)") == (1, 0, 1)


def test_session_when_it_takes_no_new_fields_then_saves_apply_and_are_taken_back(start: Start) -> None:
    """A strict `session` that lacks fields of the kernel's is told of none."""
    strict = "session.reloading = nil setmetatable(session, { __newindex = function(_, k) error(k) end }) require('m')"
    live = start({"lua/main.lua": strict, "lua/m.lua": "x = 1"})
    [error] = live.save({"lua/m.lua": "x = 2 error('no')"}).errors
    live.save_well({"lua/m.lua": "x = session.reloading"})
    assert (str(error), live.eval("return x, session.generation")) == ("lua/m.lua:1: no", (True, 1))
