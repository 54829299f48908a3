"""Installation: Python, lupa, its VMs, whether a turn can be ended from outside, and what else is installed."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import sys
from collections.abc import Iterator

from luahost.settings import Settings
from luahost.vm.builds import BUILDS, build
from luahost.vm.interrupt import interrupt_for

from .finding import Finding, Level

__all__ = ["LUPA_ADVICE", "check_installation", "loading_vms"]

SECTION = "Installation"
LUPA_ADVICE = "install lupa's wheel for this machine: pip install --force-reinstall 'lupa>=2.8,<2.9'"


KNOWN_LUPA = "2.8"
"""The version whose modules the limits are known to reach."""

EXTRAS = {
    "server": (("starlette", "uvicorn", "websockets"), "luahost serve, run --serve"),
    "metrics": (("prometheus_client",), "/metrics"),
    "repl": (("prompt_toolkit", "pygments"), "a prompt with history and colours"),
    "check": (("tree_sitter", "tree_sitter_lua"), "luahost check"),
    "postgres": (("psycopg", "psycopg_pool"), "stores in PostgreSQL"),
}
"""The extras: what each imports, and what it is for."""


def check_installation(settings: Settings) -> Iterator[Finding]:
    """Yields what is installed; trouble with a VM that the site doesn't use is a warning."""
    yield Finding(SECTION, "python", "ok", f"Python {platform.python_version()}")
    yield _lupa()
    loading = loading_vms()
    for vm in BUILDS:
        if vm not in loading:
            yield Finding(SECTION, f"vm.{vm}", level_for(vm, settings), f"{vm} can't be loaded", LUPA_ADVICE)
            continue
        yield Finding(SECTION, f"vm.{vm}", "ok", f"{vm} loads")
        yield _hook(vm)
    yield from (_extra(name, *what) for name, what in EXTRAS.items())
    yield _terminal(getattr(sys.stdout, "encoding", None) or "no encoding")


def _lupa() -> Finding:
    try:
        version = importlib.metadata.version("lupa")
    except importlib.metadata.PackageNotFoundError:
        return Finding(SECTION, "lupa", "wrong", "lupa is not installed", LUPA_ADVICE)
    if version == KNOWN_LUPA or version.startswith(f"{KNOWN_LUPA}."):
        return Finding(SECTION, "lupa", "ok", f"lupa {version}")
    text = f"lupa {version}: whether limits hold is known of {KNOWN_LUPA} alone"
    return Finding(SECTION, "lupa", "warning", text, LUPA_ADVICE)


def _extra(name: str, imported: tuple[str, ...], purpose: str) -> Finding:
    missing = [module for module in imported if importlib.util.find_spec(module) is None]
    if not missing:
        return Finding(SECTION, f"extra.{name}", "ok", f"{purpose}: installed")
    text, advice = f"{purpose}: not installed", f"if you want it: pip install 'luahost[{name}]'"
    return Finding(SECTION, f"extra.{name}", "note", text, advice)


def _terminal(encoding: str) -> Finding:
    try:
        "→ é".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        text = f"output is written as {encoding}: other letters show by their numbers"
        return Finding(
            SECTION, "output", "warning", text, "choose a locale with UTF-8 (LC_ALL=C.UTF-8), or set PYTHONUTF8=1"
        )
    return Finding(SECTION, "output", "ok", f"output is written as {encoding}")


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
