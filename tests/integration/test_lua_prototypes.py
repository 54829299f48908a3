"""`session:prototype`: first and further declarations, what counts as a change, bases, removal."""

from __future__ import annotations

import pytest

from luahost import LuaError, Session

NOTING = "changes = 0 instance = instance or P:new{} function P:mutate() changes = changes + 1 end\n"


def test_prototype_when_declared_then_the_init_table_becomes_it(session: Session) -> None:
    """L5, LC-17, LC-18: the init table becomes the prototype, with `type`, `__index`, a `new`, and no instance."""
    session.execute("init = { name = 'x' } P = session:prototype('app.Person', init)")
    answer = session.eval("return P == init, P.type, P.__index == P, P.name, type(P.new), session:countInstances(P)")
    assert answer == (True, "app.Person", True, "x", "function", 0)
    assert session.eval("return session:prototypes()") == ["app.Person"]


def test_prototype_when_the_name_is_dotted_then_no_global_is_looked_up(session: Session) -> None:
    """A name is a key of the session's registry: globals of that name neither matter nor are made."""
    session.execute("app = 5 P = session:prototype('app.Person', { n = 1 }) Q = session:prototype('Q', {})")
    assert session.eval("return app, rawget(_G, 'Q') == Q, rawget(_G, 'Person')") == (5, True, None)
    assert session.eval("return session:prototype('app.Person') == P") is True


def test_prototype_when_declared_with_no_init_then_is_an_empty_one(session: Session) -> None:
    """A first declaration without an init makes a prototype without fields."""
    assert session.eval("local P = session:prototype('P') return P.type, P:new{ a = 1 }.a") == ("P", 1)


def test_new_when_the_prototype_has_none_then_a_default_one_makes_tracked_instances(session: Session) -> None:
    """L6, LC-19: the default `new` keeps the fields given, sets the metatable and tracks the instance."""
    session.execute("P = session:prototype('P', { a = 1 }) p = P:new{ b = 2 }")
    answer = session.eval("return p.b, rawget(p, 'a'), p.a, p.type, getmetatable(p) == P, session:countInstances(P)")
    assert answer == (2, None, 1, "P", True, 1)


def test_new_when_the_prototype_has_its_own_then_it_is_used(session: Session) -> None:
    """L7, LC-20: an own `new` stays, after a further declaration too, and with it what it counts."""
    declare = """
    P = session:prototype('P', { id = -1 })
    P.next_id = P.next_id or 0
    function P:new(p) p = session:create(self, p) p.id = P.next_id P.next_id = P.next_id + 1 return p end
    """
    session.execute(declare + "a, b = P:new{}, P:new{}")
    session.execute(declare)
    assert session.eval("return a.id, b.id, P.next_id, P:new{}.id") == (0, 1, 2, 2)


def test_new_when_the_app_wraps_create_then_the_default_one_goes_through_it(session: Session) -> None:
    """The default `new` calls `session.create` as it is at the call."""
    session.execute("P = session:prototype('P', {}) local old = session.create")
    session.execute("local old = session.create function session:create(p, i) i = old(self, p, i) i.w = 1 return i end")
    assert session.eval("return P:new{}.w") == 1


def test_empty_when_declared_then_the_field_reads_nil(session: Session) -> None:
    """L8, LC-21: a field declared with `EMPTY`, a table, is nil on prototype and instances."""
    session.execute("P = session:prototype('P', { name = EMPTY, age = 3 }) p = P:new{}")
    assert session.eval("return type(EMPTY), rawget(P, 'name'), p.name, p.age") == ("table", None, None, 3)


def test_empty_when_declared_then_the_stored_init_remembers_it(session: Session) -> None:
    """LC-21: an `EMPTY` field is declared: declaring it again is no change, dropping it is one."""
    session.execute("P = session:prototype('P', { name = EMPTY })" + NOTING)
    session.execute("session:prototype('P', { name = EMPTY })")
    assert session.eval("return changes") == 0
    session.execute("p = P:new{ name = 'x' } session:prototype('P', {})")
    assert session.eval("return changes, rawget(p, 'name')") == (2, None)


def test_empty_when_a_script_assigns_the_global_then_the_original_still_counts(session: Session) -> None:
    """`EMPTY` is compared by identity with the original, whatever the global holds."""
    session.execute("original, EMPTY = EMPTY, {} P = session:prototype('P', { a = original, b = EMPTY })")
    assert session.eval("return P.a, P.b == EMPTY") == (None, True)


