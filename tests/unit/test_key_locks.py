"""Locks by key."""

from __future__ import annotations

import threading

from luahost.records.key_locks import KeyLocks


def test_held_when_left_then_nothing_of_the_key_is_left() -> None:
    """A lock's entry removes itself (BB-session_merge-17), also when an error leaves it."""
    locks = KeyLocks()
    with locks.held("a"):
        assert (locks.is_held("a"), locks.is_held("b"), len(locks)) == (True, False, 1)
    try:
        with locks.held("a"):
            raise KeyError
    except KeyError:
        pass
    assert (locks.is_held("a"), len(locks)) == (False, 0)


def test_held_when_many_keys_are_then_none_is_left() -> None:
    """A hundred keys, each held by two after one another, leave no entries (BB-session_merge-18)."""
    locks = KeyLocks()
    threads = [threading.Thread(target=lambda n=n: hold(locks, f"k{n % 100}")) for n in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(locks) == 0


def test_held_when_eight_wait_then_one_has_it_at_a_time() -> None:
    """There is never more than one holder, and the map drains (BB-session_merge-19)."""
    locks, inside, most = KeyLocks(), [0], [0]
    first, waiting = threading.Event(), threading.Barrier(9)

    def work() -> None:
        waiting.wait()
        with locks.held("k"):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            first.wait(0.001)
            inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    with locks.held("k"):
        for thread in threads:
            thread.start()
        waiting.wait()
        assert inside == [0]
    for thread in threads:
        thread.join()
    assert (most, len(locks)) == ([1], 0)


def hold(locks: KeyLocks, key: str) -> None:
    """Holds a key for a moment."""
    with locks.held(key):
        assert locks.is_held(key)
