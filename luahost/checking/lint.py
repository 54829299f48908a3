"""The lint: what looks at the code of a site and yields findings under one name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .code import Code
    from .finding import Finding

__all__ = ["Lint"]


class Lint(Protocol):
    """Looks for one kind of trouble. `name` is stable: people write it into comments and scripts."""

    @property
    def name(self) -> str:
        """Returns the name."""

    @property
    def summary(self) -> str:
        """Returns what it looks for, in a few words."""

    def look(self, code: Code) -> Iterator[Finding]:
        """Yields what there is to say of the site's code, in any order."""
