"""The staged host: files saved in memory, time that a test lets pass, errors that nobody caught."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from spec_runs import APP, MAIN, WriteSite, X

from luahost import LuaHostError, ModuleNotFound, Session, Settings
from luahost.errors import SessionBusy, TimeOver
from luahost.testing.staged_host import StagedHost


@pytest.fixture
def host(site: WriteSite) -> Iterator[StagedHost]:
    """Returns a host of a site with an app."""
    root = site({"lua/main.lua": MAIN, APP: X, "lua/plain.lua": "return 1"})
    with StagedHost(root, settings=Settings(site=str(root), wait_s=0.2, time_limit_s=0.2)) as host:
        yield host


@pytest.fixture
def session(host: StagedHost) -> Session:
    """Returns a session of it."""
    return host.create_session()


def test_reload_when_texts_are_given_then_sessions_take_them(host: StagedHost, session: Session) -> None:
    """What is saved in memory reaches the sessions as a save on disk would, and the disk is left alone."""
    report = host.reload({APP: X.replace("+ 1", "+ 10")})
    assert report is not None
    assert report.ok
    session.call("app:tick")
    assert session.get("app.count") == 10
    assert host.site.path(APP).read_text() == X
    assert host.edited == {APP: X.replace("+ 1", "+ 10").encode()}


def test_reload_when_a_file_is_new_then_it_can_be_required(host: StagedHost, session: Session) -> None:
    """A file that lies in memory alone is found like any other."""
    host.edit({"apps/fresh/app.lua": "return 42", "top.lua": "return 43"})
    assert session.eval("return require('fresh.app'), require('top')") == (42, 43)


def test_reload_when_a_file_is_deleted_then_it_is_gone(host: StagedHost, session: Session) -> None:
    """A file that is gone in memory is not found though it lies on the disk; its modules stay, as ever."""
    session.require("plain")
    report = host.reload({"lua/plain.lua": None})
    assert report is not None
    assert report.gone == ("lua/plain.lua",)
    with pytest.raises(ModuleNotFound, match="is gone"):
        host.text("lua/plain.lua")
    with pytest.raises(ModuleNotFound):
        host.create_session().require("plain")


def test_text_when_asked_for_then_is_what_sessions_have(host: StagedHost) -> None:
    """A text is the one in memory, or else the file's."""
    assert host.text(APP) == X.encode()
    host.edit({APP: "return 1"})
    assert host.text(APP) == b"return 1"


@pytest.mark.parametrize("path", ["x.txt", "../x.lua", "/x.lua", "a/../../x.lua"])
def test_edit_when_a_path_is_not_of_the_site_then_nothing_is_saved(host: StagedHost, path: str) -> None:
    """A path that leads out, or to no Lua, is refused, and what came with it."""
    with pytest.raises(LuaHostError):
        host.edit({APP: "return 1", path: "return 1"})
    assert host.edited == {}


def test_edit_when_a_file_is_a_link_then_the_file_behind_it_is_covered(site: WriteSite) -> None:
    """A link is known by the file that it leads to."""
    root = site({"lua/main.lua": "require('linked')", "shared/real.lua": "x = 1"})
    (root / "lua/linked.lua").symlink_to("../shared/real.lua")
    with StagedHost(root) as host:
        session = host.create_session()
        host.reload({"lua/linked.lua": "x = 2"})
        assert session.eval("return x") == 2
        assert list(host.edited) == ["shared/real.lua"]


def test_advance_when_timers_are_due_then_they_fire_at_their_moments(host: StagedHost, session: Session) -> None:
    """Time stands still until it is told to pass; then each timer fires as often as it should."""
    session.execute("session:setInterval(app, 'tick', 500)")
    host.advance(0.4)
    assert session.get("app.count") == 0
    host.advance(2)
    assert session.get("app.count") == 4


def test_advance_when_a_timer_raises_then_the_error_is_kept(host: StagedHost, session: Session) -> None:
    """What nobody catches waits in `errors`."""
    session.execute("session:setTimeout(app, 'boom', 1)")
    host.advance(1)
    assert [error.message for error in host.errors if isinstance(error, LuaHostError)] == ["boom"]


def test_advance_when_a_timer_starts_itself_again_then_ends(host: StagedHost, session: Session) -> None:
    """Timers that are never through don't hang the test."""
    session.execute("function again() session:setImmediate(again) end again()")
    with pytest.raises(TimeOver, match="start itself again"):
        host.advance(1, within_s=0.1)


def test_advance_when_called_in_a_turn_then_says_so(host: StagedHost, session: Session) -> None:
    """Timers have turns of their own, and wait for the one that runs."""
    session.execute("session:setTimeout(app, 'tick', 1)")
    with pytest.raises(SessionBusy, match="outside of `run`"):
        session.run(lambda _: host.advance(1))


def test_host_when_settings_name_a_store_then_it_has_none(site: WriteSite) -> None:
    """Tests store nothing, and watch nothing."""
    root = site({"lua/main.lua": ""})
    with StagedHost(settings=Settings(site=str(root), store="sqlite:x.db")) as host:
        assert (host.settings.store, host.settings.watch) == ("", False)
