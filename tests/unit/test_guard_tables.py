"""The checked functions on tables: sizes, metamethods, and words."""

from __future__ import annotations

import pytest
from kernel_rooms import Rooms

WRONG_CALLS = [
    "table.concat()",
    "table.concat({ 1, {} })",
    "table.concat({ 1 }, {})",
    "table.concat({ 1 }, '', 'x')",
    "table.concat({ 1 }, '', 1, 2)",
    "table.insert()",
    "table.insert({})",
    "table.insert(nil, 1)",
    "table.insert({}, 'x', 1)",
    "table.insert({}, 3, 1)",
    "table.insert({}, 1, 2, 3)",
    "table.remove()",
    "table.remove({}, {})",
    "table.remove({ 1, 2 }, 4)",
    "table.sort()",
    "table.sort({ 2, 1 }, 5)",
    "unpack()",
    "unpack({}, 1, 1e8)",
    "table.move()",
    "table.move({}, 1, 'x', 1)",
    "table.move({}, 1, 2, 1, 5)",
]

SAME_RESULTS = [
    "table.concat({ 1, 2.5, 'x' }, ', ')",
    "table.concat({ 1, 2, 3 }, '-', 2)",
    "table.concat({ 1, 2, 3 }, '-', 2, 2)",
    "table.concat({}, 'x', 1, 0)",
    "table.remove({ 1, 2, 3 })",
    "table.remove({ 1, 2, 3 }, 1)",
    "table.remove({})",
    "table.remove({}, 0)",
    "table.remove({ 1, 2 }, 3)",
    "unpack({ 1, nil, 3 }, 1, 3)",
    "unpack({ 1, 2, 3 }, 2)",
    "unpack({ 1, 2, 3 }, -1, 1)",
    "unpack({}, 1, 0)",
    "unpack(table.move({ 1, 2, 3 }, 1, 3, 2))",
    "unpack(table.move({ 1, 2, 3 }, 2, 3, 1))",
    "unpack(table.move({ 1, 2, 3 }, 1, 3, 1, {}))",
]

# Tables whose metamethods show and hide what they hold, changed by each function; the trace tells what was asked for.
SHOWN = """
local lib, call = ...
local function shown(values, count)
  return setmetatable({}, {
    __index = function(_, k) return values[k] end,
    __newindex = function(_, k, v) values[k] = v end,
    __len = function() return count or #values end,
  })
end
local values = { 3, 1, 2, 5, 4 }
local ok, a = pcall(load("local table, t, shown = ... " .. call, "@guest.lua"), lib, shown(values), shown)
return show(ok, not ok and a:gsub("^.-:%d+: ", "") or type(a) ~= "table" and a, native.table.concat(values, " "))
"""

SHOWN_CALLS = [
    "return table.concat(t, ',')",
    "return table.concat(t, ',', 2, 3)",
    "return table.concat(t, ',', 2, 9)",
    "return table.insert(t, 9)",
    "return table.insert(t, 2, 9)",
    "return table.insert(t, 6, 9)",
    "return table.insert(t, 8, 9)",
    "return table.remove(t)",
    "return table.remove(t, 2)",
    "return table.remove(t, 6)",
    "return table.remove(t, 9)",
    "return table.sort(t)",
    "return table.sort(t, function(a, b) return a > b end)",
    "return select('#', table.unpack(t))",
    "return (select(2, table.unpack(t, 2, 4)))",
    "return table.move(t, 1, 3, 2)",
    "return table.move(t, 2, 5, 1)",
    "return table.move(t, 1, 5, 1, shown({}))",
    "return table.concat(shown({ 'x' }, 3))",
]

ENDLESS = [
    "table.concat(t)",
    "table.insert(t, 1, 1)",
    "table.remove(t, 1)",
    "table.sort(t)",
    "table.move(t, 1, 9999999, 2)",
    "table.unpack(t, 1, 900000)",
]


@pytest.mark.parametrize("call", WRONG_CALLS)
def test_table_function_when_called_wrongly_then_complains_as_the_vm_does(rooms: Rooms, call: str) -> None:
    """An error has the words of the VM's own function, and the guest's line even where that tells none."""
    ours, own = rooms("return complaint((...)), own_complaint((...))", call)
    assert ours.removeprefix("guest.lua:2: ") == own.removeprefix("guest.lua:2: ").replace("no value", "nil")
    assert ours.startswith("guest.lua:2: ") or ours == "no error"


