"""How much a pattern may cost: what stays with the VM's own matcher, and what doesn't."""

from __future__ import annotations

import time

import pytest
from kernel_rooms import Rooms

LINE = "key = " + "value " * 165

CHEAP = [
    ("match", LINE, r"^(%w+)%s*=%s*(.-)%s*$"),
    ("match", "a" * 1000, r"^(%w+)%s*=%s*(.-)%s*$"),
    ("match", "x" * 1000, "^%s*(.-)%s*$"),
    ("match", "x" * 1000, "(.*)/(.*)"),
    ("match", "2024-02-29 " * 100, "(%d+)-(%d+)-(%d+)"),
    ("match", "word " * 20000, "%S+"),
    ("find", "word " * 20000, "needle"),
    ("find", "word " * 20000, "%.lua"),
    ("find", "word " * 20000, "^%s*$"),
    ("match", "a" * 100000, "^[%w_]+$"),
    ("match", "a" * 100000, "a?a?a?"),
    ("match", "{{name}} " * 100, "{{(.-)}}"),
]

DEAR = [
    ("a" * 60, ".-" * 20 + "b"),
    ("a" * 60, "a?" * 30 + "b"),
    ("a" * 2000, ".-.-b"),
    ("a" * 2000, ".*.*b"),
    ("a" * 2000, "(.-)(.-)(.-)="),
    ("a" * 300, ".-.-.-.-b"),
    ("a" * 100000, "%w+="),
    ("a" * 100000, "(%w+)%s*="),
    (" " * 100000 + "x", "%s+$"),
    ("(" * 100000, "%b()"),
    ("(" * 20000, "%b()%b()"),
    ("ab" * 5000, "(a)(.-)%1%1x"),
    ("a" * 100000, "(.*)/(.*)"),
    ("a" * 100000, "[" + "b" * 5000 + "]+c"),
    ("a" * 1000000, "a" * 5000 + "b"),
    ("a" * 5000, "%f[%w].-b"),
    ("a" * 5000, "[%w_]*[%d_]*[%w.]*="),
]


@pytest.mark.parametrize(("name", "subject", "pattern"), CHEAP, ids=lambda text: text[:24])
def test_pattern_when_usual_then_the_vms_own_matcher_is_asked(
    rooms: Rooms, name: str, subject: str, pattern: str
) -> None:
    """Ordinary patterns on lines, and linear ones on long texts, never meet the kernel's slower matcher."""
    rooms("taken() string[...]((select(2, ...)), (select(3, ...)))", name, subject, pattern)
    assert rooms("return taken()") == ""


def test_gmatch_and_gsub_when_linear_then_the_vms_own_matcher_is_asked(rooms: Rooms) -> None:
    """Words of 100 KB are gone through natively."""
    code = """
    local text, count = ("word "):rep(20000), 0
    for _ in text:gmatch("%S+") do count = count + 1 end
    local _, replaced = text:gsub("%w+", string.upper)
    return count, replaced, taken()
    """
    assert rooms("taken()" + code) == (20000, 20000, "")


@pytest.mark.parametrize("name", ["find", "match", "gmatch", "gsub"])
@pytest.mark.parametrize(("subject", "pattern"), DEAR, ids=lambda text: f"{len(text)} {text[:16]}")
def test_pattern_when_it_could_take_long_then_a_hook_ends_it(
    rooms: Rooms, name: str, subject: str, pattern: str
) -> None:
    """What could keep the VM's own matcher busy ends soon, with an answer or by the hook."""
    code = """
    local name, subject, pattern = ...
    return within(10000, function()
      if name ~= "gmatch" then return string[name](subject, pattern, name == "gsub" and "" or nil) end
      for _ in string.gmatch(subject, pattern) do break end
    end)
    """
    began = time.perf_counter()
    assert rooms(code, name, subject, pattern) in ("ended", "nil", subject)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(("subject", "pattern"), DEAR, ids=lambda text: f"{len(text)} {text[:16]}")
def test_limit_when_a_pattern_is_dear_then_is_below_its_subject(rooms: Rooms, subject: str, pattern: str) -> None:
    """Each of the dear ones would be refused by length."""
    assert rooms("return K.costs.limit(K.patterns.parse((...)))", pattern) < len(subject)


@pytest.mark.parametrize(
    ("cheaper", "dearer"),
    [("%S+", "%S+x"), ("^.-x", ".-x"), (".-x", ".-.-x"), ("%w+%s", "%w+%a"), ("^a?b", "^" + "a?" * 30 + "b")],
)
def test_limit_when_a_pattern_branches_more_then_is_lower(rooms: Rooms, cheaper: str, dearer: str) -> None:
    """An anchor, a sure end and disjoint neighbours allow for longer subjects."""
    limits = rooms(
        "local a, b = ... return K.costs.limit(K.patterns.parse(a)), K.costs.limit(K.patterns.parse(b))",
        cheaper,
        dearer,
    )
    assert limits[0] > limits[1]


def test_limit_when_at_the_longest_subject_then_the_vms_own_matcher_is_quick(rooms: Rooms) -> None:
    """The bound holds where it is worst: subjects just below the limit that match almost."""
    code = """
    for pattern in (".-x .-.-x %w+= (%w+)x ^.-.-x %b() [ab]*x ^(%w+)%s*=%s*(.-)%s*;$"):gmatch("%S+") do
      local limit = K.costs.limit(K.patterns.parse(pattern))
      for _, byte in ipairs({ "a", " ", "(" }) do native.string.find(native.string.rep(byte, limit), pattern) end
    end
    """
    began = time.perf_counter()
    rooms(code)
    assert time.perf_counter() - began < 24 * 0.3


def test_limits_when_patterns_are_many_then_no_more_than_some_are_kept(rooms: Rooms) -> None:
    """A guest that makes up patterns doesn't fill its memory with what is known of them."""
    code = """
    local made = 0
    local get, kept = K.patterns.keeping(function() made = made + 1 return made end)
    for i = 1, 2000 do get("pattern " .. i) end
    local count = 0
    for _ in pairs(kept) do count = count + 1 end
    return count, made
    """
    count, made = rooms(code)
    assert count <= 500
    assert made == 2000
