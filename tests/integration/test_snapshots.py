"""What a session's snapshot holds, by which names, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lasting import LastingSite

from luahost import LuaError, NotStorable, TooLarge
from luahost.storage.body import pack_body
from luahost.storage.port import Acquired, Owner, Write

REFUSALS = ("session:restore: ", "can't enter the session")

MODEL = "P = session:prototype('P', { name = 'n' })"


@pytest.fixture
def lasting(tmp_path: Path, vm: str) -> Iterator[LastingSite]:
    """Returns a site with a prototype, on each VM."""
    main = 'require("model")\napp = session:restore() or {}\nsession:createAppVariable(app)'
    site = LastingSite(tmp_path, {"lua/main.lua": main, "lua/model.lua": MODEL}, vm=vm)
    yield site
    site.close()


def test_restore_when_nothing_was_saved_then_is_nil_and_not_restored(lasting: LastingSite) -> None:
    """A new session has nothing to go on from, and says so."""
    lasting.restart({"lua/main.lua": "first, other = session:restore(), session:restore('prefs')"})
    fresh = lasting.host.create_session()
    assert fresh.eval("return first, other, session.restored") == (None, None, None)


def test_restore_when_main_runs_again_then_the_object_is_kept(lasting: LastingSite) -> None:
    """A save of main.lua makes no second app object, in a new session as in one that came back."""
    main = (lasting.root / "lua" / "main.lua").read_text()
    for _ in range(2):
        lasting.session.execute("app.n, before = 5, app")
        lasting.write({"lua/main.lua": main + "-- saved"})
        assert lasting.host.reload() is not None
        assert lasting.session.eval("return app == before, app.n") == (True, 5)
        lasting.restart({"lua/main.lua": main})
    lasting.write({"lua/main.lua": main + "-- saved once more"})
    assert lasting.host.reload() is not None
    assert lasting.session.eval("return session.restored") is True


def test_restore_when_saved_then_is_the_app_object_and_reloading_is_false(lasting: LastingSite) -> None:
    """The app object comes back by itself; the session knows that it did."""
    lasting.session.execute("app.n = 5")
    back = lasting.restart()
    assert back.eval("return app.n, session.restored, session.reloading, session:getApp() == app") == (
        5,
        True,
        False,
        True,
    )


def test_restore_when_the_site_never_asks_then_nothing_is_saved(lasting: LastingSite) -> None:
    """A site whose code doesn't ask is never saved, and what is there is not overwritten unseen."""
    lasting.session.execute("app.n = 5")
    lasting.restart({"lua/main.lua": "app = { n = 1 } session:createAppVariable(app)"})
    assert lasting.session.snapshot() is None
    main = 'require("model") app = session:restore() session:createAppVariable(app)'
    assert lasting.restart({"lua/main.lua": main}).eval("return app.n") == 5


def test_restore_when_there_is_an_app_object_already_then_still_answers_the_saved_one(lasting: LastingSite) -> None:
    """Whoever makes the app variable first, and asks then, gets what was saved, and may put it in its place."""
    lasting.session.execute("app.n = 5")
    main = """
    session:createAppVariable({})
    app = session:restore()
    session:createAppVariable(app)
    """
    lasting.restart({"lua/main.lua": main})
    assert lasting.restart().eval("return app.n, session:getApp() == app") == (5, True)


def test_persist_when_named_then_comes_back_by_its_name_with_sharing(lasting: LastingSite) -> None:
    """Other roots are kept by name; what two roots share is one table again."""
    lasting.session.execute("prefs = { app = app } session:persist('prefs', prefs)")
    assert lasting.restart().eval("prefs = session:restore('prefs') return prefs.app == app") is True


def test_persist_when_not_asked_for_again_then_stays(lasting: LastingSite) -> None:
    """A root that no code has claimed yet isn't lost by the next save."""
    lasting.session.execute("session:persist('prefs', { n = 1 })")
    lasting.restart()
    lasting.session.execute("app.touched = true")
    lasting.restart()
    assert lasting.session.eval("return session:restore('prefs').n") == 1
    lasting.session.execute("session:persist('prefs', nil)")
    assert lasting.restart().eval("return session:restore('prefs')") is None


def test_restore_when_a_chunk_that_asked_failed_then_asks_once_more(lasting: LastingSite) -> None:
    """What a failed load took up is not lost: the next call has it again."""
    lasting.session.execute("app.n = 5")
    lasting.restart({"lua/main.lua": 'require("model")'})
    with pytest.raises(LuaError, match="half way"):
        lasting.session.execute("session:restore() error('half way')")
    assert lasting.session.eval("return session:restore().n") == 5


