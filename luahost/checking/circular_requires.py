"""Circular requires: files that load each other, of which one gets the other before it is there."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from .code import Code
from .finding import Finding
from .requires import Require

__all__ = ["CircularRequire"]

Edges = Mapping[str, Mapping[str, Require]]


class CircularRequire:
    """Finds circles of requires that are done at load; one in a function is done when the others are there."""

    name = "circular-require"
    summary = "files that require each other while they load"

    def look(self, code: Code) -> Iterator[Finding]:
        """Yields a finding for each circle, at the first require of the file that comes first by its name."""
        edges = _edges(code)
        told: set[tuple[str, str]] = set()
        for start in sorted(edges):
            for target in sorted(edges[start]):
                circle = [] if (start, target) in told else _circle(edges, start, target)
                if circle:
                    told |= set(pairwise(circle))
                    yield self._finding(edges, circle)

    def _finding(self, edges: Edges, circle: Sequence[str]) -> Finding:
        require = edges[circle[0]][circle[1]]
        way = " → ".join(circle)
        message = (
            f"circular require: {way}: whoever comes second gets `true` instead of the module; "
            "require it in the function that uses it, or move what both need to a third file"
        )
        return require.chunk.finding(require.node, self.name, message)


def _edges(code: Code) -> dict[str, dict[str, Require]]:
    edges: dict[str, dict[str, Require]] = {}
    for require in code.requires:
        if require.is_at_load and require.key is not None:
            edges.setdefault(require.chunk.key, {}).setdefault(require.key, require)
    return edges


def _circle(edges: Edges, start: str, target: str) -> list[str]:
    """Returns the shortest circle that begins with a require, turned so that its first file comes first; or nothing."""
    way = _way(edges, target, start)
    if not way:
        return []
    first = way.index(min(way))
    turned = [*way[first:], *way[:first]]
    return [*turned, turned[0]]


def _way(edges: Edges, start: str, goal: str) -> list[str]:
    """Returns the files of the shortest way from one to another, both included; nothing if there is none."""
    before: dict[str, str] = {start: ""}
    queue = deque([start])
    while queue and goal not in before:
        at = queue.popleft()
        for key in sorted(edges.get(at, ())):
            if key not in before:
                before[key] = at
                queue.append(key)
    way = []
    at = goal if goal in before else ""
    while at:
        way.append(at)
        at = before[at]
    return way[::-1]
