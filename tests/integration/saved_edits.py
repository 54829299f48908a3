"""The edits that a saved session comes back to: a file before and after, as a live session takes them by a reload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SETUP = "app.p = P:new{} app.q = Q and Q:new{}"
PROBE = "return app.p.name, app.p.email, rawget(app.p, 'name'), rawget(app.p, 'email'), P.name, P.email"
TWO_BASES = "A = session:prototype('A', { a = 'a' }) B = session:prototype('B', { a = 'b' }) "
BASE = "session:prototype('P', { name = 'n' })"


@dataclass(frozen=True)
class Edit:
    """A file before and after, what is done between, and what is asked afterwards."""

    before: str
    after: str
    setup: str = SETUP
    probe: str = PROBE
    files: Mapping[str, str | None] | None = None


EDITS = {
    "a field is added": Edit(f"P = {BASE}", "P = session:prototype('P', { name = 'n', email = 'e' })"),
    "a field is added, with a mutate": Edit(
        f"P = {BASE}",
        """P = session:prototype('P', { name = 'n', email = 'e' })
        function P:mutate(change) self.email = (self.email or 'none') .. change.added.email .. self.name end""",
    ),
    "a default is changed": Edit(
        f"P = {BASE}",
        """P = session:prototype('P', { name = 'new' })
        function P:mutate(change) self.was = self.name .. change.changed.name end""",
        probe="return app.p.name, app.p.was, rawget(app.p, 'name')",
    ),
    "a default is changed under an own value": Edit(
        f"P = {BASE}", "P = session:prototype('P', { name = 'new' })", setup="app.p = P:new{ name = 'own' }"
    ),
    "a field is removed": Edit(
        "P = session:prototype('P', { name = 'n', email = 'e' })",
        f"P = {BASE}",
        setup="app.p = P:new{ email = 'own', name = 'mine' }",
    ),
    "a field is renamed, moving the value": Edit(
        "P = session:prototype('P', { name = 'n' })",
        """P = session:prototype('P', { email = 'e' })
        function P:mutate() self.email = self.name end""",
        setup="app.p = P:new{ name = 'moved' }",
    ),
    "a value becomes empty": Edit(f"P = {BASE}", "P = session:prototype('P', { name = EMPTY })"),
    "empty becomes a value": Edit("P = session:prototype('P', { name = EMPTY })", f"P = {BASE}"),
    "a table default is the same": Edit(
        "P = session:prototype('P', { name = 'n', list = { 1, { 2 } } })",
        """P = session:prototype('P', { name = 'n', list = { 1, { 2 } } })
        function P:mutate() self.mutated = true end""",
        setup=SETUP + " P.list[3] = 'live'",
        probe="return app.p.mutated, app.p.list[3], #app.p.list",
    ),
    "a table default changes": Edit(
        "P = session:prototype('P', { name = 'n', list = { 1 } })",
        """P = session:prototype('P', { name = 'n', list = { 1, 2 } })
        function P:mutate(change) self.had = #change.changed.list .. #self.list end""",
        probe="return app.p.had, #app.p.list",
    ),
    "a table default has functions": Edit(
        "P = session:prototype('P', { name = 'n', acts = { go = function() return 'old' end } })",
        """P = session:prototype('P', { name = 'n', acts = { go = function() return 'new' end } })
        function P:mutate() self.mutated = true end""",
        probe="return app.p.acts.go(), app.p.mutated",
    ),
    "a method is changed": Edit(
        f"P = {BASE} function P:go() return 'old' end",
        f"P = {BASE} function P:go() return 'new' end",
        probe="return app.p:go()",
    ),
    "a method is removed": Edit(f"P = {BASE} function P:go() end", f"P = {BASE}", probe="return app.p.go == nil"),
    "a base is changed": Edit(
        TWO_BASES + "P = session:prototype('P', {}, A)",
        TWO_BASES
        + """P = session:prototype('P', {}, B)
        function P:mutate(change) self.mutated = true end""",
        probe="return app.p.a, app.p.mutated, getmetatable(P) == B",
    ),
    "a level is inserted": Edit(
        "A = session:prototype('A', { a = 'a' }) P = session:prototype('P', {}, A)",
        """A = session:prototype('A', { a = 'a' }) M = session:prototype('M', { m = 'm' }, A)
        P = session:prototype('P', {}, M)
        function P:mutate() self.mutated = true end""",
        probe="return app.p.a, app.p.m, app.p.mutated",
    ),
    "a base's init changes": Edit(
        "P = session:prototype('P', { a = 1 }) Q = session:prototype('Q', { b = 1 }, P)",
        """P = session:prototype('P', { a = 2 }) Q = session:prototype('Q', { b = 1 }, P)
        function P:mutate(change) self.was = change.changed.a + self.a end""",
        probe="return app.p.was, app.q.was, app.q.a",
    ),
    "a prototype moves to another file": Edit(
        f"P = {BASE}",
        "require('other')",
        files={"lua/other.lua": f"P = {BASE} function P:go() return self.name end"},
        setup="app.p = P:new{ name = 'kept' } P.nextId = 7",
        probe="return app.p:go(), P.nextId",
    ),
    "a mutate fails": Edit(
        f"P = {BASE}",
        """P = session:prototype('P', { name = 'n', email = 'e' })
        function P:mutate(change) if self.bad then error('bad one') end self.email = 'done' end""",
        setup="app.p = P:new{} app.q = P:new{ bad = true }",
        probe="local l = session:pendingMutations() return app.p.email, app.q.email, #l, l[1].instances, l[1].message",
    ),
    "a counter outside the init": Edit(
        f"P = {BASE} P.nextId = P.nextId or 0",
        f"P = {BASE} P.nextId = P.nextId or 0 -- saved once more",
        setup=SETUP + " P.nextId = 17",
        probe="return P.nextId",
    ),
    "a constant outside the init": Edit(
        f"P = {BASE} P.limit = 5", f"P = {BASE} P.limit = 10", probe="return P.limit, app.p.limit"
    ),
    "a table of constants outside the init": Edit(
        f"P = {BASE} P.sizes = {{ 1, 2 }}", f"P = {BASE} P.sizes = {{ 1, 2, 3 }}", probe="return #P.sizes"
    ),
    "a constant that is dropped": Edit(f"P = {BASE} P.limit = 5", f"P = {BASE}", probe="return P.limit"),
    "a field takes the place of one outside the init": Edit(
        f"P = {BASE} P.email = 'loose'",
        """P = session:prototype('P', { name = 'n', email = 'declared' })
        function P:mutate() self.was = self.email end""",
        probe="return app.p.email, app.p.was",
    ),
    "a method takes the place of a field": Edit(
        "P = session:prototype('P', { name = 'n', go = 'field' })",
        f"P = {BASE} function P:go() return 'method' end",
        probe="return app.p:go()",
    ),
    "a method is renamed": Edit(
        f"P = {BASE} function P:go() return 'went' end",
        f"P = {BASE} function P:walk() return 'walked' end",
        probe="return app.p.go, app.p:walk()",
    ),
    "a local helper changes": Edit(
        f"local k = 1 local function f() return 'old' .. k end P = {BASE} function P:go() return f() end",
        f"local k = 2 local function f() return 'new' .. k end P = {BASE} function P:go() return f() end",
        probe="return app.p:go()",
    ),
    "a module's table changes": Edit(
        f"P = {BASE} return {{ limit = 1, gone = 2, go = function() return 'old' end }}",
        f"P = {BASE} return {{ limit = 10, come = 3, go = function() return 'new' end }}",
        setup=SETUP + " app.m = require('model')",
        probe="return app.m == require('model'), app.m.limit, app.m.gone, app.m.come, app.m.go()",
    ),
    "a module answers something else": Edit(
        f"P = {BASE} return 1", f"P = {BASE} return 2", probe="return require('model'), app.p.name"
    ),
    "a global changes": Edit(
        f"P = {BASE} limit = 1 function go() return 'old' end",
        f"P = {BASE} limit = 2 function go() return 'new' end",
        probe="return limit, go()",
    ),
    "a wrapper of the session changes": Edit(
        f"P = {BASE} local old = session.getApp function session:getApp() return old(self), 'once' end",
        f"P = {BASE} local old = session.getApp function session:getApp() return old(self), 'anew' end",
        probe="local found, how, more = session:getApp() return found == app, how, more",
    ),
    "several files need each other": Edit(
        f"P = {BASE}",
        "require('other') P = session:prototype('P', { name = 'n', size = other.size })",
        files={"lua/other.lua": "require('third') other = { size = third }", "lua/third.lua": "third = 5"},
        probe="return app.p.size, app.p.name",
    ),
    "a prototype is split in two": Edit(
        "P = session:prototype('P', { name = 'n', email = 'e' })",
        """Base = session:prototype('Base', { name = 'b' })
        P = session:prototype('P', { email = 'e' }, Base)
        function P:mutate() self.mutated = true end""",
        setup="app.p = P:new{ name = 'own' } app.q = P:new{}",
        probe="return app.p.name, app.q.name, rawget(app.p, 'name'), rawget(app.q, 'name'), app.p.mutated",
    ),
    "nothing": Edit(
        f"P = {BASE} function P:mutate() self.mutated = true end",
        f"P = {BASE} function P:mutate() self.mutated = true end --",
        probe="return app.p.mutated, session:countInstances(P)",
    ),
}
