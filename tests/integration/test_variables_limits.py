"""Variables at their limits: how many there may be, and getters that don't end or want too much."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from peers import Peer, Peers, create

from luahost import Host, LimitExceeded, LuaError, Session, Settings

APP = """
local App = session:prototype("App", {})
app = session:create(App, { name = "Ann", mode = "well" })
session:createAppVariable(app)
local deeds = {
  slow = function() while true do end end,
  hidden = function() while true do pcall(error) end end,
  inside = function() coroutine.wrap(function() while true do end end)() end,
  big = function() local t = {} while true do t[#t + 1] = { t } end end,
  deep = function() local function f() return (string.gsub('x', 'x', f)) end return f() end,
}
function app:risky()
  if deeds[self.mode] then deeds[self.mode]() end
  return self.mode
end
"""
ENDLESS = ("slow", "hidden", "inside", "big")


@pytest.fixture
def strict(tmp_path: Path, vm: str) -> Iterator[Host]:
    """Returns a host that grants little time and memory, on each VM."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua/main.lua").write_text("require('m')\n" + APP)
    (tmp_path / "lua/m.lua").write_text("one = 1\n")
    with Host(tmp_path, watch=False, settings=Settings(vm=vm, time_limit_s=0.25, memory_limit_mb=16)) as host:
        yield host


@pytest.fixture
def limited(strict: Host) -> Session:
    """Returns a session with little time and memory, whose app has a risky method."""
    return strict.create_session()


@pytest.fixture
def watcher(limited: Session) -> Peer:
    """Returns a peer that watches the risky method as 2, and the name as 3."""
    peer = Peers(limited).peer(1)
    peer.send(create(2, "risky()"), create(3, "name"))
    return peer


def test_turn_when_a_limit_ends_it_then_what_it_changed_is_told_all_the_same(limited: Session, watcher: Peer) -> None:
    """Whoever watches is told of what an action did before it was ended, though no other turn follows."""
    with pytest.raises(LimitExceeded):
        limited.execute("app.name = 'Eve' while true do end")
    assert watcher.read().values == {3: "Eve"}
    limited.execute("function app:go() self.name = 'Ann' while true do end end")
    with pytest.raises(LimitExceeded):
        limited.call("app:go")
    assert watcher.read().values == {3: "Ann"}


def test_turns_when_all_are_ended_by_limits_then_the_session_is_closed_though_somebody_watches(
    limited: Session, watcher: Peer
) -> None:
    """Looking for what they changed is no turn that makes up for them."""
    for _ in range(5):
        with pytest.raises(LimitExceeded):
            limited.execute("while true do end")
    assert limited.is_closed


@pytest.mark.parametrize("mode", ENDLESS)
def test_getter_when_a_limit_ends_it_then_is_left_alone_until_written(
    limited: Session, watcher: Peer, mode: str
) -> None:
    """The turn is ended; the next one tells the rest, and the error of that variable; a write takes it up."""
    with pytest.raises(LimitExceeded):
        limited.execute(f"app.mode, app.name = '{mode}', 'Eve'")
    limited.execute("app.other = 1")
    told = watcher.read()
    assert told.values == {2: None, 3: "Eve"}
    assert told.errors == [(2, "limit")]
    limited.execute("app.mode = 'well'")
    assert not watcher.read()
    assert watcher.update(2, "ignored").values == {2: "well"}


def test_getter_when_a_limit_ended_it_then_the_session_is_usable(limited: Session, watcher: Peer) -> None:
    """One turn is lost, not five in a row that close the session."""
    with pytest.raises(LimitExceeded):
        limited.execute("app.mode = 'slow'")
    for n in range(10):
        limited.set("app.name", str(n))
    assert watcher.read().values == {2: None, 3: "9"}
    assert not limited.is_closed


def test_getter_when_code_is_reloaded_then_is_taken_up(
    limited: Session, watcher: Peer, strict: Host, tmp_path: Path
) -> None:
    """Code that was loaded anew may end now; an edit in the session alone is not looked at."""
    with pytest.raises(LimitExceeded):
        limited.execute("app.mode = 'slow'")
    limited.execute("")
    watcher.read()
    limited.execute("app.mode = 'well'")
    assert not watcher.read()
    (tmp_path / "lua/m.lua").write_text("two = 2\n")
    strict.reload()
    assert watcher.read().values == {2: "well"}


def test_getter_when_a_limit_ends_it_at_the_first_watch_then_the_others_are_told(limited: Session) -> None:
    """The variable that is being computed is the one that is left alone, wherever it stands."""
    peer = Peers(limited).peer(1)
    limited.execute("app.mode = 'slow'")
    batch = (create(2, "name"), create(3, "risky()", access="r"), create(4, "name"))
    with pytest.raises(LimitExceeded):
        peer.send(*batch)
    limited.execute("")
    told = peer.read()
    assert told.values == {2: "Ann", 3: None, 4: "Ann"}
    assert told.errors == [(3, "limit")]


