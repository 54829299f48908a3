"""Opening and leaving a host."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from luahost import Host, LuaSyntaxError, Settings, SettingsError, SiteError
from luahost.errors import LuaHostError, SessionClosed

WriteSite = Callable[[Mapping[str, str]], Path]
WaitUntil = Callable[..., None]


def our_threads() -> set[str]:
    """Returns the names of luahost's threads that are alive."""
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("luahost")}


def living_vms() -> int:
    """Returns how many VMs of sessions are there."""
    gc.collect()
    return sum(type(thing).__name__ == "Session" for thing in gc.get_objects())


def test_host_when_the_settings_name_another_site_then_it_is_refused(tmp_path: Path) -> None:
    """A site given twice, and different, is SettingsError; the same folder written otherwise is not."""
    with pytest.raises(SettingsError, match="site: "):
        Host(tmp_path, settings=Settings(site=str(tmp_path / "other")))
    Host(f"{tmp_path}/", settings=Settings(site=str(tmp_path)))
    Host(os.path.relpath(tmp_path), settings=Settings(site=str(tmp_path)))


def test_host_when_the_site_is_missing_then_it_is_a_site_error(tmp_path: Path) -> None:
    """A folder that isn't there is SiteError at once, and starts nothing."""
    with pytest.raises(SiteError):
        Host(tmp_path / "missing")
    assert our_threads() == set()


def test_host_when_it_is_not_entered_then_it_makes_no_session(tmp_path: Path) -> None:
    """Before entering and after leaving, a host makes no sessions and reloads nothing."""
    host = Host(tmp_path, watch=False)
    with pytest.raises(LuaHostError, match="with Host"):
        host.create_session()
    with host:
        pass
    with pytest.raises(LuaHostError):
        host.reload()
    host.close()


def test_host_when_it_is_entered_again_then_the_error_says_to_make_another(tmp_path: Path) -> None:
    """A host runs once, and what it prints as says whether it does."""
    with Host(tmp_path, watch=False) as host:
        session = host.create_session()
        assert repr(host) == f"<Host {tmp_path} sessions 1>"
    with pytest.raises(SessionClosed, match="make a new one"), host:
        pass
    assert (repr(host), repr(session)[-7:]) == (f"<Host {tmp_path} not running>", "closed>")


@pytest.mark.parametrize(
    ("given", "says"),
    [({"store": "sqlite:x.db"}, r"Settings\(store="), ({"settings": {"vm": "lua55"}}, r"Settings\(…\)")],
)
def test_host_when_an_argument_has_another_type_then_the_error_says_what_to_give(
    tmp_path: Path, given: dict[str, Any], says: str
) -> None:
    """A URL for a storage, or a dict for settings, is refused when the host is made."""
    with pytest.raises(TypeError, match=says):
        Host(tmp_path, **given)


def test_host_when_it_is_left_then_sessions_are_closed_and_threads_gone(tmp_path: Path) -> None:
    """Leaving closes every session and ends every thread, the watcher's too."""
    with Host(tmp_path) as host:
        sessions = [host.create_session() for _ in range(3)]
        sessions[0].execute("session:setTimeout(function() end, 1e6)")
    assert [session.is_closed for session in sessions] == [True] * 3
    assert host.sessions == []
    assert our_threads() == set()


def test_host_when_an_error_leaves_it_then_it_is_closed(tmp_path: Path) -> None:
    """An exception in the block passes through, behind the closing."""
    host = Host(tmp_path, watch=False)

    def leave() -> None:
        with host:
            host.create_session().run(lambda session: {}["missing"])

    with pytest.raises(KeyError):
        leave()
    assert host.sessions == []
    assert our_threads() == set()