def test_empty_when_a_default_says_it_equals_everything_then_it_is_not_taken_for_it(session: Session) -> None:
    """`EMPTY` is known by identity: `__eq` of a default is not asked."""
    session.execute("home = setmetatable({}, { __eq = function() return true end })")
    session.execute("P = session:prototype('P', { home = home }) session:prototype('P', { home = home, b = 1 })")
    assert session.eval("return rawequal(P.home, home)") is True


def test_prototype_when_declared_with_another_init_then_keeps_its_identity(session: Session) -> None:
    """L11, L12, LC-25, LC-26: the same table gets the new field, and instances made before see it."""
    session.execute("P = session:prototype('P', { a = 1 }) p = P:new{}")
    session.execute("again = session:prototype('P', { a = 1, b = 2 })")
    assert session.eval("return again == P, P.b, p.b, getmetatable(p) == P") == (True, 2, 2, True)


def test_prototype_when_declared_twice_with_the_wider_init_then_changes_once(session: Session) -> None:
    """L11: the added field is in the stored copy too, so that declaring the same again changes nothing."""
    session.execute("P = session:prototype('P', { a = 1 })" + NOTING)
    session.execute("session:prototype('P', { a = 1, b = 2 })")
    session.execute("session:prototype('P', { a = 1, b = 2 })")
    assert session.eval("return changes") == 1


SAME = {
    "a number": ("{ a = 1 }", "{ a = 1 }"),
    "NaN": ("{ a = 0/0 }", "{ a = 0/0 }"),
    "an empty table": ("{ a = {} }", "{ a = {} }"),
    "nested tables": ("{ a = { 1, { x = 'y' } } }", "{ a = { 1, { x = 'y' } } }"),
    "EMPTY in a table": ("{ a = { EMPTY } }", "{ a = { EMPTY } }"),
    "functions": ("{ a = function() return 1 end }", "{ a = function() return 2 end }"),
    "functions within a table": ("{ a = { f = function() return 1 end } }", "{ a = { f = function() end } }"),
    "keys that are no names": ("{ 1, 2 }", "{ 3 }"),
    "type, __index and new": ("{ type = 'x', new = print }", "{ type = 'y', __index = 5 }"),
    "cycles": ("(function() local t = { n = 1 } t.t = t return { a = t } end)()", "{ a = { n = 2 } }"),
    "a metatable": ("{ a = setmetatable({ 1 }, {}) }", "{ a = setmetatable({ 2 }, {}) }"),
    "a metatable on one side": ("{ a = { 1 } }", "{ a = setmetatable({ 2 }, {}) }"),
    "big tables": ("{ a = big(1) }", "{ a = big(2) }"),
}
OTHER = {
    "a number": ("{ a = 1 }", "{ a = 2 }"),
    "text and number": ("{ a = 1 }", "{ a = '1' }"),
    "false and EMPTY": ("{ a = false }", "{ a = EMPTY }"),
    "NaN and a number": ("{ a = 0/0 }", "{ a = 0 }"),
    "a table and EMPTY": ("{ a = {} }", "{ a = EMPTY }"),
    "nested tables": ("{ a = { 1, { x = 'y' } } }", "{ a = { 1, { x = 'z' } } }"),
    "a longer table": ("{ a = { 1 } }", "{ a = { 1, 2 } }"),
    "a shorter table": ("{ a = { 1, 2 } }", "{ a = { 1 } }"),
    "a thousand entries": ("{ a = row(1000, 1) }", "{ a = row(1000, 2) }"),
    "a field more": ("{ a = 1 }", "{ a = 1, b = EMPTY }"),
    "a field less": ("{ a = 1, b = EMPTY }", "{ a = 1 }"),
    "a field that becomes a method": ("{ a = 1 }", "{ a = print }"),
    "a method that becomes a field": ("{ a = print }", "{ a = 1 }"),
}
MAKERS = """
function row(n, last) local t = {} for i = 1, n do t[i] = i end t[n] = last return t end
function big(n) return row(1001, n) end
"""


@pytest.mark.parametrize("case", SAME)
def test_init_when_declared_again_alike_then_is_no_change(session: Session, case: str) -> None:
    """Equal scalars, NaN too, and deeply equal tables are the same init; what can't be compared counts as equal."""
    old, new = SAME[case]
    session.execute(f"{MAKERS} P = session:prototype('P', {old}) {NOTING}")
    session.execute(f"session:prototype('P', {new})")
    assert session.eval("return changes") == 0


