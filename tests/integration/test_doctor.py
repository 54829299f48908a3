"""`luahost doctor`: what it finds on sites and machines in several states of health."""

from __future__ import annotations

import errno
import importlib.metadata
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from luahost.doctor import files, installation, trials
from luahost.doctor.configuration import check_settings, settings_of
from luahost.doctor.files import check_files, check_inotify, unwritable
from luahost.doctor.finding import Finding
from luahost.doctor.installation import check_installation
from luahost.doctor.store import check_store
from luahost.settings import Settings

WriteSite = Callable[[Mapping[str, str]], Path]

LUAHOST = str(Path(sys.executable).parent / "luahost")
DEADLINE_S = 60.0


def diagnosed(site: Path, *arguments: str, **env: str) -> tuple[int, str]:
    """Returns the exit code of `luahost doctor` and what it prints, times left out."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("LUAHOST_")}
    command = [LUAHOST, "doctor", str(site), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**own, **env}, timeout=DEADLINE_S)
    return done.returncode, re.sub(r" \(took [\d.]+ s\)", "", done.stdout)


def by_check(found: list[Finding]) -> dict[str, Finding]:
    """Returns findings by the name of their check."""
    return {finding.check: finding for finding in found}


def test_doctor_when_all_is_well_then_says_so(site: WriteSite) -> None:
    """Each check has a line under its section; the exit code is 0."""
    code, text = diagnosed(site({"lua/main.lua": ""}), LUAHOST_VM="lua55")
    assert code == 0
    for line in (
        "  ok       lua55: turns can be ended from outside, at no cost in others",
        "  ok       luajit21: a string that grew was ended at 16 MiB",
        "  ok       lua55: a loop without end was ended at 0.2 s",
        "  note     vm = lua55  (LUAHOST_VM)",
        "  note     a trusted site; granted: io, os, os.execute, os.getenv",
        "  ok       a save is told by the system",
    ):
        assert f"{line}\n" in text


def test_doctor_when_settings_are_wrong_then_exits_3_and_checks_the_rest(site: WriteSite) -> None:
    """Wrong settings are a finding; what can be checked without them is."""
    code, text = diagnosed(site({"lua/main.lua": "", "luahost.toml": "vm = 'lua53'\n"}))
    assert code == 3
    assert "  wrong    luahost.toml: vm: 'lua53' is not allowed" in text
    assert "           → correct it there" in text
    assert "lua/main.lua is there" in text
    assert text.endswith("\n1 thing wrong, 0 warnings\n")


def test_doctor_when_json_is_wanted_then_answers_stable_names(site: WriteSite) -> None:
    """With --json, each finding is an object under the name of its check."""
    code, text = diagnosed(site({}), "--json")
    told = json.loads(text)
    checks: dict[str, Any] = {finding["check"]: finding for finding in told["findings"]}
    assert (code, told["ok"]) == (0, True)
    assert checks["main"]["level"] == "warning"
    assert {"python", "lupa", "vm.lua54", "hook.lua54", "memory.lua54", "time.lua54", "grants", "events"} <= set(checks)


def test_doctor_when_the_site_is_not_there_then_exits_3(tmp_path: Path) -> None:
    """A folder that doesn't exist is named."""
    code, text = diagnosed(tmp_path / "nowhere")
    assert code == 3
    assert "the site must be a folder, and this does not exist" in text


def test_installation_when_a_vm_can_not_be_loaded_then_it_is_wrong_for_sites_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Trouble with a VM that the site doesn't use is a warning only."""
    monkeypatch.setattr(installation, "loading_vms", lambda: ("luajit21",))
    found = by_check(list(check_installation(Settings(vm="lua54"))))
    assert (found["vm.lua54"].level, found["vm.lua55"].level, found["vm.luajit21"].level) == ("wrong", "warning", "ok")
    assert "pip install" in found["vm.lua54"].advice


