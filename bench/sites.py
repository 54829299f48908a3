"""Sites: folders with the Lua that both sides of a benchmark run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROTOTYPES = 20
INSTANCES = 100

_PROTOTYPE = """
local P{n} = session:prototype("Type{n}", {{ name = "thing", count = 0, price = 1.5, is_open = false }}{base})
function P{n}:rename(name)
  self.name = name
end
function P{n}:add(by)
  self.count = self.count + by
  return self.count
end
function P{n}:total()
  return self.count * self.price
end
"""
_INSTANCES = """
local all = {{ count = 0 }}
for i = 1, {each} do
  {creates}
end
"""
_APP = """
local App = session:prototype("App", { count = 0, limit = 10 })
function App:add(by)
  self.count = self.count + by
  return self.count
end
function App:spin(times)
  local sum = 0
  for i = 1, times do sum = (sum * 31 + i) % 1000003 end
  return sum
end
app = session:create(App)
session:createAppVariable(app)
"""


def app() -> str:
    """Returns a main module with an app object that has methods to call."""
    return _APP


def full_session() -> str:
    """Returns a main module that declares 20 prototypes in a family and makes 100 instances of them."""
    declared = "".join(_PROTOTYPE.format(n=n, base=", P1" if n > 1 else "") for n in range(1, PROTOTYPES + 1))
    creates = "\n  ".join(f"all[#all + 1] = session:create(P{n}, {{ count = i }})" for n in range(1, PROTOTYPES + 1))
    return declared + _INSTANCES.format(each=INSTANCES // PROTOTYPES, creates=creates) + "things = all\n"


def migrating_module(version: int) -> str:
    """Returns a module whose prototype has another default in each version, and a `mutate` that sets a field."""
    return f"""
local Thing = session:prototype("Thing", {{ name = "thing", level = {version} }})
function Thing:mutate(change)
  self.seen = {version}
end
function Thing:rename(name)
  self.name = name
end
"""


def making(count: int) -> str:
    """Returns a chunk that makes `count` instances of the migrating module's prototype, with fields of their own."""
    return f"""
local Thing = session:prototype("Thing", nil)
things = {{}}
for i = 1, {count} do things[i] = session:create(Thing, {{ name = "n", seen = 0 }}) end
"""


@contextmanager
def site(**modules: str) -> Iterator[Path]:
    """Gives a folder whose `lua/` has these modules, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="luahost-bench-") as folder:
        lua = Path(folder) / "lua"
        lua.mkdir()
        for name, text in modules.items():
            (lua / f"{name}.lua").write_text(text, encoding="utf-8")
        yield Path(folder)
