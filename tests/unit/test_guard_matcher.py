"""The kernel's matcher beside the VM's own, which it stands in for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_rooms import Rooms

BOTH = """
local name, s, pattern, a, b = ...
local function strings(...) return (show(...):gsub("float", "number")) end
local function collect(lib)
  local out = {}
  for x, y, z in lib.gmatch(s, pattern, a) do out[#out + 1] = show(x, y, z) end
  return table.concat(out, "; ")
end
local function replace(lib)
  if a == "function" then
    local calls = 0
    return lib.gsub(s, pattern, function(...)
      calls = calls + 1
      return calls % 3 ~= 0 and "<" .. show(...) .. ">"
    end, b)
  end
  return lib.gsub(s, pattern, a == "table" and { a = "X", b = 1, [""] = "E", [1] = 2.5, [" "] = false } or a, b)
end
local function answer(lib)
  local function call()
    if name == "gmatch" then return collect(lib) end
    if name == "gsub" then return replace(lib) end
    return lib[name](s, pattern, a)
  end
  local function settled(ok, ...)
    return ok and strings(...) or "error " .. native.string.gsub((...), "^[^:]*:%d+: ", "")
  end
  return settled(pcall(call))
end
return answer(native.string), answer(K.matcher)
"""

WORDS = """
a b c x - = $ ^ * ] . %a %s %w %d %x %g %p %c %l %u %S %W %z %% %. %]
[ab] [^a] [a-c] [%w_] [^%s] []] [^]] [a-] [%a-z] [%]] [a%-] [a-%%] [^^] [%z]
"""
SINGLES = st.sampled_from(WORDS.split())
OTHERS = st.sampled_from(
    ["%f[%w]", "%f[^a]", "%f[%z]", "%b()", "%bab", "%1", "%2", "()", "(", ")", "(a)", "(.-)", "(%w*)", "(()"]
)
MALFORMED = st.sampled_from(["%", "[a", "[^", "[%", "%b", "%bx", "%f", "%f[a", "%0", "%3", ")", "("])
ITEMS = st.one_of(
    SINGLES,
    st.builds(str.__add__, SINGLES, st.sampled_from("*+-?")),
    st.builds(str.__add__, SINGLES, st.sampled_from("*+-?")),
    OTHERS,
    st.builds("({})".format, st.builds(str.__add__, SINGLES, st.sampled_from(["*", "+", "-", "?", ""]))),
)
PATTERNS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "", "^"]),
    st.lists(ITEMS, max_size=5).map("".join),
    st.one_of(st.just(""), st.just(""), st.just(""), MALFORMED),
    st.sampled_from(["", "", "$"]),
)
SUBJECTS = st.text(alphabet="aaabbc ()=-1\0xX]\n%\xe9", max_size=12)
PLACES = st.one_of(st.none(), st.integers(-15, 15))
REPLACEMENTS = st.sampled_from(
    ["function", "table", "x", "", "%0", "<%1>", "%2", "%%", "%x", "%", "%1%1", "a%0b", "%9"]
)
COUNTS = st.one_of(st.none(), st.integers(-1, 3))


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(["find", "match"]), subject=SUBJECTS, pattern=PATTERNS, init=PLACES)
def test_find_and_match_when_compared_with_the_vms_own_then_answer_the_same(
    rooms: Rooms, name: str, subject: str, pattern: str, init: int | None
) -> None:
    """`find` and `match` answer the same places and captures, and complain in the same words."""
    native, ours = rooms(BOTH, name, subject, pattern, init)
    assert ours == native


@settings(max_examples=150, deadline=None)
@given(subject=SUBJECTS, pattern=PATTERNS, init=PLACES)
def test_gmatch_when_compared_with_the_vms_own_then_goes_through_the_same(
    rooms: Rooms, subject: str, pattern: str, init: int | None
) -> None:
    """`gmatch` finds the same matches, empty ones included."""
    native, ours = rooms(BOTH, "gmatch", subject, pattern, init)
    assert ours == native


@settings(max_examples=200, deadline=None)
@given(subject=SUBJECTS, pattern=PATTERNS, replacement=REPLACEMENTS, count=COUNTS)
def test_gsub_when_compared_with_the_vms_own_then_answers_the_same(
    rooms: Rooms, subject: str, pattern: str, replacement: str, count: int | None
) -> None:
    """`gsub` makes the same text with each kind of replacement."""
    native, ours = rooms(BOTH, "gsub", subject, pattern, replacement, count)
    assert ours == native


CASES = [
    ("find", "abc", "b"),
    ("find", "abc", ""),
    ("find", "abc", "", 4),
    ("find", "abc", "", 5),
    ("find", "abc", "c", -1),
    ("find", "abc", "a", -10),
    ("find", "abc", ")"),
    ("find", "a)c", ")"),
    ("find", "a.c", "%.()"),
    ("find", "abc", "(b)(c)"),
    ("find", "a\0b", "%z"),
    ("find", "a\0b", "[%z]b"),
    ("match", "key = value", "^(%w+)%s*=%s*(.-)%s*$"),
    ("match", "key =", "^(%w+)%s*=%s*(.-)%s*$"),
    ("match", "  trimmed  ", "^%s*(.-)%s*$"),
    ("match", "2024-02-29", "(%d+)-(%d+)-(%d+)"),
    ("match", "/a/b/c.lua", "(.*)/(.*)"),
    ("match", "aaab", "a-b"),
    ("match", "aaab", "a*ab"),
    ("match", "aaab", "a+ab"),
    ("match", "aab", "a?a?a?ab"),
    ("match", "f(a(b)c)d", "%b()"),
    ("match", "((", "%b()"),
    ("match", "xx", "%bxx"),
    ("match", "THE (quick) fox", "%f[%a]%a+%f[%A]"),
    ("match", "quick", "%f[%z]"),
    ("match", "say 'hi'", "(['\"])(.-)%1"),
    ("match", "say 'hi\"", "(['\"])(.-)%1"),
    ("match", "abab", "(a(b))%1"),
    ("match", "aa", "()%1"),
    ("match", "a]b", "[]]"),
    ("match", "a]b", "[^]]+"),
    ("match", "a-b", "[a-]+"),
    ("match", "a^b", "[b^]+"),
    ("match", "$5", "$%d"),
    ("match", "5$", "%d$"),
    ("match", "a^", "a^"),
    ("match", "*a", "*a"),
    ("match", "\xe9t\xe9", "%a+"),
    ("match", "a", "(a"),
    ("match", "a", "a)"),
    ("match", "a", "%"),
    ("match", "a", "[a"),
    ("match", "a", "%1"),
    ("match", "b", "a%"),
    ("match", "a" * 300, "a?" * 199),
    ("match", "a" * 300, "a?" * 200),
    ("match", "a", "()" * 32),
    ("match", "a", "()" * 33),
    ("gmatch", "a b c", "%a"),
    ("gmatch", "abc", "%a*"),
    ("gmatch", "abc", "()"),
    ("gmatch", "k=v, l=w", "(%w+)=(%w+)"),
    ("gmatch", "^a^b", "^%a"),
    ("gmatch", "abc", ".", 2),
    ("gmatch", "abc", ".", 9),
    ("gsub", "abc", "%w*", "x"),
    ("gsub", "abc d", "%w*", "-"),
    ("gsub", "hello", "", "-"),
    ("gsub", "hello", "l", "L", 1),
    ("gsub", "hello", "l", "L", 0),
    ("gsub", "hello", "^h", "J"),
    ("gsub", "hello", "(h)(e)", "%2%1%0%%"),
    ("gsub", "hello", "l", "%2"),
    ("gsub", "hello", "l", "%y"),
    ("gsub", "hello", "h(", "x"),
    ("gsub", "a b", "%w", "table"),
    ("gsub", "a b", "()%w", "function"),
]


@pytest.mark.parametrize("call", CASES, ids=lambda call: " ".join(map(str, call))[:60].replace("\0", "NUL"))
def test_matcher_when_a_case_is_known_then_answers_as_the_vm(rooms: Rooms, call: tuple[object, ...]) -> None:
    """Cases picked by hand: each feature of patterns, and where versions of Lua differ."""
    native, ours = rooms(BOTH, *call)
    assert ours == native


def test_gsub_when_a_function_answers_a_table_then_is_refused_in_luas_words(rooms: Rooms) -> None:
    """A replacement has to be a string, a number, false or nil."""
    code = "return message(K.matcher.gsub, 'abc', 'b', function() return {} end)"
    assert rooms(code).endswith("invalid replacement value (a table)")


def test_gsub_when_the_callback_uses_the_same_pattern_then_captures_stay_apart(rooms: Rooms) -> None:
    """A match within a match's callback disturbs nothing."""
    code = """
    local gsub = K.matcher.gsub
    return (gsub("ab cd", "(%w)(%w)", function(a, b) return gsub(b .. a, "(%w)(%w)", "%2.%1") end))
    """
    assert rooms(code) == "a.b c.d"


def test_gmatch_when_two_run_at_a_time_then_each_goes_its_way(rooms: Rooms) -> None:
    """Iterators of one pattern share nothing."""
    code = """
    local one, other, out = K.matcher.gmatch("abc", "(.)()"), K.matcher.gmatch("xyz", "(.)()"), {}
    for _ = 1, 3 do out[#out + 1] = one() .. other() end
    return table.concat(out, " ")
    """
    assert rooms(code) == "ax by cz"
