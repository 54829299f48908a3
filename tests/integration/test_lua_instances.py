"""`session:create` and the registry of instances: weak, one place for each, nothing left of what was dropped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from luahost import Session

WriteSite = Callable[[Mapping[str, str]], Path]


def test_create_when_given_a_table_then_makes_it_a_tracked_instance(session: Session) -> None:
    """L9, LC-22: the very table gets the metatable, keeps its fields and is counted."""
    session.execute("P = session:prototype('P', { a = 1 }) t = { b = 2 } p = session:create(P, t)")
    answer = session.eval("return p == t, p.b, p.a, p.type, getmetatable(p) == P, session:countInstances(P)")
    assert answer == (True, 2, 1, "P", True, 1)


def test_create_when_given_nothing_then_makes_a_table(session: Session) -> None:
    """L10, LC-23: without an instance a new table is made, with metatable and defaults."""
    session.execute("P = session:prototype('P', { a = 1 }) p = session:create(P)")
    assert session.eval("return type(p), next(p), p.a, getmetatable(p) == P") == ("table", None, 1, True)


def test_create_when_called_twice_then_enters_once(session: Session) -> None:
    """The registry is a set: the same instance again changes nothing."""
    session.execute("P = session:prototype('P', {}) p = P:new{} same = session:create(P, p) == p session:create(P, p)")
    assert session.eval("return same, session:countInstances(P)") == (True, 1)


def test_create_when_called_under_another_prototype_then_moves_the_instance(session: Session) -> None:
    """Created again under another prototype an instance leaves the first."""
    session.execute("P, Q = session:prototype('P', {}), session:prototype('Q', {}) p = P:new{} session:create(Q, p)")
    answer = session.eval("return session:countInstances(P), session:countInstances(Q), getmetatable(p) == Q")
    assert answer == (0, 1, True)


def test_create_when_the_app_changed_the_metatable_then_still_moves_the_instance(session: Session) -> None:
    """An instance is found in its set though its metatable was set by hand."""
    session.execute("P, Q = session:prototype('P', {}), session:prototype('Q', {}) p = P:new{}")
    session.execute("setmetatable(p, {}) session:create(Q, p)")
    assert session.eval("return session:countInstances(P), session:countInstances(Q)") == (0, 1)


def test_create_when_the_prototype_is_not_registered_then_tracks_by_the_table(session: Session) -> None:
    """Any table works as a prototype, and has its instances."""
    session.execute("T = {} T.__index = T T.a = 1 t = session:create(T, {})")
    assert session.eval("return t.a, session:countInstances(T), session:instances(T)() == t") == (1, 1, True)


def test_create_when_the_prototype_was_removed_then_tracks_by_the_table(session: Session) -> None:
    """A removed prototype is a table like any other."""
    session.execute("P = session:prototype('P', {}) session:removePrototype('P') p = P:new{}")
    assert session.eval("return session:countInstances(P)") == 1


def test_instances_when_derived_ones_are_meant_then_are_listed_too(session: Session) -> None:
    """`instances` and `countInstances` answer the prototype's own, with `derived` those of all that inherit from it."""
    session.execute(
        "A = session:prototype('A', {}) B = session:prototype('B', {}, A) C = session:prototype('C', {}, B)"
    )
    session.execute("all = { A:new{}, B:new{}, C:new{}, C:new{} } seen = 0")
    session.execute("for i in session:instances(A, true) do seen = seen + 1 assert(i.type) end")
    answer = session.eval("return seen, session:countInstances(A), session:countInstances(B, true), A == all[1]")
    assert answer == (4, 1, 3, False)


def test_instances_when_some_are_made_while_iterating_then_the_loop_is_not_disturbed(session: Session) -> None:
    """The iteration goes over those that lived when it began."""
    session.execute("P = session:prototype('P', {}) kept = { P:new{}, P:new{} }")
    session.execute("for _ in session:instances(P) do for i = 1, 50 do kept[#kept + 1] = P:new{} end end")
    assert session.eval("return session:countInstances(P)") == 102


def test_instances_when_dropped_then_leave_the_registry(session: Session) -> None:
    """LC-24: the registry holds instances weakly: a collected one is gone from it at once."""
    session.execute("P = session:prototype('P', {}) p = P:new{ self_ = 1 } for i = 1, 100 do P:new{} end")
    session.collect()
    session.collect()
    assert session.eval("return session:countInstances(P)") == 1


def test_instances_when_dropped_then_no_mutation_meets_them(session: Session) -> None:
    """LC-33: `mutate` runs for the living only."""
    session.execute("P = session:prototype('P', { a = 1 }) n = 0 function P:mutate() n = n + 1 end")
    session.execute("p = P:new{} for i = 1, 100 do P:new{} end")
    session.collect()
    session.collect()
    session.execute("session:prototype('P', { a = 2 })")
    assert session.eval("return n") == 1


def test_instances_when_they_refer_to_themselves_then_are_collected_all_the_same(session: Session) -> None:
    """No table of the kernel refers from value to key, so that cycles of instances and their prototypes go."""
    session.execute("P = session:prototype('P', {}) for i = 1, 100 do local p = P:new{} p.me, p.up = p, P end")
    session.execute("for i = 1, 100 do local T = {} T.__index = T T.one = session:create(T, {}) end")
    session.collect()
    session.collect()
    assert session.eval("return session:countInstances(P)") == 0


def test_memory_when_a_million_instances_came_and_went_then_is_what_it_was(session: Session) -> None:
    """A million instances, a thousand alive at a time, leave the VM's memory within 1 MiB."""
    session.execute("P = session:prototype('P', { n = 0 }) live = {} for i = 1, 1000 do live[i] = P:new{} end")
    session.collect()
    before_kb = session.describe()["memory_kb"]
    for _ in range(10):
        session.execute(
            "local create = session.create for i = 1, 100000 do live[i % 1000 + 1] = create(session, P) end"
        )
    session.collect()
    assert session.eval("return session:countInstances(P)") == 1000
    session.collect()
    assert session.describe()["memory_kb"] - before_kb < 1024


def test_memory_when_many_instances_were_dropped_then_the_next_load_gives_it_back(
    session: Session, site: WriteSite
) -> None:
    """A set whose live count fell below a quarter is rebuilt at the next load, so that its room goes back."""
    site({"lua/a.lua": "", "lua/b.lua": ""})
    session.execute("P = session:prototype('P', {}) one = P:new{}")
    session.collect()
    before_kb = session.describe()["memory_kb"]
    session.execute("kept = {} for i = 1, 100000 do kept[i] = P:new{} end")
    session.require("a")
    session.execute("kept = nil")
    session.collect()
    session.require("b")
    session.collect()
    assert session.eval("return session:countInstances(P)") == 1
    assert session.describe()["memory_kb"] - before_kb < 256
