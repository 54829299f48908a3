"""The site's own specs: every `it` of every `*_spec.lua`, in a fresh session, on each VM."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from luahost import Host, Settings
from luahost.testing.fake_clock import FakeClock

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
PATIENCE_S = 10.0


def names_of(spec: Path) -> list[str]:
    """Returns the names of the `it`s of a spec, in order."""
    return re.findall(r'^\s*it\("(.*)", function', spec.read_text(), re.MULTILINE)


def specs() -> Iterator[Any]:
    """Yields each `it` of each spec as a parameter set."""
    for path in sorted(HERE.glob("*_spec.lua")):
        for number, name in enumerate(names_of(path), 1):
            yield pytest.param(path, number, id=f"{path.stem}: {name}")


def copy_site(to: Path) -> Path:
    """Returns a copy of the repository's site that a spec may edit."""
    for folder in ("lua", "apps"):
        shutil.copytree(REPOSITORY / folder, to / folder)
    shutil.copy(HERE / "spec.lua", to / "lua" / "spec.lua")
    return to


def save(path: Path, changes: list[list[str]]) -> None:
    """Replaces each first text of `changes`, which stands in the file exactly once, by the second."""
    source = path.read_text()
    for old, new in changes:
        assert source.count(old) == 1, f"{path.name} has {source.count(old)} times: {old}"
        source = source.replace(old, new)
    path.write_text(source)


def answer(request: dict[str, Any], host: Host, site: Path, clock: FakeClock) -> str:
    """Does what a spec asks for (see `spec.lua`); returns the answer as a Lua expression."""
    if request["kind"] == "edit":
        save(site / request["path"], request["changes"])
        report = host.reload()
        return str(report is not None and report.ok).lower()
    if request["kind"] == "advance":
        clock.advance(request["seconds"])
    else:
        time.sleep(0.001)
    return "nil"


@pytest.mark.parametrize("vm", ["lua54", "lua55", "luajit21"])
@pytest.mark.parametrize(("path", "number"), list(specs()))
def test_spec_when_run_in_a_session_then_holds(tmp_path: Path, path: Path, number: int, vm: str) -> None:
    """What the specs say of the site's Lua holds on every VM."""
    clock = FakeClock()
    site = copy_site(tmp_path)
    deadline = time.monotonic() + PATIENCE_S
    with Host(site, watch=False, settings=Settings(vm=vm), clock=clock) as host:
        session = host.create_session()
        session.execute(path.read_text(), name=f"@tests/lua/{path.name}")
        assert session.eval("return #require('spec').tests") == len(names_of(path))
        told = "nil"
        while request := session.eval(f"return require('spec').step({number}, {told})"):
            assert time.monotonic() < deadline, f"waited in vain: {request}"
            told = answer(request, host, site, clock)
