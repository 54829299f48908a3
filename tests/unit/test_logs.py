"""The host's own log on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from luahost.cli.logs import configure_logs
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
    """What the screen tells anyway isn't logged a second time."""
    configure_logs(Settings())
    structlog.get_logger("luahost").info("reload_applied", modules=1)
    assert capsys.readouterr().err == ""


def test_logs_when_console_is_asked_for_then_are_readable(capsys: pytest.CaptureFixture[str]) -> None:
    """`log_format = "console"` writes a line for people, and debug shows everything."""
    configure_logs(Settings(log_format="console", log_level="debug"))
    structlog.get_logger("luahost").info("reload_applied", modules=1)
    line = capsys.readouterr().err
    assert "reload_applied" in line
    assert not line.startswith("{")
