"""What the contract tests share: every storage there is."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from storages import KINDS, opened
from storing import Now, Stored

from luahost.storage.port import Storage


@pytest.fixture
def now() -> Now:
    """Returns the clock of a storage that takes one."""
    return Now()


@pytest.fixture(params=KINDS)
def storage(request: pytest.FixtureRequest, tmp_path: Path, now: Now) -> Iterator[Storage]:
    """Returns each kind of storage, fresh."""
    with opened(request.param, tmp_path, now) as storage:
        yield storage


@pytest.fixture
def stored(storage: Storage) -> Stored:
    """Returns each kind of storage with what tests do with it."""
    return Stored(storage, secrets.token_hex(4))
