"""What unit tests share."""

from __future__ import annotations

import pytest
from kernel_rooms import Rooms

from luahost.vm.builds import BUILDS


@pytest.fixture(params=BUILDS, scope="session")
def rooms(request: pytest.FixtureRequest) -> Rooms:
    """Returns rooms of the kernel in a bare VM of each kind, for all tests: they keep nothing but what they know."""
    return Rooms(request.param)