def test_snapshot_when_nothing_changed_then_is_the_same_before_and_after_a_restart(lasting: LastingSite) -> None:
    """Equal state gives equal bytes, in whatever order it was filled: a freshly loaded session is clean (LS-2)."""
    lasting.session.execute("app.list = {}")
    lasting.session.execute("for i = 1, 50 do app.list[i] = P:new{ ['k' .. i % 7] = i, z = i, a = {} } end")
    first = lasting.session.snapshot()
    lasting.session.execute("local l = app.list app.list, app.b = nil, 1 app.list, app.b = l, nil")
    assert lasting.session.snapshot() == first
    assert lasting.restart().snapshot() == first


def test_snapshot_when_a_value_changed_then_differs(lasting: LastingSite) -> None:
    """The digest tells that something changed: 1 and 1.0 too, where the VM tells them apart."""
    lasting.session.execute("app.n, app.p = 1, P:new{}")
    seen = [lasting.session.snapshot()]
    for change in ("app.n = 2", "app.p.name = 'x'", "P.nextId = 1", "app.n = nil", "app[2] = 1", "app[true] = 1"):
        lasting.session.execute(change)
        seen.append(lasting.session.snapshot())
    assert len(set(seen)) == len(seen)


def test_snapshot_when_the_graph_is_deep_or_wide_then_depth_costs_nothing(lasting: LastingSite) -> None:
    """A chain of 100,000 tables is saved and comes back: nothing is nested."""
    lasting.session.execute("local at = app for i = 1, 100000 do at.next = { i = i } at = at.next end")
    back = lasting.restart(memory_limit_mb=256)
    assert back.eval("local n, at = 0, app while at.next do at, n = at.next, n + 1 end return n, at.i") == (
        100000,
        100000,
    )


def test_snapshot_when_a_module_table_is_met_then_it_is_referred_to(lasting: LastingSite) -> None:
    """A module's table is the module's: it is found again, not copied, and not stored."""
    lasting.write({"lua/config.lua": "return { limit = 1, f = print }"})
    lasting.session.execute("app.config = require('config')")
    assert lasting.restart().eval("return app.config == require('config'), app.config.limit") == (True, 1)


def test_snapshot_when_kernel_objects_are_met_then_they_are_the_same_again(lasting: LastingSite) -> None:
    """`session`, `EMPTY` and prototypes are themselves."""
    lasting.session.execute("app.s, app.e, app.p = session, EMPTY, P")
    assert lasting.restart().eval("return app.s == session, app.e == EMPTY, app.p == P") == (True, True, True)


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("app.people = { {}, {}, { on_click = function() end } }", r"app.people\[3\].on_click: a function"),
        ("app.co = coroutine.create(function() end)", "app.co: a thread"),
        ("app.f = print", "app.f: a function"),
        ("app.meta = setmetatable({}, {})", "app.meta: a table whose metatable is no prototype"),
        ("app[print] = 1", r"app.*: a function as a key"),
        ("app['not a name'] = { print }", r'app\["not a name"\]\[1\]: a function'),
        ("session:persist('prefs', { x = print })", "prefs.x: a function"),
        ("local at = app for i = 1, 50 do at.n = {} at = at.n end at.f = print", "app.n.n.n….*n.f: a function"),
        ("app[{ k = print }] = 1", r"app\[a table\].k: a function"),
    ],
)
def test_snapshot_when_something_can_not_be_stored_then_names_its_path(
    lasting: LastingSite, code: str, path: str
) -> None:
    """Functions, coroutines and foreign metatables are refused by an error that says where they are."""
    lasting.session.execute(code)
    with pytest.raises(NotStorable, match=path):
        lasting.session.save()


def test_snapshot_when_an_instance_has_what_can_not_be_stored_then_says_what_to_do(lasting: LastingSite) -> None:
    """The error of an instance names the way out: transient fields."""
    lasting.session.execute("app.p = P:new{ view = print }")
    with pytest.raises(NotStorable, match=r'app.p.view: .*session:transient\("P"'):
        lasting.session.save()
    lasting.session.execute("session:transient('P', { 'view' })")
    lasting.session.execute("Q = session:prototype('Q', {}, P) app.q = Q:new{ view = print, own = 1 }")
    assert lasting.restart().eval("return app.p.view, app.q.view, app.q.own") == (None, None, 1)


