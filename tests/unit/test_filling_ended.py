"""Tables of the API that are filled when they are first used, in a turn that is ended meanwhile."""

from __future__ import annotations

import pytest
from kernel_rooms import Rooms

from luahost.vm.builds import BUILDS

FILL = """
K.later = function() return function() end end
K.written = { base = { [K.session] = {} } }
local apis, name = K.apis, ...
local ended, count = 0, 0
repeat
  count = count + 1
  local t = setmetatable({ own = 1 }, {})
  local is_ended = ended_at(count, apis.fill, t, name)
  local is_whole = getmetatable(t) == nil
  local fields = 0
  for _ in pairs(t) do fields = fields + 1 end
  apis.fill(t, name)
  for _ in pairs(t) do fields = fields - 1 end
  if is_whole and fields ~= 0 or getmetatable(t) ~= nil then return "lacks fields", count end
  if is_ended then ended = ended + 1 end
until not is_ended
return ended > 10
"""


@pytest.mark.parametrize("vm", BUILDS)
@pytest.mark.parametrize("name", ["session", "ui", "package", "coroutine"])
def test_fill_when_ended_anywhere_then_the_next_use_goes_on(vm: str, name: str) -> None:
    """At whatever instruction a turn is ended, a table is whole, or the next look at it completes it."""
    assert Rooms(vm)(FILL, name) is True
