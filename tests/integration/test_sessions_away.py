"""What becomes of a session whose database is away, hangs, or loses its answers; and what its peers are told then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lasting import LastingSite

from luahost import Unavailable
from luahost.storage.memory_storage import MemoryStorage
from luahost.storage.port import Acquired, Owner
from luahost.testing.faulty_storage import FaultyStorage

WaitUntil = Callable[..., None]

OTHER = Owner("other")


@pytest.fixture
def storage() -> FaultyStorage:
    """Returns a storage that can be made to fail."""
    return FaultyStorage(MemoryStorage())


@pytest.fixture
def site(tmp_path: Path, storage: FaultyStorage) -> Iterator[LastingSite]:
    """Returns a site on it, with one session."""
    site = LastingSite(tmp_path, storage=storage)
    yield site
    storage.away = False
    site.close()


def stored(site: LastingSite) -> Any:
    """Returns the revision that is stored of the session, 0 if nothing is."""
    record = site.storage.read("sessions", site.session.key)
    return record.head.rev if record is not None else 0


def take(site: LastingSite, key: str) -> None:
    """Lets another owner have the session's lease."""
    assert isinstance(site.storage.acquire("sessions", key, OTHER, 1000, "steal"), Acquired)


def test_away_when_the_database_is_then_the_session_goes_on_and_is_saved_later(
    site: LastingSite, storage: FaultyStorage, wait_until: WaitUntil
) -> None:
    """An outage is told when it begins and when it ends; nothing is lost (SK-reliability-1)."""
    degraded, recovered = site.listen("store_degraded"), site.listen("store_recovered")
    site.session.save()
    storage.away = True
    site.session.execute("app.n = 1")
    saver = threading.Thread(target=site.session.save)
    saver.start()
    wait_until(lambda: degraded)
    assert site.session.eval("return app.n") == 1
    storage.away = False
    saver.join(10)
    wait_until(lambda: recovered)
    assert stored(site) == 2


def test_away_when_two_commits_are_refused_then_the_third_saves(site: LastingSite, storage: FaultyStorage) -> None:
    """Two failures and then a success: the save has succeeded (LS-26), and its caller hears of nothing else."""
    site.session.save()
    site.session.execute("app.n = 1")
    before, storage.commits_refused = storage.calls.count("commit"), 2
    site.session.save()
    assert (stored(site), storage.commits_refused) == (2, 0)
    assert storage.calls.count("commit") == before + 1


def test_away_when_a_save_is_waited_for_then_is_unavailable_after_a_while(
    tmp_path: Path, storage: FaultyStorage
) -> None:
    """A caller doesn't wait for ever (LS-25, by time and not by attempts)."""
    site = LastingSite(tmp_path, storage=storage, wait_s=0.1)
    site.session.save()
    storage.away = True
    site.session.execute("app.n = 1")
    with pytest.raises(Unavailable):
        site.session.save()
    storage.away = False
    site.close()


def test_away_when_the_host_must_end_then_its_data_is_taken_in_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the database doesn't take before the process ends lies in a file, and is saved when a host starts."""
    monkeypatch.setattr("luahost.host.SAVING_S", 0.2)
    storage = FaultyStorage(MemoryStorage(is_dead=lambda _proof: True))
    site = LastingSite(tmp_path, storage=storage)
    site.session.execute("app.n = 1")
    site.session.save()
    site.session.execute("app.n = 2")
    storage.away = True
    site.close()
    (salvaged,) = (site.root / ".luahost" / "salvage").iterdir()
    assert salvaged.name.startswith(site.session.key)
    storage.away = False
    assert site.restart().eval("return app.n") == 2
    assert list((site.root / ".luahost" / "salvage").iterdir()) == []
    site.close()


