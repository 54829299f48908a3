"""A reload that is undone: the texts from before it run again, and instances have the fields of their own back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from live_site import LiveSite

from luahost import NothingToUndo, ReloadReport, questions
from luahost.vm.kernel import room_chunk

Start = Callable[..., LiveSite]

OWN = """
function own(instance)
  local names = {}
  for name, value in pairs(instance) do names[#names + 1] = name .. '=' .. tostring(value) end
  table.sort(names)
  return table.concat(names, ' ')
end
"""
MOVING = "function Person:mutate() self.name, self.full = self.full, nil self.email = 'e' end\n"


def person(init: str, rest: str = "") -> dict[str, str]:
    return {"lua/person.lua": f"Person = session:prototype('Person', {{ {init} }})\n{rest}"}


def begin(start: Start, init: str = "full = ''", rest: str = "", **settings: object) -> LiveSite:
    """Starts a session with the prototype and one person."""
    live = start({"lua/main.lua": OWN + "require('person')\n", **person(init, rest)}, undo=True, **settings)
    live.session.execute("ann = Person:new{full = 'Ann', age = 5}")
    return live


def undo(live: LiveSite) -> ReloadReport:
    """Undoes the last reload, which is to work."""
    report = live.host.undo()
    assert report is not None
    assert report.ok, report.errors
    if live.is_watched:
        assert live.next_report() == report
    return report


def test_undo_when_a_mutate_moved_fields_then_they_are_where_they_were(start: Start) -> None:
    """Fields that the reload added are gone, those that it removed are back, whatever the session did since."""
    live = begin(start)
    live.save_well(person("name = '', email = ''", MOVING))
    assert live.eval("return own(ann)") == "age=5 email=e name=Ann"
    live.session.execute("ann.age, ann.extra = 6, 7")
    report = undo(live)
    assert live.eval("return own(ann)") == "age=5 full=Ann"
    assert (report.undone, report.modules, report.sessions[0].instances) == (True, ("lua/person.lua",), 1)


def test_undo_when_a_method_changed_then_the_old_one_is_back(start: Start) -> None:
    """The text from before runs again as a reload does: methods follow, those that came with it go."""
    live = begin(start, rest="function Person:hello() return 1 end")
    live.save_well(person("full = ''", "function Person:hello() return 2 end function Person:bye() end"))
    undo(live)
    assert live.eval("return ann:hello(), ann.bye") == (1, None)
    assert live.session.generation == 2


def test_undo_when_an_instance_is_new_then_it_is_brought_to_the_old_shape(start: Start) -> None:
    """Who wasn't there before the reload has no fields to put back, and gets the `mutate` of the text from before."""
    back = "function Person:mutate(change) self.full = self.name; calls = (calls or 0) + 1 end"
    live = begin(start, rest=back)
    live.save_well(person("name = ''", MOVING))
    live.session.execute("bo = Person:new{name = 'Bo'}")
    report = undo(live)
    assert live.eval("return own(bo), own(ann), calls") == ("full=Bo", "age=5 full=Ann", 1)
    [change] = report.sessions[0].prototypes
    assert (change.added, change.removed, change.instances) == (("full",), ("name",), 1)


def test_undo_when_done_then_the_file_stays_and_its_next_save_is_taken(start: Start) -> None:
    """Files aren't touched: a save of the same text, not even changed, brings it back."""
    live = begin(start, rest="function Person:hello() return 1 end")
    saved = person("full = ''", "function Person:hello() return 2 end")
    live.save_well(saved)
    undo(live)
    assert (live.root / "lua/person.lua").read_text() == saved["lua/person.lua"]
    live.save_well(saved)
    assert live.eval("return ann:hello()") == 2


def test_undo_when_another_file_is_saved_then_what_was_undone_stays_so(start: Start) -> None:
    """The save of another file takes that file alone."""
    files = {"lua/main.lua": "require('a') require('b')", "lua/a.lua": "a = 1", "lua/b.lua": "b = 1"}
    live = start(files, undo=True)
    live.save_well({"lua/a.lua": "a = 2"})
    undo(live)
    live.write({"lua/b.lua": "b = 2"})
    if live.is_watched:
        live.next_report()
    else:
        live.host._reloader.reload(["lua/b.lua"]).wait(None)
    assert live.eval("return a, b") == (1, 2)


def test_undo_when_asked_for_twice_then_says_that_it_is_done(start: Start) -> None:
    """There is one step; to have it again, the files are taken as they are."""
    live = begin(start, rest="function Person:hello() return 1 end")
    live.save_well(person("full = ''", "function Person:hello() return 2 end"))
    undo(live)
    with pytest.raises(NothingToUndo, match="a save or a reload takes the files as they are"):
        live.host.undo()
    report = live.host.reload()
    assert report is not None
    assert report.ok
    assert live.eval("return ann:hello()") == 2


def test_undo_when_the_old_text_fails_now_then_all_stays_and_it_may_be_tried_again(start: Start) -> None:
    """An undo that raises leaves what it found: code, fields, and the step."""
    live = begin(start, rest="if broken then error('not now') end")
    live.save_well(person("name = ''", MOVING))
    live.session.execute("broken = true")
    report = live.host.undo()
    assert report is not None
    assert not report.ok
    assert "not now" in str(report.errors[0])
    assert live.eval("return own(ann)") == "age=5 email=e name=Ann"
    live.session.execute("broken = nil")
    if live.is_watched:
        live.next_report()
    undo(live)
    assert live.eval("return own(ann)") == "age=5 full=Ann"


def test_undo_when_a_mutate_of_new_ones_fails_and_that_fails_reloads_then_fields_stay(start: Start) -> None:
    """With `on_mutate_error = "rollback"` the fields that were put back are taken away again."""
    failing = "function Person:mutate() if self.name == 'Bo' then error('not Bo') end end"
    live = begin(start, rest=failing, on_mutate_error="rollback")
    live.save_well(person("name = ''", MOVING))
    live.session.execute("bo = Person:new{name = 'Bo'}")
    report = live.host.undo()
    assert report is not None
    assert "not Bo" in str(report.errors[0])
    assert live.eval("return own(ann), own(bo), Person.full") == ("age=5 email=e name=Ann", "name=Bo", None)


@pytest.mark.parametrize("name", ["lua54", "luajit21"])
def test_undo_when_a_reload_failed_since_then_undoes_the_one_before(start_site: Start, name: str) -> None:
    """What a failed reload did is gone already; on LuaJIT the step before it is given up with it."""
    live = begin(start_site, rest="function Person:hello() return 1 end", vm=name)
    live.save_well(person("full = ''", "function Person:hello() return 2 end"))
    assert not live.save(person("full = ''", "error('half way')")).ok
    if name == "luajit21":
        with pytest.raises(NothingToUndo, match="no session that lives has taken"):
            live.host.undo()
    else:
        undo(live)
        assert live.eval("return ann:hello()") == 1


def test_undo_when_a_mutate_failed_then_nothing_waits_any_more(start: Start) -> None:
    """Instances that the reload left pending are as they were before it, and wait for nothing."""
    live = begin(start)
    report = live.save_well(person("name = ''", "function Person:mutate() self.half = 1 error('no') end"))
    assert report.sessions[0].pending[0].instances == 1
    report = undo(live)
    assert (report.sessions[0].pending, report.sessions[0].failures) == ((), ())
    assert live.eval("return own(ann), #session:pendingMutations()") == ("age=5 full=Ann", 0)


def test_undo_when_mutations_waited_before_then_they_wait_again(start: Start) -> None:
    """A mutation that an earlier reload left pending, and the undone one has done, is pending as it was."""
    live = begin(start)
    live.save_well(person("name = ''", "function Person:mutate() error('no') end"))
    live.save_well(person("name = ''", MOVING))
    assert live.eval("return own(ann)") == "age=5 email=e name=Ann"
    report = undo(live)
    assert live.eval("return own(ann)") == "age=5 full=Ann"
    assert [(each.type, each.instances) for each in report.sessions[0].pending] == [("Person", 1)]
    live.save_well(person("name = ''", MOVING + "-- fixed again"))
    assert live.eval("return own(ann)") == "age=5 email=e name=Ann"


def test_undo_when_the_reload_loaded_a_module_then_that_goes(start: Start) -> None:
    """A module that came with the reload is unloaded, and the report says so."""
    live = begin(start)
    live.write({"lua/more.lua": "function session:more() return 1 end"})
    live.save_well(person("full = ''", "require('more')"))
    assert live.eval("return session:more()") == 1
    report = undo(live)
    assert live.eval("return session.more") is None
    assert not live.session.is_loaded("lua/more.lua")
    assert report.sessions[0].kept == ("lua/more.lua: came with the reload that is undone, and is unloaded",)


def test_undo_when_a_prototype_moved_to_a_new_module_then_it_moves_back(start: Start) -> None:
    """The new module goes without the prototype, which its old file declares again, with its instances."""
    live = begin(start, rest="function Person:hello() return 1 end")
    moved = "Person = session:prototype('Person', { full = '' })\nfunction Person:hello() return 2 end"
    live.write({"lua/moved.lua": moved})
    live.save_well({"lua/person.lua": "require('moved')"})
    assert live.eval("return ann:hello()") == 2
    undo(live)
    assert live.eval("return ann:hello(), session:countInstances(Person)") == (1, 1)
    live.save_well(person("full = ''", "function Person:hello() return 3 end"))
    assert live.eval("return ann:hello()") == 3


def test_undo_when_the_reload_unloaded_a_deleted_module_then_that_is_back(start: Start) -> None:
    """With `on_delete = "unload"` the module runs again from the text it had, with its prototypes and instances."""
    live = begin(start, rest="function Person:hello() return 1 end", on_delete="unload")
    live.save_well({"lua/person.lua": None})
    assert not live.session.is_loaded("lua/person.lua")
    undo(live)
    assert live.session.is_loaded("lua/person.lua")
    assert live.eval("return ann:hello(), session:countInstances(Person), require('person')") == (1, 1, True)


def test_undo_when_the_reload_removed_a_prototype_then_it_is_back_with_its_instances(start: Start) -> None:
    """What top-level code took out of the registry is the same prototype again, not another of its name."""
    text = "P = session:prototype('P', { n = 1 })"
    live = start({"lua/main.lua": text}, undo=True)
    live.session.execute("p = P:new()")
    live.save_well({"lua/main.lua": "session:removePrototype('P')"})
    live.host.undo()
    assert live.eval("return session:prototype('P') == getmetatable(p), session:countInstances(P)") == (True, 1)


def test_undo_when_a_link_was_pointed_elsewhere_then_the_module_is_the_old_one(start_site: Start, vm: str) -> None:
    """The name means the file that it meant, though the link doesn't."""
    files = {"lua/main.lua": "", "one.lua": "return { n = 1 }", "two.lua": "return { n = 2 }"}
    live = start_site(files, undo=True, vm=vm)
    link = live.root / "lua/link.lua"
    link.symlink_to("../one.lua")
    live.session.execute("value = require('link')")
    link.unlink()
    link.symlink_to("../two.lua")
    report = live.host.reload()
    assert report is not None
    assert report.ok
    assert live.eval("return value.n, require('link').n") == (2, 2)
    undo(live)
    assert live.eval("return value.n, require('link').n") == (1, 1)
    assert [live.session.is_loaded(key) for key in ("one.lua", "two.lua")] == [True, False]


def test_undo_when_a_session_is_newer_then_it_stays_as_it_is(start: Start) -> None:
    """A session that was created after the reload has nothing to go back to."""
    live = begin(start, rest="function Person:hello() return 1 end")
    live.save_well(person("full = ''", "function Person:hello() return 2 end"))
    newer = live.host.create_session()
    report = undo(live)
    assert [session.id for session in report.sessions] == [live.session.id]
    assert newer.eval("return Person.hello()") == 2
    live.session.close()


def test_undo_when_only_newer_sessions_live_then_says_so(start: Start) -> None:
    """Who took the reload has gone."""
    live = begin(start)
    live.save_well(person("name = ''"))
    live.session.close()
    live.session = live.host.create_session()
    with pytest.raises(NothingToUndo, match="no session that lives has taken the last reload"):
        live.host.undo()


def test_undo_when_there_is_no_room_for_copies_then_says_so_and_changes_nothing(start_site: Start, vm: str) -> None:
    """Copies that would take more than half of the memory that is left aren't made; the reload is applied."""
    live = begin(start_site, vm=vm, memory_limit_mb=4)
    live.session.execute("many = {} for i = 1, 6000 do many[i] = Person:new{a = i, b = i, c = i, d = i} end")
    live.save_well(person("full = ''", "function Person:hello() return 2 end"))
    report = live.host.undo()
    assert report is not None
    assert "no room to keep the fields of all instances (setting memory_limit_mb)" in str(report.errors[0])
    assert live.eval("return ann:hello()") == 2


def test_undo_when_instances_are_dropped_then_they_stay_until_the_next_reload_only(start_site: Start, vm: str) -> None:
    """What is kept holds on to what its copies refer to, and is dropped with the next reload; circles, too."""
    live = begin(start_site, vm=vm)
    live.session.execute("for i = 1, 100 do local a, b = Person:new(), Person:new() a.other, b.other = b, a end")
    live.save_well(person("full = ''", "-- 1"))
    live.save_well(person("full = ''", "-- 2"))
    live.session.collect()
    live.save_well(person("full = ''", "-- 3"))
    live.session.collect()
    assert live.eval("return session:countInstances(Person)") == 1


def test_undo_when_time_is_up_in_a_mutate_then_the_fields_are_back(start_site: Start, vm: str) -> None:
    """A limit that ends the `mutate` of new instances ends neither the undo nor what it puts back."""
    endless = "function Person:mutate() if self.name == 'Bo' then while true do end end end"
    live = begin(start_site, rest=endless, vm=vm, time_limit_s=0.2)
    live.save_well(person("name = ''", MOVING))
    live.session.execute("bo = Person:new{name = 'Bo'}")
    report = undo(live)
    assert live.eval("return own(ann), own(bo)") == ("age=5 full=Ann", "name=Bo")
    assert [each.instances for each in report.sessions[0].pending] == [1]


def test_undo_when_asked_for_in_a_turn_then_it_is_done_at_its_end(start_site: Start, vm: str) -> None:
    """Within a turn of a session there is no report; at its end the reload is undone."""
    live = begin(start_site, rest="function Person:hello() return 1 end", vm=vm)
    live.save_well(person("full = ''", "function Person:hello() return 2 end"))
    assert live.session.run(lambda session: (live.host.undo(), session.eval("return ann:hello()"))) == (None, 2)
    assert live.eval("return ann:hello()") == 1


def test_undo_when_told_of_then_hooks_see_it(start: Start) -> None:
    """`session:onReload` is called as for any reload; its report says that one was undone."""
    live = begin(start, rest="function Person:hello() return 1 end")
    live.session.execute("seen = {} session:onReload(function(report) seen[#seen + 1] = report.undone or false end)")
    live.save_well(person("full = ''", "function Person:hello() return 2 end"))
    undo(live)
    assert live.eval("return seen") == [False, True]


def test_undo_when_the_host_keeps_nothing_then_says_how(start_site: Start) -> None:
    """Only a host that was made for it can undo."""
    live = start_site({"lua/main.lua": "x = 1"})
    live.save_well({"lua/main.lua": "x = 2"})
    with pytest.raises(NothingToUndo, match=r"Host\(…, undo=True\)"):
        live.host.undo()


def test_reload_when_nothing_is_to_be_undone_then_keeps_no_copies(
    start_site: Start, vm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session of a host without undo doesn't even load the rooms that copy fields."""
    live = start_site({"lua/main.lua": "P = session:prototype('P', { a = 1 }) p = P:new()"}, vm=vm)
    rooms: list[str] = []
    monkeypatch.setattr(questions, "room_chunk", lambda name, room: (rooms.append(room), room_chunk(name, room))[1])
    live.save_well({"lua/main.lua": "P = session:prototype('P', { a = 2 }) p = p or P:new()"})
    assert "reload" in rooms
    assert not {"undo", "fields"} & {*rooms}
