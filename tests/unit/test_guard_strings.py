"""The checked functions on strings: what they refuse, and in which words."""

from __future__ import annotations

import pytest
from kernel_rooms import Rooms

MEBI = 1024 * 1024

WRONG_CALLS = [
    "string.rep()",
    "string.rep('x')",
    "string.rep({}, 1)",
    "('x'):rep({})",
    "('x'):rep('y')",
    "('x'):rep(2, {})",
    "string.find()",
    "string.find('x')",
    "string.find(nil, 'x')",
    "('x'):find('x', {})",
    "('x'):find({})",
    "('x'):find('[a')",
    "('x'):match('%')",
    "('x'):match(nil)",
    "('x'):match('x', 'y')",
    "string.gmatch(true, 'x')",
    "('x'):gmatch('(')()",
    "('x'):gsub('x')",
    "('x'):gsub('x', nil)",
    "('x'):gsub('x', true)",
    "('x'):gsub('x', '%2')",
    "('x'):gsub('(', '%1')",
    "('x'):gsub('x', 'y', {})",
]

SAME_RESULTS = [
    "('ab'):rep(3)",
    "('ab'):rep(3, '-')",
    "('ab'):rep('2')",
    "string.rep(12, 2, 3)",
    "('ab'):rep(0)",
    "('ab'):rep(-1e9)",
    "string.find(1234, 23)",
    "('a.b'):find('.', 1, true)",
    "('a.b'):find('.', 2, true)",
    "('a.b'):find('', 9, true)",
    "('abc'):find('b', '2')",
    "('abc'):find('b', -2)",
    "('abc'):match('.', 2)",
    "('abc'):gmatch('.')()",
    "('^a'):gmatch('^.')()",
    "('abc'):gsub('%w', '%0%0')",
    "('abc'):gsub('%w', 7)",
    "('abc'):gsub('%w', { a = 1, b = false })",
    "('abc'):gsub('%w', setmetatable({}, { __index = function(_, k) return k .. '!' end }))",
    "('abc'):gsub('%w', string.upper, 2)",
    "string.gsub(121, 1, 3)",
]


@pytest.mark.parametrize("call", WRONG_CALLS)
def test_string_function_when_called_wrongly_then_complains_as_the_vm_does(rooms: Rooms, call: str) -> None:
    """An error has the words and the line that it would have if the guest had called the VM's own function."""
    ours, own = rooms("return complaint((...)), own_complaint((...))", call)
    assert own != "no error" or rooms.is_jit
    assert ours == own.replace("no value", "nil")


@pytest.mark.parametrize("call", SAME_RESULTS)
def test_string_function_when_called_well_then_answers_as_the_vm_does(rooms: Rooms, call: str) -> None:
    """Numbers for texts, texts for numbers, places from the end: whatever the VM's own function takes."""
    code = f"local string = ... return show({call})"
    assert rooms(code.replace("= ...", "= string")) == rooms(code.replace("= ...", "= native.string"))


def test_rep_when_the_result_is_huge_then_is_refused(rooms: Rooms) -> None:
    """More than 16 MiB is too large, whatever of the arguments makes it so."""
    for call in ("('x'):rep(16777217)", "('xy'):rep(1e300)", "('x'):rep(1e7, 'abc')", "(''):rep(1e9, 'x')"):
        assert rooms("return complaint((...))", call) == "guest.lua:2: resulting string too large"
    assert rooms("return #('x'):rep(16777216)") == 16 * MEBI


def test_rep_when_there_is_nothing_to_repeat_then_returns_at_once(rooms: Rooms) -> None:
    """The VM's own would count to a number that is as large as one likes."""
    assert rooms("return (''):rep(2^52), (''):rep(1e300, '')") == ("", "")


def test_pattern_when_longer_than_any_then_is_refused(rooms: Rooms) -> None:
    """A pattern of more than 64 KiB is no pattern; a plain text to search for may be as long."""
    call = "('x'):find(('.'):rep(70000))"
    assert rooms("return complaint((...))", call).startswith("guest.lua:2: pattern too long (70000 bytes")
    assert rooms("return ('x'):rep(70001):find(('x'):rep(70000))") == (1, 70000)


def test_find_when_plain_and_long_then_a_hook_ends_it(rooms: Rooms) -> None:
    """A plain search compares texts again and again, too."""
    code = """
    local text, subject = ("a"):rep(1000000) .. "b", ("a"):rep(4000000)
    return within(2000, function() return subject:find(text, 1, true) end), taken()
    """
    assert rooms("taken()" + code) == ("ended", "find_plain")


@pytest.mark.parametrize("size", [0, 1, 2, 5, 9, 30, 99])
def test_find_plain_when_in_pieces_then_finds_what_the_vm_finds(rooms: Rooms, size: int) -> None:
    """The pieces of a long search overlap by the text's length."""
    code = """
    local size, subject = ..., ("abcab"):rep(20)
    local text = subject:sub(7, 6 + size)
    local own, ours = show(native.string.find(subject, text, 3, true)), show(K.matcher.find_plain(subject, text, 3))
    return own == ours, show(K.matcher.find_plain(subject, text .. "x"))
    """
    assert rooms(code, size) == (True, "nil nil")


def test_gsub_when_filling_in_takes_long_then_a_hook_ends_it(rooms: Rooms) -> None:
    """A long replacement of empty captures makes nothing, slowly."""
    code = """
    local replacement, subject = ("%1"):rep(100000), ("a"):rep(10000)
    return within(10000, function() return subject:gsub("a()", ""), subject:gsub("(b?)a", replacement) end)
    """
    assert rooms(code) == "ended"


def test_gsub_when_a_callback_fails_then_its_own_error_arrives(rooms: Rooms) -> None:
    """Errors of callbacks aren't touched, whatever they are."""
    code = """
    local function fail() error({ code = 7 }) end
    local _, native_error = pcall(string.gsub, "a", "a", fail)
    local _, matchers_error = pcall(string.gsub, ("a"):rep(9000), ".-.-a", fail)
    return native_error.code, matchers_error.code
    """
    assert rooms(code) == (7, 7)


def test_pack_when_a_filling_is_huge_then_is_refused(rooms: Rooms) -> None:
    """A fixed size of hundreds of megabytes makes them of nothing."""
    if rooms.is_jit:
        assert rooms("return rawget(string, 'pack')") is None
        return
    assert rooms("return complaint((...))", "string.pack('c999999999', '')").endswith("resulting string too large")
    assert rooms("return show(string.pack('<i2z', 513, 'x'))") == "string \x01\x02x\0"
