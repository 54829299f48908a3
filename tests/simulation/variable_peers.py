"""Peers that do at random what peers and applications do, and a mirror of what each has been told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgpack
import pytest

from luahost import LuaError, Session

Id = int | str
Step = tuple[str, int, int, int]

APP = """
local Thing = session:prototype("Thing", {})
function Thing:upper() return type(self.a) == "string" and string.upper(self.a) or self.a end
function Thing:pick() return self.b end
function Thing:risky() if self.a == 3 then error("three") end return self.a end
function Thing:set(value) self.a = value end
local Card = session:prototype("Card", {})
function Card:new(item) return session:create(Card, { item = item, label = "card" }) end
local Wrap = session:prototype("Wrap", {})
function Wrap:new(variable) return session:create(Wrap, { value = variable:getValue() }) end
function Wrap:sync(value) self.value = value end
Again = { new = function(_, variable) return { type = "Again", value = variable:getValue() } end }
things = {}
for i = 1, 5 do things[i] = session:create(Thing, { a = i, list = {} }) end
things[1].b, things[2].b, things[1].list = things[2], things[3], { things[2], things[3] }
session:createAppVariable(things[1])
session:registerPath("third", session:createVariable(1, things[3]))
function value(n)
  local values = { n, "s" .. n % 3, true, nil, things[n % 5 + 1], { n, things[n % 5 + 1] }, print, 0 / 0, {} }
  return values[n % 9 + 1]
end
function fail(n)
  session:createVariable(1, things[2])
  session:destroyVariable(-n)
  things[n % 5 + 1].label = nil
  session:createAppVariable(things[1], { label = "wrong" .. n })
  error("taken back")
