"""What is written where the encoding lacks our signs."""

from __future__ import annotations

import io
import sys

import pytest

from luahost.cli.alphabet import adapt_outputs, written


def output(encoding: str) -> io.TextIOWrapper:
    """Returns an output of an encoding."""
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", b"a - b ... -> | \\xe9 \\u20ac \\U0001f600"),
        ("latin-1", b"a \xb7 b ... -> | \xe9 \\u20ac \\U0001f600"),
        ("utf-8", "a · b … → │ é € 😀".encode()),
    ],
)
def test_adapt_outputs_when_signs_are_missing_then_others_stand_for_them(
    monkeypatch: pytest.MonkeyPatch, encoding: str, shown: bytes
) -> None:
    """Our own signs become plain ones, what guests write is escaped; where all are there nothing changes."""
    out, err = output(encoding), output(encoding)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    adapt_outputs()
    for each in (out, err):
        each.write("a · b … → │ é € 😀")
        assert each.buffer.getvalue() == shown  # type: ignore[attr-defined]


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", "... "), ("utf-8", "… ")])
def test_written_when_asked_then_is_what_the_output_has(
    monkeypatch: pytest.MonkeyPatch, encoding: str, shown: str
) -> None:
    """A prompt is told as it will look."""
    monkeypatch.setattr(sys, "stdout", output(encoding))
    assert written("… ") == shown


def test_adapt_outputs_when_an_output_is_no_file_then_it_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a program puts in an output's place need not know encodings."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    adapt_outputs()
    assert written("…") == "…"
