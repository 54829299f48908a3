"""Fields of prototypes, saved while instances are alive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from live_site import LiveSite

Start = Callable[..., LiveSite]

NOTING = "function Person:mutate(change) log[#log + 1] = self.name end\n"


def person(init: str, rest: str = "") -> dict[str, str]:
    return {"lua/person.lua": f"Person = session:prototype('Person', {{ {init} }})\n{rest}"}


def begin(start: Start, init: str, rest: str = "") -> LiveSite:
    """Starts a session with the prototype and two people, of whom Bo has own values."""
    live = start({"lua/main.lua": "log = {}\nrequire('person')\n", **person(init, rest)})
    live.session.execute("ann, bo = Person:new{name = 'Ann'}, Person:new{name = 'Bo', age = 5, nick = 'B'}")
    return live


def test_field_when_added_then_instances_inherit_it_and_mutate_runs(start: Start) -> None:
    """Row 1: an added field is inherited by live instances, own values stay, and `mutate` runs once for each."""
    live = begin(start, "name = ''")
    report = live.save_well(person("name = '', age = 7", NOTING))
    assert live.eval("return ann.age, rawget(ann, 'age'), bo.age") == (7, None, 5)
    assert sorted(live.eval("return log")) == ["Ann", "Bo"]
    [change] = report.sessions[0].prototypes
    assert (change.name, change.added, change.instances) == ("Person", ("age",), 2)


def test_field_when_its_prototype_is_strict_and_has_no_mutate_then_it_is_added(start: Start) -> None:
    """Row 1: an `__index` that raises for names that aren't there is asked for `mutate`, and stops no save."""
    strict = "setmetatable(Person, { __index = function(_, name) error('no field ' .. name) end })"
    live = begin(start, "name = ''", strict)
    live.save_well(person("name = '', age = 7", strict))
    assert live.eval("return ann.age, bo.age, (pcall(function() return ann.other end))") == (7, 5, False)


def test_default_when_changed_then_only_instances_without_an_own_value_see_it(start: Start) -> None:
    """Row 2: a changed default shows through, except where an instance has its own value; `mutate` runs."""
    live = begin(start, "name = '', age = 1", NOTING)
    report = live.save_well(person("name = '', age = 2", NOTING))
    assert live.eval("return ann.age, bo.age") == (2, 5)
    assert sorted(live.eval("return log")) == ["Ann", "Bo"]
    assert report.sessions[0].prototypes[0].changed == ("age",)


@pytest.mark.parametrize(("old", "new"), [("1", "'1'"), ("false", "true"), ("{1}", "{1, 2}"), ("{a = 1}", "EMPTY")])
def test_default_when_changed_in_kind_then_the_new_one_shows(start: Start, old: str, new: str) -> None:
    """Row 2: what counts as another default is its value, whatever its type."""
    live = begin(start, f"name = '', age = {old}")
    report = live.save_well(person(f"name = '', age = {new}"))
    assert report.sessions[0].prototypes[0].changed == ("age",)
    fresh = live.eval(f"local age = {new} if age == EMPTY then return nil end return age")
    assert live.eval("return ann.age") == fresh


def test_field_when_removed_then_it_leaves_prototype_and_instances(start: Start) -> None:
    """Row 3: a removed field is gone from the prototype and, after `mutate` could read it, from every instance."""
    live = begin(start, "name = '', age = 1")
    live.save_well(person("name = ''", "function Person:mutate(change) log[#log + 1] = self.age end"))
    assert live.eval("return Person.age, ann.age, bo.age, rawget(bo, 'age')") == (None, None, None, None)
    assert sorted(live.eval("return log")) == [1, 5]


def test_field_when_removed_without_a_mutate_then_instances_lose_it_too(start: Start) -> None:
    """Row 3: no `mutate` is needed for a removed field to go."""
    live = begin(start, "name = '', age = 1")
    live.save_well(person("name = ''"))
    assert live.eval("return rawget(bo, 'age'), rawget(bo, 'nick')") == (None, "B")


def test_field_when_renamed_in_mutate_then_the_value_moves(start: Start) -> None:
    """Row 4: `self.years = self.years or self.age` moves own values, and old defaults where there was none."""
    live = begin(start, "name = '', age = 1")
    rename = "function Person:mutate() self.years = self.years or self.age end"
    live.save_well(person("name = '', years = 100", rename))
    assert live.eval("return ann.years, bo.years, ann.age, bo.age") == (1, 5, None, None)


