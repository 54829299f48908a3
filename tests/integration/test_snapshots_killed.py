"""Run, save, `kill -9`, edit, start: what an edit does then is what it does to a session that is alive."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lasting import LastingSite
from saved_edits import BASE, EDITS, Edit

from luahost import Host, LuaError, LuaSyntaxError, Settings
from tests.site_files import write_files

KEY = "0123456789abcdef0123456789abcdef"
MAIN = 'require("model")\napp = session:restore() or {}\nsession:createAppVariable(app)'

HOSTS = """
import json, sys
from contextlib import ExitStack
from luahost import Host, Settings

key, setups = sys.argv[1], json.loads(sys.argv[2])
with ExitStack() as stack:
    for site, setup in setups.items():
        host = stack.enter_context(Host(settings=Settings(site=site, store="sqlite:x.db"), watch=False))
        session = host.create_session(key)
        session.execute(setup)
        session.save()
    print("saved", flush=True)
    sys.stdin.read()
"""


def lived_and_killed(setups: Mapping[Path, str]) -> None:
    """Lets another process host a session on each site, set it up and save it; and kills it."""
    told = json.dumps({str(site): setup for site, setup in setups.items()})
    arguments = [sys.executable, "-P", "-c", HOSTS, KEY, told]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "saved\n" in iter(process.stdout.readline, "")
        process.kill()


def come_back(site: Path, probe: str) -> Any:
    """Returns what a host answers that is started afterwards."""
    with Host(settings=Settings(site=str(site), store="sqlite:x.db"), watch=False) as host:
        session = host.open_session(KEY)
        assert session is not None
        return session.eval(probe)


def reloaded(site: Path, edit: Edit) -> Any:
    """Returns what a session answers that has lived through the edit."""
    twin = LastingSite(site, {"lua/main.lua": MAIN, "lua/model.lua": edit.before})
    twin.session.execute(edit.setup)
    twin.write({"lua/model.lua": edit.after, **(edit.files or {})})
    report = twin.host.reload()
    assert report is not None
    assert report.ok
    answer = twin.session.eval(edit.probe)
    twin.close()
    return answer


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Returns a site for each edit, whose session was saved before its process was killed."""
    sites = {name: tmp_path_factory.mktemp("site") for name in EDITS}
    for name, site in sites.items():
        write_files(site, {"lua/main.lua": MAIN, "lua/model.lua": EDITS[name].before})
    lived_and_killed({site: EDITS[name].setup for name, site in sites.items()})
    return sites


@pytest.mark.parametrize("name", EDITS)
def test_start_when_the_host_was_killed_and_the_code_edited_then_is_as_after_a_reload(
    name: str, sites: dict[str, Path], tmp_path: Path
) -> None:
    """A restart is a hot reload from disk, for every edit, also when nobody could end in order."""
    edit, site = EDITS[name], sites[name]
    write_files(site, {"lua/model.lua": edit.after, **(edit.files or {})})
    assert come_back(site, edit.probe) == reloaded(tmp_path / "twin", edit)


@pytest.mark.parametrize(
    ("broken", "error"),
    [("P = session:prototype('P', {", LuaSyntaxError), (f"P = {BASE} P.half = 1 error('half way')", LuaError)],
)
def test_start_when_the_edit_is_broken_then_nothing_changes_and_the_mended_one_is_taken(
    broken: str, error: type[LuaError], tmp_path: Path
) -> None:
    """A syntax error, or an error half way, changes nothing of what is stored: the session comes when it is mended."""
    write_files(tmp_path, {"lua/main.lua": MAIN, "lua/model.lua": f"P = {BASE}"})
    lived_and_killed({tmp_path: "app.p = P:new{ name = 'kept' }"})
    write_files(tmp_path, {"lua/model.lua": broken})
    with pytest.raises(error):
        come_back(tmp_path, "return 1")
    write_files(tmp_path, {"lua/model.lua": "P = session:prototype('P', { name = 'n', email = 'e' })"})
    assert come_back(tmp_path, "return app.p.name, app.p.email, P.half") == ("kept", "e", None)


def test_start_when_a_link_points_elsewhere_then_the_session_has_the_new_code(tmp_path: Path) -> None:
    """A module that is a link is what the link points to by then, and still the same module."""
    write_files(
        tmp_path, {"lua/main.lua": MAIN, "apps/old.lua": f"P = {BASE}", "apps/new.lua": f"P = {BASE} P.is_new = true"}
    )
    (tmp_path / "lua" / "model.lua").symlink_to("../apps/old.lua")
    lived_and_killed({tmp_path: "app.p = P:new{ name = 'kept' }"})
    (tmp_path / "lua" / "model.lua").unlink()
    (tmp_path / "lua" / "model.lua").symlink_to("../apps/new.lua")
    assert come_back(tmp_path, "return app.p.name, app.p.is_new") == ("kept", True)
