"""What one session has otherwise than its host: limits of its own, which are saved with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from lasting import LastingSite

from luahost import Host, LimitExceeded, Settings, SettingsError
from luahost.records.session_store import SessionStore

WaitUntil = Callable[..., None]

OWN = {"memory_limit_mb": 16, "time_limit_s": 0.2}
ENDLESS = "while true do end"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LastingSite]:
    """Returns a site whose sessions last."""
    site = LastingSite(tmp_path)
    yield site
    site.close()


def test_create_when_settings_are_given_then_they_are_the_sessions_alone(site: LastingSite) -> None:
    """A session has its own limits, and the others have the host's."""
    session = site.host.create_session(settings=OWN)
    assert (session.settings.memory_limit_mb, session.settings.time_limit_s) == (16, 0.2)
    assert site.session.settings == site.host.settings
    fill = "local t = {} for i = 1, 400000 do t[i] = { i } end return #t"
    assert site.session.eval(fill) == 400_000
    with pytest.raises(LimitExceeded):
        session.eval(fill)


def test_create_when_its_time_is_shorter_then_its_turns_are_ended_sooner(site: LastingSite) -> None:
    """A limit of its own is looked after as the host's is."""
    session = site.host.create_session(settings={"time_limit_s": 0.05})
    with pytest.raises(LimitExceeded, match=r"longer than 0\.05 s"):
        session.execute(ENDLESS)


def test_restart_when_a_session_had_its_own_then_they_come_back_with_it(site: LastingSite) -> None:
    """What a session was made with is kept with it (TS-both-4), whatever the host has by then; the rest follows the
    host.
    """
    session = site.host.create_session(settings=OWN)
    key = session.key
    site.restart(memory_limit_mb=32, wait_s=9)
    back = site.host.open_session(key)
    assert back is not None
    assert (back.settings.memory_limit_mb, back.settings.time_limit_s, back.settings.wait_s) == (16, 0.2, 9)
    record = SessionStore(site.storage).load(key)
    assert record is not None
    assert record.config == OWN


def test_settings_when_a_session_lives_then_they_can_not_be_changed(site: LastingSite) -> None:
    """The settings in force are frozen (TS-both-8): neither who gave them nor who reads them changes them."""
    given = dict(OWN)
    session = site.host.create_session(settings=given)
    given["memory_limit_mb"] = 99
    with pytest.raises(AttributeError):
        session.settings.memory_limit_mb = 99  # type: ignore[misc]
    session.save()
    assert session.settings.memory_limit_mb == 16
    record = SessionStore(site.storage).load(session.key)
    assert record is not None
    assert record.config == OWN


def test_create_when_a_saved_session_is_given_others_then_these_are_kept(
    site: LastingSite, wait_until: WaitUntil
) -> None:
    """Settings that are given take the place of those that were stored; none at all take them away."""
    session = site.host.create_session(settings=OWN)
    session.close()
    for own in ({"wait_s": 2.0}, {}):
        wait_until(lambda: site.storage.holder("sessions", session.key) is None)
        again = site.host.create_session(session.key, settings=own)
        again.save()
        record = SessionStore(site.storage).load(session.key)
        assert record is not None
        assert record.config == own
        again.close()


def test_create_when_whole_settings_are_given_then_what_differs_is_its_own(site: LastingSite) -> None:
    """A Settings with other limits will do; one that is otherwise in what is the host's is refused."""
    whole = msgspec.structs.replace(site.host.settings, memory_limit_mb=16)
    assert site.host.create_session(settings=whole).settings.memory_limit_mb == 16
    with pytest.raises(SettingsError, match="vm: not a session's own; it may have: memory_limit_mb"):
        site.host.create_session(settings=msgspec.structs.replace(whole, vm="lua55"))


@pytest.mark.parametrize(
    ("own", "text"),
    [
        ({"trust": "trusted"}, "trust: not a session's own"),
        ({"memory_limit": 1}, "memory_limit: not a session's own"),
        ({"memory_limit_mb": "much"}, "memory_limit_mb: 'much' is not allowed"),
        ({"wait_s": -1}, "wait_s: -1 is not allowed"),
    ],
)
def test_create_when_its_settings_are_wrong_then_says_so_and_makes_none(
    site: LastingSite, own: dict[str, object], text: str
) -> None:
    """What is the host's alone, unknown or no value of the key is refused in one line."""
    with pytest.raises(SettingsError, match=text):
        site.host.create_session(settings=own)
    assert site.host.sessions == [site.session]


def test_create_when_several_of_its_settings_are_wrong_then_all_are_told(site: LastingSite) -> None:
    """Who makes a session needs to correct them but once."""
    with pytest.raises(SettingsError) as caught:
        site.host.create_session(settings={"trust": "trusted", "wait": 1})
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["trust", "wait"]


def test_create_when_its_host_has_no_time_limit_then_a_session_has_none_either(tmp_path: Path) -> None:
    """Nobody looks at the time there: a limit that would not hold is refused."""
    unlimited = Settings(site=str(tmp_path), time_limit_s=0, load_time_limit_s=0)
    with Host(settings=unlimited, watch=False) as host:
        with pytest.raises(SettingsError, match="only where its host has one"):
            host.create_session(settings={"time_limit_s": 1})
        assert host.create_session(settings={"memory_limit_mb": 16}).settings.memory_limit_mb == 16


def test_restart_when_what_is_stored_of_them_is_wrong_then_the_session_is_not_made(site: LastingSite) -> None:
    """Metadata that anyone may edit is checked when it comes back; what is stored stays, and can be put right."""
    session = site.host.create_session(settings=OWN)
    session.execute("app.n = 7")
    key = session.key
    site.restart()
    site.storage.edit_meta("sessions", key, {"config": {"trust": "trusted"}})
    with pytest.raises(SettingsError, match=f"session {key}: its own settings: trust: not a session's own"):
        site.host.open_session(key)
    site.storage.edit_meta("sessions", key, {"config": None})
    back = site.host.open_session(key)
    assert back is not None
    assert back.eval("return app.n") == 7
