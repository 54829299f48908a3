"""Declarations of prototypes that move between files, or are dropped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from live_site import LiveSite

Start = Callable[..., LiveSite]

PERSON = "Person = session:prototype('Person', { name = '', age = 1 })\n"
GREET = "function Person:greet() return 'hello ' .. self.name end\n"


def begin(start: Start, files: dict[str, str], **settings: str) -> LiveSite:
    live = start({"lua/main.lua": "require('a')\nrequire('b')\n", **files}, **settings)
    live.session.execute("ann = Person:new{name = 'Ann', age = 5}")
    return live


def test_prototype_when_moved_to_another_file_then_unloading_the_old_one_leaves_it(start: Start) -> None:
    """Row 11: ownership moves with the declaration; unloading the old file doesn't take the prototype."""
    live = begin(start, {"lua/a.lua": PERSON + GREET, "lua/b.lua": "-- empty\n"})
    live.save_well({"lua/a.lua": "-- empty\n", "lua/b.lua": PERSON + GREET.replace("hello", "hi")})
    live.session.execute("session:unloadModule('a')")
    assert live.eval("return ann:greet(), getmetatable(ann) == Person, #session:prototypes()") == ("hi Ann", True, 1)


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("b", "a")])
def test_prototype_when_moved_in_two_saves_then_it_is_never_without_methods(
    start: Start, first: str, second: str
) -> None:
    """Row 11: its methods stay until the new owner's run has replaced them, whichever file is saved first."""
    live = begin(start, {"lua/a.lua": PERSON + GREET, "lua/b.lua": "-- empty\n"})
    texts = {"a": "-- moved away\n", "b": PERSON + GREET.replace("hello", "hi")}
    live.save_well({f"lua/{first}.lua": texts[first]})
    assert live.eval("return ann:greet()") in ("hello Ann", "hi Ann")
    live.save_well({f"lua/{second}.lua": texts[second]})
    assert live.eval("return ann:greet(), ann.age, session:countInstances(Person)") == ("hi Ann", 5, 1)
    live.session.execute("session:unloadModule('a')")
    assert live.eval("return session:prototypes()") == ["Person"]


def test_prototype_when_moved_then_a_method_that_was_left_behind_goes(start: Start) -> None:
    """Row 11: what only the old file wrote leaves the prototype once the new owner has run."""
    live = begin(start, {"lua/a.lua": PERSON + GREET + "function Person:old() end", "lua/b.lua": "-- empty\n"})
    live.save_well({"lua/a.lua": "-- empty\n", "lua/b.lua": PERSON + GREET})
    assert live.eval("return ann.old, ann:greet()") == (None, "hello Ann")


def test_prototype_when_moved_with_a_borrowed_function_then_nothing_is_said_of_that(start: Start) -> None:
    """Row 11: a file that is new writes what the old one wrote, and what it holds is another file's as before."""
    borrow = "Person.__tostring = require('base').text\n"
    base = "return { text = function(self) return self.name end }"
    live = begin(start, {"lua/base.lua": base, "lua/a.lua": PERSON + borrow, "lua/b.lua": "-- empty\n"})
    report = live.save_well({"lua/a.lua": "require('c')\n", "lua/c.lua": PERSON + borrow})
    assert (report.sessions[0].kept, live.eval("return tostring(ann)")) == ((), "Ann")
    report = live.save_well({"lua/c.lua": PERSON})
    assert report.sessions[0].kept == (
        "lua/c.lua: '__tostring' holds a function of another file and is no longer written; it stays",
    )
    assert live.eval("return tostring(ann)") == "Ann"


def test_prototype_when_moved_with_another_init_then_instances_are_mutated(start: Start) -> None:
    """Row 11: moving and changing in one save is a change as any other."""
    live = begin(start, {"lua/a.lua": PERSON + GREET, "lua/b.lua": "-- empty\n"})
    report = live.save_well(
        {"lua/a.lua": "-- empty\n", "lua/b.lua": "Person = session:prototype('Person', { name = '', size = 2 })\n"}
    )
    [change] = report.sessions[0].prototypes
    assert (change.added, change.removed, change.instances) == (("size",), ("age",), 1)
    assert live.eval("return ann.size, ann.age, ann.name") == (2, None, "Ann")


def test_declaration_when_dropped_then_the_prototype_stays_with_all_it_has_and_a_note(start: Start) -> None:
    """Row 12: a prototype whose declaration was dropped stays registered, with its methods, and is noted."""
    live = begin(start, {"lua/a.lua": PERSON + GREET, "lua/b.lua": "-- empty\n"})
    report = live.save_well({"lua/a.lua": "-- nothing\n"})
    assert live.eval("return ann:greet(), ann.age, session:prototypes()[1]") == ("hello Ann", 5, "Person")
    assert any("'Person'" in note for note in report.sessions[0].kept)


@pytest.mark.parametrize("remove", ["session:unloadModule('a')", "session:removePrototype('Person')"])
def test_declaration_when_dropped_then_the_prototype_can_be_removed(start: Start, remove: str) -> None:
    """Row 12: `unloadModule` of its file or `removePrototype` removes what was dropped."""
    live = begin(start, {"lua/a.lua": PERSON + GREET, "lua/b.lua": "-- empty\n"})
    live.save_well({"lua/a.lua": "-- nothing\n"})
    live.session.execute(remove)
    assert live.eval("return session:prototypes()") == []
    assert live.eval("return getmetatable(ann) == Person") is True


def test_declaration_when_dropped_and_written_again_then_it_goes_on(start: Start) -> None:
    """Row 12: a declaration that comes back is a declaration of the same prototype."""
    live = begin(start, {"lua/a.lua": PERSON + GREET, "lua/b.lua": "-- empty\n"})
    live.save_well({"lua/a.lua": "-- nothing\n"})
    report = live.save_well({"lua/a.lua": PERSON.replace("age = 1", "age = 1, size = 2") + GREET})
    assert report.sessions[0].prototypes[0].added == ("size",)
    assert live.eval("return ann.size, ann:greet(), session:countInstances(Person)") == (2, "hello Ann", 1)


def test_declaration_when_it_comes_back_without_a_method_then_that_goes(start: Start) -> None:
    """Row 12: a prototype that was left alone is the file's again, with what the file says of it."""
    live = begin(start, {"lua/a.lua": PERSON + GREET + "function Person:f() end", "lua/b.lua": "-- empty\n"})
    live.save_well({"lua/a.lua": "\n\n"})
    live.save_well({"lua/a.lua": PERSON + "function Person:f() end"})
    assert live.eval("return ann.greet, type(ann.f)") == (None, "function")


def test_field_that_holds_a_dropped_prototype_then_keeps_it(start: Start) -> None:
    """The promise: a field that holds a prototype which its file no longer declares keeps it."""
    live = begin(start, {"lua/a.lua": PERSON, "lua/b.lua": "local M = {}\nM.Person = Person\nreturn M"})
    live.save_well({"lua/a.lua": "-- nothing\n"})
    assert live.eval("return require('b').Person == getmetatable(ann)") is True
