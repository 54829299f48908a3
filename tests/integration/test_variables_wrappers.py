"""Wrappers: objects that stand in for a variable's value."""

from __future__ import annotations

import pytest
from live_site import LiveSite
from peers import Peer, Peers, create, update

from luahost import LuaError, Session

WRAPPED = """
made, synced, seen = 0, {}, nil
local Wrap = session:prototype("Wrap", {})
function Wrap:new(variable)
  made, seen = made + 1, variable
  return session:create(Wrap, { value = variable:getValue(), number = made })
end
function Wrap:sync(value) synced[#synced + 1] = tostring(value) self.value = value end
Plain = { new = function(self, variable) made = made + 1 return { type = "Plain", value = variable:getValue() } end }
local App = session:prototype("App", {})
app = session:create(App, { name = "Ann", items = { 1, 2 } })
session:createAppVariable(app)
"""


@pytest.fixture(autouse=True)
def app(session: Session) -> None:
    """Lets the session have an app, a prototype `Wrap` that syncs, and a global `Plain` that doesn't."""
    session.execute(WRAPPED)


def test_wrapper_when_asked_for_then_stands_in_for_the_value(peer: Peer, session: Session) -> None:
    """tracker-wrappers-1, -3: it is made once; children begin at it, and its reference is what is told."""
    told = peer.create(2, "name", wrapper="Wrap")
    assert told.properties[2]["type"] == "Wrap"
    assert set(told.values[2]) == {"obj"}
    assert peer.send(create(3, "value", 2), create(4, "number", 2)).values == {3: "Ann", 4: 1}
    session.execute("app.other = 1")
    assert session.eval("return made, #synced") == (1, 0)


@pytest.mark.parametrize("id", [1, 2])
def test_wrapper_when_set_where_children_alone_are_watched_then_they_begin_at_it(
    peer: Peer, session: Session, id: int
) -> None:
    """A wrapper is made in the turn that asks for it, and goes with the property, whoever watches its variable."""
    session.execute("app.part = { number = 'own' } app.number = 'own'")
    peer.create(2, "part")
    peer.create(3, "number", id)
    peer.unwatch(2)
    assert peer.update(id, wrapper="Wrap").values == {3: 1}
    assert peer.update(id, wrapper="").values == {3: "own"}


def test_wrapper_when_none_is_named_then_there_is_none(peer: Peer) -> None:
    """tracker-wrappers-2: a variable without the property shows its value."""
    assert peer.create(2, "name").values == {2: "Ann"}


@pytest.mark.parametrize("name", ["Registered", "Wrap", "Plain"])
def test_wrapper_when_found_by_name_then_registered_comes_before_prototype_and_global(
    peer: Peer, session: Session, name: str
) -> None:
    """A registered wrapper, else the prototype of that name, else the global."""
    session.execute("""
        ui.registerWrapper("Registered", { new = function() return { type = "Registered" } end })
        session:prototype("Registered", {})
        Registered, Wrap = { new = error }, { new = error }
    """)
    assert peer.create(2, "name", wrapper=name).properties[2]["type"] == name


def test_wrapper_when_the_value_changes_then_is_synced_and_stays(peer: Peer, session: Session) -> None:
    """tracker-wrappers-6, -9: `sync(value)` once a change; the wrapper keeps its identity and state."""
    number = peer.create(2, "name", wrapper="Wrap").values[2]
    peer.create(3, "value", 2)
    session.set("app.name", "Eve")
    told = peer.read()
    assert told.values == {3: "Eve"}
    assert session.eval("return made, synced") == (1, ["Eve"])
    assert peer.get(2) == {2: number}


def test_wrapper_when_it_has_no_sync_then_is_made_anew(peer: Peer, session: Session) -> None:
    """tracker-wrappers-6: without `sync`, `new` again."""
    before = peer.create(2, "name", wrapper="Plain").values[2]
    peer.create(3, "value", 2)
    session.set("app.name", "Eve")
    told = peer.read()
    assert told.values[3] == "Eve"
    assert told.values[2] != before
    assert session.eval("return made") == 2


def test_wrapper_when_new_answers_the_one_there_is_then_nothing_is_told(peer: Peer, session: Session) -> None:
    """tracker-wrappers-9: `new` may return the existing one, which it finds by `getWrapper`."""
    session.execute("""
        Kept = {}
        function Kept:new(variable)
          local wrapper = variable:getWrapper() or { type = "Kept" }
          wrapper.value = variable:getValue()
          return wrapper
        end
    """)
    peer.send(create(2, "name", wrapper="Kept"), create(3, "value", 2))
    session.set("app.name", "Eve")
    assert peer.read().entries == [["update", 2, 3, True, "Eve", None]]


def test_wrapper_when_new_answers_nil_then_the_value_is_shown(peer: Peer, session: Session) -> None:
    """tracker-wrappers-7: no wrapper, no stand-in."""
    session.execute("None = { new = function() end }")
    assert peer.create(2, "name", wrapper="None").values == {2: "Ann"}


