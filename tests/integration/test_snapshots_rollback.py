"""`on_mutate_error = "rollback"`: a restart is a hot reload from disk, and one that fails happens not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lasting import LastingSite

from luahost import LuaError

OLD = "P = session:prototype('P', { name = 'n' })"
FAILING = """P = session:prototype('P', { name = 'n', email = 'e' })
function P:mutate(change)
  if self.bad then error('bad one') end
  self.email = change.added.email .. 1
end"""
MENDED = FAILING.replace("if self.bad then error('bad one') end", "")
ENDLESS = FAILING.replace("error('bad one')", "while true do end")
MAIN = 'require("model")\napp = session:restore() or {}\nsession:createAppVariable(app)'


@pytest.fixture
def site(tmp_path: Path, vm: str) -> Iterator[LastingSite]:
    """Returns a site with two saved objects, one of which `mutate` will refuse."""
    files = {"lua/main.lua": MAIN, "lua/model.lua": OLD}
    site = LastingSite(tmp_path, files, vm=vm, on_mutate_error="rollback", load_time_limit_s=0.3)
    site.session.execute("app.p = P:new{} app.q = P:new{ bad = true }")
    site.session.save()
    yield site
    site.close()


def stored(site: LastingSite) -> tuple[bytes, float]:
    """Returns the session's body, and when it was written."""
    record = site.storage.read("sessions", site.session.key)
    assert record is not None
    return record.body, record.head.updated


def test_restore_when_a_mutate_fails_then_the_session_is_not_made_and_its_record_stays(site: LastingSite) -> None:
    """The error names prototype, file and what to do; what is stored is untouched, and its lease is free."""
    before = stored(site)
    with pytest.raises(LuaError, match=r"mutate of P: bad one.*rollback.*left as it is") as raised:
        site.restart({"lua/model.lua": FAILING})
    assert (raised.value.file, raised.value.line) == ("lua/model.lua", 3)
    assert site.host.sessions == []
    site.close()
    assert stored(site) == before
    assert site.storage.holder("sessions", site.session.key) is None


def test_restore_when_the_mutate_is_mended_then_all_come_back(site: LastingSite) -> None:
    """Nothing was lost by the attempt that failed: the next one brings every object along."""
    with pytest.raises(LuaError):
        site.restart({"lua/model.lua": FAILING})
    site.restart({"lua/model.lua": MENDED})
    assert site.session.eval("return app.p.email, app.q.email") == ("e1", "e1")


def test_restore_when_a_mutate_never_ends_then_fails_whole_as_well(site: LastingSite) -> None:
    """A limit that ends a `mutate` leaves no session that is brought along by half."""
    before = stored(site)
    with pytest.raises(LuaError):
        site.restart({"lua/model.lua": ENDLESS})
    assert site.host.sessions == []
    assert stored(site) == before


def test_restore_when_asked_for_at_the_prompt_and_a_mutate_fails_then_nothing_of_it_is_left(site: LastingSite) -> None:
    """Within a session that lives, the chunk that restores is what fails; the session isn't a lasting one by it."""
    site.restart({"lua/main.lua": 'require("model")', "lua/model.lua": FAILING})
    with pytest.raises(LuaError, match="mutate of P"):
        site.session.eval("app = session:restore() return app.p.email")
    assert site.session.eval("return app, #session:pendingMutations()") == (None, 0)
    before = stored(site)
    site.session.save()
    assert stored(site) == before


def test_restore_when_failures_are_isolated_then_the_others_come_back(site: LastingSite) -> None:
    """Without the setting a failure is the one object's: it waits, and the session comes back."""
    site.restart({"lua/model.lua": FAILING}, on_mutate_error="isolate")
    assert site.session.eval("return app.p.email, app.q.email, #session:pendingMutations()") == ("e1", "e", 1)
