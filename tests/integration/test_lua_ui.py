"""The guest's `ui`, `print` and `session:log`: log lines, JSON, and what is registered by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from luahost import Host, Session
from luahost.news import LogLine

WriteSite = Callable[[Mapping[str, str]], Path]


def test_print_when_called_then_is_one_line_with_file_and_line(session: Session, logged: list[LogLine]) -> None:
    """`print` is one log line of all its arguments, with the file and line that called it."""
    session.execute("local x = 1\nprint('a', 1, nil, true)\nreturn x", name="@apps/a.lua")
    assert logged == [LogLine("1", "print", "a\t1\tnil\ttrue", "apps/a.lua", 2)]


def test_print_when_a_value_has_a_text_of_its_own_then_that_is_printed(session: Session, logged: list[LogLine]) -> None:
    """`print` asks `__tostring`, of prototypes' instances too."""
    session.execute("P = session:prototype('P', {}) P.__tostring = function(p) return '<' .. p.n .. '>' end")
    session.execute("print(P:new{ n = 'x' }) return 1")
    assert [line.message for line in logged] == ["<x>"]


def test_ui_log_when_called_with_one_or_two_arguments_then_is_a_line(session: Session, logged: list[LogLine]) -> None:
    """L20: `ui.log` takes a message, or a level and a message; alone it is information."""
    session.execute("ui.log('a')\nui.log('warn', 'b')\nui.log(0, 'c')\nui.log(7)\nreturn 1", name="@a.lua")
    told = [(line.level, line.message, line.file, line.line) for line in logged]
    assert told == [
        ("info", "a", "a.lua", 1),
        ("warn", "b", "a.lua", 2),
        ("error", "c", "a.lua", 3),
        ("info", "7", "a.lua", 4),
    ]


@pytest.mark.parametrize(("number", "name"), list(enumerate(["error", "warn", "info", "debug", "trace"])))
def test_session_log_when_given_a_number_then_is_the_named_level(
    session: Session, logged: list[LogLine], number: int, name: str
) -> None:
    """`session:log` takes 0 to 4 or the level's name, with file and line."""
    session.execute(f"session:log({number}, 'x')\nsession:log('{name}', 'y')\nreturn 1", name="@a.lua")
    assert [(line.level, line.message, line.line) for line in logged] == [(name, "x", 1), (name, "y", 2)]


ENCODED = {
    "{}": "{}",
    "nil": "null",
    "true": "true",
    "'a\"b\\\\c\\n\\0\\1é'": '"a\\"b\\\\c\\n\\u0000\\u0001é"',
    "{1, 'x', {false}}": '[1,"x",[false]]',
    "{b = 1, a = {}}": '{"a":{},"b":1}',
    "{name = 'x', _secret = 1}": '{"name":"x"}',
    "{1, 2, _n = 2}": "[1,2]",
    "{_only = 1}": "{}",
    "{1, nil, 3}": '{"1":1,"3":3}',
    "{1, x = 2}": '{"1":1,"x":2}',
    "{[2.5] = 1}": '{"2.5":1}',
    "-0.1": "-0.1",
    "1/3": "0.33333333333333331",
    "1e300": "1e+300",
    "2^31": "2147483648",
}


@pytest.mark.parametrize("value", ENCODED)
def test_json_encode_when_given_plain_data_then_writes_what_a_browser_needs(session: Session, value: str) -> None:
    """`json_encode` writes `{}` as an object, sequences as arrays, and leaves out keys that begin with `_`."""
    text = session.eval(f"return ui.json_encode({value})")
    assert text.replace(".0", "") == ENCODED[value]
    json.loads(text)


def test_json_encode_when_given_an_instance_then_writes_its_own_fields(session: Session) -> None:
    """An instance is written with the fields of its own; no metamethod is asked."""
    session.execute("P = session:prototype('P', { age = 1 }) P.__pairs = error P.__len = error")
    assert session.eval("return ui.json_encode(P:new{ name = 'x' })") == '{"name":"x"}'


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("local t = {} t.a = { t } return ui.json_encode(t)", "value.a.1 is a cycle"),
        ("return ui.json_encode({ f = print })", "value.f is a function"),
        ("return ui.json_encode({ 1, 0/0 })", "value.2 is not a number"),
        ("return ui.json_encode(1/0)", "value is infinite"),
        ("return ui.json_encode(-1/0)", "value is infinite"),
        ("return ui.json_encode(coroutine.create(print))", "value is a thread"),
        ("return ui.json_encode({ [true] = 1 })", "a boolean as a key"),
        ("return ui.json_encode({ [1] = 1, ['1'] = 2 })", "both a number and a text 1 as keys"),
        ("local t = {} for i = 1, 1000 do t = { t } end return ui.json_encode(t)", "nested deeper than 200 tables"),
    ],
)
def test_json_encode_when_a_value_has_no_json_then_answers_nil_and_a_message(
    session: Session, code: str, message: str
) -> None:
    """A cycle, a function, NaN, an infinite number or a table too deep is `nil, message`; never a crash."""
    answer, text = session.eval(code)
    assert answer is None
    assert text.startswith("json_encode: ")
    assert message in text


