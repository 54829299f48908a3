"""Whatever a session holds comes back exactly, compared inside Lua, from every VM to every VM."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luahost import Host, Session, Settings
from luahost.storage.memory_storage import MemoryStorage

VMS = ("lua54", "lua55", "luajit21")

PROTOTYPES = """
P = session:prototype("P", { name = "", tags = {}, mark = EMPTY })
Q = session:prototype("Q", { level = 1 }, P)
"""

MAIN = (
    'require("prototypes")\n'
    + """
app = session:restore() or {}
session:createAppVariable(app)
"""
)

# Two graphs are the same if a walk over both meets the same things. A key that is a table is found by the `id` in it.
SAME = """
local kind = math.type or function() return "number" end
local seen, same = {}, nil

local function same_number(a, b, exactly)
  if a ~= a then return b ~= b end
  return a == b and (not exactly or kind(a) == kind(b)) and 1 / a == 1 / b
end

local function key_like(t, k)
  if type(k) ~= "table" then return k end
  for other in next, t do
    if type(other) == "table" and rawget(other, "id") == rawget(k, "id") then return other end
  end
end

local function same_entries(a, b, exactly)
  local count = 0
  for k, v in next, a do
    count = count + 1
    local other = key_like(b, k)
    if other == nil or not same(v, rawget(b, other), exactly) or not same(k, other, exactly) then return false end
  end
  for _ in next, b do count = count - 1 end
  return count == 0
end

function same(a, b, exactly)
  if type(a) ~= type(b) then return false end
  if type(a) == "number" then return same_number(a, b, exactly) end
  if type(a) ~= "table" or a == P or a == Q or a == EMPTY or a == session then return rawequal(a, b) end
  if seen[a] or seen[b] then return seen[a] == b and seen[b] == a end
  seen[a], seen[b] = b, a
  return getmetatable(a) == getmetatable(b) and same_entries(a, b, exactly)
end

return same(build(), app.graph, EXACTLY)
"""

floats = st.floats(allow_nan=True, allow_infinity=True)
wholes = st.integers(-(2**53), 2**53) | st.sampled_from([0, 1, -1, 127, 128, 255, 256, 65535, 65536, 2**32, -32, -33])
texts = st.binary(max_size=40) | st.text(max_size=20).map(lambda text: text.encode(errors="replace"))


def literal(value: Any) -> str:
    """Returns a Lua expression for a value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return '"' + "".join(f"\\{byte:03d}" for byte in value) + '"'
    if isinstance(value, float):
        return (
            "(0/0)"
            if value != value
            else f"({'-' if value < 0 else ''}1/0)"
            if value in (1e999, -1e999)
            else value.hex()
        )
    return f"({value})" if value == 0 or value > -(2**63) else "math.mininteger"


def is_key_everywhere(number: float) -> bool:
    """Returns whether a number is a key on every VM: a whole float is an integer there, and LuaJIT's end at 2^53."""
    return number == number and (abs(number) <= 2**53 or number % 1 != 0)


def graphs(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """Returns strategies for the text of a function that builds a graph of up to six tables."""
    nodes = st.integers(1, 6).map(lambda n: f"t[{n}]")
    scalars = (numbers | texts | st.booleans()).map(literal)
    keys = (numbers.filter(is_key_everywhere) | texts | st.booleans()).map(literal) | nodes
    values = scalars | nodes | st.sampled_from(["EMPTY", "session", "P", "Q"])
    entries = st.tuples(st.integers(1, 6), keys, values)
    kinds = st.lists(st.sampled_from(["{}", "session:create(P)", "session:create(Q)"]), min_size=6, max_size=6)
    return st.tuples(kinds, st.lists(entries, max_size=30)).map(_building)


def _building(drawn: tuple[list[str], list[tuple[int, str, str]]]) -> str:
    kinds, entries = drawn
    lines = [f"t[{at}] = {kind} t[{at}].id = {at}" for at, kind in enumerate(kinds, 1)]
    lines += [f"t[{at}][{key}] = {value}" for at, key, value in entries]
    return "function build() local t = {}\n" + "\n".join(lines) + "\nreturn t[1] end"


class Pair:
    """A host on one VM and one on another, with one storage."""

    def __init__(self, folder: Path, first: str, second: str) -> None:
        self._storage = MemoryStorage()
        self._hosts = [
            Host(folder, watch=False, settings=Settings(vm=vm), store=self._storage) for vm in (first, second)
        ]
        # Without integers, 1.0 is 1.
        self._is_exact = "luajit21" not in (first, second)
        for host in self._hosts:
            host.__enter__()

    def compare(self, build: str) -> object:
        """Builds a graph in a session of the first host; returns whether what comes back in the second is the same."""
        session = self._hosts[0].create_session()
        session.execute(build + " app.graph = build()")
        self._leave(session)
        back = self._hosts[1].create_session(session.key)
        same = back.eval(f"{build} EXACTLY = {str(self._is_exact).lower()}\n{SAME}")
        self._leave(back)
        return same

    def close(self) -> None:
        """Leaves the hosts."""
        for host in self._hosts:
            host.close()

    def _leave(self, session: Session) -> None:
        session.save()
        session.close()
        deadline = time.monotonic() + 10.0
        while self._storage.holder("sessions", session.key) is not None:
            assert time.monotonic() < deadline, "the session was not saved"


@pytest.fixture(scope="module", params=itertools.product(VMS, VMS), ids="-".join)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Returns every pair of VMs."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "lua").mkdir()
    (folder / "lua" / "prototypes.lua").write_text(PROTOTYPES)
    (folder / "lua" / "main.lua").write_text(MAIN)
    pair = Pair(folder, *request.param)
    yield pair
    pair.close()


@given(build=graphs(wholes | floats))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_snapshot_when_restored_on_any_vm_then_every_value_is_the_same(pair: Pair, build: str) -> None:
    """Numbers, strings, keys of every kind, cycles, sharing, prototypes and marks come back as they were."""
    assert pair.compare(build) is True


def test_compare_when_something_differs_then_says_so(pair: Pair) -> None:
    """The comparison finds what it is to find: a value, a key, a kind, sharing, a prototype."""
    for built, other in [
        ("{ a = 1 }", "{ a = 2 }"),
        ("{ a = 1 }", "{ b = 1 }"),
        ("{ a = 1 }", "{ a = 1, b = 2 }"),
        ("{ a = 0.0 }", "{ a = -0x0p+0 * 1.5 }"),
        ("{ a = '1' }", "{ a = 1 }"),
        ("{ a = {}, b = {} }", "(function() local x = {} return { a = x, b = x } end)()"),
        ("{ a = session:create(P) }", "{ a = session:create(Q) }"),
    ]:
        build = f"function build() if session.restored then return {other} end return {built} end"
        assert pair.compare(build) is False, (built, other)


@pytest.mark.parametrize("vm", ["lua54", "lua55"])
def test_snapshot_when_integers_are_large_then_all_64_bits_come_back(vm: str, tmp_path: Path) -> None:
    """Every integer of 64 bits comes back on the VMs that have them."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "prototypes.lua").write_text(PROTOTYPES)
    (tmp_path / "lua" / "main.lua").write_text(MAIN)
    pair = Pair(tmp_path, vm, vm)
    values = [sign * (2**bits) + step for bits in range(31, 63) for sign in (1, -1) for step in (-1, 0, 1)]
    text = ", ".join(map(literal, [*values, 2**63 - 1, -(2**63)]))
    assert pair.compare(f"function build() return {{ id = 1, {text} }} end") is True
    pair.close()