end
"""
FIELDS = ("a", "b", "list", "c")
PATHS = (
    *(
        "a",
        "b",
        "b.a",
        "list",
        "list.0",
        "list.1.a",
        "upper()",
        "pick().a",
        "risky()",
        "b.b.a",
        "c.x",
        "@third.a",
        "@app.b",
    ),
    *("value", "items", "items.0.item", "items.1.index", "items.0.item.label", "..", "...a", "none.x", "c"),
)
WRITABLE = ("a", "b.a", "list.0", "c", "value", "@third.a")
WRAPPERS = ("Wrap", "Again", "lua.ViewList", "lua.ViewList&itemWrapper=Card")
VALUES = (1, "s1", None, [1, 2], True, "written", 3, [])


@dataclass
class Variable:
    """What everybody knows of a variable. `watches` counts by peer."""

    id: Id
    parent: Variable | None
    owner: int
    path: str = ""
    is_inactive: bool = False
    watches: Counter[int] = field(default_factory=Counter)

    @property
    def is_off(self) -> bool:
        """Whether it, or one above it, is inactive."""
        return self.is_inactive or (self.parent is not None and self.parent.is_off)

    def is_below(self, other: Variable) -> bool:
        """Whether it is the other, or below it."""
        return self is other or (self.parent is not None and self.parent.is_below(other))


@dataclass
class Mirror:
    """What one peer knows: values and properties by id, as it was told them or wrote them itself."""

    values: dict[Id, Any] = field(default_factory=dict)
    properties: dict[Id, dict[str, str]] = field(default_factory=dict)

    def take(self, type: str, rest: list[Any]) -> None:
        """Takes one entry in."""
        if type == "update":
            _, id, has_value, value, properties = rest
            if has_value:
                self.values[id] = value
            self.properties.setdefault(id, {}).update(properties or {})
        elif type == "destroy":
            self.forget(rest[1]["varId"])

    def forget(self, id: Id) -> None:
        """Drops what is known of a variable."""
        self.values.pop(id, None)
        self.properties.pop(id, None)


class Desk:
    """A session, its peers and what they do; `check` compares each peer's mirror with what there is.

    Variables stand in order of creation; a step chooses among them by number.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.mirrors: dict[int, Mirror] = {1: Mirror(), 2: Mirror()}
        self.variables: dict[Id, Variable] = {1: Variable(1, None, 0)}
        self.told: list[list[Any]] = []
        self._last_peer, self._last_id = 2, 1
        session.on_changes = self._take
        session.execute(APP)
        self.variables[-1] = Variable(-1, self.variables[1], 0)

    def turn(self, steps: list[Step]) -> None:
        """Does steps as one turn, a single one without `run`."""
        if len(steps) == 1:
            self.step(*steps[0])
        else:
            self.session.run(lambda _: [self.step(*step) for step in steps])

    def step(self, name: str, a: int, b: int, c: int) -> None:
        """Does one thing: `a b c` say with what."""
        getattr(self, name)(a, b, c)

    def check(self) -> None:
        """Compares what each peer has been told with what a new peer is answered, variable by variable."""
        before = len(self.told)
        self.send(99, {"type": "get", "ids": list(self.variables)})
        (answer,) = (entry for entry in self.told[before:] if entry[1] == "get")
        # What is looked at may get its wrapper by that, and properties with it; values stand.
        assert [entry for entry in self.told[before:] if entry[1] == "update" and entry[4]] == []
        known = {each["id"]: each for each in answer[3]["variables"]}
        assert known.keys() == self.variables.keys()
        for number, mirror in self.mirrors.items():
            for id, variable in self.variables.items():
                if variable.watches[number] and not variable.is_off:
                    self._compare(number, mirror, known[id], variable)

    def send(self, peer: int, *messages: dict[str, Any]) -> None:
        """Sends messages of a peer."""
        self.session.exchange(peer, msgpack.packb(messages))

    # What an application does.

    def set_field(self, a: int, b: int, c: int) -> None:
        self.session.execute(f"things[{a % 5 + 1}].{FIELDS[b % 4]} = value({c})")

    def change_list(self, a: int, b: int, c: int) -> None:
        change = (
            "table.remove(l, 1)",
            "l[#l + 1] = v",
            "table.insert(l, 1, v)",
            "l[#l] = nil",
            "l[1], l[2] = l[2], l[1]",
        )
        self.session.execute(
            f"local l, v = things[{a % 5 + 1}].list, value({c}) "
            f"if type(l) == 'table' and l.type == nil and v ~= nil and v == v then {change[b % 5]} end"
        )

    def swap_app(self, a: int, b: int, c: int) -> None:
        self.session.execute(f"session:createAppVariable(things[{a % 5 + 1}])")

    def fail(self, a: int, b: int, c: int) -> None:
        with pytest.raises(LuaError, match="taken back"):
            self.session.execute(f"fail({a % 5})")

    def lua_create(self, a: int, b: int, c: int) -> None:
        parent = self._variable(a)
        id = self.session.eval(
            f"return session:createVariable({self._lua(parent.id)}, nil, {{ path = '{PATHS[b % 9]}' }})"
        )
        self.variables[id] = Variable(id, parent, 0, PATHS[b % 9])

    def lua_destroy(self, a: int, b: int, c: int) -> None:
        variable = self._variable(a)
        if variable.id not in (1, -1):
            self.session.execute(f"session:destroyVariable({self._lua(variable.id)})")
            self._drop(variable, by=0)

    # What a peer does.

    def create(self, a: int, b: int, c: int) -> None:
        peer, parent, path = self._peer(a), self._variable(b), PATHS[c % len(PATHS)]
        self._create(peer, parent, path, f"{path}?access=r" if path not in WRITABLE else path, nowatch=a % 7 == 0)

    def wrap(self, a: int, b: int, c: int) -> None:
        path = ("list", "a", "b", "c")[c % 4]
        self._create(self._peer(a), self._variable(b), "", f"{path}?access=r&wrapper={WRAPPERS[c % len(WRAPPERS)]}")

    def destroy(self, a: int, b: int, c: int) -> None:
        peer, variable = self._peer(a), self._variable(b)
        if variable.owner == peer:
            self.send(peer, {"type": "destroy", "id": variable.id})
            self._drop(variable, by=peer)

    def watch(self, a: int, b: int, c: int) -> None:
        peer, variable = self._peer(a), self._variable(b)
        self._watch(peer, variable)
        self.send(peer, {"type": "watch", "id": variable.id})

    def unwatch(self, a: int, b: int, c: int) -> None:
        peer, variable = self._peer(a), self._variable(b)
        variable.watches[peer] = max(0, variable.watches[peer] - 1)
        self.send(peer, {"type": "unwatch", "id": variable.id})

    def write(self, a: int, b: int, c: int) -> None:
        peer = self._peer(a)
        candidates = [variable for variable in self.variables.values() if variable.path in WRITABLE]
        if not candidates:
            return
        variable, value = candidates[b % len(candidates)], VALUES[c % len(VALUES)]
        self.mirrors[peer].values[variable.id] = value
        self.send(peer, {"type": "update", "id": variable.id, "valued": True, "value": value})

    def name(self, a: int, b: int, c: int) -> None:
        peer, variable, text = self._peer(a), self._variable(b), ("", "x", "y")[c % 3]
        self._set_properties(
            peer, variable, {"label": text, "hint:high": ("", "h")[c % 2]}, {"label": text, "hint": ("", "h")[c % 2]}
        )

    def switch(self, a: int, b: int, c: int) -> None:
        peer, variable = self._peer(a), self._variable(b)
        if variable.id == 1:
            return
        variable.is_inactive = c % 2 == 0
        text = "true" if variable.is_inactive else ""
        self._set_properties(peer, variable, {"inactive": text}, {"inactive": text})

    def leave(self, a: int, b: int, c: int) -> None:
        peer = self._peer(a)
        self.session.disconnect(peer)
        del self.mirrors[peer]
        for variable in list(self.variables.values()):
            variable.watches.pop(peer, None)
        for variable in list(self.variables.values()):
            if variable.owner == peer and variable.id in self.variables:
                self._drop(variable, by=peer)
        self._last_peer += 1
        self.mirrors[self._last_peer] = Mirror()

    def _create(self, peer: int, parent: Variable, path: str, text: str, *, nowatch: bool = False) -> None:
        self._last_id += 1
        variable = Variable(f"c{peer}:{self._last_id}", parent, peer, path)
        self.variables[variable.id] = variable
        if not nowatch:
            self._watch(peer, variable)
        message = {"type": "create", "id": variable.id, "parent": parent.id, "properties": {"path": text}}
        self.send(peer, {**message, "nowatch": nowatch})

    def _watch(self, peer: int, variable: Variable) -> None:
        variable.watches[peer] += 1
        self.mirrors[peer].properties.pop(variable.id, None)

    def _set_properties(self, peer: int, variable: Variable, sent: dict[str, str], known: dict[str, str]) -> None:
        self.mirrors[peer].properties.setdefault(variable.id, {}).update(known)
        self.send(peer, {"type": "update", "id": variable.id, "properties": sent})

    def _drop(self, variable: Variable, by: int) -> None:
        for other in [other for other in self.variables.values() if other.is_below(variable)]:
            del self.variables[other.id]
            for number, mirror in self.mirrors.items():
                if number == by:
                    mirror.forget(other.id)

    def _compare(self, number: int, mirror: Mirror, known: dict[str, Any], variable: Variable) -> None:
        where = f"peer {number}, variable {variable.id}, path {known['properties'].get('path')}"
        assert variable.id in mirror.values, f"{where}: no value was told"
        assert mirror.values[variable.id] == known["value"], where
        told = {name: text for name, text in mirror.properties.get(variable.id, {}).items() if text}
        assert told == known["properties"], where

    def _peer(self, a: int) -> int:
        return list(self.mirrors)[a % len(self.mirrors)]

    def _variable(self, b: int) -> Variable:
        return list(self.variables.values())[b % len(self.variables)]

    def _lua(self, id: Id) -> str:
        return str(id) if isinstance(id, int) else f"'{id}'"

    def _take(self, packed: bytes) -> None:
        entries = msgpack.unpackb(packed, strict_map_key=False)
        self.told += entries
        for to, type, *rest in entries:
            for number in to:
                if number in self.mirrors:
                    self.mirrors[number].take(type, rest)


STEPS = (
    *(
        "set_field",
        "set_field",
        "set_field",
        "change_list",
        "change_list",
        "create",
        "create",
        "create",
        "wrap",
        "write",
        "write",
    ),
    *("watch", "unwatch", "destroy", "name", "switch", "lua_create", "lua_destroy", "swap_app", "fail", "leave"),
)
