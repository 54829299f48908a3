"""No fact is left out in silence: each stands in the docstring of a test, or in the list of those that don't hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
FACTS, DROPPED = Path(__file__).with_name("facts.md"), Path(__file__).with_name("dropped_facts.md")

_ROW = re.compile(r"^\| ([A-Z]+-\S+) .*?\| (.+) \|$", re.MULTILINE)
_ID = re.compile(r"\b(?:(?:LL|LS|LF)-\d+|(?:LT|TS|BB)-\w+-\d+)\b")


def rows(path: Path) -> dict[str, str]:
    """Returns what a table says of each fact."""
    return dict(_ROW.findall(path.read_text(encoding="utf-8")))


def named() -> Iterator[str]:
    """Yields the ids that docstrings of tests name."""
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield from _ID.findall(ast.get_docstring(node) or "")


def test_facts_when_listed_then_each_has_a_test_or_a_reason() -> None:
    """What another system asserts is tested here, or it is said why it isn't so."""
    missing = rows(FACTS).keys() - set(named()) - rows(DROPPED).keys()
    assert sorted(missing) == []


def test_facts_when_named_then_they_are_in_the_list() -> None:
    """A test names no fact that there isn't: a wrong number would hide one that has no test."""
    unknown = (set(named()) | rows(DROPPED).keys()) - rows(FACTS).keys()
    assert sorted(unknown) == []


def test_facts_when_counted_then_the_list_is_whole() -> None:
    """Positions have no gaps."""
    groups: dict[str, list[int]] = {}
    for fact in rows(FACTS):
        group, _, at = fact.rpartition("-")
        groups.setdefault(group, []).append(int(at))
    partial = groups.pop("LS")  # the others of these are about data stores
    assert len(partial) == 7
    assert {group: ats for group, ats in groups.items() if ats != list(range(1, len(ats) + 1))} == {}