def test_wrapper_when_new_answers_nil_then_is_asked_again_for_another_value_alone(peer: Peer, session: Session) -> None:
    """What made no wrapper of a value is not asked in each turn."""
    session.execute("None = { new = function() made = made + 1 end }")
    peer.create(2, "name", wrapper="None")
    session.execute("app.other = 1")
    assert session.eval("return made") == 1
    session.execute("app.name = 'Eve'")
    assert session.eval("return made") == 2
    peer.send(update(2, wrapper=""), update(2, wrapper="None"))
    assert session.eval("return made") == 3


def test_wrapper_when_the_value_is_nil_then_there_is_none_until_it_is_not(peer: Peer, session: Session) -> None:
    """A wrapper begins with the first value; then nil is synced like any other."""
    peer.create(2, "nothing", wrapper="Wrap")
    assert session.eval("return made") == 0
    session.set("app.nothing", "now")
    assert session.eval("return made") == 1
    session.set("app.nothing", None)
    assert session.eval("return made, synced") == (1, ["nil"])


def test_wrapper_when_a_list_changes_in_place_then_is_synced(peer: Peer, session: Session) -> None:
    """A list counts as changed when its items do."""
    peer.create(2, "items", wrapper="Wrap")
    session.execute("app.items[1] = 9")
    assert session.eval("return #synced") == 1
    session.execute("app.items[1] = 9")
    assert session.eval("return #synced") == 1


def test_wrapper_when_the_property_is_set_later_then_is_made_or_dropped(peer: Peer) -> None:
    """tracker-wrappers-5, -10: setting, changing and unsetting `wrapper` takes effect at once."""
    peer.create(2, "name")
    assert peer.update(2, wrapper="Wrap").properties == {2: {"type": "Wrap"}}
    assert peer.update(2, wrapper="Plain").properties == {2: {"type": "Plain"}}
    told = peer.update(2, wrapper="")
    assert (told.values, told.properties) == ({2: "Ann"}, {2: {"type": ""}})


def test_wrapper_when_written_through_a_child_then_has_it(peer: Peer, session: Session) -> None:
    """tracker-wrappers-8: a child writes to the wrapper, not to the value."""
    peer.send(create(2, "name", wrapper="Wrap"), create(3, "extra", 2), update(3, "x"))
    assert peer.get(3) == {3: "x"}
    assert session.get("app.name") == "Ann"


def test_wrapper_when_its_variable_is_written_then_the_value_is(peer: Peer, session: Session) -> None:
    """Writing a wrapped variable writes what it wraps."""
    peer.send(create(2, "name", wrapper="Wrap"), create(3, "value", 2))
    assert peer.update(2, "Eve").values[3] == "Eve"
    assert session.get("app.name") == "Eve"


def test_wrapper_when_its_variable_is_destroyed_then_is_let_go(peer: Peer, session: Session) -> None:
    """tracker-wrappers-4: nothing holds the wrapper of a variable that is gone, though the guest keeps the handle."""
    peer.create(2, "name", wrapper="Wrap")
    session.execute("weak = setmetatable({ seen:getWrapper() }, { __mode = 'v' })")
    peer.destroy(2)
    session.collect()
    assert session.eval("return weak[1] == nil, seen:getWrapper(), seen:getValue(), seen:getId()") == (
        True,
        None,
        None,
        "c1:2",
    )
    session.execute("seen:setProperty('x', 'y')")


@pytest.mark.parametrize(("method", "count"), [("new", 0), ("sync", 1)])
def test_wrapper_when_it_raises_then_the_variable_has_the_error(
    peer: Peer, session: Session, method: str, count: int
) -> None:
    """An error in `new` or `sync` is the variable's, with its position; when it is well again, so is the variable."""
    session.execute(
        f"Wrap = nil local W = session:prototype('Wrap') old = W.{method}\nfunction W:{method}() error('bad') end",
        "@w.lua",
    )
    told = peer.create(2, "name", wrapper="Wrap")
    if method == "sync":
        session.set("app.name", "Eve")
        told = peer.read()
    assert told.errors == [(2, "lua-error")]
    assert told.description == "w.lua:2: bad"
    assert told.values == {2: None}
    session.execute(f"session:prototype('Wrap').{method} = old")
    told = peer.read()
    assert told.errors == []
    assert told.values[2] is not None
    assert session.eval("return made, #synced") == (1, count)


@pytest.mark.parametrize("name", ["Nobody", "print", "Number"])
def test_wrapper_when_nobody_has_the_name_then_is_not_found(peer: Peer, session: Session, name: str) -> None:
    """A name that makes nothing is the variable's error."""
    session.execute("Number = 5")
    told = peer.create(2, "name", wrapper=name)
    assert told.errors == [(2, "not-found")]
    session.execute(f"{name} = Plain")
    assert peer.read().properties == {2: {"type": "Plain"}}


