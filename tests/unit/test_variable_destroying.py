"""Destroying variables: what it costs when very many go at once."""

from __future__ import annotations

import pytest
from kernel_rooms import Rooms

from luahost.vm.builds import BUILDS

_GO = """
local count = ...
local variables = K.variables
if not variables.root() then
  K.root.app = {}
  variables.create(1, nil, { value = K.root.app })
end
for i = 1, count do
  local node = variables.create(i .. "", i % 2 == 0 and variables.get(i - 1 .. "") or variables.root(), { owner = 1 })
  variables.watch(node, 1)
end
local steps = 0
debug.sethook(function() steps = steps + 1 end, "", 100)
variables.destroy_owned(1)
debug.sethook()
local left = 0
for _ in next, variables.by_id do left = left + 1 end
return steps, left
"""


@pytest.mark.parametrize("vm", BUILDS)
def test_variables_when_a_connections_go_then_the_work_is_linear_in_their_number(vm: str) -> None:
    """Eight times the variables take about eight times the steps, not sixty-four."""
    rooms = Rooms(vm)
    small, _ = rooms(_GO, 500)
    large, left = rooms(_GO, 4000)
    assert left == 1
    assert large < small * 8 * 1.5
