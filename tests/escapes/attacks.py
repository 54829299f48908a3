"""Attacks: chunks that try not to end, to take the process down, or to get out. Each must end soon after its limit.

`ENDLESS` may only end by a limit or an error; `REACHING` answers what it got hold of, which must be nothing.
"""

from __future__ import annotations

ENDLESS: dict[str, str] = {
    # loops that catch what would end them
    "loop": "while true do end",
    "repeat": "repeat until false",
    "numeric for": "for i = 1, math.huge do end",
    "call itself by tail": "local function f() return f() end f()",
    "pcall in a loop": "while true do pcall(function() while true do end end) end",
    "pcall of pcall": "while true do pcall(pcall, pcall, error) end",
    "pcall ladder": "local function f(n) pcall(f, n + 1) pcall(f, n + 1) end f(1)",
    "pcall that waits for its own end": "local function f() pcall(f) while true do end end f()",
    "xpcall whose handler loops": "xpcall(error, function() while true do end end)",
    "xpcall in its own handler": "local function h() xpcall(error, h) end while true do xpcall(h, h) end",
    "handler that raises": "while true do xpcall(error, function() error('again') end) end",
    "error in a loop": "while true do pcall(error, {}) end",
    "error object that loops": "error(setmetatable({}, {__tostring = function() while true do end end}))",
    "error object of error objects": "local t = setmetatable({}, {}) getmetatable(t).__tostring = function() error(t) end error(t)",
    "tostring that loops": "return tostring(setmetatable({}, {__tostring = function() while true do end end}))",
    # coroutines
    "coroutine": "coroutine.resume(coroutine.create(function() while true do end end))",
    "coroutines one after the other": (
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end"
    ),
    "coroutine in coroutine": (
        "coroutine.wrap(function() coroutine.wrap(function() while true do"
        " pcall(function() while true do end end) end end)() end)()"
    ),
    "ten coroutines deep": (
        "local function f(n) if n == 0 then while true do end end coroutine.wrap(f)(n - 1) end f(10)"
    ),
    "coroutine that catches": (
        "local co = coroutine.wrap(function() while true do pcall(coroutine.yield) end end) while true do co() end"
    ),
    "ping-pong": (
        "while true do local co = coroutine.create(function() for i = 1, 100 do coroutine.yield() end end)"
        " while coroutine.resume(co) do end end"
    ),
    "coroutine as an iterator": "for _ in coroutine.wrap(function() while true do coroutine.yield(1) end end) do end",
    "coroutine that resumes a looping one, caught": (
        "while true do pcall(coroutine.wrap(function() pcall(coroutine.wrap(function() while true do end end)) end)) end"
    ),
    "coroutine kept for later": "K = coroutine.create(function() while true do pcall(coroutine.yield) end end)"
    " while true do coroutine.resume(K) end",
    # metamethods
    "__index": "local t = setmetatable({}, {__index = function() while true do end end}) return t.x",
    "__newindex": "local t = setmetatable({}, {__newindex = function() while true do end end}) t.x = 1",
    "__call": "setmetatable({}, {__call = function(f) return f() end})()",
    "__eq": "local m = {__eq = function() while true do end end} return setmetatable({}, m) == setmetatable({}, m)",
    "__lt": "local m = {__lt = function() while true do end end} return setmetatable({}, m) < setmetatable({}, m)",
    "__concat": "return setmetatable({}, {__concat = function() while true do end end}) .. 'x'",
    "__len": "return #setmetatable({}, {__len = function() while true do end end}) == 0 or (function() while true do end end)()",
    "__index of __index": (
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k] end return t.x"
    ),
    "result that loops when read": "return setmetatable({}, {__index = function() while true do end end}).x",
    # library functions that call back
    "sort whose order loops": "table.sort({3, 2, 1}, function() while true do end end)",
    "gsub whose replacement loops": "return (('a'):rep(10)):gsub('a', function() while true do end end)",
    "gsub over a table that loops": "return ('a'):gsub('a', setmetatable({}, {__index = function() while true do end end}))",
    "gmatch": "for _ in function() return 1 end do end",
    "load whose reader loops": "load(function() while true do end end)",
    "load whose reader never ends": "load(function() return ' ' end)",
    "loaded text": "load('while true do end')()",
    "require of a loop": "package.loaded.x = nil for _ = 1, math.huge do pcall(require, 'x') end",
    "next over what grows": "local t = {1} for i in function() return 1 end do t[#t % 100 + 1] = i end",
    # C functions that no hook reaches
    "pattern that backtracks": "return string.find(('a'):rep(60), ('.-'):rep(20) .. 'b')",
    "two lazy quantifiers": "return string.find(('a'):rep(20000), '.-.-b')",
    "greedy quantifiers": "return (('a'):rep(100000)):match('a*a*a*b')",
    "pattern on a long subject": "return (('a'):rep(300000)):find('%w+=')",
    "gsub that backtracks": "return (('a'):rep(3000)):gsub('(.-)(.-)(.-)b', '')",
    "gmatch that backtracks": "for _ in (('a'):rep(3000)):gmatch('(.-)(.-)(.-)b') do end",
    "balanced": "return (('('):rep(200000)):find('%b()')",
    "rep of nothing": "while true do local _ = string.rep('', 2^31, '') end",
    "concat whose __index is Lua": (
        "return table.concat(setmetatable({}, {__index = function() return '' end}), '', 1, 2^53)"
    ),
    "concat whose __index is C": "return table.concat(setmetatable({}, {__index = table.concat}), '', 1, 2^53)",
    "insert with a huge __len": ("return table.insert(setmetatable({}, {__len = function() return 2^53 end}), 1, 1)"),
    "remove with a huge __len": ("return table.remove(setmetatable({}, {__len = function() return 2^53 end}), 1)"),
    "move of very many": "if not table.move then error('no move') end return table.move({}, 1, 2^53, 2)",
    "unpack of very many": "return select('#', table.unpack({}, 1, 1e8))",
    "byte of very many": "return select('#', ('x'):rep(1e7):byte(1, -1))",
    "load of megabytes": "return load('x = ' .. ('1 + '):rep(2e6) .. '1')",
    "sort of very many": "local t = {} for i = 1, 3e5 do t[i] = -i end while true do table.sort(t) t[1], t[2] = t[2], t[1] end",
    # closing
    "__close that loops": (
        "local f = load('local x <close> = setmetatable({}, {__close = function() while true do end end})"
        " while true do end') if f then f() else error('no close') end"
    ),
    "coroutine.close that loops": (
        "local f = load('local co = coroutine.create(function() local x <close> = setmetatable({}, {__close ="
        " function() while true do end end}) coroutine.yield() end) coroutine.resume(co) coroutine.close(co)"
        " while true do end') if f then f() else error('no close') end"
    ),
    "finaliser": (
        "setmetatable({}, {__gc = function() while true do end end}) for i = 1, 1e6 do local t = {} end"
        " while true do end"
    ),
    # depth and memory
    "recursion": "local function f() return f() + 1 end while true do pcall(f) end",
    "recursion through wrap": "local function f() return coroutine.wrap(f)() end f()",
    "recursion through gsub": "local function f() return ('a'):gsub('a', f) end f()",
    "recursion through pcall": "local function f() return pcall(f) end f() while true do end",
    "recursion through sort": "local function f() table.sort({2, 1}, f) end f()",
    "recursion through tostring": (
        "local t = setmetatable({}, {}) getmetatable(t).__tostring = function(s) return tostring(s) end tostring(t)"
    ),
    "recursion through load": "local function f() return load(f) end f() while true do end",
    "recursion through require": "local n = 0 while true do n = n + 1 pcall(require, 'nothing' .. n) end",
    "doubling string": "local s = ('x'):rep(1024) while true do s = s .. s end",
    "doubling string, caught": "while true do pcall(function() local s = 'x' while true do s = s .. s end end) end",
    "growing table": "local t = {} for i = 1, math.huge do t[i] = i end",
    "growing table, caught": "T = {} while true do pcall(function() for i = 1, math.huge do T[#T + 1] = {} end end) end",
    "closures": "local f = print for i = 1, math.huge do local g = f f = function() return g end end",
    "coroutines kept": "local t = {} for i = 1, math.huge do t[i] = coroutine.create(function() end) end",
    "very long rep": "return #('x'):rep(1e10)",
    "format": "return #string.format('%99999d', 1)",
    # the session's own functions
    "prototype that loops in mutate": (
        "P = session:prototype('P', {a = 1}) p = session:create(P) function P:mutate() while true do end end"
        " session:prototype('P', {a = 2})"
    ),
    "timers without end": "for i = 1, math.huge do session:setTimeout(function() end, 1e9) end",
    "prototypes without end": "for i = 1, math.huge do session:prototype('P' .. i, {a = 1}) end",
    "prints without end": "while true do print('x') end",
    "json of depth": "local t = {} for i = 1, 1e6 do t = {t} end ui.json_encode(t) while true do end",
    "instances kept": "local P, t = session:prototype('P', {}), {} for i = 1, math.huge do t[i] = session:create(P) end",
}

