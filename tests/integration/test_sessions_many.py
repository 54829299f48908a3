"""Ten thousand saved sessions: what a host's start, a list and a visit cost then."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from lasting import LastingSite

from luahost import Host, Settings
from luahost.records.session_store import SessionStore
from luahost.storage.body import pack_body
from luahost.storage.port import Acquired, Owner, Storage, Write
from luahost.storage.sqlite_storage import open_sqlite

MANY = 10_000
AT_ONCE = 500
MOST_START_S, MOST_LIST_S, MOST_VISIT_S, MOST_GROWTH_MB = 2.0, 4.0, 2.0, 64
MAIN = """
Person = session:prototype("Person", { name = "", tags = {} })
app = session:restore() or { people = {} }
if not app.people[1] then
  for i = 1, 20 do app.people[i] = Person:new{ name = "person " .. i, friend = app.people[i - 1] } end
end
session:createAppVariable(app)
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Returns a site, and the URL of its store with ten thousand records of a real session."""
    root = tmp_path_factory.mktemp("many")
    storage = open_sqlite(root / "x.db")
    site = LastingSite(root, {"lua/main.lua": MAIN}, storage=storage)
    site.session.save()
    site.close()
    record = SessionStore(storage).load(site.session.key)
    assert record is not None
    _fill(storage, pack_body(record.snapshot), record.digest)
    storage.close()
    return root, f"sqlite:{root}/x.db"


def _fill(storage: Storage, body: bytes, digest: bytes) -> None:
    keys = [f"{n:032x}" for n in range(MANY)]
    for at in range(0, MANY, AT_ONCE):
        acquired = [storage.acquire("sessions", key, Owner("filler"), 60) for key in keys[at : at + AT_ONCE]]
        leases = [one.lease for one in acquired if isinstance(one, Acquired)]
        storage.commit([Write(lease, lease.key, body=body, digest=digest, release=True) for lease in leases])


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def test_start_when_ten_thousand_are_saved_then_costs_no_vm(saved: tuple[Path, str]) -> None:
    """A start reads none of them and makes no VM; a list has their heads; a visit brings back the one."""
    root, url = saved
    before_mb, began_s = _resident_mb(), time.perf_counter()
    with Host(settings=Settings(site=str(root), store=url), watch=False) as host:
        start_s, start_mb = time.perf_counter() - began_s, _resident_mb() - before_mb
        assert host.sessions == []
        began_s = time.perf_counter()
        heads = host.saved_sessions()
        list_s = time.perf_counter() - began_s
        assert len(heads) == MANY + 1
        assert host.sessions == []
        began_s = time.perf_counter()
        visited = [host.open_session(f"{n:032x}") for n in (0, 4711, MANY - 1)]
        visit_s = time.perf_counter() - began_s
        assert [session.eval("return #app.people, app.people[7].friend.name") for session in visited if session] == [
            (20, "person 6")
        ] * 3
        assert len(host.sessions) == 3
        growth_mb = _resident_mb() - before_mb
    print(
        f"{MANY} saved sessions: start {start_s * 1e3:.1f} ms and {start_mb:.1f} MB, list {list_s * 1e3:.0f} ms,"
        f" three visits {visit_s * 1e3:.0f} ms, {growth_mb:.1f} MB in all"
    )
    assert start_s < MOST_START_S
    assert list_s < MOST_LIST_S
    assert visit_s < MOST_VISIT_S
    assert growth_mb < MOST_GROWTH_MB


def test_list_when_a_few_are_asked_for_then_no_more_are_read(saved: tuple[Path, str]) -> None:
    """A limited list costs what it answers."""
    root, url = saved
    with Host(settings=Settings(site=str(root), store=url), watch=False) as host:
        assert len(host.saved_sessions(5)) == 5
