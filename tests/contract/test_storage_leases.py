"""What every storage keeps of leases: one owner at a time, and a fence that rises with every change of owner."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from storing import A, B, Now, Stored

from luahost.errors import StorageClosed, Unavailable
from luahost.storage.owners import own_proof
from luahost.storage.port import Acquired, Busy, Done, Lease, Lost, Owner
from luahost.testing.faulty_storage import FaultyStorage

GONE_PROCESS = "from luahost.storage.owners import own_proof; print(own_proof())"


def test_acquire_when_free_then_is_given_with_what_is_stored(stored: Stored) -> None:
    """A free lease is acquired (LL-1), and a key that nothing is stored of is absent, not an error (BB-jsonl-4)."""
    answer = stored.storage.acquire(stored.store, "ann", A, 15)
    assert isinstance(answer, Acquired)
    assert answer.record is None


def test_acquire_when_another_owner_holds_it_then_is_busy(stored: Stored) -> None:
    """A second owner is refused, and told who has it (LL-2)."""
    stored.acquire("ann", A)
    answer = stored.storage.acquire(stored.store, "ann", B, 15)
    assert isinstance(answer, Busy)
    assert answer.owner == "a"


def test_acquire_when_it_has_run_out_then_is_given_with_a_higher_fence(stored: Stored) -> None:
    """A lease whose time is over may be taken over (LL-3); fences are unique (LL-4)."""
    first = stored.acquire("ann", A, ttl_s=0)
    second = stored.acquire("ann", B)
    assert second.fence > first.fence


def test_acquire_when_the_owner_has_it_already_then_gets_it_with_a_new_fence(stored: Stored) -> None:
    """A host that lost track of its own lease is not locked out by itself."""
    first = stored.acquire("ann", A)
    assert stored.acquire("ann", A).fence > first.fence


def test_acquire_when_stolen_then_the_former_owner_has_lost_it(stored: Stored) -> None:
    """To steal is explicit: the lease changes hands at once."""
    lease = stored.acquire("ann", A)
    answer = stored.storage.acquire(stored.store, "ann", B, 15, "steal")
    assert isinstance(answer, Acquired)
    assert stored.save(lease, b"late") == Lost("b")


def test_acquire_when_asked_for_then_the_owner_learns_at_its_renewal(stored: Stored) -> None:
    """Who asks is refused for now, and the owner is told that its lease is wanted."""
    lease = stored.acquire("ann", A)
    assert isinstance(stored.storage.acquire(stored.store, "ann", B, 15, "ask"), Busy)
    assert stored.renew(A, lease) == "wanted"


def test_acquire_when_the_holders_process_is_dead_then_is_given_at_once(stored: Stored) -> None:
    """On one machine pid, namespace, start time and boot prove that the holder is dead: nobody waits for its time."""
    ended = subprocess.run([sys.executable, "-P", "-c", GONE_PROCESS], capture_output=True, text=True, check=True)
    stored.acquire("ann", Owner("gone", "", ended.stdout.strip()))
    stored.acquire("ann", B)


def test_acquire_when_the_holders_process_lives_then_is_busy(stored: Stored) -> None:
    """The proof of a process that is alive proves nothing."""
    stored.acquire("ann", Owner("alive", "", own_proof()))
    assert isinstance(stored.storage.acquire(stored.store, "ann", B, 15), Busy)


@pytest.mark.parametrize("proof", ["", "{", "{}", '{"boot": "another", "namespace": "x", "pid": 1, "started": "1"}'])
def test_acquire_when_the_proof_proves_nothing_here_then_is_busy(stored: Stored, proof: str) -> None:
    """A process of another machine, or one that is not known well enough, counts as alive."""
    stored.acquire("ann", Owner("far", "", proof))
    assert isinstance(stored.storage.acquire(stored.store, "ann", B, 15), Busy)


def test_acquire_when_many_want_it_then_one_has_it(stored: Stored) -> None:
    """Of five contenders one wins (LL-22)."""
    answers: list[Acquired | Busy] = []
    barrier = threading.Barrier(5)

    def contend(name: str) -> None:
        barrier.wait()
        answers.append(stored.storage.acquire(stored.store, "ann", Owner(name), 15))

    threads = [threading.Thread(target=contend, args=(f"owner {i}",)) for i in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(answer) for answer in answers].count(Acquired) == 1


def test_renew_when_held_then_the_lease_lasts_longer(stored: Stored) -> None:
    """A lease is held through renewals (LL-5), each of which moves its end (LL-6)."""
    lease = stored.acquire("ann", A, ttl_s=0)
    assert stored.renew(A, lease) == "held"
    assert isinstance(stored.storage.acquire(stored.store, "ann", B, 15), Busy)


def test_renew_when_released_then_it_is_lost(stored: Stored) -> None:
    """What was let go is not renewed (LL-7)."""
    lease = stored.acquire("ann", A)
    stored.release(lease)
    assert stored.renew(A, lease) == "lost"


def test_renew_when_taken_over_then_it_is_lost(stored: Stored) -> None:
    """A lease that has run out and was taken by another is not renewed."""
    lease = stored.acquire("ann", A, ttl_s=0)
    stored.acquire("ann", B)
    assert stored.renew(A, lease) == "lost"


def test_renew_when_it_ran_out_and_nobody_took_it_then_is_held(stored: Stored) -> None:
    """Time only says when others may take over: until one does, the owner goes on (LL-12, changed)."""
    lease = stored.acquire("ann", A, ttl_s=0)
    assert stored.renew(A, lease) == "held"


def test_renew_when_there_are_many_then_all_are_prolonged_at_once(stored: Stored) -> None:
    """All leases of an owner are renewed together, and each has its own answer."""
    leases = [stored.acquire(f"k{i}", A) for i in range(50)]
    stored.acquire("k7", Owner("thief"), policy="steal")
    holds = stored.storage.renew(A, leases, 15)
    assert [lease.key for lease in leases if holds[stored.store, lease.key] == "lost"] == ["k7"]


def test_release_when_held_then_another_has_it_at_once(stored: Stored) -> None:
    """A release works (LL-8), and the key can be had again at once (LL-9)."""
    stored.release(stored.acquire("ann", A))
    stored.acquire("ann", B)


def test_release_when_done_twice_then_harms_nobody(stored: Stored) -> None:
    """A second release finds the lease with somebody else, and leaves it there (LL-10)."""
    lease = stored.acquire("ann", A)
    stored.release(lease)
    second = stored.acquire("ann", B)
    stored.release(lease)
    assert stored.renew(B, second) == "held"


def test_holder_when_asked_then_tells_active_expired_and_missing_apart(stored: Stored) -> None:
    """A probe sees a lease that is held, and none where it has run out or never was (LL-18, LL-19, LL-20)."""
    stored.acquire("held", A)
    stored.acquire("over", A, ttl_s=0)
    probed = {key: stored.storage.holder(stored.store, key) for key in ("held", "over", "never")}
    assert {key: busy.owner if busy else None for key, busy in probed.items()} == {
        "held": "a",
        "over": None,
        "never": None,
    }


@pytest.mark.parametrize("storage", ["faulty"], indirect=True)
def test_holder_when_the_storage_is_away_then_is_an_error(stored: Stored) -> None:
    """A probe that gets no answer is an error, and not a lease that nobody has (LL-21)."""
    assert isinstance(stored.storage, FaultyStorage)
    stored.acquire("ann", A)
    stored.storage.away = True
    with pytest.raises(Unavailable):
        stored.storage.holder(stored.store, "ann")


def test_fence_when_a_record_was_deleted_and_made_again_then_is_a_new_one(stored: Stored) -> None:
    """A number is never given out twice: who was deleted does not come back to life by an old write."""
    old = stored.acquire("ann", A, ttl_s=0)
    stored.save(old, b"old")
    stored.storage.delete(stored.store, "ann", force=True)
    new = stored.acquire("ann", B)
    assert new.fence > old.fence
    assert stored.save(old, b"risen") == Lost("b")


def test_renew_when_done_again_and_again_then_others_are_kept_out_all_the_while(stored: Stored, now: Now) -> None:
    """A lease of 15 s is still held after 240 (LT-load-9), and free when nobody renews it any more."""
    if stored.storage.capabilities.shared:
        return  # the server's clock is nobody's to move
    lease = stored.acquire("ann", A)
    for _ in range(48):
        now.seconds += 5
        assert stored.renew(A, lease) == "held"
        assert isinstance(stored.storage.acquire(stored.store, "ann", B, 15), Busy)
    now.seconds += 15
    stored.acquire("ann", B)


CALLS: dict[str, Callable[[Stored, Lease], object]] = {
    "acquire": lambda it, _: it.storage.acquire(it.store, "bob", A, 15),
    "ask": lambda it, _: it.storage.acquire(it.store, "bob", A, 15, "ask"),
    "renew": lambda it, lease: it.storage.renew(A, [lease], 15),
    "commit": lambda it, lease: it.save(lease, b"y"),
    "release": lambda it, lease: it.release(lease),
    "read": lambda it, _: it.storage.read(it.store, "ann"),
    "edit_meta": lambda it, _: it.storage.edit_meta(it.store, "ann", {"a": 1}),
    "append_log": lambda it, _: it.storage.append_log(it.store, "ann", ["line"]),
    "delete": lambda it, _: it.storage.delete(it.store, "ann", force=True),
    "scan": lambda it, _: it.storage.scan(it.store),
    "holder": lambda it, _: it.storage.holder(it.store, "ann"),
    "versions": lambda it, _: it.storage.versions(it.store, "ann"),
    "read_version": lambda it, _: it.storage.read_version(it.store, "ann", 1),
    "read_log": lambda it, _: it.storage.read_log(it.store, "ann"),
    "integrity": lambda it, _: it.storage.integrity(),
}


def test_close_when_used_afterwards_then_every_call_says_so(stored: Stored) -> None:
    """A closed storage raises at every later call (LT-close-4), and closing twice is nothing."""
    lease = stored.acquire("ann", A)
    stored.save(lease, b"x")
    stored.storage.close()
    stored.storage.close()
    for name, call in CALLS.items():
        with pytest.raises(StorageClosed):
            pytest.fail(f"{name} answered {call(stored, lease)}")


def test_clock_when_it_jumps_an_hour_ahead_then_costs_availability_and_never_data(stored: Stored, now: Now) -> None:
    """A wrong clock may let another take over too early; the former owner's write is refused all the same."""
    if stored.storage.capabilities.shared:
        return  # the server's clock is nobody's to move
    lease = stored.acquire("ann", A)
    now.seconds += 3600
    stored.save(stored.acquire("ann", B), b"new")
    assert stored.save(lease, b"old") == Lost("b")


def test_clock_when_it_jumps_an_hour_back_then_the_owner_goes_on_and_others_wait(stored: Stored, now: Now) -> None:
    """A clock that was set back keeps others out for longer; the owner's saves count, and its renewal sets it right."""
    if stored.storage.capabilities.shared:
        return
    lease = stored.acquire("ann", A)
    now.seconds -= 3600
    assert stored.save(lease, b"x") == Done(1)
    assert isinstance(stored.storage.acquire(stored.store, "ann", B, 15), Busy)
    assert stored.renew(A, lease) == "held"
    now.seconds += 16
    stored.acquire("ann", B)


def test_lease_when_given_then_names_what_it_is_for(stored: Stored) -> None:
    """A lease has store, key and fence: all that a write needs."""
    lease = stored.acquire("ann", A)
    assert lease == Lease(stored.store, "ann", lease.fence)
