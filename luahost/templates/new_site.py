"""A new site: a template's files in a folder, all of them or none."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from luahost.errors import SiteError

__all__ = ["site_name", "write_site"]

KEPT = {".git"}
"""What may be in the folder of a new site already."""


def site_name(path: str) -> str:
    """Returns the name of the site in the folder at a path; raises SiteError if it can't be one."""
    name = Path(path).resolve().name if Path(path).name in ("", "..") else Path(path).name
    if not path or not name.strip() or not path.isprintable():
        raise SiteError(f"{path!a} is no name for a site: take letters and digits, as in 'shop'")
    return name


def write_site(folder: Path, files: Mapping[str, str]) -> None:
    """Writes files, texts by their relative paths, into a folder that is empty or new.

    Raises SiteError, with nothing left of it, if the folder has something in it or can't be written to.
    """
    try:
        if os.path.lexists(folder):
            _refuse_what_is_there(folder)
        with _all_or_nothing() as made:
            for relative, text in files.items():
                _make_folders(folder / Path(relative).parent, made)
                # "x": a file that somebody else puts there meanwhile is theirs.
                with (folder / relative).open("x", encoding="utf-8", newline="\n") as file:
                    made.append(folder / relative)
                    file.write(text)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SiteError(f"{folder}: the site can't be made: {reason}; nothing is left of it") from error


def _refuse_what_is_there(folder: Path) -> None:
    if not folder.is_dir():
        raise SiteError(f"{folder}: there is a file of this name: choose another name")
    found = sorted(entry.name for entry in folder.iterdir() if entry.name not in KEPT)
    if found:
        more = "" if len(found) == 1 else f" and {len(found) - 1} more"
        raise SiteError(
            f"{folder}: the folder isn't empty, it has {found[0]}{more}: choose another name, or an empty one"
        )


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Makes a folder with those above it, and notes each that wasn't there."""
    if not folder.is_dir():
        _make_folders(folder.parent, made)
        folder.mkdir()
        made.append(folder)


@contextmanager
def _all_or_nothing() -> Iterator[list[Path]]:
    """Yields a list of what is made; takes all of it away again if the work is broken off."""
    made: list[Path] = []
    try:
        yield made
    except BaseException:
        for path in reversed(made):
            _take_away(path)
        raise


def _take_away(path: Path) -> None:
    try:
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
    except OSError:
        return  # somebody else has put something there meanwhile, or the disk is gone
