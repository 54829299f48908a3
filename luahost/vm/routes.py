"""Routes: whether a path into objects, as pages have it, is one that the kernel takes; asked of the kernel itself."""

from __future__ import annotations

import threading
from importlib import resources
from typing import Any

from luahost.vm.builds import new_runtime

__all__ = ["Routes"]

_ASK = b"""
local refusals = { refuse = function(_, sentence, ...) error({ sentence = string.format(sentence, ...) }, 0) end }
local routes = (function(...)
%s
end)({ refusals = refusals })
return function(text, access)
  local ok, problem = pcall(function() routes.check_access(routes.parse(text), access) end)
  return not ok and problem.sentence or nil
end
"""


class Routes:
    """Answers what is wrong with paths. Any thread may ask; one is answered at a time."""

    def __init__(self, vm: str) -> None:
        source = resources.files("luahost.kernel").joinpath("routes.lua").read_bytes()
        self._ask: Any = new_runtime(vm).execute(_ASK % source)
        self._lock = threading.Lock()

    def problem(self, path: str, access: str) -> str | None:
        """Returns why a variable can't have this path and access (`rw`, `r`, `w` or `action`); None if it can."""
        with self._lock:
            said: bytes | None = self._ask(path.encode(errors="replace"), access.encode())
        return said.decode(errors="replace") if said is not None else None
