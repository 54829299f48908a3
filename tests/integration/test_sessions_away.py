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
from luahost.testing.faulty_storage import FaultyStorage

WaitUntil = Callable[..., None]


@pytest.fixture
def ends_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets hosts that end wait for their last saves for a moment only."""
    monkeypatch.setattr("luahost.host.SAVING_S", 0.2)


@pytest.fixture
def site(tmp_path: Path, storage: FaultyStorage) -> Iterator[LastingSite]:
    """Returns a site on it, with one session."""
    site = LastingSite(tmp_path, storage=storage)
    yield site
    storage.away = False
    site.close()


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
    assert site.stored_rev() == 2


def test_away_when_two_commits_are_refused_then_the_third_saves(site: LastingSite, storage: FaultyStorage) -> None:
    """Two failures and then a success: the save has succeeded (LS-26), and its caller hears of nothing else."""
    site.session.save()
    site.session.execute("app.n = 1")
    before, storage.commits_refused = storage.calls.count("commit"), 2
    site.session.save()
    assert (site.stored_rev(), storage.commits_refused) == (2, 0)
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


@pytest.mark.usefixtures("ends_soon")
def test_away_when_the_host_must_end_then_its_data_is_taken_in_at_the_next_start(tmp_path: Path) -> None:
    """What the database doesn't take before the process ends lies in a file, and is saved when a host starts."""
    storage = FaultyStorage(MemoryStorage(is_dead=lambda _proof: True))
    site = LastingSite(tmp_path, storage=storage)
    site.session.execute("app.n = 1")
    site.session.save()
    site.session.execute("app.n = 2")
    storage.away = True
    site.close()
    (salvaged,) = site.salvaged()
    assert salvaged.name.startswith(site.session.key)
    storage.away = False
    assert site.restart().eval("return app.n") == 2
    assert site.salvaged() == []
    site.close()


@pytest.mark.usefixtures("ends_soon")
def test_away_when_the_database_hangs_then_what_it_may_not_have_is_kept_in_a_file(tmp_path: Path) -> None:
    """A commit that never answers is not waited for; if it was done after all, its file is taken for that."""
    storage = FaultyStorage(MemoryStorage(is_dead=lambda _proof: True))
    site = LastingSite(tmp_path, storage=storage)
    site.session.save()
    go_on = threading.Event()
    storage.before_commit = lambda _writes: go_on.wait(20) and None
    site.session.execute("app.n = 2")
    site.close()
    assert len(site.salvaged()) == 1
    storage.before_commit = lambda _writes: None
    go_on.set()
    assert site.restart().eval("return app.n") == 2
    assert site.salvaged() == []
    site.close()


@pytest.mark.usefixtures("ends_soon")
def test_salvage_when_its_lease_is_still_held_at_the_start_then_is_taken_in_with_the_session(tmp_path: Path) -> None:
    """Where the death of the former host can't be proved, its file is loaded when the lease has run out."""
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
    assert site.salvaged() == []
    site.close()


@pytest.mark.usefixtures("ends_soon")
def test_salvage_when_another_owner_saved_since_then_is_kept_aside(
    site: LastingSite, storage: FaultyStorage, tmp_path: Path
) -> None:
    """Salvage never replaces what came later: the file stays for people to look at."""
    site.session.execute("app.n = 1")
    site.session.save()
    storage.away = True
    site.session.execute("app.n = 2")
    site.close()
    storage.away = False
    other = LastingSite(tmp_path / "other", storage=site.storage)
    site.take_lease(site.session.key)
    site.storage.delete("sessions", site.session.key, force=True)
    other.host.create_session(site.session.key).execute("app.n = 3")
    other.close()
    site.restart()
    assert site.session.eval("return app.n") == 3
    assert [file.suffix for file in site.salvaged()] == [".superseded"]


def test_commit_when_its_answer_is_lost_then_is_done_once(site: LastingSite, storage: FaultyStorage) -> None:
    """The same batch is sent again under the same id: one revision, no loss."""
    site.session.save()
    storage.answers_lost = 2
    site.session.execute("app.n = 1")
    site.session.save()
    assert site.stored_rev() == 2


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
            site.host._services.gate.send(session, lambda: seen.append((n, site.stored_rev())))  # type: ignore[union-attr]

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
