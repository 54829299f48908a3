"""A restart is a hot reload from disk: what an edit does to a saved session is what it does to one that is alive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lasting import LastingSite
from saved_edits import BASE, EDITS, Edit


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
    """Every row of what edits do holds for a session that was saved, left, and came back: what is loaded is migrated
    (LT-load-12).
    """
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
