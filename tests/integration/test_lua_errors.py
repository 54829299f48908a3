"""Bad input to the functions that Lua code has: each message names the argument, the file and the line."""

from __future__ import annotations

import pytest

from luahost import LuaError, Session

METHODS = [
    "prototype",
    "create",
    "removePrototype",
    "prototypes",
    "instances",
    "countInstances",
    "pendingMutations",
    "loaded",
    "unloadModule",
    "unloadDirectory",
    "onReload",
    "onClose",
    "createAppVariable",
    "getApp",
    "log",
    "setImmediate",
    "setTimeout",
    "setInterval",
    "clearImmediate",
    "clearTimeout",
    "clearInterval",
    "newVersion",
    "getVersion",
    "needsMutation",
]

WRONG = {
    "session:prototype()": "bad argument #1 to 'prototype' (string expected, got nil)",
    "session:prototype({})": "bad argument #1 to 'prototype' (string expected, got table)",
    "session:prototype('')": "bad argument #1 to 'prototype' (a name can't be empty)",
    "session:prototype('P', 5)": "bad argument #2 to 'prototype' (table or nil expected, got number)",
    "session:prototype('P', {}, 'Q')": "bad argument #3 to 'prototype' (table or nil expected, got string)",
    "session:prototype('Q', session:prototype('P', {}))": (
        "bad argument #2 to 'prototype' (this table is the prototype 'P' already)"
    ),
    "local t = {} session:prototype('P', t, t)": "bad argument #3 to 'prototype' ('P' would inherit from itself)",
    "session:create()": "bad argument #1 to 'create' (prototype expected, got nil)",
    "session:create('P')": "bad argument #1 to 'create' (prototype expected, got string)",
    "session:create({}, 1)": "bad argument #2 to 'create' (table or nil expected, got number)",
    "session:prototype('P', {}):new(1)": "bad argument #2 to 'create' (table or nil expected, got number)",
    "session:removePrototype()": "bad argument #1 to 'removePrototype' (string expected, got nil)",
    "session:instances()": "bad argument #1 to 'instances' (prototype expected, got nil)",
    "session:countInstances('P')": "bad argument #1 to 'countInstances' (prototype expected, got string)",
    "session:unloadModule()": "bad argument #1 to 'unloadModule' (string expected, got nil)",
    "session:unloadDirectory(5)": "bad argument #1 to 'unloadDirectory' (string expected, got number)",
    "session:onReload()": "bad argument #1 to 'onReload' (function expected, got nil)",
    "session:onClose('f')": "bad argument #1 to 'onClose' (function expected, got string)",
    "session:createAppVariable(5)": "bad argument #1 to 'createAppVariable' (table expected, got number)",
    "session:log('loud', 'hi')": "bad log level 'loud' (0 to 4, or error, warn, info, debug, trace)",
    "session:log(5, 'hi')": "bad log level '5' (0 to 4, or error, warn, info, debug, trace)",
    "ui.log('loud', 'hi')": "bad log level 'loud' (0 to 4, or error, warn, info, debug, trace)",
    "ui.json_decode()": "bad argument #1 to 'json_decode' (string expected, got nil)",
    "ui.registerPresenter({})": "bad argument #1 to 'registerPresenter' (string expected, got table)",
    "ui.registerPresenter('P')": "bad argument #2 to 'registerPresenter' (table expected, got nil)",
    "ui.registerWrapper(1, {})": "bad argument #1 to 'registerWrapper' (string expected, got number)",
    "ui.registerWrapper('W', 'w')": "bad argument #2 to 'registerWrapper' (table expected, got string)",
    "require()": "bad argument #1 to 'require' (string expected, got nil)",
    "require({})": "bad argument #1 to 'require' (string expected, got table)",
    "session:setTimeout()": ("bad argument #1 to 'setTimeout' (function, or object and method name expected, got nil)"),
    "session:setImmediate('f')": (
        "bad argument #1 to 'setImmediate' (function, or object and method name expected, got string)"
    ),
    "session:setTimeout(print, 'soon')": "bad argument #2 to 'setTimeout' (milliseconds expected, got string)",
    "session:setTimeout(print, 0/0)": "bad argument #2 to 'setTimeout' (not a number of milliseconds)",
    "session:setTimeout({}, 5)": "bad argument #2 to 'setTimeout' (method name expected, got number)",
    "session:setTimeout({}, 'go', {})": "bad argument #3 to 'setTimeout' (milliseconds expected, got table)",
    "session:setInterval(print, 0)": "bad argument #2 to 'setInterval' (an interval must be longer than 0 ms)",
    "session:setInterval(print, -1)": "bad argument #2 to 'setInterval' (an interval must be longer than 0 ms)",
    "session:setInterval(print)": "bad argument #2 to 'setInterval' (milliseconds expected, got nil)",
    "session:setInterval({}, 'go', 0)": "bad argument #3 to 'setInterval' (an interval must be longer than 0 ms)",
}


