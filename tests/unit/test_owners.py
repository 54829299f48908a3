"""What proves that a process is dead."""

from __future__ import annotations

import json
import os

import pytest

from luahost.storage.owners import is_dead, own_proof


def changed(**fields: object) -> str:
    """Returns the proof of this process with other fields."""
    return json.dumps({**json.loads(own_proof()), **fields})


def test_own_proof_when_asked_in_a_fork_then_is_another() -> None:
    """A forked process is another one."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, own_proof().encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(read, 1000).decode() not in ("", own_proof())
    os.close(read)
    os.close(write)


def test_is_dead_when_the_pid_was_given_to_another_process_then_is() -> None:
    """A bare pid would be fooled by its reuse: the start time tells."""
    assert is_dead(changed(started="1"))


@pytest.mark.parametrize("fields", [{}, {"boot": "other"}, {"namespace": "other"}])
def test_is_dead_when_it_can_not_be_known_then_is_not(fields: dict[str, object]) -> None:
    """A living process, another boot, or another container's processes prove nothing."""
    assert not is_dead(changed(**{"started": "1", **fields}) if fields else own_proof())
