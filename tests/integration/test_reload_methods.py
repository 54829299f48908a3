"""Methods and what they use, saved while instances are alive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from live_site import LiveSite

Start = Callable[..., LiveSite]


def greeter(body: str, before: str = "") -> dict[str, str]:
    return {"lua/greeter.lua": f"{before}\nGreeter = session:prototype('Greeter', {{ name = '' }})\n{body}\n"}


def begin(start: Start, files: dict[str, str]) -> LiveSite:
    live = start({"lua/main.lua": "require('greeter')\n", **files})
    live.session.execute("ann = Greeter:new{name = 'Ann'}")
    return live


HELLO = "function Greeter:greet() return 'hello ' .. self.name end"
GOODBYE = "function Greeter:leave() return 'bye ' .. self.name end"


def test_method_when_changed_then_instances_have_it_at_their_next_call(start: Start) -> None:
    """Row 7: a changed method is what an existing instance calls next."""
    live = begin(start, greeter(HELLO))
    live.save_well(greeter(HELLO.replace("hello", "good day")))
    assert live.eval("return ann:greet(), session:countInstances(Greeter)") == ("good day Ann", 1)


def test_method_when_added_then_instances_have_it(start: Start) -> None:
    """Row 7: an added method is there for existing instances, and adds no field to mutate."""
    live = begin(start, greeter(HELLO))
    report = live.save_well(greeter(HELLO + "\n" + GOODBYE))
    assert live.eval("return ann:greet(), ann:leave()") == ("hello Ann", "bye Ann")
    assert report.sessions[0].prototypes == ()


def test_method_in_init_when_changed_then_it_is_replaced(start: Start) -> None:
    """Row 7: functions in the init table are methods: replaced, and never a change of fields."""
    init = "Greeter = session:prototype('Greeter', { name = '', greet = function(self) return 'hello' end })"
    live = begin(start, {"lua/greeter.lua": init})
    report = live.save_well({"lua/greeter.lua": init.replace("'hello'", "'hi'")})
    assert live.eval("return ann:greet()") == "hi"
    assert report.sessions[0].prototypes == ()


def test_function_in_a_table_default_when_changed_then_the_live_table_gets_it(start: Start) -> None:
    """Row 7: functions inside a table default that stays are replaced in the live table, at the same path."""
    live = begin(
        start,
        {"lua/greeter.lua": "Greeter = session:prototype('Greeter', { on = { a = { f = function() return 1 end } } })"},
    )
    live.session.execute("Greeter.on.a.seen = true; on = Greeter.on")
    live.save_well(
        {"lua/greeter.lua": "Greeter = session:prototype('Greeter', { on = { a = { f = function() return 2 end } } })"}
    )
    assert live.eval("return Greeter.on.a.f(), Greeter.on == on, Greeter.on.a.seen") == (2, True, True)


def test_method_when_removed_then_instances_lose_it(start: Start) -> None:
    """Row 8: a removed method is gone from the prototype that the run declared."""
    live = begin(start, greeter(HELLO + "\n" + GOODBYE))
    live.save_well(greeter(GOODBYE))
    assert live.eval("return ann.greet, rawget(Greeter, 'greet'), ann:leave()") == (None, None, "bye Ann")


def test_method_in_init_when_removed_then_it_is_gone(start: Start) -> None:
    """Row 8: a method that stood in the init table goes with its line."""
    live = begin(
        start,
        {"lua/greeter.lua": "Greeter = session:prototype('Greeter', { greet = function() return 1 end, age = 1 })"},
    )
    live.save_well({"lua/greeter.lua": "Greeter = session:prototype('Greeter', { age = 1 })"})
    assert live.eval("return ann.greet, ann.age") == (None, 1)


def test_method_when_renamed_then_only_the_new_name_answers(start: Start) -> None:
    """Row 8: of a renamed method the old name is gone."""
    live = begin(start, greeter(HELLO))
    live.save_well(greeter(HELLO.replace(":greet", ":salute")))
    assert live.eval("return ann:salute(), ann.greet") == ("hello Ann", None)


def test_method_when_an_override_is_removed_then_the_base_answers(start: Start) -> None:
    """Row 8: what an override hid is inherited again."""
    base = "Object = session:prototype('Object', {})\nfunction Object:greet() return 'object' end"
    live = begin(start, greeter(HELLO, base))
    live.save_well(greeter("", base))
    assert live.eval("return ann:greet()") == "object"


def test_mixin_when_its_method_is_removed_then_the_other_files_prototype_loses_it(start: Start) -> None:
    """Row 8: methods that a file put on another module's prototype go when that file drops them."""
    mixin = "require('greeter')\nfunction Greeter:shout() return self.name:upper() end\n"
    mixin += "function Greeter:hum() return 'mm' end"
    live = begin(start, {**greeter(HELLO), "lua/main.lua": "require('mixin')", "lua/mixin.lua": mixin})
    assert live.eval("return ann:shout()") == "ANN"
    live.save_well({"lua/mixin.lua": "require('greeter')\nfunction Greeter:hum() return 'hm' end"})
    assert live.eval("return ann.shout, ann:hum(), ann:greet()") == (None, "hm", "hello Ann")


