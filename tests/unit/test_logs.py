"""The host's own log on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from luahost.cli.logs import configure_logs, is_structured
from luahost.settings import Settings


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Gives structlog its defaults back."""
    yield
    structlog.reset_defaults()


def test_logs_when_not_a_terminal_then_are_json_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A log line is JSON with its fields, and standard output is left to the results."""
    configure_logs(Settings())
    structlog.get_logger("luahost").warning("watch_lost", folders=2)
    shown = capsys.readouterr()
    event = json.loads(shown.err)
    assert (shown.out, event["event"], event["folders"], event["level"]) == ("", "watch_lost", 2, "warning")


def test_logs_when_at_info_then_only_trouble_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    """What the screen tells anyway isn't logged a second time for the people who look at it."""
    configure_logs(Settings(log_format="console"))
    structlog.get_logger("luahost").info("reload_applied", modules=1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("format", "is_json"), [("auto", True), ("json", True), ("console", False)])
def test_is_structured_when_standard_error_is_no_terminal_then_unless_people_read(format: str, is_json: bool) -> None:
    """JSON is for programs: where it is asked for, and where there is no terminal."""
    assert is_structured(Settings(log_format=format)) == is_json  # type: ignore[arg-type]


def test_is_structured_when_on_a_terminal_then_only_if_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal has a console, unless the settings say something else."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert not is_structured(Settings())
    assert is_structured(Settings(log_format="json"))


def test_logs_when_console_is_asked_for_then_are_readable(capsys: pytest.CaptureFixture[str]) -> None:
    """`log_format = "console"` writes a line for people, and debug shows everything."""
    configure_logs(Settings(log_format="console", log_level="debug"))
    structlog.get_logger("luahost").info("reload_applied", modules=1)
    line = capsys.readouterr().err
    assert "reload_applied" in line
    assert not line.startswith("{")
