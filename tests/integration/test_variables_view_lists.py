"""The built-in wrapper `lua.ViewList`: a list as items, whose presenters follow their objects."""

from __future__ import annotations

from typing import Any

import pytest
from peers import Peer, create

from luahost import Session

APP = """
made = 0
local Item = session:prototype("Item", {})
function Item:new(item)
  made = made + 1
  return session:create(Item, { item = item, label = "#" .. made })
end
local Contact = session:prototype("Contact", {})
function contact(name) return session:create(Contact, { name = name }) end
local App = session:prototype("App", {})
app = session:create(App, { list = { contact("Ann"), contact("Bob"), contact("Cid") } })
session:createAppVariable(app)
"""


@pytest.fixture(autouse=True)
def app(session: Session) -> None:
    """Lets the session have an app with a list of contacts, and a presenter of items."""
    session.execute(APP)


@pytest.fixture
def shown(peer: Peer) -> Peer:
    """Returns a peer whose variable 2 shows the list with presenters, and 3 its items."""
    peer.send(create(2, "list", wrapper="lua.ViewList", itemWrapper="Item"), create(3, "items", 2))
    return peer


def made(session: Session) -> int:
    """Returns how many presenters have been made."""
    return int(session.eval("return made"))


def fields(peer: Peer, *paths: str) -> list[Any]:
    """Returns what the paths from the list's wrapper lead to now."""
    ids = range(100, 100 + len(paths))
    told = peer.send(*(create(id, path, 2) for id, path in zip(ids, paths, strict=True)))
    peer.send(*({"type": "destroy", "id": id} for id in ids))
    return [told.values[id] for id in ids]


def test_list_when_made_then_has_its_fields(peer: Peer, session: Session) -> None:
    """L24: nothing is selected, there are no items, and no id has been given."""
    session.execute("app.list = {}")
    told = peer.create(2, "list", wrapper="lua.ViewList")
    assert told.properties[2]["type"] == "lua.ViewList"
    assert fields(peer, "selectionIndex", "items", "nextId") == [-1, [], -1]


def test_list_when_made_then_its_items_are_told_to_be_list_items(peer: Peer) -> None:
    """The list sets `fallbackNamespace=list-item`, urgently."""
    assert peer.create(2, "list", wrapper="lua.ViewList").properties[2]["fallbackNamespace"] == "list-item"


def test_item_when_made_then_has_object_list_and_index(shown: Peer, session: Session) -> None:
    """L25: an item has its object, what stands for it, its index from 0, and its list."""
    told = shown.send(create(4, "0", 3), create(5, "list", 4), create(6, "baseItem", 4), create(7, "item", 4))
    types = {id: properties.get("type") for id, properties in told.properties.items()}
    assert types == {4: "lua.ViewListItem", 5: "lua.ViewList", 6: "Contact", 7: "Item"}
    assert fields(shown, "items.0.index", "items.2.index", "items.1.baseItem.name") == [0, 2, "Bob"]


def test_item_when_there_is_no_presenter_then_is_the_object_itself(peer: Peer) -> None:
    """Without `itemWrapper` an item shows its object."""
    peer.send(create(2, "list", wrapper="lua.ViewList"), create(3, "items.0.item", 2), create(4, "items.0.baseItem", 2))
    values = peer.get(3, 4)
    assert values[3] == values[4]


def test_list_when_unchanged_then_nothing_is_told_or_made(shown: Peer, session: Session) -> None:
    """No change, nothing to do."""
    session.execute("app.other = 1")
    assert not shown.read()
    assert made(session) == 3


