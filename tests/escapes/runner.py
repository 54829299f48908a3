"""Runs every attack in a session of its own, in one process, and writes what became of it as lines of JSON.

    python runner.py VM [NAME …]

Beside them a witness session is called all the time: its slowest call tells how long the attack delayed others.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from attacks import ENDLESS, REACHING

from luahost import Host, LuaHostError, Session, Settings

LIMIT_S = 0.3
SITE = {"lua/main.lua": "app = {} function app:ping() return 1 end session:createAppVariable(app)"}


class Witness:
    """Calls a session without a pause; `slowest_s` is the longest that one call took since it was set back."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.slowest_s = 0.0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._is_over.wait(0.001):
            began = time.perf_counter()
            self._session.call("app:ping")
            self.slowest_s = max(self.slowest_s, time.perf_counter() - began)

    def close(self) -> None:
        self._is_over.set()
        self._thread.join()


def attacked(host: Host, witness: Witness, name: str, code: str) -> dict[str, Any]:
    """Returns what became of one attack: how it ended, when, whether the session answers, how others fared."""
    session = host.create_session()
    witness.slowest_s, began, result, error = 0.0, time.perf_counter(), None, None
    try:
        result = session.eval(code)
    except LuaHostError as raised:
        error = f"{type(raised).__name__}: {raised}"
    seconds = time.perf_counter() - began
    delayed_s = witness.slowest_s
    usable = session.eval("return 1 + 1") == 2 and session.call("app:ping") == 1
    session.close()
    return {
        "name": name,
        "seconds": round(seconds, 3),
        "error": error and error[:200],
        "result": repr(result)[:80],
        "usable": usable,
        "delayed_s": round(delayed_s, 4),
    }


def main(vm: str, names: list[str]) -> None:
    """Runs the attacks named, or all."""
    attacks = {**ENDLESS, **REACHING}
    settings = Settings(vm=vm, time_limit_s=LIMIT_S, memory_limit_mb=16)
    with tempfile.TemporaryDirectory() as folder:
        for file, text in SITE.items():
            path = Path(folder, file)
            path.parent.mkdir()
            path.write_text(text)
        with Host(folder, watch=False, settings=settings) as host:
            host.on("log", lambda line: None)
            host.on("lua_error", lambda error: None)
            witness = Witness(host.create_session())
            for name in names or attacks:
                print(json.dumps({"begins": name}), flush=True)
                print(json.dumps(attacked(host, witness, name, attacks[name])), flush=True)
            witness.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
