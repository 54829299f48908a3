"""The trial: a program that tries the limits of one VM, in a process of its own that ends itself in any case.

    python -m luahost.doctor.trial lua54

It prints a line of JSON for each limit that held: its name, and after how many seconds the turn was over.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from typing import Any

from luahost.errors import LimitExceeded
from luahost.host import Host
from luahost.settings import Settings

__all__ = ["MEMORY_MB", "PATIENCE_S", "TIME_S"]

MEMORY_MB = 16
TIME_S = 0.2
PATIENCE_S = 3.0
"""How long a limit may take to be noticed."""


def main(vm: str) -> None:
    """Tries memory, then time."""
    _try(vm, "memory", "local s = 'x' while true do s = s .. s end", memory_limit_mb=MEMORY_MB)
    _try(vm, "time", "while true do end", time_limit_s=TIME_S)


def _try(vm: str, name: str, code: str, **limits: Any) -> None:
    end = threading.Timer(PATIENCE_S, os._exit, (1,))
    end.daemon = True
    with tempfile.TemporaryDirectory() as site, Host(site, watch=False, settings=Settings(vm=vm, **limits)) as host:  # type: ignore[arg-type]
        session = host.create_session()
        end.start()
        began_s = time.monotonic()
        try:
            session.execute(code)
        except LimitExceeded:
            print(json.dumps({"limit": name, "seconds": time.monotonic() - began_s}), flush=True)
        end.cancel()


if __name__ == "__main__":
    main(sys.argv[1])
