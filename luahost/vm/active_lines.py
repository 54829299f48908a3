"""Active lines: which lines of a chunk have code, as the VM that runs it says."""

from __future__ import annotations

import threading
from typing import Any

from luahost.vm.builds import new_runtime

_LIST = b"""
local load, getinfo, pairs, concat = loadstring or load, debug.getinfo, pairs, table.concat
return function(text, makes_function)
  local chunk = load(text)
  if chunk and makes_function then chunk = chunk() end
  if not chunk then return nil end
  local lines = {}
  for line in pairs(getinfo(chunk, "L").activelines or {}) do lines[#lines + 1] = line end
  return concat(lines, " ")
end
"""


class ActiveLines:
    """Asks one kind of VM. Any thread may call it; nothing of the text runs."""

    def __init__(self, vm: str) -> None:
        self._lock = threading.Lock()
        self._list: Any = new_runtime(vm).execute(_LIST)

    def of_chunk(self, text: bytes) -> set[int]:
        """Returns the lines of a chunk itself, without those of the functions in it; none if it doesn't compile."""
        return self._ask(text, False)

    def of_function(self, parameters_and_body: bytes, line: int) -> set[int]:
        """Returns the lines of one function, from its parameters to its `end`; it begins in `line` of its file."""
        return self._ask(b"\n" * (line - 1) + b"return function" + parameters_and_body, True)

    def _ask(self, text: bytes, makes_function: bool) -> set[int]:
        with self._lock:
            listed: bytes | None = self._list(text, makes_function)
        return {int(line) for line in (listed or b"").split()}