def test_wrapper_when_it_has_no_new_then_says_so(peer: Peer, session: Session) -> None:
    """What has no `new` makes nothing."""
    session.execute("Useless = {}")
    assert peer.create(2, "name", wrapper="Useless").errors == [(2, "not-found")]


def test_variable_of_a_wrapper_when_asked_then_offers_id_value_and_properties(peer: Peer, session: Session) -> None:
    """`getId getValue getProperty setProperty getWrapper`, called with a colon."""
    told = peer.create(2, "name", wrapper="Wrap", label="x")
    assert session.eval("return seen:getId(), seen:getValue(), seen:getProperty('label'), seen:getProperty('no')") == (
        *("c1:2", "Ann", "x"),
        None,
    )
    assert session.eval("return seen:getWrapper().value") == "Ann"
    session.execute("seen:setProperty('label', 'y') seen:setProperty('hint:high', 'z')")
    assert peer.read().updates == [(1, 2, False, None, {"hint": "z"}), (2, 2, False, None, {"label": "y"})]
    session.execute("seen:setProperty('label')")
    assert peer.read().properties == {2: {"label": ""}}
    assert told.errors == []


@pytest.mark.parametrize(
    "call", ["(nil, 'x')", "(5, 'x')", "('x', 5)", "('x', {})", "('path', 'a..b')", "('access', 'x')"]
)
def test_variable_of_a_wrapper_when_misused_then_raises_text(peer: Peer, session: Session, call: str) -> None:
    """A property that can't be is an error in the guest's line, and no table of the kernel's."""
    peer.create(2, "name", wrapper="Wrap")
    with pytest.raises(LuaError) as caught:
        session.execute(f"seen:setProperty{call}", name="@w.lua")
    assert (caught.value.file, caught.value.line) == ("w.lua", 1)
    assert session.eval(f"local ok, e = pcall(function() seen:setProperty{call} end) return type(e)") == "string"


def test_variable_of_a_wrapper_when_looked_into_then_holds_functions_alone(peer: Peer, session: Session) -> None:
    """Nothing of the kernel is in reach of who has the variable."""
    peer.create(2, "name", wrapper="Wrap")
    kinds = session.eval(
        "local kinds = {} for _, v in pairs(seen) do kinds[type(v)] = true end return kinds, getmetatable(seen)"
    )
    assert kinds == ({"function": True}, None)


def test_equality_when_the_wrapper_defines_it_then_is_never_asked(peer: Peer, session: Session) -> None:
    """The kernel compares objects by identity: `__eq` sees neither marks nor copies of it."""
    session.execute("""
        asked = 0
        local meta = { __eq = function() asked = asked + 1 return true end, type = "E" }
        meta.__index = meta
        function meta:new(variable) return setmetatable({}, meta) end
        Equal = setmetatable({ new = meta.new }, meta)
        app.thing = setmetatable({}, meta)
    """)
    peer.send(create(2, "thing", wrapper="Equal"), create(3, "thing"), create(4, "thing", 2))
    session.execute("app.thing = setmetatable({}, getmetatable(app.thing))")
    session.execute("session:createVariable(app.thing, 1)")
    assert 3 in peer.read().values
    assert session.eval("return asked") == 0


SITE = {
    "lua/main.lua": "require('w') app = { name = 'Ann' } session:createAppVariable(app)\n",
    "lua/w.lua": "ui.registerWrapper('W', { new = function(_, v) return { type = 'One', v = v } end })\n",
}


def test_wrapper_when_a_reload_replaces_it_then_is_made_anew(start_site: object, vm: str) -> None:
    """tracker-wrappers-10: who registers another wrapper under the name wraps from then on."""
    live: LiveSite = start_site(SITE, vm=vm)  # type: ignore[operator]
    peer = Peers(live.session).peer(1)
    assert peer.create(2, "name", wrapper="W").properties[2]["type"] == "One"
    live.save_well({"lua/w.lua": SITE["lua/w.lua"].replace("One", "Two")})
    assert peer.read().properties == {2: {"type": "Two"}}


def test_wrapper_when_its_module_is_unloaded_then_is_not_found(start_site: object, vm: str) -> None:
    """R16, R19: an unloaded module's wrappers and presenters are gone; a new one of that name serves again."""
    live: LiveSite = start_site(SITE, vm=vm)  # type: ignore[operator]
    peer = Peers(live.session).peer(1)
    peer.create(2, "name", wrapper="W")
    live.session.execute("session:unloadModule('w')")
    told = peer.read()
    assert (told.values, told.errors) == ({2: None}, [(2, "not-found")])
    live.session.execute("require('w')")
    told = peer.read()
    assert (told.errors, set(told.values)) == ([], {2})
