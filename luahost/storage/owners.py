"""Owners: what proves on one machine that a process which held leases is dead."""

from __future__ import annotations

import json
import os
import secrets
import socket
from pathlib import Path

from luahost.storage.port import Owner

__all__ = ["is_dead", "new_owner", "own_proof"]

_STARTED_AT = 19
"""Where in /proc/PID/stat, behind the name in brackets, the start time stands."""


def new_owner() -> Owner:
    """Returns an owner for a host in this process."""
    return Owner(secrets.token_hex(8), f"{socket.gethostname()}:{os.getpid()}", own_proof())


def own_proof() -> str:
    """Returns the proof of this process; empty where the system doesn't tell enough."""
    boot, namespace = _boot(), _namespace()
    started = _started(os.getpid())
    if not boot or not namespace or not started:
        return ""
    return json.dumps({"boot": boot, "namespace": namespace, "pid": os.getpid(), "started": started})


def is_dead(proof: str) -> bool:
    """Returns whether the process of a proof is gone for sure: it ran on this machine, among processes that we see.

    A pid alone would be fooled by another process that has got it since; containers share a boot, but not pids.
    """
    try:
        known = json.loads(proof) if proof else {}
    except ValueError:
        return False
    if not known or known.get("boot") != _boot() or known.get("namespace") != _namespace():
        return False
    return _started(int(known["pid"])) != str(known["started"])


def _boot() -> str:
    return _text("/proc/sys/kernel/random/boot_id")


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _started(pid: int) -> str:
    """Returns when a process was started; empty if it isn't there, or has ended and waits to be reaped."""
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return fields[_STARTED_AT] if len(fields) > _STARTED_AT and fields[0] not in ("Z", "X") else ""


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
