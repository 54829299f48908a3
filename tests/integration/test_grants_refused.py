"""Grants: what a session may not use says which grant it lacks, and what it may use is there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from live_site import LiveSite

from luahost import LuaError

StartSite = Callable[..., LiveSite]

NEEDED = {
    "io.open('a.txt')": "io",
    "io.lines('a.txt')": "io",
    "os.remove('a.txt')": "os",
    "os.rename('a.txt', 'b.txt')": "os",
    "os.getenv('HOME')": "os.getenv",
    "os.execute('true')": "os.execute",
    "io.popen('true')": "os.execute",
    "debug.getinfo(1)": "debug",
    "debug.getregistry()": "debug",
}


@pytest.mark.parametrize("call", NEEDED)
def test_call_when_it_is_not_granted_then_the_error_names_the_grant(start_site: StartSite, vm: str, call: str) -> None:
    """A sandbox without grants says of each call which grant it needs, at the guest's line."""
    live = start_site({}, vm=vm)
    with pytest.raises(LuaError) as caught:
        live.session.execute(f"local x\nx = {call}", name="@x.lua")
    name = call.split("(")[0]
    assert str(caught.value) == f'x.lua:2: {name} is not granted to this session (setting allow: "{NEEDED[call]}")'


@pytest.mark.parametrize("call", ["io.read()", "io.write('x')", "io.stdout:write('x')", "io.tmpfile()", "os.tmpname()"])
def test_call_when_no_grant_brings_it_into_a_sandbox_then_the_error_says_so(
    start_site: StartSite, vm: str, call: str
) -> None:
    """The host's own streams and temporary files are not a sandbox's, whatever is granted."""
    live = start_site({}, vm=vm, allow=("io", "os"))
    with pytest.raises(LuaError, match="is not available to a sandboxed session"):
        live.session.execute(call)


def test_sandbox_when_nothing_is_granted_then_times_and_tracebacks_are_there(start_site: StartSite, vm: str) -> None:
    """What harms nobody needs no grant."""
    live = start_site({}, vm=vm)
    live.session.execute("assert(os.time() > 0 and os.clock() >= 0 and os.date('%Y') and os.difftime(2, 1) == 1)")
    assert "stack traceback" in live.eval("return debug.traceback()")
    assert live.eval("return io.nothing, os.nothing, debug.nothing, os.exit, os.setlocale") == (None,) * 5


def test_grant_when_it_is_one_function_then_it_brings_no_other(start_site: StartSite, vm: str) -> None:
    """`os.getenv` alone grants the environment, not what else `os` has."""
    live = start_site({}, vm=vm, allow=("os.getenv",))
    assert live.eval("return type(os.getenv('PATH')), (pcall(os.remove, 'a')), (pcall(os.execute))") == (
        "string",
        False,
        False,
    )


def test_debug_when_it_is_granted_then_is_the_librarys(start_site: StartSite, vm: str) -> None:
    """With the grant `debug` is what Lua has."""
    live = start_site({}, vm=vm, allow=("debug",))
    assert live.eval("return debug.getinfo(1, 'S').source") == "=(eval)"


def test_trusted_session_when_it_uses_io_and_os_then_both_are_whole(start_site: StartSite, vm: str) -> None:
    """A trusted site has `io` and `os` without asking, but not what ends or changes the process."""
    live = start_site({"a.txt": "one\n"}, vm=vm, trust="trusted")
    assert live.eval(f"return io.open('{live.root}/a.txt'):read('*l')") == "one"
    assert live.eval("return type(os.getenv('PATH')), type(os.execute), type(io.stdout)") == (
        "string",
        "function",
        "userdata",
    )
    assert live.eval("return os.exit, os.setlocale") == (None, None)


def test_library_when_a_guest_takes_its_metatable_then_gets_nothing_of_the_kernel(
    start_site: StartSite, vm: str
) -> None:
    """What stands in for a library can't be opened or replaced by a guest."""
    live = start_site({}, vm=vm)
    assert live.eval("return getmetatable(io), (pcall(setmetatable, io, {})), next(io)") == ("library", False, None)