def test_mixin_when_a_save_requires_it_first_then_its_methods_follow_it(start: Start) -> None:
    """Row 8: a mixin that came with a save owns what it wrote, as one that was there from the start."""
    live = begin(start, greeter(HELLO))
    mixin = "function Greeter:shout() return 'a' end\nfunction Greeter:hum() return 'm' end"
    live.save_well({"lua/mixin.lua": mixin, "lua/main.lua": "require('greeter')\nrequire('mixin')\n"})
    assert live.eval("return ann:shout()") == "a"
    live.save_well({"lua/mixin.lua": "function Greeter:hum() return 'mm' end"})
    assert live.eval("return ann.shout, ann:hum(), ann:greet()") == (None, "mm", "hello Ann")


def test_mixin_when_it_extends_without_a_require_then_its_methods_follow_it(start: Start) -> None:
    """Row 8: whose a function is depends on where it was written, not on who required whom."""
    mixin = "function Greeter:shout() return 'a' end\nfunction Greeter:hum() return 'm' end"
    live = begin(
        start, {**greeter(HELLO), "lua/main.lua": "require('greeter')\nrequire('mixin')\n", "lua/mixin.lua": mixin}
    )
    live.save_well({"lua/mixin.lua": "function Greeter:hum() return 'mm' end"})
    assert live.eval("return ann.shout, ann:hum(), ann:greet()") == (None, "mm", "hello Ann")


def test_mixin_when_the_prototypes_file_is_saved_then_its_methods_stay(start: Start) -> None:
    """Row 8: a function is its own file's; the run of the prototype's file doesn't take what a mixin wrote."""
    mixin = "require('greeter')\nfunction Greeter:shout() return self.name:upper() end"
    live = begin(start, {**greeter(HELLO), "lua/main.lua": "require('mixin')", "lua/mixin.lua": mixin})
    live.save_well(greeter(GOODBYE))
    assert live.eval("return ann:shout(), ann.greet, ann:leave()") == ("ANN", None, "bye Ann")


def test_borrowed_method_when_it_is_replaced_then_every_borrower_gets_the_new_one(start: Start) -> None:
    """Whose function: entries of other containers that held the replaced function get the new one."""
    borrower = "require('greeter')\nOther = session:prototype('Other', {})\nOther.greet = Greeter.greet"
    live = begin(start, {**greeter(HELLO), "lua/main.lua": "require('other')", "lua/other.lua": borrower})
    live.session.execute("o = Other:new{name = 'O'}")
    live.save_well(greeter(HELLO.replace("hello", "hi")))
    assert live.eval("return o:greet(), Other.greet == Greeter.greet") == ("hi O", True)


def test_borrowed_method_when_its_file_drops_it_then_the_borrower_keeps_it(start: Start) -> None:
    """Whose function: what was borrowed from another file is not the borrower's, and stays."""
    borrower = "require('greeter')\nOther = session:prototype('Other', {})\nOther.greet = Greeter.greet"
    live = begin(start, {**greeter(HELLO), "lua/main.lua": "require('other')", "lua/other.lua": borrower})
    live.session.execute("o = Other:new{name = 'O'}")
    report = live.save_well({"lua/other.lua": "require('greeter')\nOther = session:prototype('Other', {})"})
    assert live.eval("return o:greet()") == "hello O"
    assert any("'greet'" in note for note in report.sessions[0].kept)


def test_session_function_when_it_is_a_metamethod_everywhere_then_all_get_the_new_one(start: Start) -> None:
    """Whose function: `proto.__tostring = session.metaTostring` follows on each prototype."""
    live = begin(
        start,
        {
            "lua/main.lua": "require('meta')\nrequire('greeter')",
            "lua/meta.lua": "function session.metaTostring(self) return 'old ' .. self.name end",
            **greeter("Greeter.__tostring = session.metaTostring"),
        },
    )
    live.save_well({"lua/meta.lua": "function session.metaTostring(self) return 'new ' .. self.name end"})
    assert live.eval("return tostring(ann)") == "new Ann"


