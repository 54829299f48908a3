"""The profile: stacks that were seen, as the lines that flame graphs are drawn from."""

from __future__ import annotations

from luahost.profile import Profile
from luahost.vm.stacks import Place, Stack

MAIN, ADD = Place("lua/main.lua", 0), Place("lua/sum.lua", 3)


def profile(*stacks: Stack) -> Profile:
    """Returns a profile that was told of stacks."""
    told = Profile()
    for stack in stacks:
        told.add(stack)
    return told


def test_collapsed_when_stacks_were_seen_then_has_a_line_for_each_with_its_count() -> None:
    """Functions stand from the outermost to the innermost, with name, file and line; then how often they were seen."""
    seen = profile([(ADD, "add"), (MAIN, "")], [(ADD, "add"), (MAIN, "")], [(MAIN, "")])
    assert seen.collapsed() == ("main chunk (lua/main.lua) 1\nmain chunk (lua/main.lua);add (lua/sum.lua:3) 2\n")
    assert seen.samples == 3


def test_collapsed_when_a_function_has_several_names_then_it_is_one() -> None:
    """A function is known by its place, and has the name by which it was called most; or none."""
    seen = profile([(ADD, "")], [(ADD, "plus")], [(ADD, "add")], [(ADD, "add")])
    assert seen.collapsed() == "add (lua/sum.lua:3) 4\n"
    assert profile([(ADD, "")]).collapsed() == "function (lua/sum.lua:3) 1\n"


def test_collapsed_when_the_kernel_works_then_it_has_a_name() -> None:
    """What luahost does for the code that called it stands below that code."""
    assert profile([(None, ""), (ADD, "add")]).collapsed() == "add (lua/sum.lua:3);[luahost] 1\n"


def test_collapsed_when_a_name_has_separators_then_they_are_taken_out() -> None:
    """A file's name may have what ends a function or a line in the format."""
    assert profile([(Place("a;b\nc.lua", 1), "f")]).collapsed() == "f (a,b c.lua:1) 1\n"
    assert profile([(Place("(eval)", 0), "")]).collapsed() == "main chunk (eval) 1\n"


def test_samples_when_nothing_of_the_guest_ran_then_none_is_counted() -> None:
    """A stack without functions says nothing."""
    assert (profile([]).samples, profile([]).collapsed()) == (0, "")