def test_away_when_the_database_hangs_then_what_it_may_not_have_is_kept_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that never answers is not waited for; if it was done after all, its file is taken for that."""
    monkeypatch.setattr("luahost.host.SAVING_S", 0.2)
    storage = FaultyStorage(MemoryStorage(is_dead=lambda _proof: True))
    site = LastingSite(tmp_path, storage=storage)
    site.session.save()
    go_on = threading.Event()
    storage.before_commit = lambda _writes: go_on.wait(20) and None
    site.session.execute("app.n = 2")
    site.close()
    assert len(list((tmp_path / ".luahost" / "salvage").iterdir())) == 1
    storage.before_commit = lambda _writes: None
    go_on.set()
    assert site.restart().eval("return app.n") == 2
    assert list((tmp_path / ".luahost" / "salvage").iterdir()) == []
    site.close()


def test_salvage_when_its_lease_is_still_held_at_the_start_then_is_taken_in_with_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the death of the former host can't be proved, its file is loaded when the lease has run out."""
    monkeypatch.setattr("luahost.host.SAVING_S", 0.2)
    wall = [1000.0]
    storage = FaultyStorage(MemoryStorage(now=lambda: wall[0], is_dead=lambda _proof: False))
    site = LastingSite(tmp_path, storage=storage)
    site.session.execute("app.n = 1")
    site.session.save()
    site.session.execute("app.n = 2")
    storage.away = True
    site.close()
    storage.away = False
    site.host = site._started()
    wall[0] += 60
    site.session = site.host.create_session(site.session.key)
    assert site.session.eval("return app.n") == 2
    site.session.save()
    assert list((tmp_path / ".luahost" / "salvage").iterdir()) == []
    site.close()


def test_salvage_when_another_owner_saved_since_then_is_kept_aside(
    site: LastingSite, storage: FaultyStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Salvage never replaces what came later: the file stays for people to look at."""
    monkeypatch.setattr("luahost.host.SAVING_S", 0.2)
    site.session.execute("app.n = 1")
    site.session.save()
    storage.away = True
    site.session.execute("app.n = 2")
    site.close()
    storage.away = False
    other = LastingSite(tmp_path / "other", storage=site.storage)
    take(site, site.session.key)
    site.storage.delete("sessions", site.session.key, force=True)
    other.host.create_session(site.session.key).execute("app.n = 3")
    other.close()
    site.restart()
    assert site.session.eval("return app.n") == 3
    assert [file.suffix for file in (site.root / ".luahost" / "salvage").iterdir()] == [".superseded"]


def test_commit_when_its_answer_is_lost_then_is_done_once(site: LastingSite, storage: FaultyStorage) -> None:
    """The same batch is sent again under the same id: one revision, no loss."""
    site.session.save()
    storage.answers_lost = 2
    site.session.execute("app.n = 1")
    site.session.save()
    assert stored(site) == 2


def test_ack_when_messages_go_out_then_what_they_tell_of_is_durable(
    tmp_path: Path, storage: FaultyStorage, wait_until: WaitUntil
) -> None:
    """With `ack` nothing leaves a session before its save; in the order in which it was told."""
    site = LastingSite(tmp_path, storage=storage, durability="ack")
    seen: list[tuple[int, int]] = []
    go_on = threading.Event()
    storage.before_commit = lambda _writes: go_on.wait(10) and None

    def tell(n: int) -> Callable[[Any], None]:
        def work(session: Any) -> None:
            session.execute(f"app.n = {n}")
            site.host._services.gate.send(session, lambda: seen.append((n, stored(site))))  # type: ignore[union-attr]

        return work

    for n in (1, 2, 3):
        site.session.run(tell(n))
    assert seen == []
    go_on.set()
    wait_until(lambda: len(seen) == 3)
    assert [n for n, _ in seen] == [1, 2, 3]
    assert all(rev >= min(n, 2) for n, rev in seen)
    site.close()


def test_ack_when_the_save_is_refused_then_messages_wait_for_the_next(site: LastingSite, wait_until: WaitUntil) -> None:
    """What a refused save should have covered goes with the one that is not refused."""
    site.restart(durability="ack")
    gate, sent = site.host._services.gate, []
    assert gate is not None
    site.session.run(lambda s: (s.execute("app.f = print"), gate.send(s, lambda: sent.append(1))))
    assert sent == []
    site.session.run(lambda s: (s.execute("app.f = nil"), gate.send(s, lambda: sent.append(2))))
    wait_until(lambda: sent == [1, 2])