@pytest.mark.parametrize(
    ("change", "count", "labels"),
    [
        ("table.remove(app.list, 1)", 3, ["#2", "#3"]),
        ("table.insert(app.list, 1, contact('New'))", 4, ["#4", "#1", "#2", "#3"]),
        ("table.sort(app.list, function(a, b) return a.name > b.name end)", 3, ["#3", "#2", "#1"]),
        ("app.list[2] = contact('New')", 4, ["#1", "#4", "#3"]),
        ("app.list = { app.list[3], app.list[1] }", 3, ["#3", "#1"]),
        ("app.list[4] = app.list[1]", 4, ["#1", "#2", "#3", "#4"]),
        ("app.list = {}", 3, []),
        ("app.list = nil", 3, []),
        ("app.list = 5", 3, []),
    ],
)
def test_presenters_when_the_list_changes_then_follow_their_objects(
    shown: Peer, session: Session, change: str, count: int, labels: list[str]
) -> None:
    """An object keeps its item and presenter wherever it moves to; only a new one gets a new presenter."""
    session.execute(change)
    assert len(shown.read().values[3]) == len(labels)
    assert made(session) == count
    assert fields(shown, *(f"items.{i}.item.label" for i in range(len(labels)))) == labels
    assert fields(shown, *(f"items.{i}.index" for i in range(len(labels)))) == list(range(len(labels)))


def test_presenters_when_the_first_of_a_thousand_goes_then_none_is_made(shown: Peer, session: Session) -> None:
    """Removing the first of a thousand rebuilds nothing."""
    session.execute("for i = 1, 997 do app.list[#app.list + 1] = contact('x' .. i) end")
    before = shown.read().values[3]
    assert made(session) == 1000
    session.execute("table.remove(app.list, 1)")
    assert shown.read().values[3] == before[1:]
    assert made(session) == 1000


def test_presenters_when_an_object_is_there_twice_then_each_has_its_own(shown: Peer, session: Session) -> None:
    """Two places of one object are two items; when one goes, one presenter stays."""
    session.execute("app.list = { app.list[1], app.list[1], app.list[1] }")
    assert made(session) == 5
    assert fields(shown, "items.0.item.label", "items.1.item.label", "items.2.item.label") == ["#1", "#4", "#5"]
    session.execute("table.remove(app.list, 2)")
    assert fields(shown, "items.0.item.label", "items.1.item.label") == ["#1", "#4"]
    assert made(session) == 5


@pytest.mark.parametrize("items", ["1, 'x', true, 1", "0/0, 1, 0/0", "{}, { 1 }, {}"])
def test_items_when_they_are_no_objects_then_the_list_holds_them_too(shown: Peer, session: Session, items: str) -> None:
    """Scalars, numbers that equal nothing and bare tables may be items."""
    session.execute(f"app.list = {{ {items} }}")
    count = len(shown.read().values[3])
    session.execute("app.list[#app.list + 1] = 'last'")
    told = shown.read()
    assert len(told.values[3]) == count + 1
    assert told.errors == []


def test_list_when_it_comes_back_then_items_are_made_anew(shown: Peer, session: Session) -> None:
    """Nil empties the list; what comes later is new."""
    session.execute("kept, app.list = app.list, nil")
    assert shown.read().values == {3: []}
    session.execute("app.list = kept")
    assert len(shown.read().values[3]) == 3
    assert made(session) == 6


def test_item_wrapper_when_the_property_changes_then_presenters_are_made_anew(shown: Peer, session: Session) -> None:
    """Another `itemWrapper` makes other presenters, at once."""
    session.execute("Other = { new = function(_, item) return { type = 'Other', label = item.baseItem.name } end }")
    shown.update(2, itemWrapper="Other")
    assert fields(shown, "items.0.item.label", "items.2.item.label") == ["Ann", "Cid"]
    shown.update(2, itemWrapper="")
    assert fields(shown, "items.0.item.name") == ["Ann"]


def test_item_wrapper_when_registered_anew_then_presenters_are_made_anew(shown: Peer, session: Session) -> None:
    """A presenter that is registered under the name comes before the prototype."""
    session.execute("ui.registerPresenter('Item', { new = function(_, item) return { type = 'P', label = 'P' } end })")
    assert len(shown.read().values[3]) == 3
    assert fields(shown, "items.0.item.label") == ["P"]


