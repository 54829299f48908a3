"""A paused host can't overwrite its successor: the fence refuses it, and it says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from storages import opened, postgres_prefix

from luahost.storage.body import digest_of, pack_body, unpack_body
from luahost.storage.port import Acquired, Done, Lost, Owner, Storage, Write
from luahost.storage.sqlite_storage import open_sqlite
from tests.simulation.contenders import contend
from tests.simulation.fences import StoppedHost, take_over
from tests.simulation.pauses import pauses
from tests.waiting import wait_for

KEY = "0123456789abcdef0123456789abcdef"
SUCCESSOR = Owner("successor")


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    """Returns the storage of the site, beside the host that is stopped."""
    storage = open_sqlite(tmp_path / "fences.db")
    yield storage
    storage.close()


def test_stopped_when_taken_over_then_its_writes_are_refused_and_it_says_so(tmp_path: Path, storage: Storage) -> None:
    """SIGSTOP past the lease, a takeover, SIGCONT: the successor's state stays, the paused host drops the session."""
    host = StoppedHost(tmp_path, KEY)
    assert [host.do("app.n = 1"), host.do("save")] == ["done", "saved"]
    assert host.do("app.n = 2") == "done"
    host.stop()
    acquired = take_over(storage, KEY, SUCCESSOR)
    assert acquired.record is not None
    payload = unpack_body(acquired.record.body)
    write = Write(acquired.lease, "successor", body=acquired.record.body, digest=digest_of(payload), log=["mine"])
    assert storage.commit([write]) == [Done(2)]
    host.say("save")
    host.go_on()
    told = {host.answer(), host.answer()}
    assert told in ({"RecordLost", "lost True"}, {"SessionClosed", "lost True"})
    record = storage.read("sessions", KEY)
    assert record is not None
    assert (record.head.rev, record.head.commit_id) == (2, "successor")
    host.end()
    assert storage.renew(SUCCESSOR, [acquired.lease], 60) == {("sessions", KEY): "held"}


def test_stopped_when_nobody_took_over_then_goes_on(tmp_path: Path, storage: Storage) -> None:
    """The clock only permits: a pause past the lease costs nothing if nobody wanted the session."""
    host = StoppedHost(tmp_path, KEY)
    assert [host.do("app.n = 1"), host.do("save")] == ["done", "saved"]
    host.stop()
    wait_for(lambda: storage.holder("sessions", KEY) is None, "the lease's end")
    host.go_on()
    assert [host.do("app.n = 2"), host.do("save")] == ["done", "saved"]
    host.end()


@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgres"])
@pytest.mark.parametrize("is_fenced", [True, False])
def test_pause_when_at_any_point_of_a_save_then_only_the_fence_keeps_the_successor(
    kind: str, is_fenced: bool, tmp_path: Path
) -> None:
    """The pause is between heartbeat and save: a write that trusts the clock it read overwrites,
    a fenced one does not.
    """
    with opened(kind, tmp_path) as storage:
        first = storage.acquire("s", "k", Owner("first"), 0)
        assert isinstance(first, Acquired)
        held = storage.renew(Owner("first"), [first.lease], 0)
        second = storage.acquire("s", "k", SUCCESSOR, 60)
        assert isinstance(second, Acquired)
        storage.commit([Write(second.lease, "new", body=pack_body(b"new"))])
        # Without the fence, whoever found its lease held a moment ago writes as the present owner.
        lease = first.lease if is_fenced else second.lease
        assert held["s", "k"] == "held"
        outcome = storage.commit([Write(lease, "old", body=pack_body(b"old"))])
        record = storage.read("s", "k")
        assert record is not None
        assert unpack_body(record.body) == (b"new" if is_fenced else b"old")
        assert (outcome == [Lost("successor")]) is is_fenced


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Returns the URL of each database that hosts in several processes share."""
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path}/x.db"
        return
    with postgres_prefix() as (url, prefix):
        yield f"{url}{'&' if '?' in url else '?'}prefix={prefix}"


def test_pause_when_a_host_is_stopped_at_every_point_of_heartbeat_and_save_then_nothing_is_overwritten(
    url: str, tmp_path: Path
) -> None:
    """Wherever a host stands still past its lease, its successor's state stays, and it drops the session once."""
    found = pauses(tmp_path / "site", url)
    assert [pause.fault for pause in found if pause.fault] == []
    assert len(found) == 11
    # Between heartbeat and save, and before the first and behind the last point, nothing keeps the successor out.
    assert {"0 (begin)", "4 (done)", "5 (begin)", "10 (done)"} <= {pause.name for pause in found if pause.is_taken}


def test_pause_when_the_host_has_no_fence_then_the_same_trial_finds_the_successor_overwritten(
    url: str, tmp_path: Path
) -> None:
    """The trial can fail: a host that trusts its heartbeat writes over its successor, between that and its save."""
    found = pauses(tmp_path / "site", url, is_fenced=False)
    overwritten = {pause.name for pause in found if pause.is_overwritten}
    assert {"4 (done)", "5 (begin)"} <= overwritten
    assert "10 (done)" not in overwritten


@pytest.mark.parametrize(("kind", "rounds"), [("sqlite", 50), ("postgres", 20)])
def test_contend_when_sixteen_processes_want_one_session_then_one_wins(kind: str, rounds: int, tmp_path: Path) -> None:
    """Of sixteen processes that ask at once, one has it, each time (LL-22). The long run is `make crash`."""
    if kind == "sqlite":
        assert contend(f"sqlite:{tmp_path}/x.db", 16, rounds) == [1] * rounds
        return
    with postgres_prefix() as (url, prefix):
        assert contend(f"{url}{'&' if '?' in url else '?'}prefix={prefix}", 16, rounds) == [1] * rounds
