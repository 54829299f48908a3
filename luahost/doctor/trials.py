"""Trials: whether the limits hold, found out by running code that would exceed them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping

from luahost.settings import Settings

from .finding import Finding
from .installation import LUPA_ADVICE, level_for
from .trial import MEMORY_MB, PATIENCE_S, TIME_S

__all__ = ["check_limits"]

SECTION = "Limits"
DEADLINE_S = 30.0

DONE = {
    "memory": f"a string that grew was ended at {MEMORY_MB} MiB",
    "time": f"a loop without end was ended at {TIME_S:g} s",
}
NOT_DONE = {
    "memory": f"a string that grew was not ended at {MEMORY_MB} MiB",
    "time": f"a loop without end was not ended within {PATIENCE_S:g} s, though its limit was {TIME_S:g} s",
}


def check_limits(settings: Settings, vms: Iterable[str]) -> Iterator[Finding]:
    """Yields for each VM whether its limits end a turn; all are tried at once, in processes of their own."""
    trials = {vm: _started(vm) for vm in vms}
    for vm, trial in trials.items():
        held = _held(trial)
        for limit in DONE:
            yield _finding(vm, limit, held, settings)
    if settings.vm == "luajit21":
        yield _compiler(settings)


def _started(vm: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"{__package__}.trial", vm]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _held(trial: subprocess.Popen[str]) -> dict[str, float]:
    """Returns after how many seconds each limit that held ended the turn."""
    try:
        written, _ = trial.communicate(timeout=DEADLINE_S)
    except subprocess.TimeoutExpired:
        trial.kill()
        written, _ = trial.communicate()
    lines = [json.loads(line) for line in written.splitlines()]
    return {line["limit"]: line["seconds"] for line in lines}


def _finding(vm: str, limit: str, held: Mapping[str, float], settings: Settings) -> Finding:
    check = f"{limit}.{vm}"
    if limit in held:
        return Finding(SECTION, check, "ok", f"{vm}: {DONE[limit]} (took {held[limit]:.2f} s)")
    advice = f"run only code that you trust on {vm}; {LUPA_ADVICE}"
    return Finding(SECTION, check, level_for(vm, settings), f"{vm}: {NOT_DONE[limit]}", advice)


def _compiler(settings: Settings) -> Finding:
    if settings.time_limit_s or settings.load_time_limit_s:
        text = "LuaJIT's compiler is off, for compiled loops can't be ended"
        advice = "on a trusted site, time_limit_s = 0 and load_time_limit_s = 0 turn it on"
        return Finding(SECTION, "compiler", "note", text, advice)
    return Finding(SECTION, "compiler", "note", "LuaJIT's compiler is on; no turn is ended")
