"""Mutation: how live instances come to the new shape of their prototypes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from luahost import Host, Session
from luahost.news import GuestError

WriteSite = Callable[[Mapping[str, str]], Path]

NOTING = """
log = {}
function note(name) return function(self) log[#log + 1] = name .. ' ' .. (self.id or '') end end
"""


def test_mutate_when_nothing_changed_then_is_not_called(session: Session) -> None:
    """L14, LC-28: an init alike queues nothing."""
    session.execute(NOTING + "P = session:prototype('P', { a = 1 }) p = P:new{} P.mutate = note('P')")
    session.execute("session:prototype('P', { a = 1 })")
    assert session.eval("return #log") == 0


def test_mutate_when_defined_in_the_changed_file_then_runs_on_old_instances(
    host: Host, session: Session, site: WriteSite
) -> None:
    """L15: a `mutate` that comes with the change runs on instances made before it."""
    site({"lua/p.lua": "P = session:prototype('P', { a = 1 })"})
    session.require("p")
    session.execute("p = P:new{}")
    site({"lua/p.lua": "P = session:prototype('P', { b = 2 }) function P:mutate() self.b = 5 end"})
    host.reload()
    assert session.eval("return p.b, p.a") == (5, None)


def test_mutate_when_several_prototypes_changed_then_goes_in_the_order_of_their_declaration(session: Session) -> None:
    """L16, LC-30: first in, first out."""
    session.execute(NOTING)
    for value in (1, 2):
        session.execute(f"""
            for _, n in ipairs{{ 'C', 'A', 'B' }} do
                _G[n] = session:prototype(n, {{ x = {value} }})
                _G[n].mutate = note(n)
            end
            c, a, b = c or C:new{{}}, a or A:new{{}}, b or B:new{{}}
        """)
    assert session.eval("return log") == ["C ", "A ", "B "]


def test_mutate_when_a_derived_prototype_was_queued_first_then_the_base_still_comes_before_it(session: Session) -> None:
    """Base before derived, whatever the order in which they were declared again."""
    session.execute(NOTING + "A = session:prototype('A', { x = 1 }) B = session:prototype('B', { y = 1 }, A)")
    session.execute("A.mutate, B.mutate = note('A'), note('B') b = B:new{ id = 'b' }")
    session.execute("session:prototype('B', { y = 2 }, A) session:prototype('A', { x = 2 })")
    assert session.eval("return log") == ["A b", "B b"]


def test_mutate_when_a_prototype_changed_twice_in_one_load_then_runs_once(session: Session) -> None:
    """Two changes in one load make one entry, from the first shape to the last."""
    session.execute("P = session:prototype('P', { a = 1 }) p = P:new{} seen = {}")
    session.execute("""
        function P:mutate(change) seen[#seen + 1] = change end
        session:prototype('P', { a = 1, b = 2 }) session:prototype('P', { c = 3 })
    """)
    assert session.eval("return seen") == [{"added": {"c": 3}, "changed": [], "removed": {"a": 1}}]


def test_mutate_when_a_change_is_taken_back_in_one_load_then_does_not_run(session: Session) -> None:
    """A load that changes a prototype and changes it back has changed nothing."""
    session.execute(NOTING + "P = session:prototype('P', { a = 1 }) p = P:new{} P.mutate = note('P')")
    session.execute("session:prototype('P', { a = 2 }) session:prototype('P', { a = 1 })")
    assert session.eval("return #log, p.a") == (0, 1)


def test_change_when_fields_come_change_and_go_then_tells_of_them_all(session: Session) -> None:
    """`change` has the new default of added fields, the old one of changed and removed; `EMPTY` stands for none."""
    session.execute("P = session:prototype('P', { a = 1, b = EMPTY, c = 3, d = EMPTY, e = 5 }) p = P:new{}")
    session.execute("function P:mutate(change) seen = change end")
    session.execute("session:prototype('P', { a = 2, b = 2, e = 5, x = 'new', y = EMPTY })")
    assert session.eval("return seen.added.x, seen.changed.a, seen.removed.c") == ("new", 1, 3)
    empties = "seen.added.y == EMPTY, seen.changed.b == EMPTY, seen.removed.d == EMPTY"
    assert session.eval(f"return {empties}") == (True, True, True)
    assert session.eval("return seen.changed.e, seen.added.a") == (None, None)


def test_fields_when_mutate_runs_then_read_as_before(session: Session) -> None:
    """While `mutate` runs an added field reads nil, removed and changed ones their old default; then the new show."""
    session.execute("P = session:prototype('P', { old = 'o', both = 1 }) p = P:new{}")
    session.execute(
        "function P:mutate() seen = { self.old, self.both, self.fresh == nil, P.both, rawget(P, 'fresh') == nil } end"
    )
    session.execute("session:prototype('P', { both = 2, fresh = 'n' })")
    assert session.eval("return seen") == ["o", 1, True, 1, True]
    assert session.eval("return p.old, p.both, p.fresh") == (None, 2, "n")


def test_methods_when_mutate_runs_then_are_the_new_ones(session: Session) -> None:
    """`mutate` calls the methods of the new code."""
    session.execute("P = session:prototype('P', { a = 1 }) function P:hi() return 'old' end p = P:new{}")
    session.execute("""
        session:prototype('P', { a = 2 })
        function P:hi() return 'new' end
        function P:mutate() said = self:hi() end
    """)
    assert session.eval("return said") == "new"


def test_top_level_code_when_it_follows_a_declaration_then_sees_the_new_fields(session: Session) -> None:
    """The hiding begins when the pass begins: the code of the file itself sees what it declared."""
    session.execute("P = session:prototype('P', { a = 1 }) p = P:new{}")
    session.execute("session:prototype('P', { a = 2, b = 3 }) seen = { p.a, p.b }")
    assert session.eval("return seen") == [2, 3]


def test_mutate_when_it_keeps_or_defaults_then_the_default_is_taken(session: Session) -> None:
    """LC-29: `self.email = self.email or "unknown"` writes the unknown address, not the prototype's new default."""
    session.execute("P = session:prototype('P', { name = '' }) p = P:new{ name = 'Ann' }")
    session.execute("function P:mutate() self.email = self.email or 'unknown' end")
    session.execute("session:prototype('P', { name = '', email = '' })")
    assert session.eval("return p.email") == "unknown"


def test_mutate_when_a_field_is_renamed_then_its_value_moves(session: Session) -> None:
    """L18, LC-32: `self.name or self.fullName` yields the full name; the old field can be read, then it is nil."""
    session.execute("P = session:prototype('P', { fullName = '' }) p, q = P:new{ fullName = 'Ann Lee' }, P:new{}")
    session.execute("function P:mutate() self.name = self.name or self.fullName end")
    session.execute("session:prototype('P', { name = '' })")
    assert session.eval("return p.name, q.name, rawget(p, 'fullName'), p.fullName") == ("Ann Lee", "", None, None)


def test_removed_fields_when_there_is_no_mutate_then_leave_all_the_same(session: Session) -> None:
    """Removed fields are set to nil with `rawset`, with or without a `mutate`."""
    session.execute("P = session:prototype('P', { a = 1 }) p = P:new{ a = 5 }")
    session.execute("P.__newindex = function() error('not raw') end session:prototype('P', {})")
    assert session.eval("return rawget(p, 'a'), p.a") == (None, None)


def test_added_default_when_mutate_wants_it_then_is_in_the_change(session: Session) -> None:
    """Code that wants the new default has it in `change.added`."""
    session.execute("P = session:prototype('P', {}) p = P:new{} function P:mutate(c) self.x = c.added.x .. '!' end")
    session.execute("session:prototype('P', { x = 'hi' })")
    assert session.eval("return p.x") == "hi!"


def test_prototype_field_when_mutate_assigns_it_then_stays(session: Session) -> None:
    """What `mutate` assigns to the prototype stays, if it differs from what was there."""
    session.execute(
        "P = session:prototype('P', { a = 1, b = 1 }) p = P:new{} function P:mutate() P.a, P.b = 9, P.b end"
    )
    session.execute("session:prototype('P', { a = 2, b = 2 })")
    assert session.eval("return P.a, P.b") == (9, 2)


def test_mutate_when_the_base_changed_then_runs_on_derived_instances_too(session: Session) -> None:
    """A step concerns the instances of the prototype and of everything derived from it, each once."""
    session.execute(NOTING + "A = session:prototype('A', { x = 1 }) B = session:prototype('B', {}, A)")
    session.execute(
        "C = session:prototype('C', {}, B) all = { A:new{ id = 'a' }, B:new{ id = 'b' }, C:new{ id = 'c' } }"
    )
    session.execute("A.mutate = note('A') session:prototype('A', { x = 2 }) ")
    assert sorted(session.eval("return log")) == ["A a", "A b", "A c"]


def test_mutate_when_a_derived_prototype_overrides_it_then_each_step_calls_its_own(session: Session) -> None:
    """A step calls its prototype's `mutate`, not an override of the instance's own prototype."""
    session.execute(NOTING + "A = session:prototype('A', { x = 1 }) B = session:prototype('B', { y = 1 }, A)")
    session.execute("A.mutate, B.mutate = note('A'), note('B') b = B:new{ id = 'b' }")
    session.execute("session:prototype('A', { x = 2 })")
    assert session.eval("return log") == ["A b"]


def test_mutate_when_only_inherited_then_runs_for_the_derived_prototype(session: Session) -> None:
    """A prototype without a `mutate` of its own uses the inherited one."""
    session.execute(
        NOTING + "A = session:prototype('A', {}) B = session:prototype('B', { y = 1 }, A) b = B:new{ id = 'b' }"
    )
    session.execute("A.mutate = note('A') session:prototype('B', { y = 2 }, A)")
    assert session.eval("return log") == ["A b"]


def test_mutate_when_an_instance_was_made_after_the_change_then_leaves_it_out(session: Session) -> None:
    """Instances made later than the first change of a load have the new shape already."""
    session.execute(NOTING + "P = session:prototype('P', { a = 1 }) P.mutate = note('P') old = P:new{ id = 'old' }")
    session.execute("session:prototype('P', { a = 2 }) new = P:new{ id = 'new' }")
    assert session.eval("return log") == ["P old"]


def test_mutate_when_it_makes_instances_then_they_are_not_mutated(session: Session) -> None:
    """A `mutate` may make instances of its own prototype: the pass ends."""
    session.execute("P = session:prototype('P', { a = 1 }) n = 0 kept = { P:new{} }")
    session.execute("function P:mutate() n = n + 1 kept[#kept + 1] = P:new{} end session:prototype('P', { a = 2 })")
    assert session.eval("return n, session:countInstances(P)") == (1, 2)


def test_mutate_when_it_declares_another_prototype_anew_then_that_one_joins_the_pass(session: Session) -> None:
    """Entries queued meanwhile are processed in the same pass."""
    session.execute(NOTING + "Q = session:prototype('Q', { a = 1 }) q = Q:new{ id = 'q' } Q.mutate = note('Q')")
    session.execute("P = session:prototype('P', { a = 1 }) p = P:new{}")
    session.execute("""
        function P:mutate() session:prototype('Q', { a = 2 }) end
        session:prototype('P', { a = 2 })
    """)
    assert session.eval("return log, q.a") == (["Q q"], 2)


def test_mutate_when_it_declares_its_own_prototype_anew_then_a_second_step_follows(session: Session) -> None:
    """A `mutate` may change its own prototype: that is a step of its own, and no field of the middle shape is left."""
    session.execute("P = session:prototype('P', { a = 1 }) p = P:new{} log = {}")
    session.execute("""
        function P:mutate(change)
            log[#log + 1] = { tostring(self.a), tostring(self.b), tostring(change.added.b), tostring(change.removed.b) }
            session:prototype('P', { c = 1 })
        end
        session:prototype('P', { b = 2 })
    """)
    assert session.eval("return log") == [["1", "nil", "2", "nil"], ["nil", "2", "nil", "2"]]
    assert session.eval("return rawget(P, 'a'), rawget(P, 'b'), rawget(P, 'c')") == (None, None, 1)


def test_mutate_when_it_declares_a_queued_prototype_anew_then_that_one_takes_one_step(session: Session) -> None:
    """A prototype that changes once more while its entry waits takes one step, from its first shape to its last."""
    session.execute(
        "P, Q = session:prototype('P', { a = 1 }), session:prototype('Q', { a = 1 }) p, q = P:new{}, Q:new{}"
    )
    session.execute("""
        log = {}
        function P:mutate() session:prototype('Q', { c = 3 }) end
        function Q:mutate(c) log[#log + 1] = { self.a, self.c == nil, c.added.b == nil, c.added.c, c.removed.a } end
        session:prototype('P', { a = 2 }) session:prototype('Q', { b = 2 })
    """)
    assert session.eval("return log") == [[1, True, True, 3, 1]]
    assert session.eval("return rawget(Q, 'a'), rawget(Q, 'b'), rawget(Q, 'c')") == (None, None, 3)


def test_mutate_when_it_removes_its_own_prototype_then_the_pass_ends_well(session: Session) -> None:
    """A `mutate` that removes its prototype ends that step: the others go on, and the fields are the new ones."""
    session.execute(NOTING + "Q = session:prototype('Q', { a = 1 }) q = Q:new{ id = 'q' } Q.mutate = note('Q')")
    session.execute("P = session:prototype('P', { a = 1 }) ps = { P:new{}, P:new{}, P:new{} } n = 0")
    session.execute("""
        function P:mutate() n = n + 1 session:removePrototype('P') end
        session:prototype('P', { a = 2 }) session:prototype('Q', { a = 2 })
    """)
    assert session.eval("return n, log, P.a, session:prototypes()") == (1, ["Q q"], 2, ["Q"])


def test_mutate_when_it_removes_a_queued_prototype_then_that_one_has_its_new_fields(session: Session) -> None:
    """A prototype that is removed while its entry waits isn't left with the fields of before."""
    session.execute(
        "P, Q = session:prototype('P', { a = 1 }), session:prototype('Q', { a = 1 }) p, q = P:new{}, Q:new{}"
    )
    session.execute("""
        function P:mutate() session:removePrototype('Q') end
        session:prototype('P', { a = 2 }) session:prototype('Q', { b = 2 })
    """)
    assert session.eval("return q.a, q.b, session:prototypes()") == (None, 2, ["P"])


def test_mutate_when_it_requires_a_module_then_that_is_loaded(session: Session, site: WriteSite) -> None:
    """A `mutate` may load code, also where the change came from a method and not from a load."""
    site({"lua/extra.lua": "Q = session:prototype('Q', { a = 2 }) return 7"})
    session.execute(
        NOTING + "Q = session:prototype('Q', { a = 1 }, session:prototype('P', { a = 1 })) P = session:prototype('P')"
    )
    session.execute(
        "q, p = Q:new{ id = 'q' }, P:new{ id = 'p' } function P:mutate() log[#log + 1] = require('extra') end"
    )
    session.execute("app = { go = function() session:prototype('P', { a = 2 }) end } session:createAppVariable(app)")
    session.call("app:go")
    assert session.eval("return log, p.a, #session:loaded()") == ([7, 7], 2, 1)


@pytest.mark.parametrize(
    "error", ["error({ code = 5 })", "error()", "local x = nil + 1", "error(setmetatable({}, {}))"]
)
def test_failure_when_the_error_is_any_object_then_is_reported_as_text(
    session: Session, reported: list[GuestError], error: str
) -> None:
    """Whatever `mutate` raises is data of the report."""
    session.execute("P = session:prototype('P', { a = 1 }) p = P:new{}")
    session.execute(f"function P:mutate() {error} end session:prototype('P', {{ a = 2 }})")
    assert len(reported) == 1
    assert str(reported[0].error)


def test_field_when_it_moved_to_the_base_then_instances_keep_their_values(session: Session) -> None:
    """A removed field that a prototype on the instance's own chain still declares stays."""
    session.execute(
        "A = session:prototype('A', {}) B = session:prototype('B', { name = '' }, A) b = B:new{ name = 'x' }"
    )
    session.execute("session:prototype('A', { name = '' }) session:prototype('B', {}, A)")
    assert session.eval("return rawget(b, 'name'), rawget(B, 'name'), B.name") == ("x", None, "")


def test_field_when_it_moved_down_then_only_those_instances_keep_it(session: Session) -> None:
    """A field that moved from the base to one derived prototype stays with that one's instances."""
    session.execute("A = session:prototype('A', { name = '' }) B = session:prototype('B', {}, A)")
    session.execute("C = session:prototype('C', {}, A) b, c = B:new{ name = 'b' }, C:new{ name = 'c' }")
    session.execute("session:prototype('A', {}) session:prototype('B', { name = '' }, A)")
    assert session.eval("return rawget(b, 'name'), rawget(c, 'name')") == ("b", None)


def test_mutate_when_an_instance_moves_to_another_prototype_then_no_error_arises(session: Session) -> None:
    """A `mutate` may make its instance one of another prototype."""
    session.execute("P, Q = session:prototype('P', { a = 1 }), session:prototype('Q', { b = 2 }) p = P:new{}")
    session.execute("function P:mutate() session:create(Q, self) end session:prototype('P', { a = 2 })")
    assert session.eval("return getmetatable(p) == Q, p.b, session:countInstances(P)") == (True, 2, 0)


def test_mutate_when_reloaded_code_is_processed_then_reloading_is_true(
    host: Host, session: Session, site: WriteSite
) -> None:
    """`session.reloading` is true in the module and in `mutate`, and false afterwards."""
    site({"lua/p.lua": "P = session:prototype('P', { a = 1 })"})
    session.require("p")
    session.execute("p = P:new{}")
    site({"lua/p.lua": "P = session:prototype('P', { a = 2 }) top = session.reloading\n"
          "function P:mutate() inside = session.reloading end"})  # fmt: skip
    host.reload()
    assert session.eval("return top, inside, session.reloading") == (True, True, False)
