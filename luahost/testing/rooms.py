"""The rooms that specs add to a session's kernel: `guest/*.lua`, compiled once per process and kind of VM."""

from __future__ import annotations

from functools import cache
from importlib import resources

from luahost.session import Session
from luahost.vm.compiler import Compiler

__all__ = ["add_coverage", "add_specs"]

SPECS = ("renderings", "comparisons", "assertions", "specs")
"""In the order in which they need each other."""


def add_specs(session: Session, vm: str) -> None:
    """Adds what specs are made of; asked for before the session runs any code."""
    for room in SPECS:
        session.ask_added(room, "add", _chunk(vm, room))


def add_coverage(session: Session, vm: str) -> None:
    """Begins to count lines; asked for before anything else, so that all code is seen and all coroutines are."""
    session.ask_added("coverage", "add", _chunk(vm, "coverage"))


@cache
def _chunk(vm: str, room: str) -> bytes:
    source = resources.files("luahost.testing").joinpath("guest", f"{room}.lua").read_bytes()
    return Compiler(vm).compile(source, "=kernel", strip=True)
