"""The site: the folder that is served, and the way from a module's name to its file.

A module is known by its tracking key: the path of its file, symlinks resolved, relative to the site. Nothing
is remembered between calls, so that links may be pointed elsewhere and files may come and go at any time.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from luahost.errors import ModuleNotFound, SiteError

__all__ = ["Site"]


class Site:
    """Answers where modules lie. `root` and `roots` are real, absolute paths, fixed when the site is made."""

    def __init__(self, root: Path | str, roots: Sequence[Path | str] = ()) -> None:
        """Opens the site at `root`; files outside it may be loaded from below `roots`.

        Raises SiteError if `root` is no folder that can be read.
        """
        self._root = _readable_folder(root)
        self._prefixes = tuple(_prefix(folder) for folder in (self._root, *roots))

    def __repr__(self) -> str:
        """Returns `<Site /folder>`."""
        return f"<Site {self._root}>"

    @property
    def root(self) -> Path:
        """Returns the real path of the site."""
        return Path(self._root)

    def locate(self, name: str) -> str:
        """Returns the tracking key of the file that `name` stands for; raises ModuleNotFound.

        `a.b` is looked for in `lua/`, `apps/` and the site itself, as `a/b.lua` and `a/b/init.lua`; a name
        with `/` or ending in `.lua` is a path from the site.
        """
        _refuse_malformed(name)
        searched = _candidates(name)
        for relative in searched:
            if self._exists(relative):
                if self._is_plain_file(relative):
                    return relative
                mode = self._mode(relative)
                if stat.S_ISREG(mode):
                    return self._real_key(relative, name)
                if stat.S_ISDIR(mode) and len(searched) == 1:
                    raise _not_found(name, f"'{relative}' is a folder; name the file in it")
        raise _not_found(name, "no such file" + self._places(name, searched))

    def path(self, key: str) -> Path:
        """Returns the absolute path of a tracking key."""
        return Path(os.path.normpath(os.path.join(self._root, key)))

    def key(self, path: Path | str) -> str | None:
        """Returns the tracking key of an absolute path; None outside the site. The file may be gone."""
        real = os.path.realpath(path)
        return self._relative(real) if self._is_ours(real) else None

    def _exists(self, relative: str) -> bool:
        try:
            return os.access(f"{self._root}/{relative}", os.F_OK)
        except ValueError:  # a name that the file system can't encode
            return False

    def _is_plain_file(self, relative: str) -> bool:
        """Tells whether no link lies on the way from the site to a file: then its path is its key."""
        try:
            if not stat.S_ISREG(os.lstat(f"{self._root}/{relative}").st_mode):
                return False
            return not any(os.path.islink(f"{self._root}/{folder}") for folder in _folders_of(relative))
        except OSError:
            return False

    def _mode(self, relative: str) -> int:
        try:
            return os.stat(f"{self._root}/{relative}").st_mode
        except (OSError, ValueError):
            return 0

    def _real_key(self, relative: str, name: str) -> str:
        real = os.path.realpath(f"{self._root}/{relative}")
        if self._is_ours(real):
            return self._relative(real)
        folder = os.path.dirname(real)
        raise _not_found(name, f"'{relative}' is really '{real}', outside the site; add '{folder}' to `roots`")

    def _is_ours(self, real: str) -> bool:
        return real.startswith(self._prefixes)

    def _relative(self, real: str) -> str:
        own = self._prefixes[0]
        relative = real[len(own) :] if real.startswith(own) else os.path.relpath(real, self._root)
        return relative.replace(os.sep, "/")

    def _places(self, name: str, searched: tuple[str, ...]) -> str:
        lines = [f"\n\tno file '{relative}'" for relative in searched]
        for relative in searched[1::2]:
            folder = relative.removesuffix("/init.lua")
            if stat.S_ISDIR(self._mode(folder)):
                lines.append(f"\n\t'{folder}' is a folder; it needs an init.lua to be required as '{name}'")
        return "".join(lines)


def _readable_folder(root: Path | str) -> str:
    real = os.path.realpath(root)
    if not os.path.isdir(real):
        what = "is a file" if os.path.exists(real) else "does not exist"
        raise SiteError(f"{os.fspath(root)}: the site must be a folder, and this {what}: name an existing folder")
    if not os.access(real, os.R_OK | os.X_OK):
        raise SiteError(f"{os.fspath(root)}: the site can't be read: give this user the right to read the folder")
    return real


def _prefix(folder: Path | str) -> str:
    return os.path.join(os.path.realpath(folder), "")


def _refuse_malformed(name: str) -> None:
    """Raises ModuleNotFound for a name that could not mean a file below the site, whatever lies there."""
    is_path = _is_path(name)
    parts = name.split("/" if is_path else ".")
    if not name:
        raise _not_found(name, "the name is empty; name a module, like 'app.views'")
    if "\0" in name:
        raise _not_found(name.replace("\0", "\\0"), "the name has a NUL character; remove it")
    if os.path.isabs(name):
        raise _not_found(name, "the path is absolute; give it from the site, like 'lua/app.lua'")
    if ".." in parts or ".." in name.replace("\\", "/").split("/"):
        raise _not_found(name, "the name has '..', which leads out; a folder outside the site goes to `roots`")
    if not is_path and "" in parts:
        raise _not_found(name, "a part of the name is empty; write one dot between two parts, like 'app.views'")


def _candidates(name: str) -> tuple[str, ...]:
    if _is_path(name):
        return ("/".join(part for part in name.split("/") if part not in ("", ".")) or ".",)
    path = name.replace(".", "/")
    return tuple(f"{folder}{path}{end}" for folder in ("lua/", "apps/", "") for end in (".lua", "/init.lua"))


def _folders_of(relative: str) -> Iterator[str]:
    end = relative.rfind("/")
    while end > 0:
        yield relative[:end]
        end = relative.rfind("/", 0, end)


def _is_path(name: str) -> bool:
    return "/" in name or name.endswith(".lua")


def _not_found(name: str, reason: str) -> ModuleNotFound:
    return ModuleNotFound(f"module '{name}' not found: {reason}")