LENT = {
    "prototype": {
        "main": "require('lender') require('p') require('borrower')",
        "lender": "function session.text() return %s end",
        "p": "P = session:prototype('P', {})",
        "borrower": "P.shown = session.text",
    },
    "table": {
        "main": "P = P or {} require('early') require('lender')",
        "early": "-- P is looked at",
        "lender": "function text() return %s end require('borrower')",
        "borrower": "P.shown = text",
    },
}


@pytest.mark.parametrize("where", LENT)
def test_function_when_another_module_put_it_elsewhere_then_it_follows_there(start: Start, where: str) -> None:
    """Whose function: an entry that its file never named is not the file's to drop, and gets the new function."""
    live = start({f"lua/{name}.lua": text.replace("%s", "1") for name, text in LENT[where].items()})
    live.save_well({"lua/lender.lua": LENT[where]["lender"] % 2})
    assert live.eval("return P.shown()") == 2


def test_methods_when_their_names_are_computed_then_those_no_longer_made_go(start: Start) -> None:
    """Row 8: a method is the file's though its text doesn't have its name in one piece."""
    text = "P = session:prototype('P', {}) for _, k in ipairs { %s } do P['get_' .. k] = function() return k end end"
    live = start({"lua/main.lua": "require('m')", "lua/m.lua": text % "'a', 'b'"})
    live.save_well({"lua/m.lua": text % "'b'"})
    assert live.eval("return P.get_a, P.get_b()") == (None, "b")


def test_guarded_method_when_its_lines_stand_unchanged_then_it_stays(start: Start) -> None:
    """Whose function: what was written behind a guard stays while its lines stand in the new text."""
    guard = f"if not session.reloading then\n  {HELLO}\nend"
    live = begin(start, greeter(guard + "\n" + GOODBYE))
    live.save_well(greeter("-- a line more\n" + guard))
    assert live.eval("return ann:greet(), ann.leave") == ("hello Ann", None)
    live.save_well(greeter("-- and another\n\n" + guard))
    assert live.eval("return ann:greet()") == "hello Ann"


def test_guarded_method_when_its_lines_are_gone_then_it_goes(start: Start) -> None:
    """Whose function: a guarded function leaves with its lines."""
    live = begin(start, greeter(f"if not session.reloading then\n  {HELLO}\nend"))
    live.save_well(greeter(GOODBYE))
    assert live.eval("return ann.greet, ann:leave()") == (None, "bye Ann")


def test_method_when_it_was_assigned_while_running_then_no_save_takes_it(start: Start) -> None:
    """Whose function: what appears while the application runs, later, is nobody's."""
    late = "function install()\n  function Greeter:late() return 'late' end\nend"
    live = begin(start, greeter(HELLO + "\n" + late))
    live.session.execute("install()")
    live.save_well(greeter(GOODBYE))
    live.save_well(greeter(HELLO))
    assert live.eval("return ann:late(), ann:greet()") == ("late", "hello Ann")


def test_constant_when_changed_then_functions_of_the_file_use_it(start: Start) -> None:
    """Row 13: a changed local constant or helper is what the file's functions use; earlier closures keep theirs."""
    body = "local function deco(s) return s .. '%s' end\nlocal WORD = '%s'\n"
    body += "function Greeter:greet() return deco(WORD) end\n"
    body += "function Greeter:later() return function() return deco(WORD) end end"
    live = begin(start, greeter(body % ("!", "hello")))
    live.session.execute("kept = ann:later()")
    live.save_well(greeter(body % ("?", "hi")))
    assert live.eval("return ann:greet(), ann:later()(), kept()") == ("hi?", "hi?", "hello!")


def test_constant_when_another_file_copied_it_then_it_keeps_its_value_until_that_file_runs(start: Start) -> None:
    """The promise: what a file copied into a local keeps its value until that file runs again."""
    live = begin(
        start,
        {
            "lua/limits.lua": "return { most = 3 }",
            **greeter("local most = require('limits').most\nfunction Greeter:most() return most end"),
        },
    )
    live.save_well({"lua/limits.lua": "return { most = 4 }"})
    assert live.eval("return ann:most(), require('limits').most") == (3, 4)
    live.save_well(greeter("local most = require('limits').most\nfunction Greeter:most() return most + 0 end"))
    assert live.eval("return ann:most()") == 4