@pytest.mark.parametrize("case", OTHER)
def test_init_when_declared_again_with_a_difference_then_is_a_change(session: Session, case: str) -> None:
    """Any other field, value or kind of value is a change, once."""
    old, new = OTHER[case]
    session.execute(f"{MAKERS} P = session:prototype('P', {old}) {NOTING}")
    session.execute(f"session:prototype('P', {new})")
    assert session.eval("return changes") == 1


def test_init_when_an_integer_becomes_a_float_then_is_a_change_where_the_vm_tells_them_apart(session: Session) -> None:
    """1 and 1.0 differ."""
    session.execute("P = session:prototype('P', { a = 1 })" + NOTING + "session:prototype('P', { a = 1.0 })")
    assert session.eval("return changes == (math.type and 1 or 0)") is True


def test_init_when_alike_then_the_prototype_keeps_its_own_tables(session: Session) -> None:
    """A table default that is the same stays the very table, with what has been put into it."""
    session.execute("P = session:prototype('P', { items = {} }) items = P.items items[1] = 'kept'")
    session.execute("session:prototype('P', { items = {} })")
    assert session.eval("return P.items == items, P.items[1]") == (True, "kept")


def test_init_when_somebody_filled_a_shared_default_then_the_next_save_is_no_change(session: Session) -> None:
    """The stored init is a copy, tables in it included: a filled default differs from it, the init doesn't."""
    session.execute("P = session:prototype('P', { deep = { list = {} } })" + NOTING)
    session.execute("P.deep.list[1] = 'x'")
    session.execute("session:prototype('P', { deep = { list = {} } })")
    assert session.eval("return changes, P.deep.list[1]") == (0, "x")


def test_init_when_declared_again_then_what_the_kernel_sets_stays(session: Session) -> None:
    """`type` and `__index` of an init, and marks under numbers, do at each declaration what they did at first."""
    code = "P = session:prototype('P', { n = 1, [1] = EMPTY, type = print, __index = function() return 'mine' end })"
    session.execute(code + " p = P:new()")
    session.execute(code)
    assert session.eval("return p.missing, P.type, P.__index == P, P[1], p.n") == (None, "P", True, None, 1)


def test_functions_when_within_a_table_default_then_are_replaced_in_the_live_table(session: Session) -> None:
    """A function inside a table default is replaced at its path; the live table and its data stay."""
    declare = "P = session:prototype('P', { on = { n = 0, deep = { click = function() return %d end } } })"
    session.execute(declare % 1 + "on = P.on on.count = 5")
    session.execute(declare % 2)
    assert session.eval("return P.on == on, on.deep.click(), on.count") == (True, 2, 5)


def test_methods_when_in_the_init_then_are_installed_and_replaced(session: Session) -> None:
    """Functions of an init are methods: live instances have the new one at their next call."""
    session.execute("P = session:prototype('P', { name = 'x', hi = function() return 'old' end }) p = P:new{}")
    session.execute("session:prototype('P', { name = 'x', hi = function() return 'new' end })")
    assert session.eval("return p:hi()") == "new"


def test_prototype_when_named_alone_then_is_answered_and_nothing_changes(session: Session) -> None:
    """Declared again without an init it is the existing prototype; its init, fields and base stay."""
    session.execute("B = session:prototype('B', {}) P = session:prototype('P', { a = 1 }, B)" + NOTING)
    assert session.eval("return session:prototype('P') == P, P.a, getmetatable(P) == B, changes") == (True, 1, True, 0)


def test_prototype_when_given_itself_as_init_then_nothing_changes(session: Session) -> None:
    """The prototype itself is an init that changes nothing."""
    session.execute("P = session:prototype('P', { a = 1 })" + NOTING + "P.extra = 5 session:prototype('P', P)")
    assert session.eval("return changes, P.a, P.extra") == (0, 1, 5)


def test_fields_when_removed_from_the_init_then_leave_prototype_and_instances(session: Session) -> None:
    """L13, LC-27: a removed field reads nil, on the prototype, on instances with an own value and on those without."""
    session.execute("P = session:prototype('P', { a = 1, b = 2 }) p, q = P:new{ b = 5 }, P:new{}")
    session.execute("session:prototype('P', { a = 1 })")
    assert session.eval("return rawget(P, 'b'), rawget(p, 'b'), p.b, q.b, p.a") == (None, None, None, None, 1)


