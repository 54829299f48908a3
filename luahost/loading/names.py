"""Names: the files that modules' names stand for, and whether one has come to stand for another."""

from __future__ import annotations

from luahost.errors import ModuleNotFound
from luahost.loading.site import Site

__all__ = ["Names"]

MOST_NAMES = 10_000
"""A guest may name one file in endlessly many ways."""


class Names:
    """Answers names, as the site does, and remembers what it answered. May be called from any thread."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._looks = 0
        self._has_moved = False
        self._given: dict[str, str] = {}
        self._found: dict[bytes, bytes] = {}

    def locate(self, name: str) -> str:
        """Returns the tracking key of the file that `name` stands for, for one who loads it; raises ModuleNotFound."""
        while True:
            looks, key = self._looks, self._site.locate(name)
            if self._given.get(name) != key:
                self._note(name, key)
            # Whoever looked meanwhile may not have seen this.
            if looks == self._looks:
                return key

    def have_moved(self) -> bool:
        """Returns whether a name that was answered stands for another file than then, or did so at an earlier look.

        Of too many names it can't be told.
        """
        self._looks += 1
        self._found = {}
        if not self._has_moved:
            self._has_moved = any(self._stands_elsewhere(name, key) for name, key in list(self._given.items()))
        return self._has_moved

    def relocate(self, name: bytes) -> bytes:
        """Returns what `name` stands for as of the last look, one answer for all sessions; raises ModuleNotFound."""
        found = self._found
        if name not in found:
            key = self._site.locate(name.decode(errors="surrogateescape"))
            found[name] = key.encode(errors="surrogateescape")
        return found[name]

    def _note(self, name: str, key: str) -> None:
        if name in self._given or len(self._given) >= MOST_NAMES:
            self._has_moved = True
        else:
            self._given[name] = key

    def _stands_elsewhere(self, name: str, key: str) -> bool:
        try:
            return self._site.locate(name) != key
        except ModuleNotFound:
            return False
