"""Compiler: text to bytecode, in a VM that runs nothing else."""

from __future__ import annotations

import re
import threading
from typing import Any

from luahost.errors import LuaSyntaxError
from luahost.vm.builds import new_runtime

_DUMP = b"""
local load, dump, pcall = loadstring or load, string.dump, pcall
return function(text, name, strip)
  -- Too deep a nesting is an error of Lua's own, to which the host's message handler would add a traceback.
  local ok, chunk, message = pcall(load, text, name)
  if not chunk then return nil, message end
  return dump(chunk, strip)
end
"""
_POSITION = re.compile(r"^.*?:(\d+): (.*)$", re.DOTALL)


class Compiler:
    """Compiles chunks for one kind of VM. Any thread may call it; one compiles at a time."""

    def __init__(self, vm: str) -> None:
        self._lock = threading.Lock()
        self._dump: Any = new_runtime(vm).execute(_DUMP)

    def compile(self, text: bytes, name: str, *, strip: bool = False) -> bytes:
        """Returns the bytecode of `text`; `name` is its chunk name (`@lua/main.lua`).

        `strip` leaves out the debug information, which application code keeps: ownership and tracebacks need it.
        Raises LuaSyntaxError.
        """
        with self._lock:
            answer = self._dump(text, name.encode(), strip)
        if isinstance(answer, tuple):
            raise syntax_error(answer[1].decode(errors="replace"), name)
        code: bytes = answer
        return code


def syntax_error(message: str, name: str) -> LuaSyntaxError:
    """Returns the error for what Lua's `load` said of the chunk `name`."""
    found = _POSITION.match(message)
    line, text = (int(found[1]), found[2]) if found else (0, message)
    return LuaSyntaxError(text, file=name[1:], line=line, incomplete=message.endswith(("near <eof>", "near '<eof>'")))