def test_state_when_assigned_outside_the_init_then_survives(session: Session) -> None:
    """L19, LC-34: what was assigned to the prototype itself stays, through declarations alike and different."""
    session.execute("P = session:prototype('P', { a = 1 }) P.next_id = (P.next_id or 0) + 1 P.list = { 1 }")
    session.execute("P = session:prototype('P', { a = 1 }) P.next_id = (P.next_id or 0) + 1")
    session.execute("session:prototype('P', { a = 2, b = 3 })")
    assert session.eval("return P.next_id, P.list[1]") == (2, 1)


def test_base_when_none_is_given_then_a_registered_object_is_taken(session: Session) -> None:
    """Without a base the registered `Object` is it, also for prototypes declared again after it came."""
    session.execute("A = session:prototype('A', {}) O = session:prototype('Object', { id = 7 })")
    session.execute("B = session:prototype('B', {}) b = B:new{}")
    assert session.eval("return getmetatable(A), getmetatable(B) == O, b.id, getmetatable(O)") == (None, True, 7, None)
    session.execute("session:prototype('A', {})")
    assert session.eval("return getmetatable(A) == O") is True


def test_object_when_it_has_a_base_then_that_one_gets_no_default_base(session: Session) -> None:
    """A base of `Object` that is declared again stays without one: it doesn't come to inherit from itself."""
    session.execute("Root = session:prototype('Root', { a = 1 }) session:prototype('Object', {}, Root)")
    session.execute("session:prototype('Root', { a = 1 })")
    assert session.eval("return getmetatable(Root), Root.missing") == (None, None)


def test_base_when_given_then_is_the_metatable_and_new_is_inherited(session: Session) -> None:
    """With a base there is no own `new`: the base's makes instances of the receiver."""
    session.execute("B = session:prototype('B', { a = 1 }) C = session:prototype('C', { b = 2 }, B) c = C:new{}")
    answer = session.eval("return getmetatable(C) == B, rawget(C, 'new'), getmetatable(c) == C, c.a, c.b, c.type")
    assert answer == (True, None, True, 1, 2, "C")


def test_base_when_it_has_its_own_new_then_derived_ones_use_it(session: Session) -> None:
    """A base's own `new` makes instances of the derived prototype that it is called on."""
    session.execute(
        "B = session:prototype('B', {}) function B:new(i) i = session:create(self, i) i.made = 1 return i end"
    )
    session.execute("C = session:prototype('C', {}, B) c = C:new{}")
    assert session.eval("return c.made, getmetatable(c) == C, session:countInstances(C)") == (1, True, 1)


def test_base_when_declared_with_another_then_the_metatable_follows(session: Session) -> None:
    """Another base takes the metatable's place, and instances are queued, even though no field changed."""
    session.execute("A = session:prototype('A', { x = 'a' }) B = session:prototype('B', { x = 'b' })")
    session.execute("P = session:prototype('P', {}, A)" + NOTING)
    session.execute("session:prototype('P', {}, B)")
    assert session.eval("return getmetatable(P) == B, instance.x, changes") == (True, "b", 1)


def test_base_when_no_longer_given_then_the_prototype_stands_alone(session: Session) -> None:
    """Declared again without a base it has none, and a default `new` of its own; instances are queued."""
    session.execute("A = session:prototype('A', { x = 'a' }) P = session:prototype('P', {}, A)" + NOTING)
    session.execute("session:prototype('P', {})")
    answer = session.eval("return getmetatable(P), instance.x, changes, getmetatable(P:new{}) == P")
    assert answer == (None, None, 1, True)


def test_base_when_only_named_with_the_prototype_then_is_taken(session: Session) -> None:
    """Declared again with no init but a base, the base is taken and the init stays."""
    session.execute("A = session:prototype('A', { x = 'a' }) P = session:prototype('P', { y = 1 })")
    session.execute("p = P:new{} session:prototype('P', nil, A)")
    assert session.eval("return p.x, p.y") == ("a", 1)


def test_base_when_the_app_set_the_metatable_itself_then_that_is_no_other_base(session: Session) -> None:
    """Compared is the base last declared, not the metatable: an application's own one stays."""
    session.execute("P = session:prototype('P', { a = 1 }) mine = { __call = function() return 'called' end }")
    session.execute(NOTING + "setmetatable(P, mine) session:prototype('P', { a = 1 })")
    assert session.eval("return getmetatable(P) == mine, P(), changes") == (True, "called", 0)