REACHING: dict[str, str] = {
    "python": "return python",
    "the real globals": "local g = getfenv and getfenv(0) or _ENV or _G return g ~= _G and g or nil",
    "debug": "return (pcall(debug.getinfo, 1)) or (pcall(debug.getregistry)) or (pcall(debug.sethook)) or nil",
    "loadlib": "return package.loadlib or package.searchers or package.searchpath",
    "io": (
        "return (pcall(io.open, 'lua/main.lua')) or (pcall(os.execute)) or (pcall(os.getenv, 'PATH'))"
        " or (pcall(os.remove, 'nothing')) or os.exit or os.setlocale"
    ),
    "dofile": "return dofile or loadfile or newproxy or setfenv",
    "collectgarbage": "return (pcall(collectgarbage, 'stop')) or nil",
    "bytecode": "return load(string.char(27) .. 'Lua') or string.dump",
    "strings' metatable": "local m = getmetatable('') return type(m) == 'table' and m or nil",
    "userdata in print": "return type(print) == 'userdata' and print or nil",
    "a file above": "return (pcall(require, '../secret')) or nil",
    "an absolute file": "return (pcall(require, '/etc/passwd')) or nil",
    "a name with NUL": "return (pcall(require, 'x\\0.lua')) or nil",
    "jit": "return jit or (pcall(require, 'jit')) or (pcall(require, 'ffi')) or nil",
    "walk": """
      local seen, found = {}, nil
      local function walk(v)
        if type(v) == 'userdata' then found = found or tostring(v) end
        if type(v) ~= 'table' or seen[v] then return end
        seen[v] = true
        for k, x in next, v do walk(k) walk(x) end
        local ok, m = pcall(getmetatable, v)
        if ok then walk(m) end
      end
      walk(_G)
      return found
    """,
}
