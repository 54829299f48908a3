"""Detection that a limit ends anywhere in the kernel: what is told afterwards is whole, and right."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from kernel_rooms import Rooms

from luahost.vm.builds import BUILDS

_START = """
local variables = K.variables
app = { name = "x", child = { n = 0 }, list = { 1 } }
K.root.app = app
K.changes.connections[1], K.changes.connections[2] = true, true
function create(id, parent, path, properties)
  properties.path = path
  local node = variables.create(id, variables.get(parent), { properties = properties, owner = 1 })
  variables.watch(node, 1)
  return node
end
variables.create(1, nil, { value = app })
create("a", 1, "name", { priority = "high" })
create("b", 1, "child", {})
create("c", "b", "n", { ["label:low"] = "x" })
create("d", 1, "list", {})
create("e", 1, "none.x", {})
create("f", 1, "flip", {})
variables.watch(variables.get("d"), 2)
K.detection.run()
"""
_TURN = """
local count, n = ...
app.name, app.child, app.list = "x" .. n, { type = "T" .. n, n = n }, { n, "y", { n } }
app.none, app.flip = n % 2 == 0 and { x = n } or nil, n % 2 == 0 and { type = "F" } or n
K.variables.set_property(K.variables.get("c"), "label", "l" .. n)
K.changes.sent_by(K.variables.get("a"), 1, "z")
K.changes.put({ 1 }, "get", 2, { n = n })
-- One comes, and one goes, so that the list of those that are computed is made anew.
if n > 1 then K.variables.destroy(K.variables.get("t" .. n - 1)) end
create("t" .. n, 1, "name", {})
local is_ended = ended_at(count, K.detection.run)
K.detection.give_up()
for _, node in next, K.variables.by_id do
  if node.is_stalled then K.variables.stall(node, false) end
end
K.detection.run()
return is_ended
"""


def entries(rooms: Rooms) -> list[list[Any]]:
    """Returns the entries of all that was told."""
    unpacker = msgpack.Unpacker(strict_map_key=False)
    unpacker.feed(rooms("return take_told()").encode("latin-1"))
    return [entry for told in unpacker for entry in told]


@pytest.mark.parametrize("vm", BUILDS)
def test_detection_when_ended_anywhere_then_the_next_one_makes_up_for_it(vm: str) -> None:
    """Wherever a turn is ended: entries are whole, answers are there, and each peer has the last values."""
    rooms = Rooms(vm)
    rooms(_START)
    mirrors: dict[int, dict[str, Any]] = {1: {}, 2: {}}
    properties: dict[str, str] = {"f.type": ""}
    count, n, is_ended = 1, 0, True
    while is_ended:
        n += 1
        is_ended = rooms(_TURN, count, n)
        answered = []
        for to, type, _, *rest in entries(rooms):
            if type == "update":
                id, has_value, value, changed = rest
                for number in to if has_value else ():
                    mirrors[number][id] = value
                properties |= {f"{id}.{name}": text for name, text in (changed or {}).items()}
            answered += rest if type == "get" else []
        assert mirrors[1].pop(f"t{n}") == f"x{n}", count
        mirror = {id: value for id, value in mirrors[1].items() if id not in "bf"}
        assert mirror == {"a": f"x{n}", "c": n, "d": [n, "y", [n]], "e": n if n % 2 == 0 else None}, count
        assert mirrors[2] == {"d": [n, "y", [n]]}, count
        assert (properties["c.label"], properties["b.type"]) == (f"l{n}", f"T{n}"), count
        assert properties["f.type"] == ("F" if n % 2 == 0 else ""), count
        assert {"n": n} in answered, count
        count += 1 if count < 200 else 5
    assert n > 200