def test_base_when_it_would_close_a_circle_then_is_an_error_and_nothing_changed(session: Session) -> None:
    """A base that inherits from the prototype is refused, before anything of the declaration is done."""
    session.execute(
        "A = session:prototype('A', { x = 1 }) B = session:prototype('B', {}, A) C = session:prototype('C', {}, B)"
    )
    with pytest.raises(LuaError, match=r"bad argument #3 to 'prototype' \('A' would inherit from itself\)"):
        session.eval("return session:prototype('A', { x = 2 }, C)")
    assert session.eval("return A.x, getmetatable(A)") == (1, None)


def test_base_when_it_is_the_prototype_itself_then_is_an_error(session: Session) -> None:
    """A prototype is no base of itself."""
    session.execute("A = session:prototype('A', {})")
    with pytest.raises(LuaError, match="would inherit from itself"):
        session.eval("return session:prototype('A', nil, A)")


def test_session_method_when_the_app_wraps_it_then_is_called_for_every_declaration(session: Session) -> None:
    """Applications replace methods of `session` by their own, which call the former ones."""
    session.execute("names = {} local old = session.prototype")
    session.execute("""
        local old = session.prototype
        function session:prototype(name, ...) names[#names + 1] = name return old(self, name, ...) end
        P = session:prototype('P', { a = 1 }) session:prototype('P', { a = 2 })
    """)
    assert session.eval("return names, P.a, #session:prototypes()") == (["P", "P"], 2, 1)


def test_remove_when_named_exactly_then_only_that_one_leaves(session: Session) -> None:
    """L21, R1, R2, R4: without `children` only the exact name leaves the prototypes and the instances."""
    session.execute(
        "for _, n in ipairs{ 'a', 'a.b', 'a.b.c', 'ab' } do _G[n] = session:prototype(n, {}) end x = a:new{}"
    )
    session.execute("session:removePrototype('a')")
    assert session.eval("return session:prototypes(), session:countInstances(a)") == (["a.b", "a.b.c", "ab"], 0)


@pytest.mark.parametrize("name", ["a", "a.b"])
def test_remove_when_children_are_meant_then_everything_below_leaves_too(session: Session, name: str) -> None:
    """L21, R3: with `children` every `name.…` goes, but never a namesake that merely begins alike."""
    session.execute("for _, n in ipairs{ 'a', 'a.b', 'a.b.c', 'ab', 'a.bc' } do session:prototype(n, {}) end")
    session.execute(f"session:removePrototype('{name}', true)")
    left = {"a": ["ab"], "a.b": ["a", "a.bc", "ab"]}
    assert session.eval("return session:prototypes()") == left[name]


def test_remove_when_the_name_is_unknown_then_is_silent_and_children_still_go(session: Session) -> None:
    """L21, R5: an unknown name is no error; with `children` what is below it goes even so."""
    session.execute("session:prototype('a.b', {}) session:removePrototype('x') session:removePrototype('a', true)")
    assert session.eval("return session:prototypes()") == []


def test_remove_when_there_are_instances_then_they_keep_their_metatable(session: Session) -> None:
    """R6, R7: instances of a removed prototype go on as they are."""
    session.execute("P = session:prototype('P', { a = 1 }) function P:hi() return 'hi' end p = P:new{}")
    session.execute("session:removePrototype('P')")
    assert session.eval("return getmetatable(p) == P, p.a, p:hi()") == (True, 1, "hi")


def test_remove_when_a_change_is_queued_then_it_is_dropped(session: Session) -> None:
    """Queued entries of a removed prototype go with it: no `mutate` runs."""
    session.execute("P = session:prototype('P', { a = 1 })" + NOTING)
    session.execute("session:prototype('P', { a = 2 }) session:removePrototype('P')")
    assert session.eval("return changes") == 0


def test_remove_when_the_name_is_declared_again_then_it_is_another_prototype(session: Session) -> None:
    """A removed name is free: what is declared under it is a first declaration."""
    session.execute("P = session:prototype('P', { a = 1 }) session:removePrototype('P')")
    assert session.eval("return session:prototype('P', { b = 2 }) == P, session:prototype('P').a") == (False, None)
