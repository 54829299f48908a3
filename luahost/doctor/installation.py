"""Installation: Python, lupa, its VMs, and whether a turn can be ended from outside."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterator

from luahost.settings import Settings
from luahost.vm.builds import BUILDS, build
from luahost.vm.interrupt import interrupt_for

from .finding import Finding, Level

__all__ = ["LUPA_ADVICE", "check_installation", "loading_vms"]

SECTION = "Installation"
LUPA_ADVICE = "install lupa's wheel for this machine: pip install --force-reinstall 'lupa>=2.8,<2.9'"


def check_installation(settings: Settings) -> Iterator[Finding]:
    """Yields what is installed; trouble with a VM that the site doesn't use is a warning."""
    yield Finding(SECTION, "python", "ok", f"Python {platform.python_version()}")
    yield Finding(SECTION, "lupa", "ok", f"lupa {importlib.metadata.version('lupa')}")
    loading = loading_vms()
    for vm in BUILDS:
        if vm not in loading:
            yield Finding(SECTION, f"vm.{vm}", level_for(vm, settings), f"{vm} can't be loaded", LUPA_ADVICE)
            continue
        yield Finding(SECTION, f"vm.{vm}", "ok", f"{vm} loads")
        yield _hook(vm)


def loading_vms() -> tuple[str, ...]:
    """Returns the VMs that can be loaded."""
    return tuple(vm for vm in BUILDS if _loads(vm))


def level_for(vm: str, settings: Settings) -> Level:
    """Returns how bad trouble with a VM is for this site."""
    return "wrong" if vm == settings.vm else "warning"


def _loads(vm: str) -> bool:
    try:
        build(vm)
    except ImportError:
        return False
    return True


def _hook(vm: str) -> Finding:
    if interrupt_for(vm) is not None:
        return Finding(SECTION, f"hook.{vm}", "ok", f"{vm}: turns can be ended from outside, at no cost in others")
    return Finding(
        SECTION,
        f"hook.{vm}",
        "warning",
        f"{vm}: this build of lupa hides Lua's hook; a count hook is used, which slows all code down",
        LUPA_ADVICE,
    )
