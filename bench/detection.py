"""An action and what it changes: one of the watched variables, or none of very many."""

from __future__ import annotations

from collections.abc import Callable

import msgpack

from bench import raw, sites
from bench.measure import Effort, alternate
from bench.report import Row, limit_row, ratio_row
from luahost import Host

EXCHANGES = 500
FIELDS = 10_000

# It answers the very bytes that a session tells of the same action.
FLOOR = """
local char, concat, floor = string.char, table.concat, math.floor
local app, watched = { count = 0 }, {}
for i = 1, %d do
  app["field" .. i] = i
  local id = "c1:" .. i + 1
  local head = "\\151\\145\\1\\166update\\2" .. char(160 + #id) .. id .. "\\195"
  watched[i] = { object = app, field = "field" .. i, head = head }
end
local function packed(value)
  if value < 128 then return char(value) end
  return char(205, floor(value / 256), value %% 256)
end
function app:poke() self.field1 = self.field1 + 1 end
local actions = { [12] = { object = app, method = "poke" } }
return function(id)
  local action = actions[id]
  action.object[action.method](action.object)
  local out, n = {}, 0
  for i = 1, #watched do
    local variable = watched[i]
    local value = variable.object[variable.field]
    if value ~= variable.sent then
      variable.sent, n = value, n + 1
      out[n] = variable.head .. packed(value) .. "\\192"
    end
  end
  return (n < 16 and char(144 + n) or "\\220" .. char(floor(n / 256), n %% 256)) .. concat(out)
end
"""

MAIN = """
local App = session:prototype("App", {})
app = session:create(App, {})
for i = 1, %d do app["field" .. i] = i end
function App:poke() self.field1 = self.field1 + 1 end
function App:rest() end
session:createAppVariable(app)
"""


def _create(number: int, path: str, **properties: str) -> dict[str, object]:
    return {"type": "create", "id": f"c1:{number}", "parent": 1, "properties": {"path": path, **properties}}


def action(host: Host, count: int, method: str) -> Callable[[], None]:
    """Returns what does the action `method` of the app in a session where `count` of its fields are watched."""
    session = host.create_session()
    session.on_changes = bytes
    watched = [_create(i + 2, f"field{i + 1}") for i in range(count)]
    session.exchange(1, msgpack.packb([*watched, _create(count + 2, f"{method}()", access="action")]))
    return lambda: session.update(1, f"c1:{count + 2}", None)


def _with_watched(effort: Effort, count: int) -> Row:
    floor = raw.runtime().execute((FLOOR % count).encode())
    with sites.site(main=MAIN % count) as folder, Host(folder, watch=False) as host:
        act = action(host, count, "poke")

        def run_floor() -> None:
            for _ in range(EXCHANGES):
                floor(12)

        def run_ours() -> None:
            for _ in range(EXCHANGES):
                act()

        pairs = alternate(lambda: effort.timed(run_floor), lambda: effort.timed(run_ours), effort.rounds(30, 5))
    return ratio_row(f"action + detection, {count:,} watched, one changes", pairs, 3.0, "µs", 1e6 / EXCHANGES)


def _nothing_changed(effort: Effort) -> Row:
    with sites.site(main=MAIN % FIELDS) as folder, Host(folder, watch=False) as host:
        act = action(host, FIELDS - 2, "rest")
        numbers = [effort.timed(act) for _ in range(effort.rounds(50, 5))]
    return limit_row("detection, nothing changed among 10,000", numbers, 1.0, "ms", 1e3)


def _gone(effort: Effort) -> Row:
    numbers = []
    with sites.site(main=MAIN % FIELDS) as folder, Host(folder, watch=False) as host:
        session = host.create_session()
        session.on_changes = bytes
        packed = msgpack.packb([_create(i + 2, f"field{i + 1}") for i in range(4000)])
        for _ in range(effort.rounds(20, 3)):
            session.exchange(1, packed)
            numbers.append(effort.timed(lambda: session.disconnect(1)))
    return limit_row("a connection of 4,000 variables goes away", numbers, 10.0, "ms", 1e3)


def run(effort: Effort) -> list[Row]:
    """Returns the rows of an action with few and many watched, of nothing changed, and of a connection that goes."""
    return [*(_with_watched(effort, count) for count in (10, 100, 1000)), _nothing_changed(effort), _gone(effort)]
