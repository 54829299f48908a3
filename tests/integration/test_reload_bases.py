"""Bases of prototypes, saved while instances are alive."""

from __future__ import annotations

from collections.abc import Callable

from live_site import LiveSite

Start = Callable[..., LiveSite]

ZOO = """
Animal = session:prototype('Animal', { legs = 4 })
function Animal:mutate(change) log[#log + 1] = self.name end
function Animal:sound() return 'generic' end
Machine = session:prototype('Machine', { legs = 0, power = 'steam' })
function Machine:sound() return 'clank' end
"""


def dog(base: str, rest: str = "") -> dict[str, str]:
    return {"lua/dog.lua": f"require('zoo')\nDog = session:prototype('Dog', {{ name = '' }}, {base})\n{rest}"}


def begin(start: Start, base: str = "Animal") -> LiveSite:
    live = start({"lua/main.lua": "log = {}\nrequire('dog')\n", "lua/zoo.lua": ZOO, **dog(base)})
    live.session.execute("rex = Dog:new{name = 'Rex'}")
    return live


def test_base_when_changed_then_inheritance_follows(start: Start) -> None:
    """Row 9: with another base, live instances inherit from it at once and are queued."""
    live = begin(start)
    report = live.save_well(dog("Machine", "function Dog:mutate() log[#log + 1] = 'rebased ' .. self.name end"))
    assert live.eval("return rex.legs, rex.power, rex:sound(), getmetatable(Dog) == Machine") == (
        0, "steam", "clank", True,
    )  # fmt: skip
    assert live.eval("return log") == ["rebased Rex"]
    [change] = report.sessions[0].prototypes
    assert (change.name, change.rebased, change.instances) == ("Dog", True, 1)


def test_level_when_inserted_between_base_and_derived_then_both_are_inherited(start: Start) -> None:
    """Row 9: a level inserted between two prototypes passes on what it inherits and what it has."""
    live = begin(start)
    live.save_well(
        {
            "lua/dog.lua": "require('zoo')\nPet = session:prototype('Pet', { owner = 'me' }, Animal)\n"
            "function Pet:sound() return 'soft ' .. Animal.sound(self) end\n"
            "Dog = session:prototype('Dog', { name = '' }, Pet)\n"
        }
    )
    assert live.eval("return rex.legs, rex.owner, rex:sound(), rex.name") == (4, "me", "soft generic", "Rex")
    assert live.eval("return session:countInstances(Animal, true), session:countInstances(Pet, true)") == (1, 1)


def test_base_when_dropped_then_the_prototype_stands_alone_and_still_makes_instances(start: Start) -> None:
    """Row 9: without a base (and no `Object`) nothing is inherited, and `new` is the default one."""
    live = begin(start)
    live.save_well(dog("nil"))
    assert live.eval("return rex.legs, rex.sound, getmetatable(Dog), rex.name") == (None, None, None, "Rex")
    assert live.eval("local d = Dog:new{} return getmetatable(d) == Dog, session:countInstances(Dog)") == (True, 2)


def test_object_when_it_is_declared_first_then_later_prototypes_have_it_as_base(start: Start) -> None:
    """Row 9: a prototype declared again without a base gets the registered `Object`."""
    live = begin(start)
    live.save_well(
        {
            "lua/dog.lua": "require('zoo')\nObject = session:prototype('Object', { root = true })\n"
            "Dog = session:prototype('Dog', { name = '' })\n"
        }
    )
    assert live.eval("return rex.root, getmetatable(Dog) == Object") == (True, True)


def test_circle_when_a_base_would_close_one_then_the_save_is_taken_back(start: Start) -> None:
    """Row 9: a base that inherits from the prototype itself is an error, and nothing is changed."""
    live = begin(start)
    report = live.save({"lua/zoo.lua": ZOO.replace("{ legs = 4 })", "{ legs = 6 }, Dog)")})
    assert "inherit from itself" in str(report.errors[0])
    assert live.eval("return rex.legs, rex:sound(), getmetatable(Animal)") == (4, "generic", None)


def test_init_of_a_base_when_changed_then_derived_instances_are_mutated(start: Start) -> None:
    """Row 10: instances of derived prototypes get the base's `mutate`, once, and its new defaults."""
    live = begin(start)
    live.session.execute("cow = Animal:new{name = 'Cow'}; robot = Machine:new{name = 'R2'}")
    report = live.save_well({"lua/zoo.lua": ZOO.replace("legs = 4", "legs = 4, tail = true")})
    assert sorted(live.eval("return log")) == ["Cow", "Rex"]
    assert live.eval("return rex.tail, cow.tail, robot.tail") == (True, True, None)
    assert report.sessions[0].prototypes[0].instances == 2


def test_fields_when_base_and_derived_change_then_the_base_is_first(start: Start) -> None:
    """Row 10: of one save, the base's step is taken before that of what derives from it."""
    live = begin(start)
    order = "function Dog:mutate(change) log[#log + 1] = next(change.added) end"
    live.save_well(
        {
            "lua/zoo.lua": ZOO.replace("legs = 4", "legs = 4, tail = true").replace("self.name end", "'tail' end"),
            "lua/dog.lua": "require('zoo')\nDog = session:prototype('Dog', { name = '', fur = 1 }, Animal)\n" + order,
        }
    )
    assert live.eval("return log") == ["tail", "fur"]


def test_field_when_it_moves_to_the_base_then_own_values_stay(start: Start) -> None:
    """Row 3: a removed field that a prototype on the instance's chain still declares has only moved."""
    live = begin(start)
    live.save_well(
        {
            "lua/zoo.lua": ZOO.replace("legs = 4", "legs = 4, name = 'any'"),
            "lua/dog.lua": "require('zoo')\nDog = session:prototype('Dog', { }, Animal)\n",
        }
    )
    assert live.eval("return rawget(rex, 'name'), Dog:new{}.name") == ("Rex", "any")