def test_installation_when_the_hook_is_hidden_then_a_count_hook_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another build of lupa costs speed; the doctor says so."""
    monkeypatch.setattr(installation, "interrupt_for", lambda vm: None)
    hook = by_check(list(check_installation(Settings())))["hook.lua54"]
    assert (hook.level, "a count hook is used" in hook.text) == ("warning", True)


def test_limits_when_a_turn_does_not_end_then_the_check_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trial that tells of one limit only, or ends by itself, leaves the other wrong."""
    told = '{"limit": "memory", "seconds": 0.1}'
    started = [sys.executable, "-c", f"print({told!r})"]
    monkeypatch.setattr(trials, "_started", lambda vm: subprocess.Popen(started, stdout=subprocess.PIPE, text=True))
    found = by_check(list(trials.check_limits(Settings(), ["lua54"])))
    assert (found["memory.lua54"].level, found["time.lua54"].level) == ("ok", "wrong")
    assert "was not ended within 3 s" in found["time.lua54"].text


@pytest.mark.parametrize(("limit_s", "state"), [(5.0, "off"), (0.0, "on")])
def test_limits_when_the_vm_is_luajit_then_its_compiler_is_told_of(limit_s: float, state: str) -> None:
    """A time limit costs the compiler."""
    settings = Settings(vm="luajit21", time_limit_s=limit_s, load_time_limit_s=limit_s)
    assert f"compiler is {state}" in by_check(list(trials.check_limits(settings, [])))["compiler"].text


def test_settings_when_several_sources_say_something_then_each_is_named(site: WriteSite) -> None:
    """The nearer source is the one that is shown."""
    root, env = site({"luahost.toml": "vm = 'lua55'\nwait_s = 3\nallow = ['debug']\n"}), {"LUAHOST_VM": "luajit21"}
    settings, wrong = settings_of(root, env)
    found = by_check(list(check_settings(settings, root, env)))
    assert wrong == []
    assert found["setting.vm"].text == "vm = luajit21  (LUAHOST_VM)"
    assert found["setting.wait_s"].text == "wait_s = 3  (luahost.toml)"
    assert found["setting.watch"].text == "watch = true  (default)"
    assert found["grants"].text == "a trusted site; granted: io, os, os.execute, os.getenv, debug"


def test_settings_when_several_are_wrong_then_each_is_a_finding(site: WriteSite) -> None:
    """Each has its own line and its advice; the rest is looked at with the defaults."""
    settings, wrong = settings_of(site({"luahost.toml": "vm = 'lua9'\nwach = true\n"}), {})
    assert [finding.text.partition(":")[2].split()[0] for finding in wrong] == ["wach:", "vm:"]
    assert {(finding.level, finding.check) for finding in wrong} == {("wrong", "settings")}
    assert settings.vm == "lua54"


def test_settings_when_the_store_has_a_password_then_it_is_not_shown(site: WriteSite) -> None:
    """What stands before the host of a URL is nobody's business."""
    root, env = site({}), {"LUAHOST_STORE": "postgresql://me:secret@db/luahost"}
    found = by_check(list(check_settings(settings_of(root, env)[0], root, env)))
    assert found["setting.store"].text == "store = postgresql://…@db/luahost  (LUAHOST_STORE)"


def test_settings_when_a_token_is_set_then_it_is_not_shown(site: WriteSite) -> None:
    """That there is one is told, and from where; what it is isn't."""
    root, env = site({}), {"LUAHOST_TOKEN": "secret"}
    found = by_check(list(check_settings(settings_of(root, env)[0], root, env)))
    assert found["setting.token"].text == "token = (set)  (LUAHOST_TOKEN)"


