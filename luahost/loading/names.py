"""Names: the files that modules' names stand for, looked up once for all sessions of a reload."""

from __future__ import annotations

from luahost.loading.site import Site

__all__ = ["Names"]


class Names:
    """Answers names, as the site does, from what was found since links last changed. May be called from any thread."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._found: dict[bytes, bytes] = {}

    def forget(self) -> None:
        """Looks names up anew from now on: they may mean other files than before."""
        self._found = {}

    def locate(self, name: bytes) -> bytes:
        """Returns the tracking key of the file that `name` stands for; raises ModuleNotFound."""
        found = self._found
        if name not in found:
            key = self._site.locate(name.decode(errors="surrogateescape"))
            found[name] = key.encode(errors="surrogateescape")
        return found[name]
