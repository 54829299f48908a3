"""A host that is killed, and the one that takes its sessions over."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from storages import postgres_prefix

from luahost import Host, Settings

KEY = "0123456789abcdef0123456789abcdef"
MAIN = "app = session:restore() or { n = 0 } session:createAppVariable(app)"
TTL_S = 2.0
"""How long leases of a host run whose death nobody can prove; here less than by default."""

HOST = """
import sys
from luahost import Host, Settings
from luahost.records import keeper, records, rounds, saving
from luahost.storage.port import Owner

site, store, key, ttl_s = sys.argv[1:]
if ttl_s:
    keeper.TTL_S = saving.TTL_S = rounds.TTL_S = float(ttl_s)
    rounds.RENEW_S = float(ttl_s) / 3
    records.new_owner = lambda: Owner("on another machine", "", '{"boot": "another"}')
with Host(settings=Settings(site=site, store=store), watch=False) as host:
    session = host.create_session(key)
    session.execute("app.n = app.n + 41")
    session.save()
    print("saved", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Returns the URL of each database that two hosts share."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "main.lua").write_text(MAIN)
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path}/x.db"
        return
    with postgres_prefix() as (url, prefix):
        yield f"{url}{'&' if '?' in url else '?'}prefix={prefix}"


def killed_host(site: Path, store: str, ttl_s: str = "") -> None:
    """Lets a host have the session, and kills it."""
    arguments = [sys.executable, "-P", "-c", HOST, str(site), store, KEY, ttl_s]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "saved\n" in iter(process.stdout.readline, "")
        process.kill()


def taken_over_s(site: Path, store: str, *, wait_s: float) -> float:
    """Returns how long another host took to have the session, with what was saved last."""
    with Host(settings=Settings(site=str(site), store=store, wait_s=wait_s), watch=False) as host:
        began_s = time.monotonic()
        session = host.open_session(KEY)
        took_s = time.monotonic() - began_s
        assert session is not None
        assert session.eval("return app.n") == 41
        session.execute("app.n = 42")
        session.save()
    return took_s


def test_killed_when_on_this_machine_then_is_taken_over_within_a_second(store: str, tmp_path: Path) -> None:
    """Its pid, start time, namespace and boot prove it dead: nobody waits for its lease to run out."""
    killed_host(tmp_path, store)
    assert taken_over_s(tmp_path, store, wait_s=5) <= 1.0


def test_killed_when_on_another_machine_then_is_taken_over_when_its_lease_has_run_out(
    store: str, tmp_path: Path
) -> None:
    """Where its death can't be proved, the lease's time is what a successor waits, and not longer."""
    killed_host(tmp_path, store, str(TTL_S))
    assert 0.2 < taken_over_s(tmp_path, store, wait_s=10) <= TTL_S + 1.0
