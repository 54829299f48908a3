"""A served site whose sessions last: a visitor finds their session again, however the server ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from served_site import ServedSite
from websockets.exceptions import InvalidStatus

MAIN = """
app = session:restore() or { n = 1 }
session:createAppVariable(app)
"""
BROKEN = "session:restore() error('broken')"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Returns a site whose code asks for what was saved."""
    for name, text in {"lua/main.lua": MAIN, "html/index.html": "<title>page</title>"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def served(folder: Path) -> ServedSite:
    """Returns the site, served with a store."""
    return ServedSite(folder, store="sqlite:sessions.db")


def changed(folder: Path) -> str:
    """Returns the key of a session that was changed before its server left."""
    site = served(folder)
    key = site.visit()
    session = site.host.get_session(key)
    assert session is not None
    session.execute("app.n = 7")
    site.close()
    return key


def test_visit_when_the_server_was_restarted_then_the_session_comes_back(folder: Path) -> None:
    """The page, the cookie and the WebSocket of a saved session find it; no VM is made before somebody asks."""
    key = changed(folder)
    site = served(folder)
    assert site.host.sessions == []
    assert site.get("/", Cookie=f"ui-session={key}").location == f"/{key}"
    assert site.get(f"/{key}").status == 200
    with site.socket(key):
        session = site.host.get_session(key)
        assert session is not None
        assert session.eval("return app.n") == 7
    site.close()


def test_visit_when_the_session_can_not_come_back_then_is_not_taken_for_gone(folder: Path) -> None:
    """An error is never an absence: no new session in the place of one that is there."""
    key = changed(folder)
    (folder / "lua" / "main.lua").write_text(BROKEN)
    site = served(folder)
    assert site.get(f"/{key}").status == 503
    assert site.get("/", Cookie=f"ui-session={key}").status == 503
    with pytest.raises(InvalidStatus, match="503"), site.socket(key):
        pass
    assert site.get("/" + "0" * 32).status == 404
    (folder / "lua" / "main.lua").write_text(MAIN)
    site.host.reload()
    assert site.get(f"/{key}").status == 200
    site.close()
