"""Profiling: the file of `--profile`, written whole when the command ends, however it ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from luahost.profile import Profile

__all__ = ["profiling"]

VIEWER = "https://www.speedscope.app"


@contextmanager
def profiling(file: str | None, tell: Callable[[str], object]) -> Iterator[Profile | None]:
    """Yields the profile to take, None where no `file` was named; writes it at the end, and tells where it is.

    Raises a usage error if the file can't be written, before anything is run for it.
    """
    if file is None:
        yield None
        return
    path = Path(file)
    _check_writable(path)
    profile = Profile()
    try:
        yield profile
    finally:
        tell(_written(profile, path))


def _check_writable(path: Path) -> None:
    reason = "it is a folder" if path.is_dir() else None
    try:
        part = _part(path)
        part.touch()
        part.unlink()
    except OSError as error:
        reason = reason or error.strerror or str(error)
    if reason is not None:
        advice = "name a file in a folder that you may write to"
        raise click.BadParameter(f"{path} can't be written: {reason}; {advice}", param_hint="--profile")


def _written(profile: Profile, path: Path) -> str:
    """Writes the profile; returns what there is to say of it."""
    part = _part(path)
    try:
        part.write_text(profile.collapsed(), encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        return f"the profile is lost: {path} can't be written: {error.strerror}"
    if not profile.samples:
        return f"profile: no Lua ran long enough to be seen; {path} is empty"
    return f"profile: {profile.samples:,} samples in {path}; open it at {VIEWER}"


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")