@pytest.mark.parametrize("call", WRONG)
def test_api_when_an_argument_is_wrong_then_the_error_names_it_at_its_line(session: Session, call: str) -> None:
    """A wrong argument is an error that names it, with file and line of the call."""
    with pytest.raises(LuaError) as caught:
        session.execute(f"local x = 1\n{call}\nreturn x", name="@apps/a.lua")
    assert str(caught.value) == f"apps/a.lua:2: {WRONG[call]}"


@pytest.mark.parametrize("method", METHODS)
def test_method_when_called_with_a_dot_then_the_error_says_so(session: Session, method: str) -> None:
    """Calling with `.` instead of `:` is an error that says how to write it."""
    with pytest.raises(LuaError) as caught:
        session.execute(f"local x = 1\nsession.{method}('P', {{}})\nreturn x", name="@apps/a.lua")
    hint = f"{method} is a method: write session:{method}(...), with a colon"
    assert str(caught.value) == f"apps/a.lua:2: {hint}"


def test_argument_when_wrong_then_guest_code_can_catch_the_text(session: Session) -> None:
    """A bad argument raises a string, as Lua's own functions do, so that `pcall` shows it."""
    caught = session.eval("return select(2, pcall(function() session:create(1) end))", name="@apps/a.lua")
    assert caught == "apps/a.lua:1: bad argument #1 to 'create' (prototype expected, got number)"


def test_argument_when_wrong_then_nothing_of_the_call_is_left(session: Session) -> None:
    """A call that is refused registers nothing."""
    session.execute("pcall(session.prototype, session, 'P', {}, 5) pcall(session.create, session, {}, 5)")
    session.execute("pcall(session.setInterval, session, print, 0)")
    assert session.eval("return session:prototypes()") == []


def test_argument_when_the_app_wrapped_the_method_then_the_line_is_that_of_the_guest(session: Session) -> None:
    """The line is the guest's own one that called the kernel: the wrapper's, where the app wraps a method."""
    code = "local old = session.create\nfunction session:create(p, i)\nlocal made = old(self, p, i)\nreturn made end\n"
    with pytest.raises(LuaError, match=r"^apps/a.lua:3: bad argument #1 to 'create'"):
        session.execute(code + "session:create(1)\nreturn 1", name="@apps/a.lua")


def test_timers_when_there_are_ten_thousand_then_one_more_is_refused(session: Session) -> None:
    """A session has at most 10,000 timers; the next is an error at the call, and clearing one makes room."""
    session.execute("for i = 1, 10000 do last = session:setTimeout(print, 1000) end")
    with pytest.raises(LuaError, match=r"a.lua:1: too many timers: a session has at most 10000"):
        session.execute("session:setTimeout(print, 1000) return 1", name="@a.lua")
    session.execute("session:clearTimeout(last) session:setTimeout(print, 1000)")