def test_turn_when_it_is_ended_outside_of_detection_then_no_variable_is_blamed(limited: Session, watcher: Peer) -> None:
    """An action that doesn't end leaves every variable as it was; what it changed is told behind it."""
    limited.execute("function app:spin() self.name = 'spun' while true do end end")
    watcher.create(4, "spin()", access="action")
    with pytest.raises(LimitExceeded):
        watcher.update(4)
    told = watcher.read()
    assert (told.values, told.errors) == ({3: "spun"}, [])


def test_getter_when_it_recurses_without_end_then_is_that_variables_error(peer: Peer, session: Session) -> None:
    """A stack that overflows is an ordinary error."""
    session.execute(APP)
    peer.send(create(2, "risky()"), create(3, "name"))
    session.execute("app.mode, app.name = 'deep', 'Eve'")
    told = peer.read()
    assert told.errors == [(2, "lua-error")]
    assert told.values == {2: None, 3: "Eve"}


def test_wrapper_when_a_limit_ends_it_then_its_variable_is_left_alone(limited: Session, watcher: Peer) -> None:
    """A wrapper's `new` is code like any other."""
    limited.execute("Slow = { new = function() while true do end end }")
    with pytest.raises(LimitExceeded):
        watcher.create(4, "name", wrapper="Slow")
    limited.execute("app.name = 'Eve'")
    told = watcher.read()
    assert told.errors == [(4, "limit")]
    assert told.values == {3: "Eve", 4: None}


def test_get_when_a_limit_ends_it_then_the_watched_ones_go_on(limited: Session, watcher: Peer) -> None:
    """Who asks for what doesn't end loses his turn, and nobody else anything."""
    watcher.unwatch(2)
    limited.execute("app.mode = 'slow'")
    with pytest.raises(LimitExceeded):
        watcher.get(2)
    limited.execute("app.name = 'Eve'")
    assert watcher.read().values == {3: "Eve"}


def test_variables_when_there_are_10000_then_another_is_refused(peer: Peer, session: Session) -> None:
    """A session has at most 10,000 variables; one that goes makes room."""
    told = peer.send(*(create(n, value=n, nowatch=True) for n in range(2, 10_001)))
    assert told.errors == []
    assert peer.create(10_001, value=1).errors == [(10_001, "limit")]
    with pytest.raises(LuaError, match="at most 10000 variables"):
        session.eval("return session:createVariable(1, 1)")
    peer.destroy(2)
    assert session.eval("return session:createVariable(1, 1)") == -1


def test_observers_when_there_are_10000_then_another_is_refused(session: Session) -> None:
    """A session has at most 10,000 property watchers; one that goes makes room."""
    session.execute("for _ = 1, 10000 do last = session:watchProperty(1, 'x', print) end")
    with pytest.raises(LuaError, match="too many property watchers"):
        session.execute("session:watchProperty(1, 'x', print)")
    session.execute("session:unwatchProperty(last) session:watchProperty(1, 'x', print)")


def test_variables_when_nested_deep_then_are_computed(peer: Peer, session: Session) -> None:
    """A thousand variables, each below the other, are read, written and destroyed."""
    session.execute("app = { n = 1 } app.self = app session:createAppVariable(app)")
    peer.send(*(create(n, "self", n - 1, nowatch=True) for n in range(2, 1002)))
    assert peer.create(2000, "n", 1001).values == {2000: 1}
    peer.update(2000, 5)
    assert session.get("app.n") == 5
    peer.destroy(2)
    assert [each["id"] for each in session.variables()] == [1]


def test_variables_when_they_come_and_go_then_nothing_is_left(peer: Peer, session: Session) -> None:
    """Thousands of variables, wrappers, lists and errors leave no memory behind."""
    session.execute("""
        Wrap = { new = function(_, v) return { type = "W", v = v } end, sync = function() end }
        local App = session:prototype("App", {})
        app = session:create(App, { items = { { n = 1 } }, name = "x" })
        session:createAppVariable(app)
    """)

    def around() -> None:
        for n in range(2, 400, 4):
            peer.send(
                *(create(n, "name", wrapper="Wrap"), create(n + 1, "items", wrapper="lua.ViewList")),
                *(create(n + 2, "items", n + 1), create(n + 3, "none.x", label="x" * 100)),
            )
        session.execute("for i = 1, 100 do session:destroyVariable(session:createVariable(1, {})) end")
        peer.send(*({"type": "destroy", "id": n + k} for n in range(2, 400, 4) for k in (3, 2, 1, 0)))
        session.collect()

    around()
    before = session.describe()["memory_kb"]
    for _ in range(3):
        around()
    assert session.describe()["memory_kb"] < before + 64
