"""Sessions that aren't trusted have checked versions of library functions; those of trusted sites plain ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from luahost import Host, Session, Settings
from luahost.errors import LimitExceeded, LuaError

MEBI = 1024 * 1024


@pytest.fixture
def trusted(tmp_path: Path, vm: str) -> Iterator[Session]:
    """Returns a session of a trusted site, on each VM."""
    with Host(tmp_path, watch=False, settings=Settings(vm=vm, trust="trusted")) as host:
        yield host.create_session()


def test_rep_when_the_site_is_not_trusted_then_is_refused_at_the_guests_line(session: Session) -> None:
    """A string of more than 16 MiB is an error in the line that asks for it."""
    with pytest.raises(LuaError, match="resulting string too large") as caught:
        session.eval("local x = 1\nlocal s = ('x'):rep(2^26)\nreturn #s", "@long.lua")
    assert (caught.value.file, caught.value.line) == ("long.lua", 2)


def test_rep_when_the_site_is_trusted_then_is_the_vms_own(trusted: Session) -> None:
    """A trusted site's own mistakes are its own."""
    assert trusted.eval("return #('x'):rep(17 * 2^20)") == 17 * MEBI


@pytest.mark.parametrize(
    "code",
    [
        "return #('a'):rep(60):gsub(('a?'):rep(20), 'b')",
        "return ('key = value'):match('^(%w+)%s*=%s*(.-)%s*$')",
        "local find = string.find return find('abc', 'b'), find('abc', 'c')",
        "local t = {} table.insert(t, 'x') table.insert(t, 1, 'y') return table.concat(t, ',')",
        "local t = { 3, 1, 2 } table.sort(t) return unpack(t), table.unpack(t)",
        "return table.remove({ 1, 2, 3 }, 1), #table.move({ 1, 2 }, 1, 2, 2)",
        "local n = 0 for w in ('a b c'):gmatch('%S+') do n = n + 1 end return n",
    ],
)
def test_library_when_used_then_answers_the_same_with_and_without_trust(
    session: Session, trusted: Session, code: str
) -> None:
    """Nobody sees from what a function answers whether it is a checked one."""
    assert session.eval(code) == trusted.eval(code)


def test_checked_function_when_first_called_then_takes_its_place(session: Session) -> None:
    """The function that loads the checked one goes when it has done so, unless the guest put another one there."""
    assert session.eval("local before = string.rep before('x', 2) return string.rep ~= before, before('x', 3)") == (
        True,
        "xxx",
    )
    assert session.eval("local before = string.find string.find = 5 before('x', 'x') return string.find") == 5


def test_gsub_when_callbacks_nest_without_end_then_is_an_error(session: Session) -> None:
    """Recursion through callbacks is capped, whether the VM's matcher or the kernel's calls them."""
    for text, pattern in (("a", "a"), ("a" * 9000, ".-.-.-a")):
        code = f"local s = ('{text}') local function f() return (s:gsub('{pattern}', f)) end return pcall(f)"
        assert session.eval(code.replace("return pcall(f)", "return (pcall(f))")) is False


def test_pattern_when_it_is_malformed_then_names_the_guests_line(session: Session) -> None:
    """The kernel's matcher complains for the guest's line."""
    with pytest.raises(LuaError, match="missing '\\]'") as caught:
        session.eval("local s = ('a'):rep(9)\n\nlocal x = s:find('[a')\nreturn x", "@malformed.lua")
    assert (caught.value.file, caught.value.line) == ("malformed.lua", 3)


def test_load_when_the_text_is_long_then_is_refused_without_trust(session: Session, trusted: Session) -> None:
    """Compiling more than 1 MiB of text is nothing that guest code needs."""
    code = "local f, e = load('return ' .. (' '):rep(2^20) .. '7') return f and f() or e"
    assert session.eval(code).startswith("chunk too long")
    assert trusted.eval(code) == 7


def test_load_when_the_text_comes_in_pieces_then_compiles_the_whole(session: Session) -> None:
    """Texts are handed to the compiler bit by bit, so that it can be ended; names and lines stay."""
    code = "local f, e = load(('local a = 1\\n'):rep({n}) .. 'x = = 1', '@long.lua') return e"
    assert session.eval(code.format(n=100)).startswith("long.lua:101:")
    assert session.eval("return load('return ' .. (' '):rep(10000) .. '1 + 1')()") == 2
    assert session.eval("local s = '--' .. ('x'):rep(4094) .. '\\nreturn 3' return load(s)()") == 3


DEAR = {
    "branching pattern": "return ('a'):rep(60):match(('.-'):rep(20) .. 'b')",
    "quadratic pattern": "while true do ('a'):rep(3e6):find('(.*)(.*)=') end",
    "plain search": "return ('a'):rep(8e6):find(('a'):rep(4e6) .. 'b', 1, true)",
    "sorting": "local t = {} for i = 1, 3e5 do t[i] = i % 77 end while true do table.sort(t) end",
    "moving": "while true do table.move({}, 1, 9e6, 2) end",
    "loading what doesn't compile": "local s = ('do '):rep(1e5) while true do load(s) end",
    "loading": "local s = ('a = b '):rep(1e5) while true do load(s) end",
}


@pytest.mark.parametrize("code", DEAR.values(), ids=DEAR)
def test_library_when_it_could_run_for_long_then_the_turns_limit_ends_it(
    site: Callable[..., Path], vm: str, code: str
) -> None:
    """No function of the library outlives the turn's time by much, and the session goes on."""
    with Host(site({}), watch=False, settings=Settings(vm=vm, time_limit_s=0.1)) as host:
        session = host.create_session()
        began = time.monotonic()
        with pytest.raises(LimitExceeded):
            session.eval(code)
        assert time.monotonic() - began < 2
        assert session.eval("return ('x'):rep(3)") == "xxx"


def test_library_when_nothing_of_it_is_called_then_no_checked_function_is_loaded(site: Callable[..., Path]) -> None:
    """A session that calls none of these pays for their names only."""
    with Host(site({}), watch=False, settings=Settings()) as host:
        session = host.create_session()
        before = session.describe()["memory_kb"]
        session.eval("return ('x'):rep(2)")
        assert session.describe()["memory_kb"] - before > 5
