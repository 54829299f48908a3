"""Mutation that fails: what waits, when it is tried again, and the reload that fails with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from luahost import Host, Session, Settings
from luahost.news import GuestError

WriteSite = Callable[[Mapping[str, str]], Path]


def test_failure_when_some_raise_then_each_instance_is_called_once(session: Session) -> None:
    """However failures lie between others, every instance gets its `mutate` once."""
    session.execute("P, calls, bad = session:prototype('P', { a = 1 }), 0, { [1] = true, [2] = true, [5] = true }")
    session.execute("ps = {} for i = 1, 9 do ps[i] = P:new{ n = 0 } end")
    session.execute(
        "function P:mutate() calls, self.n = calls + 1, self.n + 1 if bad[calls] then error('no') end self.done = 1 end"
        " session:prototype('P', { a = 2 })"
    )
    assert session.eval("for _, p in ipairs(ps) do if p.n ~= 1 then return p.n end end return 'once'") == "once"
    assert session.eval("local n = 0 for _, p in ipairs(ps) do n = n + (p.done or 0) end return n") == 6
    assert session.eval("return session:pendingMutations()[1].instances") == 3


def test_failure_when_mutate_raises_then_others_go_on_and_the_load_succeeds(
    session: Session, reported: list[GuestError]
) -> None:
    """L17, LC-31: a failing `mutate` stops neither other instances nor other prototypes, and is reported."""
    session.execute("P, Q = session:prototype('P', { a = 1 }), session:prototype('Q', { a = 1 })")
    session.execute("bad, good, q = P:new{ bad = true }, P:new{}, Q:new{}")
    session.execute("function P:mutate()\nif self.bad then error('no') end self.done = 1 end", name="@p.lua")
    session.execute("function Q:mutate() self.done = 1 end")
    session.execute("session:prototype('P', { a = 2 }) session:prototype('Q', { a = 2 })")
    assert session.eval("return good.done, q.done, bad.done, bad.a") == (1, 1, None, 2)
    assert [str(error.error) for error in reported] == ["p.lua:2: mutate of P: no"]


def test_failure_when_mutate_raises_then_the_instance_keeps_its_removed_fields(session: Session) -> None:
    """The removed fields of an instance whose `mutate` failed stay with it, the others' leave."""
    session.execute("P = session:prototype('P', { a = 1 }) bad, good = P:new{ a = 5, bad = true }, P:new{ a = 6 }")
    session.execute("function P:mutate() if self.bad then error('no') end end session:prototype('P', {})")
    assert session.eval("return rawget(bad, 'a'), rawget(good, 'a')") == (5, None)


def test_failure_when_pending_then_is_listed_with_type_error_and_position(session: Session) -> None:
    """`session:pendingMutations()` and the inspector show what waits, with type, error and position."""
    session.execute("P = session:prototype('P', { a = 1 }) ps = { P:new{}, P:new{} }")
    session.execute("function P:mutate()\nerror('no') end session:prototype('P', { a = 2 })", name="@p.lua")
    waiting = [{"type": "P", "message": "no", "file": "p.lua", "line": 2, "instances": 2}]
    assert session.eval("return session:pendingMutations()") == waiting
    assert session.describe()["pending"] == waiting


def test_failure_when_a_module_is_loaded_in_the_same_turn_then_it_is_reported(
    session: Session, site: WriteSite, reported: list[GuestError]
) -> None:
    """What waits in a turn is done before a load within it, and its failures are reported as at the turn's end."""
    site({"lua/a.lua": "a = 1"})
    session.execute("app = {} session:createAppVariable(app) P = session:prototype('P', { a = 1 }) p = P:new{}")
    session.execute("function P:mutate() error('no') end")
    session.execute("function app:go() session:prototype('P', { a = 2 }) require('a') end")
    session.call("app:go")
    assert [error.error.message for error in reported] == ["mutate of P: no"]


def test_failure_when_the_error_is_fixed_then_the_step_runs_again(session: Session) -> None:
    """A typo in `mutate`, save, error, fix, save loses nothing, though the fix changes no field."""
    session.execute("P = session:prototype('P', { fullName = '' }) p = P:new{ fullName = 'Ann' }")
    session.execute("session:prototype('P', { name = '' }) function P:mutate() self.name = self.fulName.x end")
    assert session.eval("return rawget(p, 'fullName'), #session:pendingMutations()") == ("Ann", 1)
    session.execute("session:prototype('P', { name = '' }) function P:mutate() self.name = self.fullName end")
    assert session.eval("return p.name, rawget(p, 'fullName'), #session:pendingMutations()") == ("Ann", None, 0)


def test_failure_when_it_runs_again_then_fields_read_as_when_it_began(session: Session) -> None:
    """A pending step keeps the shape it started from: old defaults read as they did then, removed ones included."""
    session.execute("P = session:prototype('P', { a = 1, gone = 'g' }) p = P:new{} function P:mutate() error('x') end")
    session.execute("session:prototype('P', { a = 2, b = 1 })")
    session.execute("function P:mutate(c) seen = { self.a, self.gone, self.b == nil, c.changed.a, c.removed.gone } end")
    session.execute("session:prototype('P', { a = 3, b = 2 })")
    assert session.eval("return seen") == [1, "g", True, 1, "g"]
    assert session.eval("return p.a, p.b, p.gone") == (3, 2, None)