def test_settings_when_serve_has_another_default_then_both_are_told(site: WriteSite) -> None:
    """What is in force may depend on the command."""
    root = site({"luahost.toml": "autosave_s = [1, 2.5]\n"})
    found = by_check(list(check_settings(settings_of(root, {})[0], root, {})))
    assert found["setting.trust"].text == "trust = trusted  (default of run; of serve: sandbox)"
    assert found["setting.max_sessions"].text == "max_sessions = 0  (default of run; of serve: 1000)"
    assert found["setting.autosave_s"].text == "autosave_s = 1, 2.5  (luahost.toml)"


def test_settings_when_every_key_is_asked_then_doctor_tells_each(site: WriteSite) -> None:
    """No setting is left out."""
    root = site({})
    found = by_check(list(check_settings(settings_of(root, {})[0], root, {})))
    assert {f"setting.{key}" for key in Settings.__struct_fields__} <= found.keys()


@pytest.mark.parametrize(
    ("store", "level", "text"),
    [
        ("", "note", "no store"),
        ("memory:", "ok", "saved sessions: 0"),
        ("sqlite:none.db", "note", "is not there yet"),
        ("sqlite:luahost.toml", "wrong", "not a database"),
    ],
)
def test_store_when_looked_at_then_says_whether_it_answers(site: WriteSite, store: str, level: str, text: str) -> None:
    """A store that doesn't answer is told with what to do; looking at it makes nothing."""
    root = site({"luahost.toml": "# " + "a file that is no database " * 50})
    (finding,) = check_store(Settings(site=str(root), store=store))
    assert finding.level == level
    assert text in finding.text
    assert [file.name for file in root.iterdir()] == ["luahost.toml"]


def test_settings_when_the_site_is_a_sandbox_then_nothing_is_granted(site: WriteSite) -> None:
    """A sandbox has what `allow` says."""
    root = site({"luahost.toml": "trust = 'sandbox'\n"})
    found = by_check(list(check_settings(settings_of(root, {})[0], root, {})))
    assert found["grants"].text == "a sandboxed site; granted: nothing"


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"poll_s": 0.05}, "a save is found by looking every 0.05 s"),
        ({"watch": False}, "saves are not watched"),
    ],
)
def test_files_when_events_are_not_the_systems_then_says_how(
    site: WriteSite, settings: dict[str, Any], text: str
) -> None:
    """Polling is tried as it is set; what isn't watched isn't tried. Nothing is left in the site."""
    root = site({"lua/main.lua": ""})
    events = by_check(list(check_files(Settings(site=str(root), **settings))))["events"]
    assert events.text.startswith(text)
    assert events.level in ("ok", "note")
    assert os.listdir(root) == ["lua"]


def test_files_when_no_event_comes_then_advises_to_poll(site: WriteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that tells of nothing is wrong."""
    monkeypatch.setattr(files, "_seconds_to_event", lambda watcher, root: None)
    events = by_check(list(check_files(Settings(site=str(site({}))))))["events"]
    assert (events.level, "--poll" in events.advice) == ("wrong", True)


def test_inotify_when_its_limits_are_low_then_says_how_to_raise_them(tmp_path: Path) -> None:
    """The limits of Linux are compared with what a site of some size needs."""
    (tmp_path / "max_user_watches").write_text("100\n")
    (tmp_path / "max_user_instances").write_text("128\n")
    watches, instances = check_inotify(tmp_path)
    assert (watches.level, instances.level) == ("warning", "ok")
    assert watches.advice == "raise it: sudo sysctl fs.inotify.max_user_watches=65536"
    assert list(check_inotify(tmp_path / "elsewhere")) == []


@pytest.mark.parametrize(
    ("version", "level"), [("2.8", "ok"), ("2.8.1", "ok"), ("2.9", "warning"), ("2.80", "warning"), (None, "wrong")]
)
def test_lupa_when_another_version_is_installed_then_says_so(
    monkeypatch: pytest.MonkeyPatch, version: str | None, level: str
) -> None:
    """The limits reach into one version's modules; without lupa nothing runs."""

    def installed(_name: str) -> str:
        if version is None:
            raise importlib.metadata.PackageNotFoundError("lupa")
        return version

    monkeypatch.setattr(importlib.metadata, "version", installed)
    lupa = by_check(list(check_installation(Settings())))["lupa"]
    assert lupa.level == level
    assert bool(lupa.advice) is (level != "ok")


def test_extras_when_one_is_missing_then_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What isn't installed is no trouble, until it is wanted."""
    found_spec = importlib.util.find_spec
    missing = ("tree_sitter", "psycopg_pool")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else found_spec(name))
    found = by_check(list(check_installation(Settings())))
    assert (found["extra.check"].level, found["extra.check"].text) == ("note", "luahost check: not installed")
    assert found["extra.check"].advice == "if you want it: pip install 'luahost[check]'"
    assert found["extra.postgres"].level == "note"
    assert found["extra.repl"].level == "ok"


