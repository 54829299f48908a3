"""Turns: one thread at a time, and what happens between two turns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from luahost.errors import SessionBusy, SessionClosed
from luahost.turning.pool import Pool
from luahost.turning.turns import Turns, Waits

WaitUntil = Callable[..., None]


@pytest.fixture
def pool() -> Iterator[Pool]:
    """Returns a pool whose threads end with the test."""
    pool = Pool()
    yield pool
    pool.close(5.0)


@pytest.fixture
def turns(pool: Pool) -> Turns:
    """Returns the turns of one session; others wait for them for 5 s."""
    return Turns(pool, Waits(), 5.0)


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Starts a thread that does `work`."""
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_enter_when_the_thread_is_inside_then_it_nests(turns: Turns) -> None:
    """The thread that holds a turn may enter again; only the outermost end ends it."""
    turns.enter()
    turns.enter()
    turns.leave()
    assert turns.is_mine()
    turns.leave()
    assert not turns.is_mine()


def test_enter_when_another_thread_is_inside_then_it_waits(turns: Turns, wait_until: WaitUntil) -> None:
    """Turns of two threads never overlap."""
    seen: list[str] = []

    def second() -> None:
        turns.enter()
        seen.append("second")
        turns.leave()

    turns.enter()
    thread = in_thread(second)
    seen.append("first")
    turns.leave()
    thread.join()
    assert seen == ["first", "second"]


def test_enter_when_the_turn_does_not_end_in_time_then_it_is_busy(turns: Turns) -> None:
    """A thread that has waited for as long as it would gets SessionBusy, and leaves nothing behind."""
    turns.enter()
    errors: list[Exception] = []

    def second() -> None:
        try:
            turns.enter(0.01)
        except SessionBusy as error:
            errors.append(error)

    in_thread(second).join()
    turns.leave()
    assert "0.01 s" in str(errors[0])
    in_thread(lambda: (turns.enter(0), turns.leave())).join()
    turns.enter(0)
    turns.leave()


def test_enter_when_it_is_closed_then_it_is_refused_at_once(turns: Turns) -> None:
    """Calling a closed session is an error, never a wait, and doesn't keep the lock."""
    turns.is_closed = True
    for _ in range(2):
        with pytest.raises(SessionClosed):
            turns.enter()
    assert not turns.is_mine()


def test_enter_when_it_waited_for_a_session_that_closes_then_it_is_closed(turns: Turns) -> None:
    """Whoever waited for a turn while the session was closed gets SessionClosed."""
    outcome: list[type] = []

    def second() -> None:
        try:
            turns.enter()
        except SessionClosed:
            outcome.append(SessionClosed)

    turns.enter()
    thread = in_thread(second)
    turns.close()
    turns.leave()
    thread.join()
    assert outcome == [SessionClosed]


def test_waits_when_threads_wait_in_a_circle_then_one_is_refused(pool: Pool, wait_until: WaitUntil) -> None:
    """Two threads that each want the other's session would stand still: the one that closes the circle is refused."""
    waits = Waits()
    one, two = Turns(pool, waits, 0), Turns(pool, waits, 0)
    has_two = threading.Event()

    def second() -> None:
        two.enter()
        has_two.set()
        one.enter()
        one.leave()
        two.leave()

    one.enter()
    thread = in_thread(second)
    assert has_two.wait(5)
    wait_until(lambda: waits._waiting)
    with pytest.raises(SessionBusy, match="circle"):
        two.enter()
    one.leave()
    thread.join()
    two.enter(0)
    two.leave()


def test_between_when_a_turn_runs_then_the_work_is_done_at_its_end(turns: Turns) -> None:
    """Work that may only be done between turns waits for the outermost end, and comes before the next turn."""
    done: list[int] = []
    turns.enter()
    turns.enter()
    turns.between(lambda: done.append(1))
    turns.leave()
    assert done == []
    turns.leave()
    assert done == [1]


def test_between_when_nobody_is_inside_then_the_work_is_done_soon(turns: Turns, wait_until: WaitUntil) -> None:
    """Work for a session that is free is done by the pool, with the session held."""
    done: list[str] = []
    turns.between(lambda: done.append(threading.current_thread().name))
    wait_until(lambda: done)
    assert done[0].startswith("luahost-")


def test_between_when_work_asks_for_more_then_it_is_done_too(turns: Turns) -> None:
    """What work between turns puts there is done at the same end."""
    done: list[int] = []
    turns.enter()
    turns.between(lambda: turns.between(lambda: done.append(2)))
    turns.leave()
    assert done == [2]


def test_between_when_work_raises_then_the_turn_has_ended(turns: Turns) -> None:
    """An error in work between turns reaches the caller; the session is free for the next."""

    def fail() -> None:
        raise RuntimeError("work")

    turns.enter()
    turns.between(fail)
    with pytest.raises(RuntimeError):
        turns.leave()
    in_thread(lambda: (turns.enter(0), turns.leave())).join()
    assert not turns.is_mine()


def test_post_when_many_are_posted_then_they_are_done_in_their_order(turns: Turns, wait_until: WaitUntil) -> None:
    """What is posted is done one after the other, in the order of posting, also behind a turn that runs."""
    done: list[int] = []
    turns.enter()
    for n in range(100):
        turns.post(lambda n=n: done.append(n))
    assert done == []
    turns.leave()
    wait_until(lambda: len(done) == 100)
    assert done == list(range(100))


def test_post_when_the_session_closes_then_it_finds_it_closed(turns: Turns) -> None:
    """What was posted to a session that has been closed is still done, so that whoever waits for it is told."""
    outcome: list[str] = []

    def ask() -> None:
        try:
            turns.enter()
        except SessionClosed:
            outcome.append("closed")

    turns.enter()
    turns.post(ask)
    turns.close()
    turns.leave()
    assert outcome == ["closed"]


def test_post_when_the_pool_has_ended_then_it_is_done_by_the_caller(turns: Turns, pool: Pool) -> None:
    """Nothing that was posted is left lying when the host has gone."""
    done: list[int] = []
    pool.close(1.0)
    turns.post(lambda: done.append(1))
    assert done == [1]


def test_turns_when_ten_threads_use_them_then_no_two_are_inside(turns: Turns) -> None:
    """Ten threads with 200 turns each: never two at once."""
    inside, most = [0], [0]

    def work() -> None:
        for _ in range(200):
            turns.enter()
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1
            turns.leave()

    threads = [in_thread(work) for _ in range(10)]
    for thread in threads:
        thread.join()
    assert most == [1]