@pytest.mark.parametrize("call", SAME_RESULTS)
def test_table_function_when_called_well_then_answers_as_the_vm_does(rooms: Rooms, call: str) -> None:
    """Plain tables get what the VM's own functions answer."""
    ours = rooms(f"local unpack = table.unpack return show({call})")
    assert ours == rooms(f"local table = native.table local unpack = table.unpack or unpack return show({call})")


@pytest.mark.parametrize("call", SHOWN_CALLS)
def test_table_function_when_metamethods_show_a_table_then_works_on_what_they_show(rooms: Rooms, call: str) -> None:
    """Where the VM's own functions ask metamethods, the checked ones do so, with the same outcome."""
    if rooms.is_jit and "unpack" in call:
        pytest.skip("LuaJIT has unpack elsewhere, and it asks no metamethods")
    ours = rooms(SHOWN.replace("= ...", "= table, ...", 1), call)
    assert ours == rooms(SHOWN.replace("= ...", "= native.table, ...", 1), call)


@pytest.mark.parametrize("call", ENDLESS)
def test_table_function_when_metamethods_feign_a_huge_table_then_a_hook_ends_it(rooms: Rooms, call: str) -> None:
    """A table that is everything everywhere keeps nobody busy."""
    if rooms.is_jit:
        pytest.skip("LuaJIT asks no metamethods here")
    code = f"""
    local t = setmetatable({{}}, {{ __index = function() return "" end, __len = function() return 2 ^ 40 end }})
    return within(10000, function() return {call} end)
    """
    assert rooms(code) == "ended"


def test_move_when_elements_are_too_many_then_is_refused(rooms: Rooms) -> None:
    """Ten million are more than anybody moves."""
    message = "guest.lua:2: bad argument #3 to 'move' (too many elements to move)"
    assert rooms("return complaint((...))", "table.move({}, 1, 1e7 + 1, 2)") == message


def test_insert_when_a_border_lies_far_off_then_a_hook_ends_it(rooms: Rooms) -> None:
    """A few keys can make the length a billion, and the VM's own function shift all that is not there."""
    code = """
    local t = {}
    for i = 1, 70000 do t[i] = i end
    for power = 17, 30 do t[2 ^ power] = 1 end
    for i = 70001, 131072 do t[i] = i end
    local is_far = #t > 5e6
    return is_far, is_far and within(10000, function() table.insert(t, 1, 0) end) or "ended"
    """
    assert rooms(code)[1] == "ended"


def test_sort_when_elements_are_many_then_a_hook_ends_it(rooms: Rooms) -> None:
    """Comparisons of a long sort are Lua's."""
    code = """
    local t = {}
    for i = 1, 20000 do t[i] = i * 7919 % 20011 end
    return within(10000, function() table.sort(t) end), within(10000, function() table.sort(t, rawequal) end)
    """
    assert rooms(code) == ("ended", "ended")


def test_sort_when_one_long_string_stands_everywhere_then_a_hook_ends_it(rooms: Rooms) -> None:
    """A comparison may take long by itself."""
    code = """
    local t = {}
    local long = ("x"):rep(1000000)
    for i = 1, 4000 do t[i] = long end
    return within(1000, function() table.sort(t) end)
    """
    assert rooms(code) == "ended"


def test_sort_when_values_are_usual_then_sorts(rooms: Rooms) -> None:
    """Few or many, numbers or strings, with a comparator or without."""
    code = """
    local out = {}
    for _, count in ipairs({ 0, 1, 2, 100, 20000 }) do
      local numbers, words = {}, {}
      for i = 1, count do numbers[i], words[i] = i * 7919 % 20011, "w" .. i * 7919 % 20011 end
      table.sort(numbers)
      table.sort(words, function(a, b) return a > b end)
      for i = 2, count do out[1] = out[1] or numbers[i - 1] > numbers[i] or words[i - 1] < words[i] end
    end
    return out[1]
    """
    assert rooms(code) is False