def test_transient_when_declared_again_then_the_new_list_counts(lasting: LastingSite) -> None:
    """A field that is no longer transient is saved again; the prototype itself may be named too."""
    lasting.session.execute("app.p = P:new{ a = 1, b = 2 } session:transient(P, { 'a' }) session:transient(P, { 'b' })")
    assert lasting.restart().eval("return app.p.a, app.p.b") == (1, None)


def test_snapshot_when_a_prototype_holds_code_then_that_is_left_to_its_file(lasting: LastingSite) -> None:
    """A prototype's tables of functions, and such with other metatables, are its file's; state in it is saved."""
    model = MODEL + " P.commands = { go = function() return 1 end } P.cache = setmetatable({}, { __mode = 'k' })"
    lasting.restart({"lua/model.lua": model})
    lasting.session.execute("P.seen = { { deep = 1 } }")
    assert lasting.restart().eval("return P.commands.go(), P.cache ~= nil, P.seen[1].deep") == (1, True, 1)


def test_snapshot_when_too_large_then_names_the_biggest_branches(lasting: LastingSite) -> None:
    """The limit is checked when saving, by the number that loading goes by."""
    lasting.restart(max_record_mb=1)
    lasting.session.execute("app.history, app.small = {}, {}")
    lasting.session.execute("for i = 1, 40 do app.history[i] = ('x'):rep(40000) .. i end")
    with pytest.raises(TooLarge, match=r"max_record_mb\); most of it: app.history \(\d+ %\), app.small"):
        lasting.session.save()


def test_snapshot_when_an_instance_is_reached_by_nobody_then_is_not_saved(lasting: LastingSite) -> None:
    """Only what the roots reach is kept."""
    lasting.session.execute("app.kept = P:new{} stray = P:new{}")
    assert lasting.restart().eval("return session:countInstances(P)") == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("session.restore()", "write session:restore"),
        ("session:restore(1)", "bad argument #1 to 'restore'"),
        ("session:persist(1, {})", "bad argument #1 to 'persist'"),
        ("session:persist('x', 1)", "bad argument #2 to 'persist'"),
        ("session:transient(1, {})", "bad argument #1 to 'transient'"),
        ("session:transient('P', 'view')", "bad argument #2 to 'transient'"),
        ("session:transient('P', { 1 })", "bad argument #2 to 'transient'"),
    ],
)
def test_calls_when_an_argument_is_wrong_then_say_which(lasting: LastingSite, call: str, message: str) -> None:
    """A call that can't be meant is refused at the guest's line."""
    with pytest.raises(LuaError, match=message):
        lasting.session.execute(call)


def test_restore_when_bytes_are_hostile_then_fails_and_leaves_them(lasting: LastingSite) -> None:
    """Whatever the snapshot's bytes are, restoring ends with an error, and what is stored stays (byte by byte)."""
    lasting.session.execute("app.list = { P:new{}, 'text', 1.5, { [true] = app } }")
    payload = lasting.session.snapshot()
    assert payload is not None
    lasting.close()
    wrong = [payload[:at] + bytes([payload[at] ^ 0xFF]) + payload[at + 1 :] for at in range(len(payload))]
    wrong += [payload[:at] for at in range(0, len(payload), 7)]
    wrong += [b"\xdd\xff\xff\xff\xff" * 10, b"\x98\x01" + b"\xdd\xff\xff\xff\xff", b"\x91" * 1000, b"\xc1", b"\0"]
    lasting.host = lasting._started()
    told = [_attempt(lasting, f"wrong{at}", bytes_) for at, bytes_ in enumerate(wrong)]
    assert [text for text in told if text and not any(words in text for words in REFUSALS)] == []
    assert sum(text is not None for text in told) > len(told) / 3
    assert lasting.storage.integrity() == []


def _attempt(lasting: LastingSite, key: str, payload: bytes) -> str | None:
    """Returns the error that these bytes give; None if they make a session, though perhaps another one."""
    _store(lasting, key, payload)
    try:
        lasting.host.create_session(key).close()
    except LuaError as error:
        return str(error)
    return None


def _store(lasting: LastingSite, key: str, payload: bytes) -> None:
    acquired = lasting.storage.acquire("sessions", key, Owner("test"), 60)
    assert isinstance(acquired, Acquired)
    lasting.storage.commit([Write(acquired.lease, key, body=pack_body(payload), release=True)])