def test_json_encode_when_a_table_is_met_twice_then_it_is_no_cycle(session: Session) -> None:
    """A table that stands in two places is written twice; only one within itself is a cycle."""
    assert session.eval("local t = { 1 } return ui.json_encode({ t, t })") == "[[1],[1]]"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, -2.5, 1e3], "b": {}}', {"a": [1, -2.5, 1000], "b": []}),
        (' "x" ', "x"),
        ("[true, false]", [True, False]),
        ("null", None),
        ('"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'),
        ('"\\u0041\\u00e9\\u20ac\\ud83d\\ude00"', "Aé€😀"),
        ('"\\ud800x"', "\ufffdx"),
        ('"é😀"', "é😀"),
        ("0.1", 0.1),
    ],
)
def test_json_decode_when_given_json_then_answers_its_value(session: Session, text: str, value: object) -> None:
    """`json_decode` reads all of JSON, unicode escapes and their pairs included."""
    session.execute(
        "function read(text) decoded = ui.json_decode(text) end app = { read = function(_, t) read(t) end }"
    )
    session.execute("session:createAppVariable(app)")
    session.call("app:read", text)
    assert session.eval("return decoded") == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text ends too early at position 1"),
        ("[1, 2", "neither ',' nor ']' at position 6"),
        ("[1,]", "no value at position 4"),
        ('{"a" 1}', "no ':' at position 6"),
        ("{a: 1}", "no name at position 2"),
        ('{"a": 1,}', "no name at position 9"),
        ('"a', "a string without an end at position 1"),
        ('"a\\x"', "a bad escape at position 3"),
        ('"\\u12g4"', "a bad escape at position 2"),
        ('"a\nb"', "a control character at position 3"),
        ("1 2", "something behind the value at position 3"),
        ("nul", "no value at position 1"),
        ("01", "a bad number at position 1"),
        ("1.", "a bad number at position 1"),
        ("-", "no value at position 1"),
        ("1e999", "a number that is too big at position 1"),
        ("[" * 1000, "nesting deeper than 200 at position 202"),
    ],
)
def test_json_decode_when_the_text_is_bad_then_answers_nil_and_a_message(
    session: Session, text: str, message: str
) -> None:
    """Bad text is `nil` and a message with the position, whatever is wrong with it."""
    session.execute("app = { read = function(_, text) return ui.json_decode(text) end } session:createAppVariable(app)")
    assert session.call("app:read", text) == (None, f"json_decode: {message}")


def test_json_when_numbers_pass_through_then_keep_their_kind(session: Session) -> None:
    """Whole and broken numbers stay what they are, where the VM tells them apart."""
    if session.eval("return math.type == nil"):
        assert session.eval("return ui.json_encode(ui.json_decode('[1,1.0,0.5]'))") == "[1,1,0.5]"
        return
    session.execute("a = ui.json_decode(ui.json_encode({ 1, 1.0, 2^53, 9007199254740993 }))")
    kinds = session.eval("return math.type(a[1]), math.type(a[2]), math.type(a[3]), a[4]")
    assert kinds == ("integer", "float", "float", 9007199254740993)


def test_presenter_when_registered_then_its_table_makes_instances(session: Session) -> None:
    """LC-4: a presenter type's table is a prototype for `session:create`, with no further declaration."""
    session.execute("Clock = { hours = 5, __index = nil } Clock.__index = Clock ui.registerPresenter('Clock', Clock)")
    session.execute("clock = session:create(Clock)")
    assert session.eval("return clock.hours, session:countInstances(Clock)") == (5, 1)


@pytest.mark.parametrize("what", ["Presenter", "Wrapper"])
def test_registration_when_its_module_no_longer_makes_it_then_the_report_says_so(
    host: Host, session: Session, site: WriteSite, what: str
) -> None:
    """R8, R21: what a module registers while `require` runs it belongs to the module; a reload that drops it tells."""
    site({"lua/a.lua": f"ui.register{what}('Clock', {{}})\n"})
    session.require("a")
    site({"lua/a.lua": "return 1\n"})
    report = host.reload()
    assert report is not None
    name = what.lower()
    kept = f"lua/a.lua: the {name} 'Clock' is no longer registered; it stays until the module is unloaded"
    assert kept in report.sessions[0].kept


@pytest.mark.parametrize("what", ["Presenter", "Wrapper"])
def test_registration_when_its_module_was_unloaded_then_is_gone(
    host: Host, session: Session, site: WriteSite, what: str
) -> None:
    """R14: unloading a module takes its presenter types and wrappers, so that no later reload finds any."""
    site({"lua/a.lua": f"ui.register{what}('Clock', {{}})\n"})
    session.require("a")
    session.execute("session:unloadModule('a')")
    site({"lua/a.lua": "return 1\n"})
    session.require("a")
    site({"lua/a.lua": "return 2\n"})
    report = host.reload()
    assert report is not None
    assert not any("Clock" in note for note in report.sessions[0].kept)
