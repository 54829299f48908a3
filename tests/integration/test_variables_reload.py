"""Variables, loads and reloads: what a good one tells, and what a failed one takes back."""

from __future__ import annotations

from typing import Any

import pytest
from live_site import LiveSite
from peers import Peer, Peers, create, update

from luahost import LuaError

MAIN = "require('m')\n"
MODULE = """
local M = {}
M.App = session:prototype("App", { title = "one" })
function M.App:shout() return "%s" end
if not session:getApp() then session:createAppVariable(session:create(M.App, {})) end
%s
return M
"""


@pytest.fixture
def live(start_site: Any, vm: str) -> LiveSite:
    """Returns a site whose module `m` declares the app's prototype, on each VM."""
    site: LiveSite = start_site({"lua/main.lua": MAIN, "lua/m.lua": MODULE % ("old", "")}, vm=vm)
    return site


@pytest.fixture
def peer(live: LiveSite) -> Peer:
    """Returns a peer of the site's session."""
    return Peers(live.session).peer(1)


def saved(live: LiveSite, shout: str = "old", more: str = "") -> None:
    """Saves the module with another method and more lines."""
    live.save_well({"lua/m.lua": MODULE % (shout, more)})


def test_reload_when_methods_and_defaults_change_then_watchers_are_told(live: LiveSite, peer: Peer) -> None:
    """A reload is a turn: what it changed of what is watched is told."""
    assert peer.send(create(2, "shout()", access="r"), create(3, "title")).values == {2: "old", 3: "one"}
    live.save_well({"lua/m.lua": (MODULE % ("new", "")).replace('"one"', '"two"')})
    assert peer.read().values == {2: "new", 3: "two"}


def test_reload_when_nothing_watched_changes_then_nothing_is_told(live: LiveSite, peer: Peer) -> None:
    """What nobody sees differ isn't told."""
    peer.send(create(2, "shout()", access="r"), create(3, "title"))
    saved(live, "old", "local unused = 1")
    assert not peer.read()


FAILING = """
session:createVariable(1, {{ type = "New" }})
session:destroyVariable(-1)
session:createAppVariable({{ type = "Wrong", title = "wrong" }}, {{ label = "wrong" }})
session:watchProperty(1, "url", function() seen = true end)
session:registerPath("kept", -2)
session:registerPath("wrong", 1)
{}
"""


@pytest.mark.parametrize("end", ["error('half way')", "local t = nil t.x = 1", "coroutine.yield()"])
def test_reload_when_it_fails_then_the_tree_is_as_it_was_and_nothing_is_told(
    live: LiveSite, peer: Peer, end: str
) -> None:
    """Rollback: variables, properties, observers, paths and the app object come back; nobody hears of it."""
    live.session.execute("""
        session:createVariable(1, { type = "Kept", n = 1 })
        session:createVariable(-1, nil, { path = "n" })
        session:registerPath("kept", -1)
        session:watchProperty(-1, "x", function(value) noted = value end)
    """)
    peer.send({"type": "watch", "id": 1}, {"type": "watch", "id": -2}, create(2, "title"))
    before = live.session.variables()
    report = live.save({"lua/m.lua": MODULE % ("new", FAILING.format(end))})
    assert not report.ok
    assert not peer.read()
    assert [each["id"] for each in live.session.variables()] == [each["id"] for each in before]
    assert live.session.variable_at("kept") == -1
    assert live.session.variable_at("wrong") is None
    told = peer.send(update(1, url="/x"), update(-1, x="still"), {"type": "get", "ids": [1, -2, 2]})
    assert live.eval("return seen, noted") == (None, "still")
    app, below, title = told.of("get")[0]["variables"]
    assert (app["properties"].get("label"), below["value"], title["value"]) == (None, 1, "one")
    live.session.execute("session:getApp().title = 'changed'")
    assert peer.read().values == {2: "changed"}
    assert live.eval("return session:createVariable(1, 1)") < -2


def test_reload_when_it_fails_after_one_that_works_then_the_first_is_seen(live: LiveSite, peer: Peer) -> None:
    """The next good save is told, the failed one never."""
    peer.create(2, "shout()", access="r")
    live.save({"lua/m.lua": MODULE % ("wrong", "error('x')")})
    assert not peer.read()
    saved(live, "right")
    assert peer.read().values == {2: "right"}


def test_chunk_when_it_fails_then_its_variables_and_observers_go(live: LiveSite, peer: Peer) -> None:
    """An inline chunk is a transaction, too; also where the tree begins in it."""
    with pytest.raises(LuaError):
        live.session.execute("""
            session:createVariable(1, { type = "New" })
            session:watchProperty(1, "url", function() seen = true end)
            error("x")
        """)
    assert peer.send(update(1, url="/x")).of("create") == []
    assert [each["id"] for each in live.session.variables()] == [1]
    assert live.eval("return seen") is None


