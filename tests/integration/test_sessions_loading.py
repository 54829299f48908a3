"""Sessions that are loaded, while they are loading, and when that is broken off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lasting import LastingSite

from luahost import LuaHostError, Session, SessionClosed
from luahost.storage.sql_storage import SqlStorage
from luahost.storage.sqlite_storage import SqliteDoor, open_sqlite

WaitUntil = Callable[..., None]

MAIN = """
app = session:restore() or { n = 0 }
session:createAppVariable(app)
print("loading")
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LastingSite]:
    """Returns a site with one session."""
    site = LastingSite(tmp_path, {"lua/main.lua": MAIN}, wait_s=0.1)
    yield site
    site.close()


@pytest.fixture
def saved(site: LastingSite, wait_until: WaitUntil) -> str:
    """Returns the key of another session, which is saved and not alive."""
    return site.put_away("app.n = 7", wait_until)


class Loading:
    """A load in a thread of its own, which stands still in the middle until it may go on."""

    def __init__(self, site: LastingSite, load: Callable[[], Session | None]) -> None:
        self._stands, self._goes_on = threading.Event(), threading.Event()
        self._subscription = site.host.on("log", lambda _: self._stands.set() or self._goes_on.wait(10))
        self._load = load
        self.found: Any = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._stands.wait(10)
        self._subscription.close()

    def end(self) -> Any:
        """Lets the load go on; returns the session, or the error."""
        self._goes_on.set()
        self._thread.join(10)
        return self.found

    def _run(self) -> None:
        try:
            self.found = self._load()
        except LuaHostError as error:
            self.found = error


def payload(site: LastingSite, key: str) -> bytes:
    """Returns what is stored of a session."""
    record = site.storage.read("sessions", key)
    assert record is not None
    return record.body


def test_open_when_it_is_saved_then_comes_back_and_again_is_the_same(site: LastingSite, saved: str) -> None:
    """A saved session loads (LT-load-1); asked for once more it is the one that is loaded (LT-load-2)."""
    session = site.host.open_session(saved)
    assert session is not None
    assert session.eval("return app.n") == 7
    assert site.host.open_session(saved) is session


def test_create_when_nothing_is_saved_then_begins_with_what_the_code_says(site: LastingSite) -> None:
    """`restore()` is nil where nothing is, and the site's own beginning takes its place (LT-load-8)."""
    session = site.host.create_session()
    assert session.eval("return session.restored, app.n") == (None, 0)
    assert site.storage.read("sessions", session.key) is None


def test_create_when_the_key_is_loading_then_is_refused_and_open_waits_for_it(
    site: LastingSite, saved: str, wait_until: WaitUntil
) -> None:
    """A load in progress rejects another creation (LT-load-5); who opens shares it."""
    loading = Loading(site, lambda: site.host.open_session(saved))
    with pytest.raises(LuaHostError, match="alive already"):
        site.host.create_session(saved)
    found: list[Session | None] = []
    opener = threading.Thread(target=lambda: found.append(site.host.open_session(saved)))
    opener.start()
    session = loading.end()
    opener.join(10)
    assert found == [session]


def test_close_when_the_session_is_loading_then_the_load_is_cancelled_and_the_next_works(
    site: LastingSite, saved: str, wait_until: WaitUntil
) -> None:
    """An unload during a load cancels it (LT-unload-3), leaves what is stored, and the key loads again (LT-load-3)."""
    before = payload(site, saved)
    loading = Loading(site, lambda: site.host.open_session(saved))
    found = site.host.get_session(saved)
    assert found is not None
    found.close()
    assert isinstance(loading.end(), SessionClosed)
    wait_until(lambda: not site.is_held(saved))
    assert payload(site, saved) == before
    again = site.host.open_session(saved)
    assert again is not None
    assert again.eval("return app.n") == 7


def test_leave_when_a_session_is_loading_then_the_load_is_cancelled(
    site: LastingSite, saved: str, wait_until: WaitUntil
) -> None:
    """Leaving the host cancels loads (LT-close-2): no session comes into being, and no lease is left."""
    before = payload(site, saved)
    loading = Loading(site, lambda: site.host.open_session(saved))
    site.close()
    assert isinstance(loading.end(), SessionClosed)
    assert site.host.sessions == []
    wait_until(lambda: not site.is_held(saved))
    assert payload(site, saved) == before


def test_leave_when_a_session_is_busy_for_too_long_then_what_it_had_is_saved_at_its_end(
    site: LastingSite, tmp_path: Path
) -> None:
    """A turn that goes on when its host has been left loses nothing: the session's end is a save all the same."""
    session = site.session
    session.save()
    turn = Loading(site, lambda: session.execute("app.n = 8 print('busy')"))  # type: ignore[func-returns-value]
    site.close()
    turn.end()
    assert session.is_closed
    assert not site.is_held(session.key)
    assert site.restart().eval("return app.n") == 8


def test_leave_when_a_session_is_busy_and_the_storage_closed_then_what_it_had_is_in_a_file(tmp_path: Path) -> None:
    """Where the storage has gone with the host, the last state is salvaged, and taken in at the next start."""
    site = LastingSite(tmp_path, {"lua/main.lua": MAIN}, wait_s=0.1, storage=open_sqlite(tmp_path / "x.db"))
    session = site.session
    session.save()
    turn = Loading(site, lambda: session.execute("app.n = 8 print('busy')"))  # type: ignore[func-returns-value]
    site.close()
    site.storage.close()
    turn.end()
    assert len(site.salvaged()) == 1
    site.storage = SqlStorage(SqliteDoor(tmp_path / "x.db"), is_dead=lambda _proof: True)
    assert site.restart().eval("return app.n") == 8
    site.close()
    site.storage.close()


def test_close_when_the_session_has_changed_then_that_is_saved(site: LastingSite, wait_until: WaitUntil) -> None:
    """An unload saves changes (LT-unload-1); twice is one, and of an unknown key there is nothing to unload
    (LT-unload-2).
    """
    session = site.host.create_session()
    session.execute("app.n = 5")
    session.close()
    session.close()
    assert site.host.get_session("unknown") is None
    back = site.host.open_session(session.key)
    assert back is not None
    assert back.eval("return app.n") == 5


def test_save_when_the_session_is_closed_then_says_so(site: LastingSite, saved: str) -> None:
    """A closed session can't be saved (LT-save-3)."""
    session = site.host.open_session(saved)
    assert session is not None
    session.close()
    with pytest.raises(SessionClosed):
        session.save()


def test_save_when_the_session_never_asked_for_what_was_saved_then_nothing_is_written(
    site: LastingSite, saved: str
) -> None:
    """What isn't loaded isn't saved (LT-save-4, changed: it is silent): what is stored under the key stays."""
    before = payload(site, saved)
    site.write({"lua/main.lua": "app = { n = 99 } session:createAppVariable(app)"})
    site.host.reload()
    session = site.host.open_session(saved)
    assert session is not None
    session.save()
    session.close()
    assert payload(site, saved) == before
    assert not site.is_held(saved)
