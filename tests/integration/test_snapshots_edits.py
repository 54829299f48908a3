"""A restart is a hot reload from disk: what an edit does to a saved session is what it does to one that is alive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lasting import LastingSite

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
    "nothing": Edit(
        f"P = {BASE} function P:mutate() self.mutated = true end",
        f"P = {BASE} function P:mutate() self.mutated = true end --",
        probe="return app.p.mutated, session:countInstances(P)",
    ),
}


@pytest.fixture(params=EDITS)
def edit(request: pytest.FixtureRequest) -> Edit:
    """Returns every edit."""
    return EDITS[request.param]


@pytest.fixture
def lasting(tmp_path: Path, vm: str, edit: Edit) -> Iterator[LastingSite]:
    """Returns a site before the edit, on each VM, with its objects made."""
    main = 'require("model")\napp = session:restore() or {}\nsession:createAppVariable(app)'
    site = LastingSite(tmp_path, {"lua/main.lua": main, "lua/model.lua": edit.before}, vm=vm)
    site.session.execute(edit.setup)
    yield site
    site.close()


def written(site: LastingSite, edit: Edit) -> dict[str, str | None]:
    """Returns the files after the edit."""
    return {"lua/model.lua": edit.after, **(edit.files or {})}


def test_restart_when_the_code_was_edited_then_is_as_if_the_session_had_lived(lasting: LastingSite, edit: Edit) -> None:
    """Every row of what edits do holds for a session that was saved, left, and came back."""
    twin = LastingSite(
        lasting.root, {"lua/model.lua": edit.before, "lua/main.lua": (lasting.root / "lua/main.lua").read_text()}
    )
    twin.session.execute(edit.setup)
    twin.write(written(lasting, edit))
    report = twin.host.reload()
    assert report is not None
    assert report.ok
    alive: Any = twin.session.eval(edit.probe)
    twin.close()
    assert lasting.restart(written(lasting, edit)).eval(edit.probe) == alive


@pytest.fixture
def model(tmp_path: Path) -> Iterator[LastingSite]:
    """Returns a site with one prototype and two objects of it."""
    main = 'require("model")\napp = session:restore() or {}\nsession:createAppVariable(app)'
    site = LastingSite(tmp_path, {"lua/main.lua": main, "lua/model.lua": f"P = {BASE}"})
    site.session.execute("app.p = P:new{} app.q = P:new{ bad = true }")
    yield site
    site.close()


FAILING = """P = session:prototype('P', { name = 'n', email = 'e' })
function P:mutate(change) if self.bad then error('bad one') end self.email = change.added.email .. 1 end"""
MENDED = FAILING.replace("if self.bad then error('bad one') end ", "")


def test_restart_when_a_mutate_had_failed_then_is_tried_again_with_its_change(model: LastingSite) -> None:
    """What waits is saved with the session, and is brought along when the code is mended: before or after a restart."""
    model.restart({"lua/model.lua": FAILING})
    assert model.session.eval("return app.p.email, #session:pendingMutations()") == ("e1", 1)
    model.restart()
    assert model.session.eval("return app.q.email, #session:pendingMutations()") == ("e", 1)
    model.restart({"lua/model.lua": MENDED})
    assert model.session.eval("return app.p.email, app.q.email, #session:pendingMutations()") == ("e1", "e1", 0)


def test_restart_when_a_prototype_is_gone_then_the_session_is_not_made_and_its_data_stays(model: LastingSite) -> None:
    """Objects of a prototype that no file declares are not guessed at: the error names it, and nothing is written."""
    from luahost import LuaError

    with pytest.raises(LuaError, match=r"no module declares: 'P' \(2 of lua/model.lua\)"):
        model.restart({"lua/model.lua": "P = session:prototype('Renamed', {})"})
    model.restart({"lua/model.lua": f"P = {BASE}"})
    assert model.session.eval("return app.p.name, app.q.bad") == ("n", True)


def test_restart_when_a_prototype_was_declared_at_the_prompt_then_its_objects_keep_their_fields(
    model: LastingSite,
) -> None:
    """What no file ever declared comes back with its fields, without methods; declaring it again brings them."""
    model.session.execute("T = session:prototype('T', { size = 3 }, P) app.t = T:new{ own = 1 }")
    model.restart()
    assert model.session.eval("return app.t.size, app.t.own, app.t.name") == (3, 1, "n")
    model.session.execute("T = session:prototype('T', { size = 4 }, P) function T:go() return self.size end")
    assert model.session.eval("return app.t:go()") == 4


def test_restart_when_a_file_was_renamed_then_its_prototypes_come_from_the_new_one(model: LastingSite) -> None:
    """A module that is gone is left out, as long as what it declared is declared."""
    main = 'require("renamed")\napp = session:restore() or {}\nsession:createAppVariable(app)'
    model.restart({"lua/model.lua": None, "lua/renamed.lua": f"P = {BASE}", "lua/main.lua": main})
    assert model.session.eval("return app.p.name") == "n"


def test_restart_when_modules_were_required_later_then_are_required_again(model: LastingSite) -> None:
    """What the session had loaded by and by is there again before its objects are."""
    model.write({"apps/late.lua": "L = session:prototype('L', { x = 1 }) return { L = L }"})
    model.session.execute("app.late = require('late').L:new{}")
    assert model.restart().eval("return app.late.x, L ~= nil") == (1, True)


def test_restart_when_mutate_fails_then_it_is_reported(model: LastingSite) -> None:
    """A failure in the restoring load is told like any other that has no caller."""
    model.close()
    model.write({"lua/model.lua": FAILING})
    model.host = model._started()
    told: list[str] = []
    model.host.on("lua_error", lambda raised: told.append(str(raised.error)))
    model.session = model.host.create_session(model.session.key)
    assert ["bad one" in text for text in told] == [True]