def test_chunk_when_an_error_follows_messages_then_those_stand(live: LiveSite, peer: Peer) -> None:
    """What a peer did before a failing load in its own batch is told."""
    live.session.execute("function load_badly() pcall(require, 'bad') end session:getApp().go = load_badly")
    live.write({"lua/bad.lua": "session:createVariable(1, 1) session:getApp().title = 'live' error('x')"})
    told = peer.send(create(9, "a..b"), create(2, "title"), create(3, "go()", access="action"), update(3))
    assert told.errors == [(9, "bad-message")]
    assert told.values == {2: "live"}
    assert told.of("create") == []


def test_observer_when_its_module_runs_again_then_is_there_once(live: LiveSite, peer: Peer) -> None:
    """Row 19: property watchers of a module's last run are dropped if this run makes any, and stay if it makes none."""
    watching = "session:watchProperty(1, 'url', function(v) noted = noted .. '%s' end)"
    live.session.execute("noted = ''")
    saved(live, "old", watching % "a")
    peer.update(1, url="/1")
    saved(live, "old", watching % "b")
    peer.update(1, url="/2")
    saved(live, "old", "")
    peer.update(1, url="/3")
    assert live.eval("return noted") == "abb"


def test_observer_when_its_module_is_unloaded_then_goes(live: LiveSite, peer: Peer) -> None:
    """R14: watchers are resources of the module that made them."""
    saved(live, "old", "session:watchProperty(1, 'url', function() noted = true end)")
    live.session.execute("session:unloadModule('m')")
    peer.update(1, url="/x")
    assert live.eval("return noted") is None


def test_presenter_when_its_module_is_unloaded_then_create_finds_none(live: LiveSite, peer: Peer) -> None:
    """R15, R19: presenter types leave with their module; `create` and `itemWrapper` no longer find them."""
    saved(live, "old", "ui.registerPresenter('Card', { new = function() return { type = 'Card' } end })")
    live.session.execute("session:getApp().list = { 1 }")
    assert peer.create(2, create="Card").properties[2]["type"] == "Card"
    assert peer.create(3, "list", wrapper="lua.ViewList", itemWrapper="Card").errors == []
    live.session.execute("session:unloadModule('m')")
    assert peer.read().errors == [(3, "not-found")]
    assert peer.create(4, create="Card").errors == [(4, "not-found")]


def test_error_when_a_reload_mends_it_then_is_over(live: LiveSite, peer: Peer) -> None:
    """A save mends what a getter broke."""
    saved(live, "old", "function M.App:shout() error('bad') end")
    assert peer.create(2, "shout()", access="r").errors == [(2, "lua-error")]
    saved(live, "well")
    told = peer.read()
    assert (told.values, told.errors) == ({2: "well"}, [])


CODE = [("value", "app.title = 'by code'", "by code"), ("file", "lua/extra.lua", "by file")]


@pytest.mark.parametrize(("kind", "code", "title"), CODE)
def test_code_of_a_peer_when_granted_then_runs(start_site: Any, vm: str, kind: str, code: str, title: str) -> None:
    """The property `lua` of variable 1 runs code, or loads a file, where `remote_code` is allowed."""
    live: LiveSite = start_site(
        {
            "lua/main.lua": MAIN,
            "lua/m.lua": MODULE % ("old", ""),
            "lua/extra.lua": "session:getApp().title = 'by file'",
        },
        vm=vm,
        allow=("remote_code",),
    )
    live.session.execute("app = session:getApp()")
    peer = Peers(live.session).peer(1)
    assert peer.send(create(2, "title"), update(1, lua=code)).values == {2: title}
    assert peer.update(1, lua="error('mine')").description.endswith("mine")
    assert peer.send(update(1, lua="x = ("), create(3, "title")).values == {3: title}
    assert "lua" not in peer.send({"type": "get", "ids": [1]}).of("get")[0]["variables"][0]["properties"]


@pytest.mark.parametrize("code", ["app.title = 'by code'", "lua/extra.lua", ""])
def test_code_of_a_peer_when_not_granted_then_is_refused_and_logged(live: LiveSite, peer: Peer, code: str) -> None:
    """Without the grant nothing runs, and the log says who asked for what."""
    lines: list[Any] = []
    live.host.on("log", lines.append)
    assert peer.send(create(2, "title"), update(1, lua=code, label="x")).errors == [(1, "unauthorized")]
    assert [line.level for line in lines] == ["warn"]
    assert live.session.get("app.title") == "one"
