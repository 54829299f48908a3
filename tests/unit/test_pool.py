"""The pool: threads for work, few while nothing waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from luahost.turning.pool import Pool

WaitUntil = Callable[..., None]


@pytest.fixture
def pool() -> Iterator[Pool]:
    """Returns a pool of two threads, which end with the test."""
    pool = Pool(workers=2)
    yield pool
    pool.close(5.0)


def test_submit_when_the_pool_is_open_then_a_thread_does_the_work(pool: Pool, wait_until: WaitUntil) -> None:
    """Work is done on a daemon thread of the pool."""
    threads: list[threading.Thread] = []
    assert pool.submit(lambda: threads.append(threading.current_thread()))
    wait_until(lambda: threads)
    assert threads[0].daemon


def test_submit_when_the_pool_is_closed_then_nothing_happens(pool: Pool) -> None:
    """A closed pool says so, and starts no thread."""
    pool.close(1.0)
    assert not pool.submit(lambda: None)


def test_work_when_it_raises_then_its_thread_goes_on(pool: Pool, wait_until: WaitUntil) -> None:
    """An error in work is logged; the pool loses no thread by it."""
    done: list[int] = []

    def fail() -> None:
        raise RuntimeError("work")

    for _ in range(10):
        pool.submit(fail)
    pool.submit(lambda: done.append(1))
    wait_until(lambda: done)


def test_relieve_when_all_threads_are_held_up_then_there_is_one_more(pool: Pool, wait_until: WaitUntil) -> None:
    """Work that waits while none is finished gets another thread."""
    gate, done = threading.Event(), threading.Event()
    for _ in range(2):
        pool.submit(gate.wait)
    wait_until(lambda: not pool.is_pressed)
    pool.submit(done.set)
    assert pool.is_pressed
    pool.relieve()
    assert done.wait(5)
    gate.set()


def test_on_pressed_when_work_begins_to_wait_then_it_is_called_once(pool: Pool) -> None:
    """Whoever relieves the pool is told when work begins to wait, not at each."""
    gate, calls = threading.Event(), []
    pool.on_pressed = lambda: calls.append(1)
    for _ in range(6):
        pool.submit(gate.wait)
    gate.set()
    assert calls == [1]


def test_close_when_a_thread_is_held_up_then_it_is_not_waited_for_long(pool: Pool) -> None:
    """Closing gives up on a thread that doesn't end; being a daemon, it holds nobody up."""
    gate = threading.Event()
    pool.submit(gate.wait)
    pool.close(0.01)
    gate.set()


def test_thread_when_it_starts_then_its_stack_is_deep(pool: Pool) -> None:
    """Threads that run Lua have stacks of 8 MB; others that the process starts keep their size."""
    done = threading.Event()
    before = threading.stack_size()

    def recurse(n: int) -> int:
        return 0 if n == 0 else 1 + sum(map(recurse, [n - 1]))

    pool.submit(lambda: (recurse(200), done.set()))
    assert done.wait(5)
    assert threading.stack_size() == before