def test_create_when_main_fails_then_nothing_is_left(site: WriteSite) -> None:
    """A site that doesn't parse, or fails, gives no session: no id, no VM, no thread, no event stays."""
    root = site({"lua/main.lua": "session:setTimeout(function() end, 1) x = = 1"})
    with Host(root, watch=False) as host:
        seen: list[object] = []
        host.on("session_created", seen.append)
        host.on("session_closed", seen.append)
        before = living_vms()
        for _ in range(3):
            with pytest.raises(LuaSyntaxError):
                host.create_session()
        assert (host.sessions, seen, living_vms() - before) == ([], [], 0)
        (root / "lua/main.lua").write_text("x = 1")
        assert host.create_session().id == "1"
    assert our_threads() == set()


def test_create_when_the_app_is_missing_then_nothing_is_left(tmp_path: Path) -> None:
    """A session whose app isn't found is closed again."""
    with Host(tmp_path, watch=False) as host:
        with pytest.raises(LuaHostError, match="missing"):
            host.create_session(app="missing")
        assert host.sessions == []


def test_create_when_there_is_an_app_then_it_is_loaded(site: WriteSite) -> None:
    """`app` is `NAME.app`, else `NAME`."""
    root = site({"apps/one/app.lua": "ONE = 1", "lua/two.lua": "TWO = 2"})
    with Host(root, watch=False) as host:
        assert host.create_session(app="two").eval("return TWO") == 2
        assert host.create_session(app="apps.one").eval("return ONE") == 1


def test_hosts_when_two_run_in_one_process_then_they_share_nothing(tmp_path: Path) -> None:
    """Two hosts count their own ids, tell their own listeners, and close apart."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with Host(tmp_path / "a", watch=False) as one:
        lines: list[str] = []
        one.on("log", lambda line: lines.append(line.message))
        with Host(tmp_path / "b", watch=False, settings=Settings(vm="luajit21")) as two:
            two.on("log", lambda line: None)
            first, second = one.create_session(), two.create_session()
            second.execute("x = 1 print('two')")
            first.execute("print('one')")
            assert (first.id, second.id, first.eval("return x")) == ("1", "1", None)
        assert second.is_closed
        assert first.eval("return 1") == 1
    assert lines == ["one"]


def test_close_when_it_is_asked_for_within_a_turn_then_it_is_done_at_its_end(tmp_path: Path) -> None:
    """A callback may close the host in which it runs."""
    with Host(tmp_path, watch=False) as host:
        session = host.create_session()
        host.on("log", lambda line: host.close())
        assert session.eval("print('x') return 1") == 1
        with pytest.raises(SessionClosed):
            session.eval("return 1")


def test_reload_when_nothing_changed_then_it_is_none(site: WriteSite) -> None:
    """`reload` answers None where nothing changed, and a report where something did."""
    root = site({"lua/main.lua": "x = 1"})
    with Host(root, watch=False) as host:
        session = host.create_session()
        assert host.reload() is None
        (root / "lua/main.lua").write_text("x = 22")
        report = host.reload()
        assert report is not None
        assert (report.ok, report.modules, session.generation) == (True, ("lua/main.lua",), 1)


def test_reload_when_it_is_asked_for_within_a_turn_then_it_is_done_at_its_end(site: WriteSite) -> None:
    """Within a turn `reload` answers None; the new code is there when the turn has ended."""
    root = site({"lua/main.lua": "function f() return 1 end"})
    with Host(root, watch=False) as host:
        session = host.create_session()

        def work(inside: object) -> int:
            (root / "lua/main.lua").write_text("function f() return 22 end")
            assert host.reload() is None
            return int(session.eval("return f()"))

        assert session.run(work) == 1
        assert session.eval("return f()") == 22


def test_create_when_a_session_opens_then_it_is_told_before_its_code_runs(site: WriteSite) -> None:
    """Who listens to `session_opening` sees a session in which nothing has run yet."""
    root = site({"lua/main.lua": "x = 1"})
    with Host(root, watch=False) as host:
        seen: list[object] = []
        host.on("session_opening", lambda session: seen.append(session.eval("return x == nil, session:loaded()")))
        session = host.create_session()
        assert seen == [(True, [])]
        assert session.eval("return x") == 1