def test_failure_when_a_newer_change_comes_then_each_instance_gets_one_step(session: Session) -> None:
    """The pending step reaches from its own start to now; the newer one leaves its instances out."""
    session.execute(
        "P = session:prototype('P', { a = 1 }) bad, good = P:new{ id = 'bad' }, P:new{ id = 'good' } log = {}"
    )
    session.execute(
        "function P:mutate() if self.id == 'bad' then error('no') end end session:prototype('P', { b = 1 })"
    )
    session.execute("""
        function P:mutate(change)
            local added = {}
            for name in pairs(change.added) do added[#added + 1] = name end
            table.sort(added)
            log[#log + 1] = self.id .. ':' .. table.concat(added, ',')
        end
        session:prototype('P', { b = 1, c = 1 })
    """)
    assert session.eval("return log") == ["bad:b,c", "good:c"]


def test_failure_when_the_retried_mutate_declares_its_prototype_then_still_runs_once(session: Session) -> None:
    """A step that runs isn't queued once more by a declaration that its own `mutate` makes."""
    session.execute("P = session:prototype('P', { a = 1 }) p = P:new{} n = 0 function P:mutate() error('no') end")
    session.execute("session:prototype('P', { a = 2 })")
    session.execute(
        "function P:mutate() n = n + 1 session:prototype('P', { a = 2 }) end session:prototype('P', { a = 2 })"
    )
    assert session.eval("return n, #session:pendingMutations()") == (1, 0)


def test_failure_when_it_fails_again_then_waits_on_and_the_newer_step_leaves_it_out(session: Session) -> None:
    """A step that fails again keeps its start; what came meanwhile doesn't touch its instances."""
    session.execute("P = session:prototype('P', { a = 1 }) bad = P:new{ id = 'bad' } n = 0")
    session.execute("function P:mutate() n = n + 1 error('no') end session:prototype('P', { b = 1 })")
    session.execute("session:prototype('P', { b = 1, c = 1 })")
    assert session.eval("return n, #session:pendingMutations()") == (2, 1)
    session.execute("function P:mutate(c) seen = c end session:prototype('P', { b = 1, c = 1 })")
    assert session.eval("return seen.removed.a, seen.added.b, seen.added.c, #session:pendingMutations()") == (
        1,
        1,
        1,
        0,
    )


def test_failure_when_no_load_declares_the_prototype_then_is_not_tried_again(session: Session) -> None:
    """Only a load that declares the prototype tries again."""
    session.execute(
        "P = session:prototype('P', { a = 1 }) p = P:new{} n = 0 function P:mutate() n = n + 1 error('no') end"
    )
    session.execute("session:prototype('P', { a = 2 })")
    session.execute("x = session:prototype('P') session:prototype('Q', {})")
    assert session.eval("return n") == 1


def test_failure_when_the_instance_is_dropped_then_nothing_waits(session: Session) -> None:
    """A pending instance is held weakly."""
    session.execute("P = session:prototype('P', { a = 1 }) p = P:new{} function P:mutate() error('no') end")
    session.execute("session:prototype('P', { a = 2 }) p = nil")
    session.collect()
    session.collect()
    assert session.eval("return session:pendingMutations()") == []


def test_failure_when_mutate_read_an_added_field_then_the_report_names_change_added(
    session: Session, reported: list[GuestError]
) -> None:
    """The price of hiding: a new method that reads an added field gets nil; the report says where the default is."""
    session.execute("P = session:prototype('P', {}) p = P:new{}")
    session.execute("function P:hi() return self.tags.first end function P:mutate() self:hi() end")
    session.execute("session:prototype('P', { tags = {} })")
    assert "change.added.tags" in str(reported[0].error)


def test_rollback_when_mutate_fails_then_the_reload_fails_and_nothing_changed(
    tmp_path: Path, site: WriteSite, vm: str
) -> None:
    """With `on_mutate_error = "rollback"` a failure fails the reload, and instances get their own fields back."""
    old = "P = session:prototype('P', { a = 1 }) function P:hi() return 'old' end"
    site({"lua/main.lua": "require('p')", "lua/p.lua": old})
    with Host(tmp_path, watch=False, settings=Settings(vm=vm, on_mutate_error="rollback")) as host:
        session = host.create_session()
        session.execute("ps = {} for i = 1, 3 do ps[i] = P:new{ id = i } end n = 0")
        site({"lua/p.lua": "P = session:prototype('P', { b = 1 }) function P:hi() return 'new' end\n"
              "function P:mutate() n = n + 1 self.x = 1 self.id = nil if n == 2 then error('no') end end"})  # fmt: skip
        report = host.reload()
        assert report is not None
        assert not report.ok
        fields = "local t = {} for i, p in ipairs(ps) do t[i] = { p.id, p.a, p.x or 0, p:hi() } end return t"
        assert session.eval(fields) == [[1, 1, 0, "old"], [2, 1, 0, "old"], [3, 1, 0, "old"]]
        assert session.eval("return P.b, P.mutate, session.reloading, session.generation") == (None, None, False, 0)
