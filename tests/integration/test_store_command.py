"""`luahost store`: what is saved is listed, shown, taken out, put in, checked and copied."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from lasting import LastingSite

from luahost.cli.main import execute
from luahost.storage.port import Acquired, Owner, Storage, Write
from luahost.storage.sqlite_storage import open_sqlite

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Returns a function that runs `luahost store` and answers exit code, output and errors."""
    monkeypatch.delenv("LUAHOST_STORE", raising=False)

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = execute(["store", *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def saved(tmp_path: Path) -> tuple[str, str]:
    """Returns the key of a session that was saved, and the URL of its store."""
    storage = open_sqlite(tmp_path / "sessions.db")
    main = """
    P = session:prototype("P", { n = 0 })
    app = session:restore() or { list = { P:new{}, P:new{} } }
    session:createAppVariable(app)
    """
    site = LastingSite(tmp_path / "site", {"lua/main.lua": main}, storage=storage)
    site.session.save()
    site.close()
    storage.append_log("sessions", site.session.key, ["a line"])
    storage.edit_meta("sessions", site.session.key, {"title": "mine"})
    storage.close()
    return site.session.key, f"sqlite:{tmp_path}/sessions.db"


def stored(url: str) -> Storage:
    """Returns the storage at a URL of SQLite."""
    return open_sqlite(url.removeprefix("sqlite:"))


def test_ls_when_something_is_saved_then_lists_it(run: Run, saved: tuple[str, str]) -> None:
    """A row a session, the last used first; as JSON with stable names."""
    code, shown, _ = run("ls", "--store", saved[1])
    assert (code, saved[0] in shown) == (0, True)
    (head,) = json.loads(run("ls", "--store", saved[1], "--json")[1])
    assert (head["key"], head["meta"]) == (saved[0], {"title": "mine"})


def test_ls_when_nothing_was_saved_there_then_makes_no_file(run: Run, tmp_path: Path) -> None:
    """To look for a store doesn't make one; without a store there is nothing to look at."""
    code, _, told = run("ls", "--store", f"sqlite:{tmp_path}/none.db")
    assert (code, "nothing was saved there" in told) == (1, True)
    assert not (tmp_path / "none.db").exists()
    assert run("ls", "--site", tmp_path)[0] == 3


def test_show_when_the_beginning_of_a_key_is_given_then_tells_what_is_in_it(run: Run, saved: tuple[str, str]) -> None:
    """Objects by prototype, roots, modules and meta, without running any Lua."""
    code, shown, _ = run("show", saved[0][:6], "--store", saved[1])
    assert code == 0
    assert "2 P" in shown
    assert "mine" in shown
    contents = json.loads(run("show", saved[0], "--store", saved[1], "--json")[1])["contents"]
    assert (contents["prototypes"], contents["roots"]) == ({"P": 2}, ["app"])
    assert run("show", "nothing", "--store", saved[1])[0] == 1


def test_export_when_imported_elsewhere_then_is_the_same_session(
    run: Run, saved: tuple[str, str], tmp_path: Path
) -> None:
    """Snapshot, meta and log arrive; what is there already is left as it is."""
    (tmp_path / "out.jsonl").write_text(run("export", "--store", saved[1])[1])
    other = f"sqlite:{tmp_path}/other.db"
    assert run("import", tmp_path / "out.jsonl", "--store", other)[0] == 0
    assert run("import", tmp_path / "out.jsonl", "--store", other)[0] == 1
    one, two = stored(saved[1]), stored(other)
    before, after = one.read("sessions", saved[0]), two.read("sessions", saved[0])
    assert before is not None
    assert after is not None
    assert (after.body, after.head.meta, after.head.digest) == (before.body, before.head.meta, before.head.digest)
    assert two.read_log("sessions", saved[0]) == ["a line"]
    one.close()
    two.close()


def test_import_when_a_line_is_wrong_then_nothing_is_stored(run: Run, saved: tuple[str, str], tmp_path: Path) -> None:
    """All lines are read before any is stored: half an import there is not."""
    good = run("export", "--store", saved[1])[1]
    body = json.loads(good)["body"]
    for wrong in ("{}", "no json", good.replace(body, body[:-8] + "AAAAAAA="), good.replace('"form": 1', '"form": 9')):
        (tmp_path / "bad.jsonl").write_text(good + wrong)
        code, _, told = run("import", tmp_path / "bad.jsonl", "--store", f"sqlite:{tmp_path}/other.db")
        assert (code, "line 2" in told) == (1, True)
        assert run("ls", "--store", f"sqlite:{tmp_path}/other.db", "--json")[1].strip() == "[]"


def test_fsck_when_a_body_is_broken_then_names_it_and_changes_nothing(run: Run, saved: tuple[str, str]) -> None:
    """Checksums and snapshots are checked; the exit code says whether all is well."""
    assert run("fsck", "--store", saved[1]) == (0, "all is well\n", "")
    storage = stored(saved[1])
    acquired = storage.acquire("sessions", saved[0], Owner("test"), 60)
    assert isinstance(acquired, Acquired)
    storage.commit([Write(acquired.lease, "broken", body=b"broken", release=True)])
    storage.close()
    code, shown, _ = run("fsck", "--store", saved[1], "--json")
    assert code == 1
    assert json.loads(shown) == {
        "ok": False,
        "faults": [f"sessions/{saved[0]}: the body has no header of luahost"],
    }


def test_backup_when_written_then_can_be_gone_on_from(run: Run, saved: tuple[str, str], tmp_path: Path) -> None:
    """A copy has every session; a file that is there is not written over."""
    assert run("backup", tmp_path / "copy.db", "--store", saved[1])[0] == 0
    assert saved[0] in run("ls", "--store", f"sqlite:{tmp_path}/copy.db")[1]
    assert run("backup", tmp_path / "copy.db", "--store", saved[1])[0] == 1


def test_store_when_the_site_names_it_then_needs_no_url(run: Run, tmp_path: Path) -> None:
    """`store` in luahost.toml is what the commands look at."""
    (tmp_path / "luahost.toml").write_text('store = "sqlite:kept.db"\n')
    stored(f"sqlite:{tmp_path}/kept.db").close()
    assert run("ls", "--site", tmp_path)[:2] == (0, "nothing is saved\n")
