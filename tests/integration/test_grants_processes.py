"""Grants: commands that a session runs through `io.popen`."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from live_site import LiveSite

from luahost import LimitExceeded, LuaError

StartSite = Callable[..., LiveSite]


@pytest.fixture
def live(start_site: StartSite, vm: str) -> LiveSite:
    """A trusted session."""
    return start_site({}, vm=vm, trust="trusted", wait_s=5)


def test_popen_when_it_reads_then_the_formats_are_those_of_files(live: LiveSite) -> None:
    """Numbers, lines with and without their end, counts and the rest, with and without a star."""
    code = """
    local p = io.popen("printf '1 0x10 -2.5e1 x\\\\nzwei\\\\ndrei\\\\nrest'")
    local out = { p:read("n", "*n", "n", "l", "L", 2, "*l", "a", "a") }
    out[#out + 1] = tostring(p:read("l"))
    return out
    """
    assert live.eval(code) == [1, 16, -25.0, " x", "zwei\n", "dr", "ei", "rest", "", "nil"]


def test_popen_when_its_lines_are_asked_for_then_answers_each(live: LiveSite) -> None:
    """`lines` walks the output, and the empty line in it."""
    assert live.eval(
        "local t = {} for l in io.popen('echo a; echo; echo b'):lines() do t[#t + 1] = l end return t"
    ) == [
        "a",
        "",
        "b",
    ]


@pytest.mark.parametrize(
    ("command", "answer"),
    [("true", (True, "exit", 0)), ("exit 4", (None, "exit", 4)), ("kill -9 $$", (None, "signal", 9))],
)
def test_popen_when_it_is_closed_then_tells_how_the_command_ended(
    live: LiveSite, command: str, answer: tuple[object, ...]
) -> None:
    """`close` answers true or nil, the way, and the number."""
    assert live.eval(f"return io.popen('{command}'):close()") == answer


def test_popen_when_it_writes_then_the_command_runs_at_close_with_the_input(live: LiveSite) -> None:
    """What was written is the command's standard input."""
    code = f"local p = io.popen('cat > {live.root}/out', 'w') p:write('a', 1):write('\\n') return p:close()"
    assert live.eval(code) == (True, "exit", 0)
    assert (live.root / "out").read_text() == "a1\n"


def test_popen_when_the_command_does_not_end_then_it_is_killed_with_all_it_started(
    start_site: StartSite, vm: str
) -> None:
    """Waiting has a limit, `wait_s`; the session goes on."""
    live = start_site({}, vm=vm, trust="trusted", wait_s=0.2)
    began = time.monotonic()
    with pytest.raises(LimitExceeded, match=r"did not end within 0.2 s \(setting wait_s\)"):
        live.eval("return io.popen('sleep 60 | sleep 60')")
    assert time.monotonic() - began < 3
    assert live.eval("return io.popen('echo on'):read()") == "on"


def test_popen_when_the_output_is_too_much_then_is_a_limit(start_site: StartSite, vm: str) -> None:
    """A command that never stops writing fills neither the session nor the host."""
    live = start_site({}, vm=vm, trust="trusted", memory_limit_mb=8)
    with pytest.raises(LimitExceeded):
        live.eval("return io.popen('yes')")
    assert live.eval("return io.popen('echo on'):read()") == "on"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("io.popen()", "bad argument #1 to 'popen' (string expected, got nil)"),
        ("io.popen('true', 'x')", "bad argument #2 to 'popen' (invalid mode)"),
        ("io.popen('a\\0b')", "the command has a NUL character; remove it"),
        ("local p = io.popen('true') p:close() p:read()", "attempt to use a closed file"),
        ("io.popen('true'):read('x')", "bad argument #1 to 'read' (invalid format)"),
    ],
)
def test_popen_when_it_is_used_wrongly_then_the_error_is_at_the_guests_line(
    live: LiveSite, code: str, message: str
) -> None:
    """Wrong arguments are told as of Lua's own functions."""
    with pytest.raises(LuaError) as caught:
        live.session.execute(code, name="@x.lua")
    assert str(caught.value) == f"x.lua:1: {message}"


def test_process_when_io_is_asked_about_it_then_is_a_file(live: LiveSite) -> None:
    """`io.type` and `io.close` know it beside real files."""
    assert live.eval("local p = io.popen('exit 2') return io.type(p), io.close(p)") == ("file", None, "exit", 2)
    assert live.eval("return io.type(io.stdout), io.type(1), tostring(io.popen('true'))") == (
        "file",
        None,
        "file (true)",
    )


def test_popen_when_a_sandbox_has_os_execute_then_it_has_popen(start_site: StartSite, vm: str) -> None:
    """Who may run commands may read what they write."""
    live = start_site({}, vm=vm, allow=("os.execute",))
    assert live.eval("return io.popen('echo x'):read('*a')") == "x\n"