def test_new_default_when_wanted_in_mutate_then_change_has_it(start: Start) -> None:
    """Row 4: while `mutate` runs an added field reads nil; `change.added` has the new default."""
    live = begin(start, "name = ''")
    mutate = "function Person:mutate(change) log[#log + 1] = {self.age, change.added.age} end"
    live.save_well(person("name = '', age = 9", mutate))
    assert sorted(map(str, live.eval("return log"))) == sorted(map(str, [[5, 9], {2: 9}]))


@pytest.mark.parametrize(("old", "new", "seen"), [("1", "EMPTY", None), ("EMPTY", "1", 1)])
def test_default_when_swapped_with_empty_then_it_appears_or_goes(
    start: Start, old: str, new: str, seen: int | None
) -> None:
    """Row 5: a value instead of `EMPTY`, or the other way round, changes the default; own values stay."""
    live = begin(start, f"name = '', age = {old}")
    live.save_well(person(f"name = '', age = {new}"))
    assert live.eval("return ann.age, bo.age") == (seen, 5)


def test_table_default_when_written_the_same_then_nothing_changes(start: Start) -> None:
    """Row 6: literal tables that say the same are no change; the prototype keeps its own."""
    live = begin(start, "name = '', tags = {'a', {deep = 1}}, none = {}", NOTING)
    live.session.execute("tags = Person.tags; table.insert(Person.none, 'filled')")
    report = live.save_well(person("none = {}, tags = {'a', {deep = 1}}, name = ''", NOTING))
    assert report.sessions[0].prototypes == ()
    assert live.eval("return Person.tags == tags, #Person.none, #log") == (True, 1, 0)


def test_nan_default_when_written_the_same_then_nothing_changes(start: Start) -> None:
    """Row 6: NaN is the same default as NaN."""
    live = begin(start, "name = '', age = 0/0")
    report = live.save_well(person("name = '', age = 0/0", "-- saved\n"))
    assert report.sessions[0].prototypes == ()


def test_instances_when_mutated_then_keep_identity_and_own_values(start: Start) -> None:
    """Rows 1 to 3: an object that the application holds is the same object afterwards."""
    live = begin(start, "name = '', age = 1")
    live.session.execute("held = {[ann] = 'ann', [bo] = 'bo'}")
    live.save_well(person("name = 'x', size = 3"))
    assert live.eval("return held[ann], held[bo], ann.name, bo.name, bo.size, bo.nick") == (
        "ann", "bo", "Ann", "Bo", 3, "B",
    )  # fmt: skip


def test_state_outside_init_when_its_line_is_dropped_then_stays(start: Start) -> None:
    """The promise: what was assigned to a prototype outside init is state, and is not taken back."""
    live = begin(start, "name = ''", "Person.limit = 5; Person.nextId = Person.nextId or 10")
    live.session.execute("Person.nextId = 11")
    live.save_well(person("name = ''", "Person.nextId = Person.nextId or 10"))
    assert live.eval("return Person.limit, Person.nextId") == (5, 11)


def test_mutate_when_it_fails_for_some_then_they_wait_with_their_data(start: Start) -> None:
    """Row 23: the others are migrated; the failed ones keep their removed fields and are tried at the next save."""
    live = begin(start, "name = '', age = 1")
    typo = "function Person:mutate()\n  if self.nick then error('typo') end\n  self.years = self.age\nend"
    report = live.save_well(person("name = ''", typo))
    [pending] = report.sessions[0].pending
    assert (pending.type, pending.message, pending.file, pending.line) == ("Person", "typo", "lua/person.lua", 3)
    assert live.eval("return ann.years, rawget(bo, 'age'), #session:pendingMutations()") == (1, 5, 1)
    report = live.save_well(person("name = ''", "function Person:mutate() self.years = self.age end"))
    assert report.sessions[0].pending == ()
    assert live.eval("return ann.years, bo.years, rawget(bo, 'age')") == (1, 5, None)


def test_default_when_changed_and_saved_back_then_it_is_back(start: Start) -> None:
    """Row 29: a save that changes back is a reload back."""
    live = begin(start, "name = '', age = 1")
    live.save_well(person("name = '', age = 2"))
    live.save_well(person("name = '', age = 1"))
    assert live.eval("return ann.age, bo.age") == (1, 5)
    assert live.session.generation == 2