def test_roots_when_one_is_not_there_then_is_named(site: WriteSite) -> None:
    """Modules can't come from a folder that is none."""
    root = site({"lua/main.lua": "", "shared/a.lua": "", "file": ""})
    settings = Settings(
        site=str(root), roots=(str(root / "shared"), str(root / "file"), str(root / "gone")), watch=False
    )
    found = [finding for finding in check_files(settings) if finding.check == "root"]
    assert [finding.level for finding in found] == ["ok", "wrong", "wrong"]
    assert found[2].text == f"{root}/gone, of `roots`, is no folder"


def test_roots_when_one_can_not_be_read_then_says_so(site: WriteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that this user may not read is as good as none."""
    root = site({"lua/main.lua": "", "shared/a.lua": ""})
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("shared"))
    settings = Settings(site=str(root), roots=(str(root / "shared"),), watch=False)
    (found,) = (finding for finding in check_files(settings) if finding.check == "root")
    assert (found.level, found.text) == ("wrong", f"{root}/shared, of `roots`, can't be read")


def test_folders_when_they_can_not_be_written_then_say_why(site: WriteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a folder can be written is found out by trying; nothing is left in it."""
    root = site({"lua/main.lua": "", ".luahost/history": ""})
    assert [unwritable(root), unwritable(root / ".luahost")] == ["", ""]
    assert sorted(os.listdir(root)) == [".luahost", "lua"]

    def full(**_options: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    found = by_check(list(check_files(Settings(site=str(root)))))
    assert found["writable"].level == "warning"
    assert "(No space left on device)" in found["writable"].text
    assert (found["own"].level, found["events"].level) == ("wrong", "warning")


def test_own_folder_when_a_file_is_in_its_place_then_is_wrong(site: WriteSite) -> None:
    """Neither the store nor the history could be made."""
    found = by_check(list(check_files(Settings(site=str(site({".luahost": ""})), watch=False))))
    assert (found["own"].level, found["writable"].level) == ("wrong", "ok")


@pytest.mark.parametrize(
    ("store", "level", "text"),
    [
        ("sqlite:deep/er/s.db", "note", "the first save makes it"),
        ("sqlite:file/s.db", "wrong", "can't be made"),
        ("sqlite:folder", "wrong", "is a folder"),
        ("postgresql://me:secret@127.0.0.1:1/x", "wrong", "postgresql://…@127.0.0.1:1/x: "),
    ],
)
def test_store_when_it_can_not_be_made_or_reached_then_is_wrong(
    site: WriteSite, store: str, level: str, text: str
) -> None:
    """What the first save would meet is told before it."""
    root = site({"file": "", "folder/a": ""})
    (finding,) = check_store(Settings(site=str(root), store=store))
    assert (finding.level, text in finding.text) == (level, True)
    assert "secret" not in finding.text
    assert sorted(os.listdir(root)) == ["file", "folder"]


def test_output_when_it_is_without_utf8_then_a_locale_is_advised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other letters would show by their numbers."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    output = by_check(list(check_installation(Settings())))["output"]
    assert output.level == "warning"
    assert "LC_ALL=C.UTF-8" in output.advice
