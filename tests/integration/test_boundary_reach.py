"""The boundary: reach. What a guest of the sandbox can get hold of, and what its doings can't change for others."""

from __future__ import annotations

from collections.abc import Callable

Probe = Callable[..., list[str]]

WALK = """
local seen, found, queue = {}, {}, {{ _G, "_G" }, { getmetatable(""), "string" }, { package.loaded, "loaded" }}
local function take(value, path)
  local kind = type(value)
  if kind == "userdata" or kind == "thread" or kind == "cdata" then found[#found + 1] = path .. ": " .. kind end
  if (kind == "table" or kind == "function") and not seen[value] then
    seen[value], queue[#queue + 1] = true, { value, path }
  end
end
while queue[1] do
  local value, path = queue[#queue][1], queue[#queue][2]
  queue[#queue] = nil
  if type(value) == "table" then
    for k, v in next, value do take(k, path .. " key") take(v, path .. "." .. tostring(k)) found[tostring(k)] = true end
    take(getmetatable(value), path .. " metatable")
  end
end
local names = {}
for _, name in ipairs({
  "python", "newproxy", "dofile", "loadfile", "loadlib", "searchers", "loaders", "getregistry", "getupvalue", "sethook",
  "getinfo", "setlocale", "exit", "execute", "getenv", "popen", "dump", "ffi", "jit", "setfenv", "getfenv",
}) do
  if found[name] then names[#names + 1] = name end
end
return names, found[1]
"""


def test_guest_when_it_walks_all_it_can_reach_then_nothing_is_of_python(probe: Probe) -> None:
    """From `_G`, every table and metatable: no object of Python, no proxy, and none of the withdrawn functions."""
    assert probe(f"print(session.eval({WALK!r}))") == ["([], None)"]


def test_finaliser_when_a_guest_wants_one_then_it_gets_none(probe: Probe) -> None:
    """`__gc` is refused by setmetatable, and never runs where a prototype or a later field brings it in."""
    assert probe(
        """
        ran = []
        host.on("log", lambda line: ran.append(line.message))
        print("__gc is not available" in failing(session.eval, "setmetatable({}, {__gc = print})"))
        session.execute('''
        P = session:prototype("P", {}) function P:__gc() print("a finaliser ran") end
        Q = session:prototype("Q", { __gc = function() print("a finaliser ran") end })
        for i = 1, 10 do session:create(P) session:create(Q) end
        local m = {} local t = setmetatable({}, m) m.__gc = P.__gc t = nil''')
        session.collect()
        session.collect()
        session.close()
        print(ran)
        """
    ) == ["True", "[]"]


def test_bytecode_when_a_guest_loads_it_then_it_is_refused(probe: Probe) -> None:
    """`load` takes text only, whatever the guest has made of the string functions."""
    assert probe(
        """
        for code in ("return load('\\\\27Lua')", "return load('\\\\27LJ\\\\2')",
                     "string.byte = function() return 1 end return load('\\\\27Lua')",
                     "local n = 0 return load(function() n = n + 1 return n == 1 and '\\\\27Lua' or nil end)"):
            print(session.eval(code)[0])
        print(session.eval("return string.dump, load('return 1')()"))
        """
    ) == [*["None"] * 4, "(None, 1)"]


def test_string_metatable_when_a_guest_reaches_for_it_then_it_is_out_of_reach(probe: Probe) -> None:
    """The metatable that all strings share can't be had or replaced."""
    assert probe(
        """
        print(session.eval("return getmetatable(''), pcall(setmetatable, '', {})")[:2])
        print(session.eval("return ('x').__index, ('abc'):upper()"))
        """
    ) == ["(None, False)", "(None, 'ABC')"]


def test_string_functions_when_a_guest_breaks_them_then_the_kernel_still_works(probe: Probe) -> None:
    """The kernel holds the library's functions itself; a guest that replaces them harms its own code only."""
    assert probe(
        """
        session.execute("for k in pairs(string) do string[k] = function() error('broken', 0) end end")
        session.execute("for _, t in pairs({table, math, coroutine}) do for k in pairs(t) do t[k] = nil end end")
        session.execute("pcall, error, type, next, pairs, setmetatable, select = nil")
        print(session.eval("return {a = {1, 2.5, 'x'}}, 1"), failing(session.eval, "x =")[:14])
        print(failing(session.eval, "local t = nil; t.x = 1")[:21])
        """
    ) == ["({'a': [1, 2.5, 'x']}, 1) LuaSyntaxError", "LuaError: (eval):1: att"[:21]]


def test_random_seed_when_one_session_sets_it_then_others_keep_theirs(probe: Probe) -> None:
    """`math.randomseed` belongs to the VM: what one session seeds and draws changes nothing for another."""
    assert probe(
        """
        other = host.create_session()
        draw = "math.randomseed(7) return math.random(1e9), math.random(1e9)"
        first, second = session.eval(draw)
        session.execute("math.randomseed(7)")
        assert session.eval("return math.random(1e9)") == first
        other.execute("math.randomseed(99) for i = 1, 10 do math.random() end")
        print(session.eval("return math.random(1e9)") == second)
        """
    ) == ["True"]


def test_trusted_guest_when_it_has_os_then_process_wide_functions_are_not_in_it(probe: Probe) -> None:
    """Trust gives `io` and `os`, but not what ends or changes the whole process, nor the loader of C libraries."""
    assert probe(
        """
        print(session.eval("return type(io.open), type(os.time), os.exit, os.setlocale"))
        print(session.eval("return package.loadlib, newproxy, python"))
        """,
        trust="trusted",
    ) == ["('function', 'function', None, None)", "(None, None, None)"]


def test_debug_when_it_is_not_granted_then_it_is_traceback_alone(probe: Probe) -> None:
    """Without the grant `debug` has nothing that reaches into functions or the registry."""
    assert probe(
        """
        print(session.eval("local names = {} for k in pairs(debug) do names[#names + 1] = k end return names"))
        """
    ) == ["['traceback']"]
