"""Listings: the files of a site that are to be looked at, and what keeps one from being looked at."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from luahost.loading.site import Site

from .finding import Finding, finding_of_file

__all__ = ["Listing", "list_files"]

UNREADABLE, CIRCLE = "unreadable", "link-circle"


@dataclass(slots=True)
class Listing:
    """Files by the paths at which they were found, with their tracking keys; findings about what is out of reach."""

    keys: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def list_files(site: Site, folders: Iterable[str], suffix: str) -> Listing:
    """Returns the files below folders of the site whose names end in `suffix`; hidden ones are left out."""
    walk = _Walk(site, suffix)
    for folder in folders:
        if os.path.isdir(site.root / folder):
            walk.folder(folder, (str(site.root),))
    return walk.listing


class _Walk:
    """Goes through folders, each once, whatever links lead to it."""

    def __init__(self, site: Site, suffix: str) -> None:
        self.listing = Listing()
        self._site = site
        self._suffix = suffix
        self._seen: set[str] = set()

    def folder(self, relative: str, above: tuple[str, ...]) -> None:
        """Lists a folder and those below it; `above` are the real paths of the folders that it is in."""
        real = os.path.realpath(self._site.root / relative)
        if real in above:
            self._tell(relative, CIRCLE, f"the link leads back to {self._site.key(real) or 'the site'}: remove it")
        elif self._is_outside(relative, real) or real in self._seen:
            return
        else:
            self._seen.add(real)
            for name in self._names(relative):
                self._entry(f"{relative}/{name}", (*above, real))

    def _names(self, relative: str) -> Iterator[str]:
        try:
            names = sorted(os.listdir(self._site.root / relative))
        except OSError as error:
            self._refuse(relative, error)
            return
        yield from (name for name in names if not name.startswith("."))

    def _entry(self, relative: str, above: tuple[str, ...]) -> None:
        path = self._site.root / relative
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            if relative.endswith(self._suffix):
                self._refuse(relative, error)
            return
        if stat.S_ISDIR(mode):
            self.folder(relative, above)
        elif relative.endswith(self._suffix) and not self._is_outside(relative, os.path.realpath(path)):
            self._file(relative, mode)

    def _file(self, relative: str, mode: int) -> None:
        if stat.S_ISREG(mode):
            self.listing.keys[relative] = self._site.key(self._site.root / relative) or relative
        else:
            self._tell(relative, UNREADABLE, "is no plain file (a pipe, a socket or a device): remove it")

    def _is_outside(self, relative: str, real: str) -> bool:
        folder = real if os.path.isdir(real) else os.path.dirname(real)
        if self._site.key(os.path.join(folder, "any.lua")) is not None:
            return False
        self._tell(relative, UNREADABLE, f"is a link to {real}, outside the site: add '{folder}' to `roots`")
        return True

    def _refuse(self, relative: str, error: OSError) -> None:
        if os.path.islink(self._site.root / relative):
            message = f"is a link that leads nowhere ({error.strerror}): remove it, or point it elsewhere"
        else:
            message = f"can't be read ({error.strerror}): give this user the right to read it"
        self._tell(relative, UNREADABLE, message)

    def _tell(self, relative: str, lint: str, message: str) -> None:
        self.listing.findings.append(finding_of_file(relative, lint, message))