def test_item_wrapper_when_it_raises_then_the_list_has_the_error_until_it_is_well(
    shown: Peer, session: Session
) -> None:
    """One presenter that can't be made is the list's error."""
    session.execute("Item, was = session:prototype('Item') Item.new, was = function() error('bad') end, Item.new")
    session.execute("app.list[4] = contact('New')")
    assert (2, "lua-error") in shown.read().errors
    session.execute("Item.new = was")
    told = shown.read()
    assert told.errors == []
    assert len(told.values[3]) == 4


def test_item_wrapper_when_unknown_then_is_not_found(peer: Peer) -> None:
    """Nobody makes the items."""
    assert peer.create(2, "list", wrapper="lua.ViewList", itemWrapper="Nobody").errors == [(2, "not-found")]


def test_item_when_removed_then_the_list_that_is_shown_loses_it(shown: Peer, session: Session) -> None:
    """`item:remove()` takes its object out of the application's list."""
    shown.create(4, "items.1.remove()", 2, access="action")
    shown.update(4)
    assert session.eval("return #app.list, app.list[2].name") == (2, "Cid")
    assert len(shown.get(3)[3]) == 2


def test_item_when_others_go_in_the_same_turn_then_takes_its_own_object_out(shown: Peer, session: Session) -> None:
    """Items count themselves anew at the end of a turn; until then each still means its object."""
    session.execute("""
        session:prototype('Item').new = function(_, item) items = item.list return { item = item } end
        app.list[4] = contact("Dot")
    """)
    session.execute("local all = items.items for i = 1, 3 do all[i]:remove() end")
    assert session.eval("return #app.list, app.list[1].name") == (1, "Dot")


def test_item_when_removed_twice_then_no_other_goes(shown: Peer, session: Session) -> None:
    """Who clicks twice on what is gone by then takes nothing else out."""
    session.execute("Item = session:prototype('Item') function Item:drop() self.item:remove() end")
    first = shown.get(3)[3][0]
    shown.send(create(4, value=first), create(5, "item.drop()", 4, access="action"))
    for _ in range(2):
        assert shown.update(5).errors == []
    assert session.eval("return #app.list, app.list[1].name") == (2, "Bob")


def test_list_when_looked_into_then_nothing_of_the_kernel_is_in_reach(shown: Peer, session: Session) -> None:
    """What a guest can follow from a list ends in its own objects, the list's methods, and functions."""
    session.execute("""
        local handle = nil
        Peek = { new = function(_, item) handle = item.list return { type = "P" } end }
        app.peek = { 1 }
        found = {}
        function look()
          local seen, todo = {}, { handle, getmetatable(handle), getmetatable(handle.items[1]) }
          while #todo > 0 do
            local t = table.remove(todo)
            if type(t) == "table" and not seen[t] then
              seen[t] = true
              for k, v in pairs(t) do
                if type(k) ~= "string" and type(k) ~= "number" then found[#found + 1] = type(k) end
                todo[#todo + 1] = v
                todo[#todo + 1] = getmetatable(t)
              end
            end
          end
          local names = {}
          for t in pairs(seen) do
            for k in pairs(t) do if type(k) == "string" then names[k] = true end end
          end
          return names
        end
    """)
    shown.create(5, "peek", wrapper="lua.ViewList", itemWrapper="Peek")
    names = set(session.eval("return look()"))
    assert session.eval("return #found") == 0
    assert names <= {
        *(
            "type",
            "new",
            "sync",
            "removeAt",
            "remove",
            "__index",
            "items",
            "selectionIndex",
            "nextId",
            "item",
            "baseItem",
        ),
        *(
            "list",
            "index",
            "_variable",
            "_maker",
            "_value",
            "getId",
            "getValue",
            "getProperty",
            "setProperty",
            "getWrapper",
        ),
    }
