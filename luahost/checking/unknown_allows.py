"""Unknown allows: comments that allow a lint which there is not, so that a slip of the pen allows nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from .code import Code
from .comment import Comment, allowed_names
from .finding import Finding, printable

__all__ = ["UnknownAllow"]


class UnknownAllow:
    """Finds names in `luahost: allow(…)` that are no lint's; those of other linters have a `/` and are taken."""

    name = "unknown-allow"
    summary = "a comment that allows a lint which there is not"

    def __init__(self, names: Sequence[str]) -> None:
        self._names = [*names, self.name]

    def look(self, code: Code) -> Iterator[Finding]:
        """Yields a finding at each such comment."""
        for file, comment in _comments(code):
            for name in allowed_names(comment):
                if name not in self._names and "/" not in name:
                    yield Finding(printable(file), comment.line, comment.column, self.name, self._message(name))

    def _message(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self._names)}"
        return f"there is no lint '{name}' to allow; {hint}"


def _comments(code: Code) -> Iterator[tuple[str, Comment]]:
    for chunk in code.chunks.values():
        yield from ((chunk.key, comment) for comment in chunk.comments)
    for page in code.pages.pages:
        yield from ((page.file, comment) for comment in page.comments)
